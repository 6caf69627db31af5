"""One suite on both kinds of files: of a folder of this machine, and of objects in a bucket."""

import errno
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest

from ocrqueue.model.errors.operator import Overtaken
from ocrqueue.model.place import Place
from ocrqueue.workspace import storage
from ocrqueue.workspace.files import Files, FolderEntry, json_in, write_json


@dataclass(frozen=True)
class Ground:
    """Where files are tried."""

    files: Files
    root: Place


@pytest.fixture(params=["folder", "bucket"])
def ground(request: pytest.FixtureRequest, tmp_path: Path) -> Ground:
    root: Place = tmp_path / "out"
    if request.param == "bucket":
        root = request.getfixturevalue("bucket")
    return Ground(storage.of_output(root), root)


def test_a_file_is_read_as_it_was_written(ground: Ground) -> None:
    """Any bytes; a second writing replaces the first."""
    place = ground.root / "a" / "b.md"

    ground.files.write(place, b"first")
    ground.files.write(place, b"second\0\xff")

    assert ground.files.read(place) == b"second\0\xff"
    assert ground.files.sha256(place) == sha256(b"second\0\xff").hexdigest()
    assert ground.files.exists(place)


def test_what_is_not_there_is_told(ground: Ground) -> None:
    """A FileNotFoundError, not an empty file; and no listing fails."""
    with pytest.raises(FileNotFoundError):
        ground.files.read(ground.root / "a")
    with pytest.raises(FileNotFoundError):
        ground.files.sha256(ground.root / "a")
    assert not ground.files.exists(ground.root / "a")
    assert not ground.files.is_taken(ground.root / "a")
    assert list(ground.files.listed(ground.root / "a")) == []
    assert list(ground.files.filed(ground.root / "a", "")) == []
    assert ground.files.stamp(ground.root / "a") == ""
    assert json_in(ground.files, ground.root / "a") is None


def test_the_first_one_wins(ground: Ground) -> None:
    """Who writes once later is told that he came too late."""
    place = ground.root / "page.json"

    assert ground.files.write_once(place, b"first")
    assert not ground.files.write_once(place, b"second")

    assert ground.files.read(place) == b"first"


def test_a_file_that_is_too_large_is_not_read(ground: Ground) -> None:
    """Whoever prepared the place decides on no memory of ours."""
    ground.files.write(ground.root / "a", b"12345")

    with pytest.raises(OSError) as caught:  # noqa: PT011 - its number is looked at
        ground.files.read(ground.root / "a", most=4)
    assert caught.value.errno == errno.EFBIG


def test_a_listing_tells_what_lies_in_a_folder(ground: Ground) -> None:
    """Names in order, sizes, and what is a folder; not what lies deeper, nor beside."""
    for name in ("d/b.json", "d/a.json", "d/deep/c.json", "d.json", "dd/e"):
        ground.files.write(ground.root / name, b"12")

    assert list(ground.files.listed(ground.root / "d")) == [
        FolderEntry(name="a.json", size=2),
        FolderEntry(name="b.json", size=2),
        FolderEntry(name="deep", is_file=False),
    ]


def test_what_is_filed_in_folders_is_listed_in_order(ground: Ground) -> None:
    """As keys of outputs are, in folders by their beginning; each with its stamp."""
    for name in ("cd/cd1.json", "ab/ab2.json", "ab/ab1.json", "ab/ab1.files", "ab/deep/no.json"):
        ground.files.write(ground.root / "outputs" / name, b"")

    found = dict(ground.files.filed(ground.root / "outputs", ".json"))

    assert [*found] == ["ab1.json", "ab2.json", "cd1.json"]
    assert found["ab1.json"] == ground.files.stamp(ground.root / "outputs" / "ab" / "ab1.json")


def test_files_are_removed_also_where_there_are_none(ground: Ground) -> None:
    """Several beside each other at once; others stay."""
    for name in ("d/a", "d/b", "d/c"):
        ground.files.write(ground.root / name, b"x")

    ground.files.remove(ground.root / "d" / "a", "b", "none")
    ground.files.remove(ground.root / "none" / "none")

    assert [one.name for one in ground.files.listed(ground.root / "d")] == ["c"]


def test_a_folder_is_removed_with_all_that_is_in_it(ground: Ground) -> None:
    """But not what only begins alike."""
    for name in ("d/a", "d/deep/b", "dd/c"):
        ground.files.write(ground.root / name, b"x")

    ground.files.remove_folder(ground.root / "d")
    ground.files.remove_folder(ground.root / "none")

    assert not ground.files.is_taken(ground.root / "d")
    assert ground.files.exists(ground.root / "dd" / "c")


def test_a_name_is_taken_by_a_file_and_by_a_folder(ground: Ground) -> None:
    """No output gets a name below which something lies."""
    ground.files.write(ground.root / "a.pages" / "0001.md", b"x")

    assert ground.files.is_taken(ground.root / "a.pages")
    assert not ground.files.exists(ground.root / "a.pages")
    assert not ground.files.is_taken(ground.root / "a.page")


def test_a_stamp_changes_with_a_file_and_with_a_folder(ground: Ground) -> None:
    """So that the review reads only what is new."""
    ground.files.write(ground.root / "d" / "a", b"1")
    before = ground.files.stamp(ground.root / "d" / "a"), ground.files.stamp(ground.root / "d")

    assert (ground.files.stamp(ground.root / "d" / "a"), ground.files.stamp(ground.root / "d")) == (
        before
    )
    ground.files.write(ground.root / "d" / "a", b"2")
    ground.files.write(ground.root / "d" / "b", b"")

    assert ground.files.stamp(ground.root / "d" / "a") != before[0]
    assert ground.files.stamp(ground.root / "d") != before[1]


@pytest.mark.parametrize(
    "name", ["Bericht März.md", "a b%20c#?&+.md", "[x]*~.md", "tab\there", "\udcff.md", "a\\b"]
)
def test_names_come_back_as_they_are_asked_for(ground: Ground, name: str) -> None:
    """Whatever people call their files: also with spaces, signs and what is no text."""
    write_json(ground.files, ground.root / "d" / name, {"is": name})

    assert json_in(ground.files, ground.root / "d" / name) == {"is": name}


@pytest.mark.parametrize("name", ["../x", "a/../../x", "x" * 3000])
def test_no_name_leads_out(ground: Ground, name: str) -> None:
    """Nor is one too long for the place."""
    with pytest.raises(OSError):  # noqa: PT011 - systems differ
        ground.files.write(ground.root / name, b"x")


def test_who_takes_his_turn_overwrites_no_other(ground: Ground) -> None:
    """In a folder the lock sees to it; in a bucket the second one is told, and begins anew."""
    place, other = ground.root / "a.md", ground.root / "a.json"
    first, second = ground.files.turn(place), ground.files.turn(place)

    first.write(place, b"first")
    first.write(place, b"first, more")
    first.write(other, b"{}")
    if first is second:
        return
    with pytest.raises(Overtaken):
        second.write(place, b"second")

    assert ground.files.read(place) == b"first, more"
    ground.files.turn(place).write(place, b"third")
    assert ground.files.read(place) == b"third"
