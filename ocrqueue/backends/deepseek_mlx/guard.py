"""Which tokens would repeat what was just written; pure."""

from collections.abc import Sequence


def repeating(tokens: Sequence[int], size: int) -> set[int]:
    """Return the tokens that would end a run of `size` tokens which occurs in `tokens` already."""
    if size < 1 or len(tokens) < size:
        return set()
    begun = tuple(tokens[len(tokens) - size + 1 :])
    return {
        tokens[start + size - 1]
        for start in range(len(tokens) - size + 1)
        if tuple(tokens[start : start + size - 1]) == begun
    }
