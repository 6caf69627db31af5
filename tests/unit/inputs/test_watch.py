"""Watched folders: what is handed out while folders change, go away and come back."""

import math
import time
from collections.abc import Callable, Iterator
from pathlib import Path, PurePath
from threading import Event, Thread

import pytest

from ocrqueue.inputs import arrivals, notice
from ocrqueue.inputs import watch as module
from ocrqueue.inputs.arrivals import Arrivals
from ocrqueue.inputs.walk import Found, find
from ocrqueue.inputs.watch import BREATH_S, MOST_TOLD, Cost, Watch, pause_s
from ocrqueue.model.errors.operator import StorageAway
from ocrqueue.model.place import BucketPath, Place
from tests.support.servers import wait_until

SETTLE_S = 0.05


class Watching:
    """A watch in a thread of its own: what it handed out and said."""

    def __init__(
        self, *folders: Path, poll_s: float = 0, is_open: Callable[[Found], bool] = lambda _: False
    ) -> None:
        self.names: list[str] = []
        self.told: list[str] = []
        self.looks = 0
        self.stopping = Event()
        out = folders[0] / "out"
        arriving = Arrivals(
            settle_s=SETTLE_S,
            clock=time.monotonic,
            is_open=is_open,
            lacks_end=lambda _: False,
        )
        self.watch = Watch(
            folders=folders,
            ours=[out],
            find=lambda folder: find([Path(folder)], skip=[out]),
            arrivals=arriving,
            poll_s=poll_s,
            stopping=self.stopping,
            tell=self.told.append,
            after_look=self._looked,
        )
        self.thread = Thread(target=self._run, daemon=True)
        self.thread.start()

    def _looked(self) -> None:
        self.looks += 1

    def _run(self) -> None:
        for one in self.watch.files():
            self.names.append(str(one.relative))

    def wait_for(self, *names: str) -> None:
        wait_until(lambda: self.names == list(names), f"{names}, there are {self.names}")

    def wait_until_idle(self) -> None:
        looks = self.looks
        wait_until(lambda: self.looks >= looks + 2, "two more looks")

    def end(self) -> None:
        self.stopping.set()
        self.thread.join(10)
        assert not self.thread.is_alive()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the pauses short."""
    monkeypatch.setattr(module, "BREATH_S", 0.02)
    monkeypatch.setattr(module, "FOREIGN_S", 0.05)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    (folder / "out").mkdir(parents=True)
    (folder / "a.pdf").write_bytes(b"a")
    return folder


@pytest.fixture
def watching(folder: Path) -> Iterator[Watching]:
    own = Watching(folder)
    yield own
    own.end()


def test_what_is_there_and_what_comes_is_handed_out(folder: Path, watching: Watching) -> None:
    """Files that are there, then those in new folders too, are handed out; our output is not."""
    watching.wait_for("a.pdf")
    (folder / "out" / "ours.pdf").write_bytes(b"ours")
    (folder / "new" / "deep").mkdir(parents=True)
    (folder / "new" / "deep" / "b.pdf").write_bytes(b"b")

    watching.wait_for("a.pdf", "new/deep/b.pdf")


def test_a_folder_that_goes_away_is_waited_for(folder: Path, watching: Watching) -> None:
    """It is told once; when the folder is back, with another file in it, all of it is looked at."""
    watching.wait_for("a.pdf")
    folder.rename(folder.with_name("away"))
    wait_until(lambda: watching.told == [f"{folder} is not there; it is waited for"], "told")
    (folder.with_name("away") / "b.pdf").write_bytes(b"b")
    folder.with_name("away").rename(folder)

    watching.wait_for("a.pdf", "a.pdf", "b.pdf")
    assert watching.told[1:] == [f"{folder} is back"]


def test_without_anybody_who_tells_folders_are_looked_at_in_turns(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where too many folders are watched already, or none can be, new files are found as well."""

    def listening(*_: object) -> None:
        raise OSError(28, "OS file watch limit reached")

    monkeypatch.setattr(notice, "listening", listening)
    own = Watching(folder)
    own.wait_for("a.pdf")
    own.wait_until_idle()
    (folder / "b.pdf").write_bytes(b"b")

    own.wait_for("a.pdf", "b.pdf")
    own.end()


def test_who_asks_for_it_is_told_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With `poll_s` the system is not asked, and a folder is looked at so often."""
    monkeypatch.setattr(notice, "listening", None)  # calling it would end the thread
    own = Watching(folder, poll_s=0.05)
    own.wait_for("a.pdf")
    own.wait_until_idle()
    (folder / "b.pdf").write_bytes(b"b")

    own.wait_for("a.pdf", "b.pdf")
    own.end()


@pytest.mark.parametrize(
    ("cost", "due_s", "pause"),
    [
        (Cost(0.001, 0.001), math.inf, BREATH_S),
        (Cost(0.001, 0.001), 4.0, 4.0),
        (Cost(3.0, 3.0), math.inf, 60.0),
        (Cost(3.0, 0.1), math.inf, 9.0),
        (Cost(3.0, 3.0), 4.0, 60.0),
    ],
)
def test_looking_takes_a_small_share_of_the_time(
    monkeypatch: pytest.MonkeyPatch, cost: Cost, due_s: float, pause: float
) -> None:
    """A look that takes long is followed by a longer pause, above all where it is computing."""
    monkeypatch.setattr(module, "BREATH_S", BREATH_S)
    assert pause_s(cost, due_s) == pause


def test_what_is_still_written_is_told_without_a_flood(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some files by name, the rest by number; each once, however often it is looked at."""
    monkeypatch.setattr(arrivals, "LATE_S", 0.0)
    for number in range(MOST_TOLD + 2):
        (folder / f"b{number}.pdf").write_bytes(b"b")
    own = Watching(folder, poll_s=0.05, is_open=lambda one: one.source.name != "a.pdf")

    own.wait_for("a.pdf")
    wait_until(lambda: own.told, "told")
    own.wait_until_idle()
    own.end()

    assert own.told[0].startswith(f"waiting for {folder / 'b0.pdf'}: it is open or changes still")
    assert own.told[MOST_TOLD:] == ["waiting for 2 more files that are open or change still"]


def test_a_bucket_that_is_away_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told once, and so is that it answers again; an object is new when its version is."""
    monkeypatch.setattr(notice, "listening", None)
    own, place = Watching(Path("none")), BucketPath("s3:", "in")
    own.end()
    own.told.clear()
    own.stopping.clear()
    own.watch.folders, answers = [place], [False, False, True, True, True]
    version = iter("112")

    def found(_: Place) -> Iterator[Found]:
        if not answers.pop(0):
            message = f"{place} cannot be reached: 503 Slow Down"
            raise StorageAway(message)
        yield Found(source=place / "a.pdf", relative=PurePath("a.pdf"), version=next(version))
        if not answers:
            own.stopping.set()

    own.watch.find, own.watch.arrivals.settle_s = found, 0.0
    assert [str(one.source) for one in own.watch.files()] == ["s3://in/a.pdf"] * 2
    assert own.told == [
        "s3://in cannot be reached: 503 Slow Down; it is waited for",
        "s3://in is back",
    ]
