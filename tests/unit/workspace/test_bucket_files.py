"""What is written only over what was seen, and what is remembered, in a bucket in memory."""

from types import SimpleNamespace
from typing import Any

import pytest
from obstore.store import MemoryStore

from ocrqueue.model.errors.operator import Overtaken, StorageAway
from ocrqueue.model.place import BucketPath, Place
from ocrqueue.workspace import bucket_files, buckets
from ocrqueue.workspace.bucket_files import BucketFiles

ROOT = BucketPath("s3://bucket/out")


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> BucketFiles:
    """A bucket of this process, which keeps conditions as a service does."""
    memory = MemoryStore()
    monkeypatch.setattr(buckets, "store", lambda _: memory)
    return BucketFiles(below=ROOT)


def test_who_saw_nothing_creates(files: BucketFiles) -> None:
    """What came in meanwhile is not written over, and stays whole."""
    mine = files.turn(ROOT / "a")
    files.write(ROOT / "a", b"of another")

    with pytest.raises(Overtaken):
        mine.write(ROOT / "a", b"mine")

    assert files.read(ROOT / "a") == b"of another"


def test_who_saw_something_replaces_that_only(files: BucketFiles) -> None:
    """Also where it was read in between: what was seen first counts."""
    files.write(ROOT / "a", b"old")
    mine = files.turn(ROOT / "a")
    files.write(ROOT / "a", b"of another")
    assert mine.read(ROOT / "a") == b"of another"

    with pytest.raises(Overtaken):
        mine.write(ROOT / "a", b"mine")

    assert files.read(ROOT / "a") == b"of another"


def test_what_is_read_in_a_turn_is_seen(files: BucketFiles) -> None:
    """Whoever reads a file, or finds none, and writes it then writes over nothing else."""
    files.write(ROOT / "a", b"old")
    mine = files.turn()
    assert mine.read(ROOT / "a") == b"old"
    assert not mine.exists(ROOT / "b")
    files.write(ROOT / "a", b"of another")
    files.write(ROOT / "b", b"of another")

    for name in "ab":
        with pytest.raises(Overtaken):
            mine.write(ROOT / name, b"mine")
        assert files.read(ROOT / name) == b"of another"


def test_a_file_that_goes_meanwhile_is_not_brought_back(files: BucketFiles) -> None:
    """Who removed it wanted it gone; it is not there again because somebody had seen it."""
    files.write(ROOT / "a", b"old")
    mine = files.turn(ROOT / "a")
    files.remove(ROOT / "a")

    with pytest.raises(Overtaken):
        mine.write(ROOT / "a", b"mine")

    assert not files.exists(ROOT / "a")


def test_who_removes_in_his_turn_creates_afterwards(files: BucketFiles) -> None:
    """And writes over his own as often as he likes; what others create in between stays."""
    files.write(ROOT / "a", b"old")
    mine = files.turn(ROOT / "a")
    mine.remove(ROOT / "a")
    mine.write(ROOT / "a", b"new")
    mine.write(ROOT / "a", b"newer")
    assert files.read(ROOT / "a") == b"newer"

    mine.remove(ROOT / "a")
    files.write(ROOT / "a", b"of another")
    with pytest.raises(Overtaken):
        mine.write(ROOT / "a", b"newest")


def test_an_answer_that_was_lost_is_no_other_writer(
    files: BucketFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What lies there is what was to be written: it was, and the turn goes on from there."""
    mine = files.turn(ROOT / "a")
    ask, asked = buckets.ask, list[Any]()

    def lose(place: Place, act: Any) -> Any:
        asked.append(ask(place, act))
        return ask(place, act) if len(asked) == 1 else asked[-1]

    monkeypatch.setattr(buckets, "ask", lose)

    mine.write(ROOT / "a", b"mine")
    mine.write(ROOT / "a", b"mine, newer")

    assert files.read(ROOT / "a") == b"mine, newer"


def test_what_is_rarely_written_is_remembered_for_a_moment(
    files: BucketFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mark of a workspace, also where there is none; a turn looks anew, as who writes does."""
    mark, now = ROOT / "workspace.json", [1000.0]
    monkeypatch.setattr(bucket_files, "time", SimpleNamespace(monotonic=lambda: now[0]))
    others = BucketFiles(below=ROOT)
    with pytest.raises(FileNotFoundError):
        files.read(mark)
    others.write(mark, b"{}")
    with pytest.raises(FileNotFoundError):
        files.read(mark)
    assert files.turn().read(mark) == b"{}"

    now[0] += bucket_files.STEADY_S + 1
    assert files.read(mark) == b"{}"
    others.write(mark, b"[]")
    assert files.read(mark) == b"{}"
    files.write(mark, b"{} ")
    assert files.read(mark) == b"{} "


def test_nothing_is_remembered_of_a_bucket_that_was_away(
    files: BucketFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asks for the mark next asks the bucket."""
    mark = ROOT / "workspace.json"
    files.write(mark, b"{}")
    assert files.read(mark) == b"{}"

    def away(*_: Any) -> Any:
        raise StorageAway("it does not answer")

    monkeypatch.setattr(buckets, "ask", away)
    for place in (ROOT / "page.json", mark):
        with pytest.raises(StorageAway):
            files.read(place)


def test_no_more_is_remembered_than_a_hundred(files: BucketFiles) -> None:
    """A worker of many workspaces does not grow with them."""
    for number in range(bucket_files.MOST_STEADY + 5):
        files.write(ROOT / str(number) / "document.json", b"{}")
        files.read(ROOT / str(number) / "document.json")
    assert len(files._steady) == bucket_files.MOST_STEADY
