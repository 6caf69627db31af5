"""The guard that forbids a model to repeat itself, as DeepSeek's own scripts have it, in mlx.

mlx-vlm computes a token while the one before is read along here. A guard that looked at the newest
token would end that, so it looks at those that were heard: where they repeat nothing, as nearly
always, it costs microseconds. Where they may, the rest is computed where the model is.
"""

from collections.abc import Sequence

import mlx.core as mx

from ocrqueue.backends.deepseek_mlx.models import Guard


class Forbid:
    """What mlx-vlm calls before each token of one reply, as one of its `logits_processors`.

    A token that would end a run of `size` tokens which lies among the last `window` gets the logit
    -inf, unless it is free.
    """

    def __init__(self, guard: Guard, free: Sequence[int]) -> None:
        """Begin a reply."""
        self._guard, self._free = guard, mx.array([*free, -1])
        self._heard: list[int] = []
        self._looked: dict[int, mx.array] = {}  # token of the reply -> was another one wanted?
        self.forced = 0  # tokens of those heard that the model would have written otherwise
        self._written = -1  # tokens of the reply; before the first call there are none

    def hear(self, token: int) -> None:
        """Take the next token of the reply, when it is known here."""
        forced = self._looked.pop(len(self._heard), None)
        self.forced += forced is not None and bool(forced.item())
        self._heard.append(token)

    def __call__(self, tokens: mx.array, logits: mx.array) -> mx.array:
        """Return the logits, (1, vocabulary); `tokens` is the prompt's end and the reply so far."""
        self._written += 1
        if self._written < self._guard.size or not self._may_repeat():
            return logits
        recent = tokens[-min(self._written, self._guard.window) :].astype(mx.int32)
        left = _forbidden(recent, self._guard.size - 1, self._free, logits)
        wanted = mx.argmax(logits, axis=1, keepdims=True)
        self._looked[self._written] = mx.isinf(mx.take_along_axis(left, wanted, axis=1))
        return left

    def _may_repeat(self) -> bool:
        """Return whether the newest run, as far as it was heard, lies in the window once before."""
        heard, begin = self._heard, self._written - self._guard.size + 1
        run = heard[begin:]
        first = max(self._written - self._guard.window, 0)
        return any(heard[at : at + len(run)] == run for at in range(begin - 1, first - 1, -1))


def _forbidden(recent: mx.array, length: int, free: mx.array, logits: mx.array) -> mx.array:
    """Return the logits less those of the tokens that follow the last `length` ones elsewhere."""
    ends = recent[length:]
    places = mx.arange(ends.size)[:, None] + mx.arange(length)
    again = mx.all(recent[places] == recent[ends.size :], axis=1)
    is_free = mx.any(ends[:, None] == free, axis=1)
    less = mx.where(again & ~is_free, mx.array(-float("inf")), mx.array(0.0))
    return logits.at[:, ends].add(less.astype(logits.dtype))
