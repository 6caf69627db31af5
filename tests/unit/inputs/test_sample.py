"""A sample of the inputs: some of each group, the same ones again."""

from collections import Counter
from pathlib import Path, PurePath

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocrqueue.inputs.sample import Trait, groups, sample, size_class
from ocrqueue.inputs.walk import Found


def inputs(count: int, folder: str = "") -> list[Found]:
    names = [PurePath(folder) / f"{n:03}.pdf" for n in range(count)]
    return [Found(source=Path("/in") / name, relative=name) for name in names]


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(1, 60), min_size=1, max_size=9), st.integers(1, 200))
def test_every_group_has_its_share(sizes: list[int], count: int) -> None:
    """As many as asked for; one of each group where that goes; near its share."""
    known = {f"g{at}": inputs(size, f"g{at}") for at, size in enumerate(sizes)}

    taken = {name: len(own) for name, own in sample(known, count, 0).items()}

    assert sum(taken.values()) == min(count, sum(sizes))
    if count >= len(sizes):
        assert min(taken.values()) >= 1
    for name, own in known.items():
        assert taken[name] <= max(1, -(-count * len(own) // sum(sizes)) + 1, 0)


def test_a_sample_can_be_had_again() -> None:
    """The same seed picks the same, in whatever order they were found; another one others."""
    known = inputs(50)

    picks = [
        sample({"all": order}, 5, seed)["all"]
        for order, seed in ((known, 1), (known[::-1], 1), (known, 2))
    ]

    assert picks[0] == picks[1] != picks[2]
    assert len(set(picks[0])) == 5


def test_few_wanted_of_many_groups_are_of_the_largest() -> None:
    """Where not every group can have one, the largest have."""
    known = {"a": inputs(1), "b": inputs(9), "c": inputs(5)}

    taken = {name: len(own) for name, own in sample(known, 2, 0).items()}

    assert taken == {"a": 0, "b": 1, "c": 1}


def test_inputs_are_grouped_by_what_they_have_in_common(tmp_path: Path) -> None:
    """By size, folder or kind; one that is gone by now is in a group of its own."""
    (tmp_path / "sub").mkdir()
    found = []
    for name, content in (
        ("a.pdf", b"%PDF-1.4" + bytes(200_000)),
        ("sub/b.png", b"\x89PNG\r\n\x1a\n"),
        ("sub/c.pdf", b"%PDF-1.4"),
    ):
        (tmp_path / name).write_bytes(content)
        found.append(Found(source=tmp_path / name, relative=PurePath(name)))
    found.append(Found(source=tmp_path / "gone.pdf", relative=PurePath("gone.pdf")))

    counts = {
        by: Counter({name: len(own) for name, own in groups(found, by).items()})
        for by in (None, *Trait)
    }

    assert counts == {
        None: {"all": 4},
        Trait.SIZE: {"below 100 kB": 2, "100 kB to 1 MB": 1, "unknown": 1},
        Trait.FOLDER: {".": 2, "sub": 2},
        Trait.KIND: {"pdf": 2, "png": 1, "unknown": 1},
    }


@pytest.mark.parametrize(
    ("size", "name"),
    [
        (0, "below 100 kB"),
        (99_999, "below 100 kB"),
        (100_000, "100 kB to 1 MB"),
        (5_000_000, "above 5 MB"),
    ],
)
def test_sizes_have_their_classes(size: int, name: str) -> None:
    """The bounds belong to the larger class."""
    assert size_class(size) == name
