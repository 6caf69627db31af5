"""A sample of the inputs: a few of each group, the same ones for the same seed."""

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from math import floor
from pathlib import Path

from ocrqueue.inputs.sniff import HEAD_SIZE, sniff
from ocrqueue.inputs.walk import Found, head_of

SIZES = ((100_000, "below 100 kB"), (1_000_000, "100 kB to 1 MB"), (5_000_000, "1 to 5 MB"))
LARGEST = "above 5 MB"
UNKNOWN = "unknown"


class Trait(StrEnum):
    """What the inputs of a group have in common."""

    SIZE = "size"
    FOLDER = "folder"
    KIND = "kind"


def size_class(size: int) -> str:
    """Return the group of a file of so many bytes."""
    return next((name for most, name in SIZES if size < most), LARGEST)


def groups(found: Iterable[Found], by: Trait | None) -> dict[str, list[Found]]:
    """Return the inputs by what they have in common, in the order of the groups' names."""
    together: dict[str, list[Found]] = {}
    for one in found:
        together.setdefault(_TRAITS[by](one), []).append(one)
    return dict(sorted(together.items()))


def sample(groups: Mapping[str, Sequence[Found]], count: int, seed: int) -> dict[str, list[Found]]:
    """Return `count` inputs: of each group as many as its share of all, and at least one.

    Where there are more groups than inputs wanted, the largest groups have one each. The same
    inputs and seed give the same sample, in whatever order the inputs were found.
    """
    shares = _shares({name: len(inputs) for name, inputs in groups.items()}, count)
    chosen: dict[str, list[Found]] = {}
    for name, inputs in groups.items():
        ordered = sorted(inputs, key=lambda one: str(one.relative))
        dice = random.Random(f"{seed} {name}")  # noqa: S311 - it need not be secret
        picked = dice.sample(range(len(ordered)), shares[name])
        chosen[name] = [ordered[at] for at in sorted(picked)]
    return chosen


def _shares(sizes: Mapping[str, int], count: int) -> dict[str, int]:
    """Return how many of each group are taken: by the largest remainder."""
    total = sum(sizes.values())
    if count >= total:
        return dict(sizes)
    largest = sorted(sizes, key=lambda name: (-sizes[name], name))
    shares = {name: int(at < count) for at, name in enumerate(largest)}
    wanted = {name: count * size / total for name, size in sizes.items()}
    for name in largest:
        more = min(floor(wanted[name]) - shares[name], count - sum(shares.values()))
        shares[name] += max(0, more)
    while (left := count - sum(shares.values())) > 0:
        open_ones = [name for name in largest if shares[name] < sizes[name]]
        for name in sorted(open_ones, key=lambda name: shares[name] - wanted[name])[:left]:
            shares[name] += 1
    return shares


def _size(one: Found) -> str:
    try:
        return size_class(Path(one.source).stat().st_size)
    except OSError:
        return UNKNOWN


def _kind(one: Found) -> str:
    return sniff(head_of(Path(one.source), HEAD_SIZE) or b"") or UNKNOWN


_TRAITS: Mapping[Trait | None, Callable[[Found], str]] = {
    Trait.SIZE: _size,
    Trait.FOLDER: lambda one: str(one.relative.parent),
    Trait.KIND: _kind,
    None: lambda _: "all",
}
