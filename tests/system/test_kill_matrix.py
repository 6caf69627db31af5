"""Every process x every way to end or sleep x every moment between two things that belong together.

The moments are named in the code (`ocrqueue.model.failpoints`); a process reaches one of them and
is killed, told to stop, told twice, or put to sleep for longer than its heartbeats. Then what
died is started again, and everything must be as if nothing had happened.

    process            before start   mid page               result, not settled   while assembling
    scripted worker    job.taken      page.begun, page.read  page.stored           -
    of another model   -              page.sent-back         -                     -
    workspace is away  -              page.sent-back         -                     -
    tesseract worker   -              page.drawing           page.stored           -
    collector          job.taken      document.collecting    document.told         document.written
    producer           -              producer.opened, producer.added              -
    server             -              page.begun             page.stored           document.written
    supervisor         -              page.begun             page.stored           document.written
    renderer child     -              page.drawing           -                     -
    tesseract child    -              while it reads         -                     -

What makes no sense: readers assemble nothing, and a collector reads nothing (its `mid page` is the
beginning of its own job); before their start server, supervisor, producer and children hold
nothing; children know no results. The tesseract worker shares the taking of jobs with the scripted
one. A tesseract that is killed is in test_lifecycle.py, as are signals to the processes of `run`.

The four ways are KILL, TERM, STOP and TERM,TERM. What would be the same cell twice is left out:

- TERM only raises a flag that a worker looks at when its job is done: at which moment of the job
  is all the same, so scripted worker and collector meet it once before and once within a job. The
  second TERM breaks off the job in hand, so it is met at each moment of one; with a job that is
  taken and not begun the second one does nothing.
- A producer has no handler, so TERM ends it at once and nobody is left for a second one. A renderer
  ignores the first TERM as well as the second. The server writes all down at TERM, and at a second
  one no more, as at KILL: both are met at one moment, KILL at each.
- A supervisor hands on each TERM: with a page in hand it is met with one and with two. It holds no
  page of its own, so asleep it leaves its children alone at whatever moment: that is met once.
- After `page.stored` a tesseract worker does nothing but what the scripted one does; it is killed
  there once, with children that wait.
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from signal import SIGCONT, Signals

import psutil
import pytest
from redis import Redis

from ocrqueue.model.failpoints import Point
from tests.support.batch import Batch, collect_all, make_batch, read_all
from tests.support.folders import jobs_left, ledgers, make_inputs, markdown, temporaries
from tests.support.processes import BY_PICTURE, QUICK, Process, Stage, named, stage
from tests.support.servers import Server, serve, wait_until

EVERY = "KILL TERM STOP TERM,TERM"
AT_ONCE = "KILL STOP TERM,TERM"
ASLEEP_S = 1.5  # a worker of these tests is taken for dead after one second
QUEUES = ("scripted", "tesseract", "collect")
PAGES = 3


def cells(signals: Mapping[Point, str]) -> pytest.MarkDecorator:
    """Run a test for each moment with each of its ways to end or sleep."""
    return pytest.mark.parametrize(
        ("point", "signals"), [(point, way) for point in signals for way in signals[point].split()]
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One place of the matrix: an output folder, a queue, and processes."""

    stage: Stage
    server: Server
    client: Redis
    folder: Path

    @property
    def out(self) -> Path:
        return self.folder / "out"

    def start(self, module: str, *arguments: str, **given: str) -> Process:
        return self.stage.module(module, *arguments, given=given)

    def start_faulty(
        self, point: Point, signals: str, target: str, module: str, *arguments: str, **given: str
    ) -> Process:
        fault = (point, signals, target, module, *arguments)
        return self.stage.module("tests.support.faulty", *fault, given=given)

    def batch(self) -> Batch:
        """Return a document of three pages that needs no PDF."""
        return make_batch(self.folder, self.client, count=PAGES)

    def inputs(self) -> Path:
        return make_inputs(self.folder / "in", {"a.pdf": 2, "sub/b.pdf": 1})

    def enqueue(self, inputs: Path, **given: str) -> None:
        ended = self.stage.run("enqueue", str(inputs), "-o", str(self.out), given=given)
        assert ended.code == 0, ended.err

    def wait_until_empty(self) -> None:
        wait_until(lambda: jobs_left(self.client, QUEUES) == {}, "nothing is left in the queue")

    def assert_whole(self, expected: dict[str, str]) -> None:
        """All is read and written once, and nothing of anybody is left."""
        assert markdown(self.out) == expected
        books = ledgers(self.out).values()
        assert [book["state"] for book in books] == ["done"] * len(expected)
        assert all(page["state"] == "done" for book in books for page in book["pages"])
        assert jobs_left(self.client, QUEUES) == {}
        assert temporaries(self.out) == []
        for lease in ("ocrq:*:feeding", "rq:execution:*", "ocrq:maintenance:*"):
            wait_until(lambda name=lease: self.client.keys(name) == [], f"no {lease} is left")  # type: ignore[misc]
        wait_until(lambda: self.stage.leftovers() == [], "all processes have ended")


@pytest.fixture
def cell(tmp_path: Path, server: Server, client: Redis) -> Iterator[Cell]:
    given = {**QUICK, "OCRQUEUE_REDIS__URL": server.url}
    with stage(tmp_path / "stage", given) as own:
        yield Cell(stage=own, server=server, client=client, folder=tmp_path)


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Cell]:
    """A cell with a server of its own, which may be killed."""
    with serve() as server, server.client as client:
        given = {**QUICK, "OCRQUEUE_REDIS__URL": server.url}
        with stage(tmp_path / "stage", given) as processes:
            yield Cell(stage=processes, server=server, client=client, folder=tmp_path)


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The Markdown of the three pages when nobody disturbs them."""
    folder = tmp_path_factory.mktemp("undisturbed")
    with serve() as server, server.client as client:
        make_batch(folder, client, count=PAGES).queue_pages()
        read_all(client)
        collect_all(client)
    return markdown(folder / "out")


def wait_for_the_fault(first: Process, signals: str) -> None:
    """Wait until the process has ended, or has slept for so long that it is taken for dead."""
    if signals == "STOP":
        wait_for_sleep(psutil.Process(first.pid))
    else:
        wait_until(lambda: not first.alive, f"it ends by {signals}")


def wait_for_sleep(victim: psutil.Process) -> None:
    wait_until(lambda: victim.status() == psutil.STATUS_STOPPED, "it sleeps")
    since = time.monotonic()
    wait_until(lambda: time.monotonic() - since > ASLEEP_S, "it has slept for long")


def wake(first: Process, signals: str) -> None:
    if signals == "STOP":
        first.send(SIGCONT)


def end(*processes: Process) -> None:
    """End who is still there in order; who has hardly started ends at once by the signal."""
    for process in processes:
        if process.alive:
            assert process.stop() in {0, -Signals.SIGTERM}, process.tail()


@cells(
    {
        Point.JOB_TAKEN: "KILL TERM STOP",
        Point.PAGE_BEGUN: EVERY,
        Point.PAGE_READ: AT_ONCE,
        Point.PAGE_STORED: AT_ONCE,
    }
)
def test_a_scripted_worker(
    cell: Cell, expected: dict[str, str], point: Point, signals: str
) -> None:
    """A worker that ends or sleeps with a page in hand costs no page and doubles none."""
    batch = cell.batch()
    batch.queue_pages()
    first = cell.start_faulty(point, signals, "self", "workers.scripted_worker")
    wait_for_the_fault(first, signals)
    second = cell.start("workers.scripted_worker")
    # A page that a living worker has taken and not begun waits for it for ten seconds.
    mine = 1 if point is Point.JOB_TAKEN and signals == "STOP" else 0
    wait_until(lambda: len(batch.state()["pending"]) == mine, "the other one reads the rest")
    wake(first, signals)
    wait_until(lambda: batch.state()["pending"] == [], "all pages are settled")
    end(first, second)
    collect_all(cell.client)
    cell.assert_whole(expected)


@cells({Point.PAGE_SENT_BACK: AT_ONCE})
def test_a_worker_that_leaves_pages_to_others(
    cell: Cell, expected: dict[str, str], point: Point, signals: str
) -> None:
    """A worker that ends or sleeps while it sends a page back loses none and doubles none."""
    batch = cell.batch()
    batch.queue_pages()
    other = {"OCRQUEUE_BACKENDS__SCRIPTED__MODEL": "another"}
    first = cell.start_faulty(point, signals, "self", "workers.scripted_worker", **other)
    wait_for_the_fault(first, signals)
    second = cell.start("workers.scripted_worker")
    wait_until(lambda: batch.state()["pending"] == [], "all pages are settled")
    wake(first, signals)
    end(first, second)
    collect_all(cell.client)
    cell.assert_whole(expected)


@cells({Point.PAGE_SENT_BACK: "KILL STOP"})
def test_a_worker_that_does_not_see_its_workspace(
    cell: Cell, expected: dict[str, str], point: Point, signals: str
) -> None:
    """One that ends or sleeps before the page is back loses none; one that waits goes on."""
    cell.batch().queue_pages()
    elsewhere = cell.out.rename(cell.folder / "elsewhere")
    first = cell.start_faulty(point, signals, "self", "workers.scripted_worker")
    wait_for_the_fault(first, signals)
    second = cell.start("workers.scripted_worker")
    second.wait_for_event("worker.rests")
    elsewhere.rename(cell.out)
    wake(first, signals)
    finish(cell, first, second)
    cell.assert_whole(expected)


@cells(
    {
        Point.JOB_TAKEN: "KILL TERM STOP",
        Point.DOCUMENT_COLLECTING: AT_ONCE,
        Point.DOCUMENT_WRITTEN: EVERY,
        Point.DOCUMENT_TOLD: AT_ONCE,
    }
)
def test_a_collector(cell: Cell, expected: dict[str, str], point: Point, signals: str) -> None:
    """A collector that ends or sleeps over a document leaves one whole Markdown and ledger."""
    cell.batch().queue_pages()
    read_all(cell.client)
    first = cell.start_faulty(point, signals, "self", "workers.collector")
    wait_for_the_fault(first, signals)
    second = cell.start("workers.collector")
    # It has put back what the first one held: who ends just then has his job run once more.
    registered = f"rq:worker:collector-*-{second.pid}-*"
    wait_until(lambda: cell.client.keys(registered), "it is registered")
    wake(first, signals)
    cell.wait_until_empty()
    end(first, second)
    cell.assert_whole(expected)


@pytest.fixture(scope="module")
def two_documents(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    """The Markdown of the two PDFs when nobody disturbs their reading, by backend."""
    folder = tmp_path_factory.mktemp("undisturbed")
    inputs = make_inputs(folder / "in", {"a.pdf": 2, "sub/b.pdf": 1})
    found = {}
    for backend in ("scripted", "tesseract"):
        out = folder / backend
        one = {"OCRQUEUE_READING__ROUTE": backend, "OCRQUEUE_WORKERS__TESSERACT": "1"}
        given = {**QUICK, **BY_PICTURE, **one}
        with stage(folder / f"stage-{backend}", given) as processes:
            ended = processes.run("run", str(inputs), "-o", str(out), "--json")
            assert ended.code == 0, ended.err
        found[backend] = markdown(out)
    return found


@cells(dict.fromkeys((Point.PRODUCER_OPENED, Point.PRODUCER_ADDED), "KILL TERM STOP"))
def test_a_producer(
    cell: Cell, two_documents: dict[str, dict[str, str]], point: Point, signals: str
) -> None:
    """A producer that ends or sleeps half-way is completed by the next, each page queued once."""
    inputs = cell.inputs()
    arguments = ("enqueue", str(inputs), "-o", str(cell.out))
    first = cell.start_faulty(point, signals, "self", "ocrqueue", *arguments)
    wait_for_the_fault(first, signals)
    cell.enqueue(inputs)
    assert cell.client.llen("rq:queue:scripted") == PAGES
    wake(first, signals)
    first.wait()
    read_all(cell.client)
    collect_all(cell.client)
    cell.assert_whole(two_documents["scripted"])


@cells({Point.PAGE_DRAWING: EVERY, Point.PAGE_STORED: "KILL"})
def test_a_tesseract_worker(
    cell: Cell, two_documents: dict[str, dict[str, str]], point: Point, signals: str
) -> None:
    """A worker that ends takes its renderer and its tesseract with it; no page is lost."""
    given = BY_PICTURE
    cell.enqueue(cell.inputs(), **given)
    first = cell.start_faulty(point, signals, "self", "workers.tesseract_worker", **given)
    wait_for_the_fault(first, signals)
    second = cell.start("workers.tesseract_worker", **given)
    collector = cell.start("workers.collector", **given)
    cell.wait_until_empty()
    wake(first, signals)
    end(first, second)
    cell.wait_until_empty()
    end(collector)
    cell.assert_whole(two_documents["tesseract"])


@cells(
    {Point.PAGE_BEGUN: "KILL STOP", Point.PAGE_STORED: EVERY, Point.DOCUMENT_WRITTEN: "KILL STOP"}
)
def test_the_server(own: Cell, expected: dict[str, str], point: Point, signals: str) -> None:
    """A server that ends and comes back, or sleeps, costs nothing; nobody else is started anew."""
    own.batch().queue_pages()
    server = own.server.process
    assert server is not None
    fault = (point, signals, str(server.pid))
    assembling = point is Point.DOCUMENT_WRITTEN
    start_reader = own.start if assembling else own.start_faulty
    start_collector = own.start_faulty if assembling else own.start
    reader = start_reader(*(() if assembling else fault), "workers.scripted_worker")
    collector = start_collector(*(fault if assembling else ()), "workers.collector")
    if signals == "STOP":
        wait_for_sleep(psutil.Process(server.pid))
        server.send_signal(SIGCONT)
    else:
        server.wait(20)
        own.server.start()
    own.wait_until_empty()
    end(reader, collector)
    own.assert_whole(expected)


@cells(
    {
        Point.PAGE_BEGUN: EVERY,
        Point.PAGE_STORED: "KILL TERM TERM,TERM",
        Point.DOCUMENT_WRITTEN: "KILL TERM",
    }
)
def test_the_supervisor(cell: Cell, expected: dict[str, str], point: Point, signals: str) -> None:
    """A supervisor that ends takes its children with it; the next one goes on where they were."""
    cell.batch().queue_pages()
    children = ("scripted=1", "collector=1")
    first = cell.start_faulty(point, signals, "parent", "workers.supervisor", *children)
    wait_for_the_fault(first, signals)
    wake(first, signals)
    if signals != "STOP":
        wait_until(lambda: cell.stage.leftovers() == [], "the children end too")
        first = cell.start("workers.supervisor", *children)
        first.wait_for_event("supervisor.started")
    cell.wait_until_empty()
    end(first)
    cell.assert_whole(expected)


@pytest.mark.parametrize("signals", ["KILL", "TERM", "STOP"])
def test_the_renderer(cell: Cell, two_documents: dict[str, dict[str, str]], signals: str) -> None:
    """A renderer's child that ends or sleeps while it draws costs another try, never the page."""
    given = {"OCRQUEUE_BACKENDS__SCRIPTED__NEEDS_IMAGE": "true"}
    cell.enqueue(cell.inputs(), **given)
    target = "ocrqueue.render.child"
    worker = cell.start_faulty(
        Point.PAGE_DRAWING, signals, target, "workers.scripted_worker", **given
    )
    worker.wait_for_event("fault")
    if signals == "STOP":
        (victim,) = named(worker.descendants(), target)
        wait_for_sleep(victim)
        victim.send_signal(SIGCONT)
    finish(cell, worker)
    cell.assert_whole(two_documents["scripted"])


@pytest.mark.parametrize("signals", ["TERM", "STOP"])
def test_the_tesseract_child(
    cell: Cell, two_documents: dict[str, dict[str, str]], signals: str
) -> None:
    """A tesseract that is ended or sleeps while it reads costs another try, never the page."""
    given = BY_PICTURE
    cell.enqueue(cell.inputs(), **given)
    worker = cell.start("workers.tesseract_worker", **given)
    wait_until(lambda: named(worker.descendants(), "--dpi"), "tesseract reads")
    (victim,) = named(worker.descendants(), "--dpi")
    victim.send_signal(Signals[f"SIG{signals}"])
    if signals == "STOP":
        wait_for_sleep(victim)
        victim.send_signal(SIGCONT)
    finish(cell, worker)
    cell.assert_whole(two_documents["tesseract"])


def finish(cell: Cell, *workers: Process) -> None:
    """Collect what the workers read until nothing is left."""
    collector = cell.start("workers.collector")
    cell.wait_until_empty()
    end(*workers, collector)
