"""A model's pages checked by another process: what people see, and whoever dies meanwhile."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from redis import Redis

from ocrqueue.model.errors.base import ExitCode
from ocrqueue.model.failpoints import Point
from ocrqueue.model.routing import NO_CHECKER
from tests.support.folders import jobs_left, ledgers, markdown, temporaries
from tests.support.pictures import LINES, picture_of
from tests.support.processes import QUICK, Stage, stage
from tests.support.servers import Server, wait_until
from tests.system.test_kill_matrix import AT_ONCE, Cell, cells, end, wait_for_the_fault, wake

ROUTE = "OCRQUEUE_READING__ROUTE"
REPLIES = "OCRQUEUE_BACKENDS__REPLAY__REPLIES"
QUEUES = ("replay", "scripted", "tesseract", "collect")
GOOD = "\n".join(LINES)
SHORT = "\n".join(LINES[:2])
SCRIPTED = "# Page 1\n\nThis is the scripted text of page 1."


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A scan of the lines."""
    return picture_of(LINES, tmp_path_factory.mktemp("drawn"))


@pytest.fixture(name="place")
def _place(tmp_path: Path, server: Server, client: Redis) -> Iterator[Cell]:
    given = {
        **QUICK,
        "OCRQUEUE_REDIS__URL": server.url,
        ROUTE: "replay,scripted",
        "OCRQUEUE_READING__WITNESS": "auto",
        REPLIES: str(tmp_path / "replies"),
    }
    with stage(tmp_path / "stage", given) as own:
        yield Cell(stage=own, server=server, client=client, folder=tmp_path)


def scans(folder: Path, picture: bytes, **said: str) -> Path:
    """Return a folder of scans, of each of which a model has said something."""
    (folder / "in").mkdir()
    for number, (name, text) in enumerate(said.items()):
        # Each is a document of its own: what follows the picture is in nobody's way.
        (folder / "in" / f"{name}.png").write_bytes(picture + bytes([number]))
        (folder / "replies" / name).mkdir(parents=True)
        (folder / "replies" / name / "0001.md").write_text(text)
    return folder / "in"


def settled(place: Cell, first: Sequence[str] = (), **given: str) -> None:
    """Let everybody work until nothing is left; who checks is there before anybody counts on it."""
    checker = place.start("workers.tesseract_worker", **given)
    checker.wait_for_event("worker.started")
    names = ("workers.replay_worker", "workers.scripted_worker", "workers.collector", *first)
    others = [place.start(name, **given) for name in names]
    wait_until(lambda: jobs_left(place.client, QUEUES) == {}, "nothing is left in the queue")
    end(checker, *others)


def assert_once(place: Cell, text: str, *, by: str) -> None:
    """The page is there once, read by whom it should, and nothing of anybody is left."""
    assert markdown(place.out) == {"a.md": text + "\n"}
    ((page,),) = [book["pages"] for book in ledgers(place.out).values()]
    assert (page["state"], page["backend"]) == ("done", by)
    assert jobs_left(place.client, QUEUES) == {}
    assert temporaries(place.out) == []
    wait_until(lambda: place.stage.leftovers() == [], "all processes have ended")


@cells({Point.PAGE_KEPT: AT_ONCE})
def test_a_worker_of_a_model(place: Cell, picture: bytes, point: Point, signals: str) -> None:
    """One that ends or sleeps before its page waits for the check loses none, and doubles none."""
    place.enqueue(scans(place.folder, picture, a=GOOD))
    first = place.start_faulty(point, signals, "self", "workers.replay_worker")
    wait_for_the_fault(first, signals)
    settled(place)
    wake(first, signals)
    end(first)

    assert_once(place, GOOD, by="replay")


@cells({Point.PAGE_READ: "KILL", Point.PAGE_SENT_BACK: "KILL STOP"})
def test_a_worker_that_doubts(place: Cell, picture: bytes, point: Point, signals: str) -> None:
    """One that ends or sleeps with a check in hand: the next backend gets the page all the same."""
    place.enqueue(scans(place.folder, picture, a=SHORT))
    model = place.start("workers.replay_worker")
    first = place.start_faulty(point, signals, "self", "workers.tesseract_worker")
    wait_for_the_fault(first, signals)
    settled(place)
    wake(first, signals)
    end(first, model)

    assert_once(place, SCRIPTED, by="scripted")


def test_a_worker_that_is_killed_over_a_checked_page(place: Cell, picture: bytes) -> None:
    """Its result is kept, the queue does not know: nobody checks or reads the page again."""
    place.enqueue(scans(place.folder, picture, a=GOOD))
    model = place.start("workers.replay_worker")
    first = place.start_faulty(Point.PAGE_STORED, "KILL", "self", "workers.tesseract_worker")
    wait_for_the_fault(first, "KILL")
    settled(place)
    end(model)

    assert_once(place, GOOD, by="replay")
    ((page,),) = [book["pages"] for book in ledgers(place.out).values()]
    assert [one["backend"] for one in page["attempts"]] == ["replay", "tesseract"]


def test_nobody_comes_after_the_one_who_checked(place: Cell, picture: bytes) -> None:
    """Killed over a check, and not started again: its page and those that wait settle unchecked."""
    place.enqueue(scans(place.folder, picture, a=GOOD, b=SHORT))
    model = place.start("workers.replay_worker")
    first = place.start_faulty(Point.PAGE_READ, "KILL", "self", "workers.tesseract_worker")
    wait_for_the_fault(first, "KILL")
    collector = place.start("workers.collector")
    wait_until(lambda: jobs_left(place.client, QUEUES) == {}, "nothing is left in the queue", 60)
    end(model, collector)

    assert markdown(place.out) == {"a.md": GOOD + "\n", "b.md": SHORT + "\n"}
    pages = [book["pages"][0] for book in ledgers(place.out).values()]
    assert [page["state"] for page in pages] == ["done", "done"]
    assert all(NO_CHECKER in page["witness"]["unwitnessed"] for page in pages)
    assert [event["pages"] for event in collector.events("checks.called_off")] == [2]
    assert temporaries(place.out) == []


def test_what_a_run_tells(stage: Stage, tmp_path: Path, picture: bytes) -> None:
    """Everything in one command: who checks is started too, and what disagrees has its mark."""
    scans(tmp_path, picture, good=GOOD, short=SHORT, few="Lake")
    command = ("run", str(tmp_path / "in"), "-o", str(tmp_path / "out"), "--backend", "replay")
    said = ("--replies", str(tmp_path / "replies"), "--witness", "require", "--mark-doubts")
    ended = stage.run(*command, *said, given={"OCRQUEUE_WORKERS__TESSERACT": "1"})

    assert ended.code == ExitCode.OK, ended.err
    assert "Second reading: 3 checked, 2 disagreed" in ended.out
    books = {name: book["pages"][0] for name, book in ledgers(tmp_path / "out").items()}
    assert books["good.json"]["witness"]["by"] == "tesseract"
    assert books["good.json"]["verdict"] == "good"
    told = books["short.json"]["witness"]
    assert told["missing"] > 20
    text = markdown(tmp_path / "out")
    assert text["good.md"] == GOOD + "\n"
    assert f"<!-- {told['doubt']}: three people who did not know" in text["short.md"]
    assert text["short.md"].endswith(f" -->\n{SHORT}\n")
