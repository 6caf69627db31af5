"""Which files have arrived: quiet for long enough, whole as far as can be told, each once."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePath

import pytest

from ocrqueue.inputs.arrivals import UNTIL_WHOLE, Arrivals
from ocrqueue.inputs.fingerprint import Stamp
from ocrqueue.inputs.walk import Found

SETTLE_S = 5.0


@dataclass
class Folder:
    """A folder whose files, and whose time, a test makes."""

    files: dict[str, int] = field(default_factory=dict)  # name -> size
    now: float = 1000.0
    open: set[str] = field(default_factory=set)
    torn: set[str] = field(default_factory=set)

    def arrivals(self) -> Arrivals:
        return Arrivals(
            settle_s=SETTLE_S,
            clock=lambda: self.now,
            is_open=lambda found: found.source.name in self.open,
            lacks_end=lambda found: found.source.name in self.torn,
            stamp=self.stamp,
        )

    def stamp(self, found: Found) -> Stamp | None:
        size = self.files.get(found.source.name)
        return None if size is None else (size, 0, 0, 0)

    def found(self) -> Iterator[Found]:
        for name in list(self.files):
            yield Found(source=Path("/in", name), relative=PurePath(name))


@pytest.fixture
def folder() -> Folder:
    return Folder()


def look(arrivals: Arrivals, folder: Folder, after_s: float = 0) -> list[str]:
    """Look through the folder after some seconds; return the names that have arrived."""
    folder.now += after_s
    return [one.source.name for one in arrivals.among(folder.found())]


def test_a_file_arrives_once_it_was_quiet(folder: Folder) -> None:
    """A file is handed out when it has not changed for long enough, and only once."""
    arrivals = folder.arrivals()
    folder.files = {"a.pdf": 10}

    assert look(arrivals, folder) == []
    assert look(arrivals, folder, SETTLE_S - 0.1) == []
    assert look(arrivals, folder, 0.1) == ["a.pdf"]
    assert look(arrivals, folder, 60) == []


def test_a_file_that_grows_does_not_arrive(folder: Folder) -> None:
    """However long a copy takes, its file rests anew with each change."""
    arrivals = folder.arrivals()
    for size in range(100):
        folder.files["a.pdf"] = size
        assert look(arrivals, folder, SETTLE_S * 2) == []

    assert look(arrivals, folder, SETTLE_S) == ["a.pdf"]


def test_a_file_that_changed_arrives_again(folder: Folder) -> None:
    """After a change a file rests, and is handed out once more."""
    arrivals = folder.arrivals()
    folder.files = {"a.pdf": 10, "b.pdf": 10}
    look(arrivals, folder)
    look(arrivals, folder, SETTLE_S)
    folder.files["a.pdf"] = 11

    assert look(arrivals, folder) == []
    assert look(arrivals, folder, SETTLE_S) == ["a.pdf"]


def test_a_renamed_file_arrives_under_its_new_name_alone(folder: Folder) -> None:
    """A name that is gone while it rests is forgotten; the new one rests from the beginning."""
    arrivals = folder.arrivals()
    folder.files = {"a.pdf": 10}
    look(arrivals, folder)
    folder.files = {"b.pdf": 10}

    assert look(arrivals, folder, SETTLE_S) == []
    assert look(arrivals, folder, SETTLE_S) == ["b.pdf"]


def test_a_file_that_comes_back_arrives_again(folder: Folder) -> None:
    """What is gone is forgotten: on a drive that was unplugged everything is looked at anew."""
    arrivals = folder.arrivals()
    folder.files = {"a.pdf": 10}
    look(arrivals, folder)
    look(arrivals, folder, SETTLE_S)
    folder.files = {}
    look(arrivals, folder)
    folder.files = {"a.pdf": 10}

    look(arrivals, folder)
    assert look(arrivals, folder, SETTLE_S) == ["a.pdf"]


def test_a_file_that_is_open_never_arrives(folder: Folder) -> None:
    """As long as somebody has it open for writing a file is left alone, however quiet it is."""
    arrivals = folder.arrivals()
    folder.files = {"a.pdf": 10}
    folder.open = {"a.pdf"}

    look(arrivals, folder)
    assert look(arrivals, folder, SETTLE_S * UNTIL_WHOLE * 10) == []
    folder.open = set()
    assert look(arrivals, folder) == ["a.pdf"]


def test_a_file_without_its_end_arrives_late(folder: Folder) -> None:
    """A copy that stands still is given twelve times as long; then the file is as it is."""
    arrivals = folder.arrivals()
    folder.files = {"a.pdf": 10}
    folder.torn = {"a.pdf"}

    look(arrivals, folder)
    assert look(arrivals, folder, SETTLE_S * UNTIL_WHOLE - 0.1) == []
    assert look(arrivals, folder, 0.1) == ["a.pdf"]


def test_a_file_that_nobody_took_over_is_handed_out_again(folder: Folder) -> None:
    """Who stops in the middle has not been given the file at which he stopped."""
    arrivals = folder.arrivals()
    folder.files = {"a.pdf": 10, "b.pdf": 10}
    look(arrivals, folder)
    folder.now += SETTLE_S
    assert next(arrivals.among(folder.found())).source.name == "a.pdf"

    assert look(arrivals, folder) == ["a.pdf", "b.pdf"]


def test_a_file_in_two_folders_arrives_once(folder: Folder) -> None:
    """One that is found twice in a look, for one watched folder lies in another, is one file."""
    arrivals = folder.arrivals()
    folder.files = {"a.pdf": 10}
    look(arrivals, folder)
    folder.now += SETTLE_S

    twice = arrivals.among([*folder.found(), *folder.found()])
    assert [one.source.name for one in twice] == ["a.pdf"]


def test_it_says_when_to_look_again(folder: Folder) -> None:
    """Never while nothing rests, else when the oldest may have arrived; then in turns."""
    arrivals = folder.arrivals()
    assert math.isinf(arrivals.due_s())
    folder.files, folder.open = {"a.pdf": 10}, {"a.pdf"}
    look(arrivals, folder)

    folder.now += 2
    assert arrivals.due_s() == SETTLE_S - 2
    folder.now += 60
    assert arrivals.due_s() == SETTLE_S


def test_a_flood_is_handed_out_whole_and_remembered_by_numbers(folder: Folder) -> None:
    """Two thousand files at once arrive one by one, in order; of each one number is kept."""
    arrivals = folder.arrivals()
    folder.files = {f"{number:05d}.pdf": number for number in range(2_000)}

    assert look(arrivals, folder) == []
    assert look(arrivals, folder, SETTLE_S) == list(folder.files)
    assert look(arrivals, folder, SETTLE_S) == []
    assert {type(mark) for mark in arrivals._taken} == {int}
    assert (len(arrivals._taken), len(arrivals._resting)) == (2_000, 0)


def test_a_file_that_does_not_arrive_is_late_once(folder: Folder) -> None:
    """One that stays open, and one that grows for ever; when it has arrived that is forgotten."""
    arrivals = folder.arrivals()
    folder.files, folder.open = {"grows.pdf": 0, "open.pdf": 10, "quiet.pdf": 10}, {"open.pdf"}
    told = list[list[str]]()
    for size in range(1, 7):
        folder.files["grows.pdf"] = size
        look(arrivals, folder, arrivals.late_s / 4)
        told.append([one.source.name for one in arrivals.late()])

    assert told == [[], [], [], [], ["grows.pdf", "open.pdf"], []]
    folder.open.clear()
    assert look(arrivals, folder, SETTLE_S) == ["grows.pdf", "open.pdf"]
    folder.open, folder.files["open.pdf"] = {"open.pdf"}, 11
    look(arrivals, folder)
    assert arrivals.late() == []
    look(arrivals, folder, arrivals.late_s)
    assert [one.source.name for one in arrivals.late()] == ["open.pdf"]
