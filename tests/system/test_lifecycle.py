"""Whatever dies, hangs or is told to stop: every page is settled, once, and nothing is left."""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from signal import SIGCONT, SIGKILL, SIGSTOP, SIGTERM, Signals

import psutil
import pytest
from redis import Redis

from tests.support.folders import (
    jobs_left,
    ledgers,
    make_inputs,
    markdown,
    page_results,
    temporaries,
)
from tests.support.processes import QUICK, Process, Stage, named, stage
from tests.support.servers import server_of, wait_until

SCRIPT = "OCRQUEUE_BACKENDS__SCRIPTED__SCRIPT"
INPUTS = {"a.pdf": 4, "sub/b.pdf": 3}
PAGES = sum(INPUTS.values())
SLOW = "*: slow 0.25"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Inputs, where the output goes, and a stage for processes."""

    stage: Stage
    inputs: Path
    out: Path

    def client(self) -> Redis:
        """Return a client of the workspace's own server."""
        return Redis.from_url(server_of(self.out, self.stage.folder).url)

    def run(self, **options: object) -> Process:
        return self.stage.cli("run", str(self.inputs), "-o", str(self.out), "--json", **options)

    def wait_for_page(self, count: int = 1) -> None:
        wait_until(lambda: len(page_results(self.out)) >= count, f"{count} pages are read")

    def assert_all_well(self, expected: dict[str, str]) -> None:
        """Every page is done, the Markdown is the undisturbed one, nothing is left over."""
        assert markdown(self.out) == expected
        assert {book["state"] for book in ledgers(self.out).values()} == {"done"}
        assert len(page_results(self.out)) == PAGES
        assert page_results(self.out, ".failed.json") == []
        assert temporaries(self.out) == []
        wait_until(lambda: self.stage.leftovers() == [], f"orphans end: {self.stage.leftovers()}")


@pytest.fixture
def case(tmp_path: Path) -> Iterator[Case]:
    inputs = make_inputs(tmp_path / "in", INPUTS)
    with stage(tmp_path / "stage", {**QUICK, SCRIPT: SLOW}) as own:
        yield Case(stage=own, inputs=inputs, out=tmp_path / "out")


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The Markdown of a run that nobody disturbs."""
    folder = tmp_path_factory.mktemp("undisturbed")
    inputs = make_inputs(folder / "in", INPUTS)
    with stage(folder / "stage", QUICK) as own:
        assert own.run("run", str(inputs), "-o", str(folder / "out"), "--json").code == 0
        assert own.leftovers() == []
    return markdown(folder / "out")


PROCESSES = {
    "worker": "workers.scripted_worker",
    "collector": "workers.collector",
    "server": "valkey-server",
    "supervisor": "workers.supervisor",
}


def kill(process: psutil.Process) -> None:
    process.send_signal(SIGKILL)


def end(process: psutil.Process) -> None:
    process.send_signal(SIGTERM)


def end_twice(process: psutil.Process) -> None:
    """Two signals to end, the second as soon as the first may have been heard."""
    process.send_signal(SIGTERM)
    with suppress(psutil.NoSuchProcess):
        process.send_signal(SIGTERM)


# Who has ended in order is started again like who was killed; for a child it is all the same what
# it was. At which moment it ends, and by how many signals, is in test_kill_matrix.py.
ENDS = [
    *((kill, what) for what in PROCESSES),
    *((end, what) for what in ("worker", "server", "supervisor")),
]


@pytest.mark.parametrize(("do", "what"), ENDS, ids=lambda it: getattr(it, "__name__", it))
def test_a_process_of_a_run_ends(
    case: Case, expected: dict[str, str], what: str, do: Callable[[psutil.Process], None]
) -> None:
    """A run whose worker, collector, server or supervisor ends goes on by itself and is whole."""
    run = case.run()
    case.wait_for_page()
    (victim,) = named(run.descendants(), PROCESSES[what])
    do(victim)
    assert run.wait(60) == 0, run.tail()
    case.assert_all_well(expected)


@pytest.mark.parametrize("what", ["worker", "server"])  # others: see test_kill_matrix.py
def test_a_process_of_a_run_is_stopped_for_a_while(
    case: Case, expected: dict[str, str], what: str
) -> None:
    """A process that sleeps longer than its heartbeat and wakes up again spoils nothing."""
    run = case.run()
    case.wait_for_page()
    (victim,) = named(run.descendants(), PROCESSES[what])
    victim.send_signal(SIGSTOP)
    began = len(page_results(case.out))
    clock = psutil.time.time()  # type: ignore[attr-defined]
    wait_until(lambda: psutil.time.time() - clock > 2.5, "the sleep is over")  # type: ignore[attr-defined]
    assert began <= len(page_results(case.out))
    victim.send_signal(SIGCONT)
    assert run.wait(60) == 0, run.tail()
    case.assert_all_well(expected)


@pytest.mark.parametrize("do", [kill, end, end_twice], ids=lambda do: do.__name__)
def test_the_run_itself_ends(
    case: Case, expected: dict[str, str], do: Callable[[psutil.Process], None]
) -> None:
    """When `run` ends by a signal, so do its processes; the next one reads only the rest."""
    run = case.run()
    case.wait_for_page(2)
    do(psutil.Process(run.pid))
    run.wait()
    wait_until(lambda: case.stage.leftovers() == [], "everything it has started has ended")
    kept = len(page_results(case.out))
    assert 2 <= kept < PAGES
    again = case.run()
    assert again.wait(60) == 0, again.tail()
    case.assert_all_well(expected)


def test_a_run_that_starts_while_the_last_one_is_still_ending(
    case: Case, expected: dict[str, str]
) -> None:
    """A `run` right after a SIGKILL gets along with what the killed one has left running."""
    run = case.run()
    case.wait_for_page(2)
    run.send(Signals.SIGKILL)
    run.wait()
    again = case.run()
    assert again.wait(60) == 0, again.tail()
    case.assert_all_well(expected)


def test_a_page_that_kills_its_workers(case: Case) -> None:
    """A page that kills its worker twice fails with that reason; all others are read."""
    run = case.run(given={SCRIPT: "3: crash"})
    assert run.wait(60) == 3, run.tail()
    failed = {
        (name, page["page"]): page["error"]
        for name, book in ledgers(case.out).items()
        for page in book["pages"]
        if page["state"] == "failed"
    }
    assert set(failed) == {("a.json", 3), ("sub/b.json", 3)}
    assert {error["code"] if isinstance(error, dict) else error for error in failed.values()} == {
        "worker-died"
    }
    assert len(page_results(case.out)) == PAGES - 2
    assert temporaries(case.out) == []
    assert case.stage.leftovers() == []


def test_nothing_is_left_in_the_queue(case: Case, expected: dict[str, str]) -> None:
    """After a worker was killed and all is done, no job waits, is being taken or runs."""
    up = case.stage.cli("up", "-o", str(case.out))
    up.wait_for_event("worker.started", count=2)
    producer = case.stage.cli("enqueue", str(case.inputs), "-o", str(case.out), "--wait", "--json")
    case.wait_for_page()
    for _ in range(2):
        (victim,) = named(up.descendants(), PROCESSES["worker"])
        seen, read = (len(up.events(name)) for name in ("worker.started", "page.attempt"))
        kill(victim)
        up.wait_for_event("worker.started", count=seen + 1)
        # The page that it had comes next: a second death over it would be its last.
        up.wait_for_event("page.attempt", count=read + 1)
    assert producer.wait(60) == 0, producer.tail()
    with case.client() as client:
        wait_until(lambda: jobs_left(client) == {}, "the queue is empty")
    assert up.stop() == 0
    case.assert_all_well(expected)


def test_a_worker_told_to_stop_finishes_its_page(case: Case) -> None:
    """One SIGTERM lets the page be finished and recorded; the worker ends with 0."""
    up = case.stage.cli("up", "-o", str(case.out), given={SCRIPT: "*: slow 1"})
    up.wait_for_event("worker.started", count=2)
    assert case.stage.run("enqueue", str(case.inputs), "-o", str(case.out)).code == 0
    with case.client() as client:
        wait_until(lambda: client.zcard("rq:wip:scripted"), "a page is being read")
        assert up.stop() == 0
    assert len(page_results(case.out)) == 1
    line = up.events("page.attempt")[-1]
    assert line["outcome"] == "accepted"
    assert Path(line["source"]).is_relative_to(case.inputs)


def test_a_worker_told_twice_puts_its_page_back(case: Case) -> None:
    """Two SIGTERM end a worker within its page; the page waits again and was not blamed."""
    given = {SCRIPT: "*: slow 30"}
    server = case.stage.cli("server", "-o", str(case.out))
    worker = case.stage.module("workers.scripted_worker", given=workspace_of(case, given))
    worker.wait_for_event("worker.started")
    assert case.stage.run("enqueue", str(case.inputs), "-o", str(case.out), given=given).code == 0
    with case.client() as client:
        wait_until(lambda: client.zcard("rq:wip:scripted"), "a page is being read")
        worker.send(Signals.SIGTERM)
        worker.send(Signals.SIGTERM)
        wait_until(lambda: again(worker), "the second signal is heard")
        worker.wait(10)
        assert client.llen("rq:queue:scripted") == PAGES
        assert client.zcard("rq:wip:scripted") == 0
    assert server.stop() == 0


def again(process: Process) -> bool:
    """Send SIGTERM once more; return whether the process has ended."""
    if process.alive:
        process.send(Signals.SIGTERM)
    return not process.alive


def workspace_of(case: Case, given: dict[str, str]) -> dict[str, str]:
    """Return the settings of a process that works for this case's workspace."""
    return {**given, "OCRQUEUE_WORKSPACE__OUTPUT": str(case.out)}


def test_idle_processes_end_though_the_server_is_away(case: Case) -> None:
    """A worker and a collector that have lost their server end at one SIGTERM, soon."""
    server = case.stage.cli("server", "-o", str(case.out))
    given = workspace_of(case, {})
    names = ("workers.scripted_worker", "workers.collector")
    idle = [case.stage.module(name, given=given) for name in names]
    for process in idle:
        process.wait_for_event("worker.started")
    server.stop(Signals.SIGKILL)
    with case.client() as client:
        wait_until(lambda: not answers(client), "the server is gone")
    for process in idle:
        process.stop(seconds=10)


def answers(client: Redis) -> bool:
    try:
        return bool(client.ping())
    except OSError:
        return False
    except Exception:  # noqa: BLE001 - any answer but a good one
        return False


def test_processes_outlive_a_server_that_is_away(case: Case, expected: dict[str, str]) -> None:
    """Worker, collector and producer wait for a server that comes back, and go on."""
    given = workspace_of(case, {})
    server = case.stage.cli("server", "-o", str(case.out))
    worker = case.stage.module("workers.scripted_worker", given=given)
    collector = case.stage.module("workers.collector", given=given)
    producer = case.stage.cli("enqueue", str(case.inputs), "-o", str(case.out), "--wait", "--json")
    case.wait_for_page(2)
    server.stop(Signals.SIGKILL)
    seen = len(page_results(case.out))
    wait_until(lambda: len(page_results(case.out)) >= seen, "what runs may end")
    back = case.stage.cli("server", "-o", str(case.out))
    assert producer.wait(60) == 0, producer.tail()
    assert worker.stop() == 0
    assert collector.stop() == 0
    assert back.stop() == 0
    case.assert_all_well(expected)


def test_a_standby_takes_over_the_page_of_a_hung_worker(
    case: Case, expected: dict[str, str]
) -> None:
    """A worker that sleeps over its heartbeat loses its page to another; both answers are one."""
    given = workspace_of(case, {})
    server = case.stage.cli("server", "-o", str(case.out))
    slow = case.stage.module("workers.scripted_worker", given={**given, SCRIPT: "*: slow 2"})
    slow.wait_for_event("worker.started")
    collector = case.stage.module("workers.collector", given=given)
    assert case.stage.run("enqueue", str(case.inputs), "-o", str(case.out)).code == 0
    with case.client() as client:
        wait_until(lambda: client.zcard("rq:wip:scripted"), "a page is being read")
        slow.send(Signals.SIGSTOP)
        standby = case.stage.module("workers.scripted_worker", given=given)
        wait_until(lambda: len(page_results(case.out)) == PAGES, "the standby reads all", 40)
        slow.send(Signals.SIGCONT)
        slow.wait_for_event("page.taken_over")
        wait_until(lambda: jobs_left(client) == {}, "the queue is empty")
    for process in (slow, standby, collector, server):
        assert process.stop() == 0, process.tail()
    case.assert_all_well(expected)


def test_a_renderer_ends_under_its_worker(tmp_path: Path) -> None:
    """A renderer child that dies is replaced; its page is drawn and read after all."""
    inputs, out = make_inputs(tmp_path / "in", {"a.pdf": 6}), tmp_path / "out"
    given = {**QUICK, "OCRQUEUE_BACKENDS__SCRIPTED__NEEDS_IMAGE": "true", SCRIPT: SLOW}
    with stage(tmp_path / "stage", given) as own:
        run = own.cli("run", str(inputs), "-o", str(out), "--json")
        wait_until(lambda: page_results(out), "a page is read")
        (worker,) = named(run.descendants(), "workers.scripted_worker")
        wait_until(lambda: named(worker.children(), "render.child"), "a renderer runs")
        for child in named(worker.children(), "render.child"):
            kill(child)
        assert run.wait(60) == 0, run.tail()
        assert len(page_results(out)) == 6
        assert own.leftovers() == []


@pytest.mark.parametrize("what", ["tesseract-child", "tesseract-worker"])
def test_tesseract_is_killed(tmp_path: Path, what: str) -> None:
    """A tesseract that is killed, or whose worker is, costs another try and leaves no orphan."""
    out, part = tmp_path / "out", "tesseract_worker" if "worker" in what else "--dpi"
    source = Path(__file__).resolve().parents[2] / "samples" / "scans" / "minutes.png"
    given = {**QUICK, "OCRQUEUE_READING__ROUTE": "tesseract", "OCRQUEUE_WORKERS__TESSERACT": "1"}
    with stage(tmp_path / "stage", given) as own:
        run = own.cli("run", str(source), "-o", str(out), "--json")
        wait_until(lambda: named(run.descendants(), "--dpi"), "tesseract reads")
        for process in named(run.descendants(), part):
            with suppress(psutil.NoSuchProcess):
                process.send_signal(SIGKILL)
        assert run.wait(90) == 0, run.tail()
        (book,) = ledgers(out).values()
        errors = [attempt.get("error") for attempt in book["pages"][0]["attempts"]]
        assert errors == ["worker-died" if "worker" in what else "backend-crashed", None]
        assert own.leftovers() == []


def test_a_killed_producer_is_finished_by_the_next(case: Case, expected: dict[str, str]) -> None:
    """A producer killed while it waits for room leaves a batch that enqueueing again completes."""
    given = workspace_of(case, {"OCRQUEUE_QUEUE__MAX_BACKLOG_PAGES": "1"})
    given["OCRQUEUE_QUEUE__CHUNK_PAGES"] = "1"
    server = case.stage.cli("server", "-o", str(case.out))
    first = case.stage.cli("enqueue", str(case.inputs), "-o", str(case.out), given=given)
    with case.client() as client:
        wait_until(lambda: answers(client) and client.llen("rq:queue:scripted"), "a page waits")
        first.stop(Signals.SIGKILL)
        others = [
            case.stage.module(name, given=given)
            for name in ("workers.scripted_worker", "workers.collector")
        ]
        again = case.stage.run(
            "enqueue", str(case.inputs), "-o", str(case.out), "--wait", "--json", given=given
        )
        assert again.code == 0, again.err
        wait_until(lambda: jobs_left(client) == {}, "the queue is empty")
    for process in (*others, server):
        assert process.stop() == 0, process.tail()
    case.assert_all_well(expected)


def test_the_pid_of_a_stopped_server_does_not_bar_the_next(case: Case) -> None:
    """A stale socket of a killed server is no obstacle, and its data is there again."""
    server = case.stage.cli("server", "-o", str(case.out))
    with case.client() as client:
        wait_until(lambda: answers(client), "the server answers")
        client.set("kept", "yes")
        server.stop(Signals.SIGKILL)
    assert server_of(case.out, case.stage.folder).data.stat().st_uid == os.getuid()
    again = case.stage.cli("server", "-o", str(case.out))
    with case.client() as client:
        wait_until(lambda: answers(client), "the server answers again")
        assert client.get("kept") == b"yes"
    assert again.stop() == 0
