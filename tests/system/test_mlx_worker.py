"""The MLX worker as a process: the command line, its lease, its death, its renewal."""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from signal import Signals
from typing import Any

import pytest
from redis import Redis

from ocrqueue.backends.deepseek_mlx import machine_lock
from ocrqueue.model.errors.base import ExitCode
from tests.support import mlx_lease, tiny_model
from tests.support.folders import ledgers, markdown, page_results
from tests.support.processes import QUICK, Ended, Process, Stage, log_events, stage
from tests.support.servers import Server, wait_until
from tests.support.stepping import Hands
from tests.support.tiny_model import CHECKPOINT, NAMES, OTHERWISE, PDF, said
from tests.support.unruly_model import unruly_checkpoint

pytestmark = [*tiny_model.needs_tiny, pytest.mark.timeout(300)]
LONG_S = 200.0
WORKER = "workers.mlx_worker"
SHOWN = (2, 4, 9, 11, 12)  # a table, a text, a figure, an empty page, and one that loops
OPTION = "OCRQUEUE_BACKENDS__DEEPSEEK_MLX__"
SLOW_S = 0.03  # more for each token
DEAD_S = 2.0  # without a heartbeat a worker is dead
BEATS = {"OCRQUEUE_QUEUE__BEAT_S": "0.2", "OCRQUEUE_QUEUE__MISSED_BEATS": "10"}


@pytest.fixture(name="config")
def _config(tmp_path: Path) -> Path:
    return configured(tmp_path)


def configured(folder: Path) -> Path:
    """Return settings as a user would write them; the model is named relative to the file."""
    (folder / "model").symlink_to(CHECKPOINT)
    path = folder / "mlx.toml"
    path.write_text(
        """
[reading]
route = ["deepseek-mlx"]

[[backends.candidates]]
name = "deepseek-mlx"
model = "./model"
resolution = "tiny"
max_tokens = 400
trust_model_code = true
"""
    )
    return path


def serving(server: Server, out: Path, config: Path) -> dict[str, str]:
    """Return the settings of a worker at the session's server."""
    return {
        "OCRQUEUE_REDIS__URL": server.url,
        "OCRQUEUE_WORKSPACE__OUTPUT": str(out),
        "OCRQUEUE_CONFIG": str(config),
        "OCRQUEUE_READING__ROUTE": "deepseek-mlx",
    }


def slow_model(stage: Stage) -> str:
    """Return a checkpoint that takes some seconds for a page."""
    act = f"import time; time.sleep({SLOW_S})"
    return str(unruly_checkpoint(stage.folder / "slow", act))


def tokens_of(client: Redis) -> int:
    """Return how far the page in hand is, as its worker tells."""
    return sum(int(client.hget(key, "tokens") or 0) for key in client.keys("ocrq:progress:*"))


def enqueue(stage: Stage, given: Mapping[str, str], *arguments: str) -> None:
    ended = stage.run("enqueue", str(PDF), *arguments, given=given, seconds=LONG_S)
    assert ended.code == 0, ended.err


@dataclass(frozen=True, slots=True, kw_only=True)
class OneRun:
    """What a run has said and left behind that began while another process had the lease."""

    ended: Ended
    waiting: str  # what it said meanwhile
    status: str  # what `status` said meanwhile
    out: Path


@pytest.fixture(scope="module")
def one_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OneRun]:
    """One command over a few pages, by the model and then by script."""
    folder = tmp_path_factory.mktemp("run")
    place = folder / "taken"
    given = {f"{OPTION}LEASE_FILE": str(place), **BEATS}
    given |= {f"{OPTION}RESOLUTION": "tiny", f"{OPTION}MAX_TOKENS": "800"}
    with stage(folder / "home", {**QUICK, **given}) as own:
        assert machine_lock.take(place)
        run = own.cli(
            *("run", str(PDF), "-o", str(folder / "out"), "--pages", ",".join(map(str, SHOWN))),
            *("--route", "deepseek-mlx,scripted"),
            *("--model", str(CHECKPOINT), "--trust-model-code"),
        )
        why = f"{len(SHOWN)} left, waiting: process {os.getpid()} of "
        wait_until(lambda: why in run.tail(), "the reason is said", LONG_S)
        waiting = run.tail()
        status = own.run("status", "-o", str(folder / "out")).out
        mlx_lease.give_back()
        code = run.wait(LONG_S)
        ended = Ended(code=code, out=run.printed(), err=run.tail())
        yield OneRun(ended=ended, waiting=waiting, status=status, out=folder / "out")


def test_a_run_beside_another_waits_and_says_for_whom(one_run: OneRun) -> None:
    """It does not give up, though no worker of it has begun; it reads when the lease is free."""
    assert "deepseek-mlx" in one_run.status
    assert f"nothing of deepseek-mlx is read: process {os.getpid()} of " in one_run.status
    assert one_run.ended.code == 0, one_run.ended.err


def test_a_pdf_becomes_markdown_by_one_command(one_run: OneRun) -> None:
    """Each page to the last letter, tables and figures in our own form."""
    read = [json.loads(path.read_bytes()) for path in page_results(one_run.out)]
    *pages, loop = (NAMES[number - 1] for number in SHOWN)
    by_model = dict(zip(pages, read, strict=False))

    assert loop == "loop"
    assert [page["verdict"] for page in by_model.values()] == ["good"] * 3 + ["blank"]
    exact = {name: page for name, page in by_model.items() if name not in OTHERWISE}
    assert exact.keys() == {"letter", "empty"}
    assert {name: page["markdown"] for name, page in exact.items()} == {
        name: said(name, grounded=False) for name in exact
    }
    whole = (one_run.out / "pages.md").read_text("utf-8")
    assert "| Bolt M6 | 40 | 0.12 |" in whole
    assert "](pages.assets/" in whole


def test_a_page_that_loops_goes_to_the_next_backend(one_run: OneRun) -> None:
    """It is read twice in one attempt, the second time otherwise, and never again."""
    (ledger,) = ledgers(one_run.out).values()
    *others, page = ledger["pages"]

    assert page["page"] == SHOWN[-1]
    history = [(one["backend"], one.get("error")) for one in page["attempts"]]
    assert history == [("deepseek-mlx", "reply-hopeless"), ("scripted", None)]
    assert page["attempts"][0]["message"].startswith("the reply loops: the same comes")
    assert {one["backend"] for other in others for one in other["attempts"]} == {"deepseek-mlx"}


def test_a_second_worker_waits_for_the_first(
    stage: Stage, server: Server, config: Path, tmp_path: Path
) -> None:
    """It says who holds the lease, imports nothing meanwhile, and goes on when that one dies."""
    given = serving(server, tmp_path / "out", config)
    first = stage.module(WORKER, given=given)
    first.wait_for_event("worker.started")
    second = stage.module(WORKER, given=given)
    second.wait_for_event("lease.awaited")

    (told,) = second.events("lease.awaited")[:1]
    assert told["holder"] == first.pid
    assert not second.events("worker.started")
    first.send(Signals.SIGKILL)
    second.wait_for_event("worker.started")
    assert second.stop() == 0


def test_without_its_model_no_page_is_taken(
    stage: Stage, server: Server, client: Redis, config: Path, tmp_path: Path
) -> None:
    """What waits for it waits, and is not given to the next backend; it goes on with the model."""
    (tmp_path / "model").unlink()
    out = tmp_path / "out"
    given = {**serving(server, out, config), "OCRQUEUE_READING__ROUTE": "deepseek-mlx,scripted"}
    enqueue(stage, given, "--pages", "5")
    worker = stage.module(WORKER, given=given)
    worker.wait_for_event("model.awaited")
    shown = "nothing of deepseek-mlx is read: "
    wait_until(lambda: shown in stage.run("status", given=given).out, "the reason is shown", LONG_S)
    assert client.llen("rq:queue:deepseek-mlx") == 1
    assert not worker.events("worker.started")

    (tmp_path / "model").symlink_to(CHECKPOINT)
    wait_until(lambda: page_results(out), "the page is read", LONG_S)
    (read,) = [json.loads(path.read_bytes()) for path in page_results(out)]
    assert (read["backend"], read["verdict"]) == ("deepseek-mlx", "good")
    assert worker.stop() == 0


def test_a_run_without_the_model_ends_at_once(stage: Stage, config: Path, tmp_path: Path) -> None:
    """So do `up`, a worker and `check`; each names what fetches it, and starts nothing."""
    given = {f"{OPTION}MODEL": "us/model", "HF_HUB_CACHE": str(tmp_path)}
    reading = ("--config", str(config), "--backend", "deepseek-mlx")
    commands = [
        ("run", str(PDF), "-o", "out", "--pages", "5", *reading),
        ("up", "-o", "out", "--config", str(config)),
        ("worker", "mlx", "--config", str(config)),
        ("check", *reading),
    ]
    given["OCRQUEUE_READING__ROUTE"] = "deepseek-mlx"
    for command in commands:
        ended = stage.run(*command, given=given, seconds=LONG_S)
        assert ended.code == ExitCode.NOT_READY
        assert "the model us/model is not on this disk" in ended.err + ended.out
        assert "`ocrqueue models pull us/model`" in ended.err + ended.out
    assert not (tmp_path / "out" / ".ocrqueue" / "log.jsonl").read_text()


def test_a_killed_worker_s_page_is_read_by_the_next(
    stage: Stage, server: Server, client: Redis, config: Path
) -> None:
    """In the middle of what the model writes: it costs one attempt, and the text is exact."""
    out = stage.folder / "out"
    given = {**serving(server, out, config), f"{OPTION}MODEL": slow_model(stage)}
    enqueue(stage, given, "--pages", "5")
    first = stage.module(WORKER, given=given)
    wait_until(lambda: tokens_of(client) > 1, "words in the making", LONG_S)
    first.send(Signals.SIGKILL)
    assert first.wait() == -Signals.SIGKILL

    second, collector = (stage.module(name, given=given) for name in (WORKER, "workers.collector"))
    wait_until(lambda: markdown(out), "the Markdown", LONG_S)
    assert (second.stop(), collector.stop()) == (0, 0)

    (ledger,) = ledgers(out).values()
    died = [a["error"] for page in ledger["pages"] for a in page["attempts"] if a.get("error")]
    assert died == ["worker-died"]
    (path,) = page_results(out)
    assert json.loads(path.read_bytes())["markdown"] == said("umlaut", grounded=False)


def test_a_slow_page_is_shown_kept_and_finished(
    stage: Stage, server: Server, client: Redis, config: Path
) -> None:
    """`status` says how far it is; nobody takes its worker for dead; SIGTERM lets it end."""
    out = stage.folder / "out"
    given = {**serving(server, out, config), **BEATS, f"{OPTION}MODEL": slow_model(stage)}
    enqueue(stage, given, "--pages", "4-5")
    worker = stage.module(WORKER, given=given)
    wait_until(lambda: tokens_of(client) > 1, "words in the making", LONG_S)
    (shown,) = stage.run("status", "--json", given=given).json["queue"]["workers"]
    assert (shown["pid"], shown["state"]) == (worker.pid, "busy")
    assert shown["doing"].endswith("pages.pdf page 4")
    assert shown["tokens"] > 1
    assert 0 < shown["tokens_per_s"] < 1 / SLOW_S

    worker.send(Signals.SIGTERM)
    others = Hands(client)

    def is_over() -> bool:
        others.rescue("deepseek-mlx")  # as any other worker of the queue would
        return not worker.alive

    wait_until(is_over, "the worker's end", LONG_S)
    assert worker.wait() == 0

    (attempt,) = worker.events("page.attempt")
    assert (attempt["outcome"], attempt["page"], attempt["tokens"]) == ("accepted", 4, 152)
    assert attempt["seconds"] > 2 * DEAD_S
    assert not worker.events("page.taken_over")
    (loaded,) = worker.events("model.loaded")
    assert min(loaded["seconds"], loaded["warm_up_s"]) > 0
    (path,) = page_results(out)
    assert json.loads(path.read_bytes())["markdown"] == said("letter", grounded=False)
    assert client.llen("rq:queue:deepseek-mlx") == 1


def test_a_page_that_aborts_and_then_hangs_goes_to_the_next_backend(
    stage: Stage, config: Path
) -> None:
    """An abort in native code is a crash; a hang that lets no thread run ends its process too."""
    act = """
import ctypes, os
native, mutex = ctypes.PyDLL(None), ctypes.create_string_buffer(128)
if page == 1:
    if life == 1:
        os.abort()
    native.pthread_mutex_init(mutex, None)
    for _ in range(2):  # the second time it waits for itself, whatever signal comes
        native.pthread_mutex_lock(mutex)
"""
    given = {
        f"{OPTION}MODEL": str(unruly_checkpoint(stage.folder / "unruly", act)),
        f"{OPTION}TIMEOUT_S": "1",
        f"{OPTION}LOAD_TIMEOUT_S": "15",  # four tests at a time may need ten
        "OCRQUEUE_RENDER__TIMEOUT_S": "1",
    }
    ended = stage.run(
        *("run", str(PDF), "-o", "out", "--pages", "4", "--config", str(config)),
        *("--route", "deepseek-mlx,scripted", "--json"),
        given=given,
        seconds=LONG_S,
    )

    assert ended.code == 0, ended.err
    (ledger,) = ledgers(stage.folder / "out").values()
    history = [(one["backend"], one.get("error")) for one in ledger["pages"][0]["attempts"]]
    assert history == [("deepseek-mlx", "worker-died")] * 2 + [("scripted", None)]
    log = stage.folder / "out" / ".ocrqueue" / "log.jsonl"
    ends = [event["exit"] for event in log_events(log, "supervisor.child_restarted")]
    assert ends == ["killed by SIGABRT", "exit code 1"]
    assert "unruly/tiny_deepseekocr.py" in log.read_text("utf-8")


def test_a_second_signal_puts_the_page_back(
    stage: Stage, server: Server, client: Redis, config: Path, tmp_path: Path
) -> None:
    """It acts between two tokens, and costs the page no attempt."""
    endless = {
        **serving(server, tmp_path / "out", config),
        f"{OPTION}MAX_TOKENS": "100000",
    }
    enqueue(stage, endless, "--pages", "12")
    worker = stage.module(WORKER, given=endless)
    worker.wait_for_event("model.loaded", seconds=LONG_S)
    worker.send(Signals.SIGINT)  # two of a kind at once would count as one
    worker.send(Signals.SIGTERM)

    assert worker.wait(LONG_S) == 0
    assert client.llen("rq:queue:deepseek-mlx") == 1
    assert client.zcard("rq:wip:deepseek-mlx") == 0


@pytest.fixture(scope="module")
def renewed(one_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """A supervisor whose worker fails with its first page, grows with the next, and then reads.

    Three pages: 4 fails, 5 fails, 6 and 4 are read by the third process, 5 by the fourth.
    """
    act = """
import mlx.core as mx
if (life, page, step) == (1, 1, 5):
    raise RuntimeError("[metal::malloc] Resource limit exceeded")
if (life, page, step) == (2, 1, 20):
    Unruly.held = mx.full((600, 1024, 1024), 1, mx.uint8)
    mx.eval(Unruly.held)
if (life, page, step) == (2, 1, 21):
    import time
    time.sleep(0.5)
"""
    folder = tmp_path_factory.mktemp("renewed")
    with one_server.client as client:
        client.flushall()
    with stage(folder / "home", QUICK) as own:
        given = {
            **serving(one_server, folder / "out", configured(folder)),
            f"{OPTION}MODEL": str(unruly_checkpoint(folder / "unruly", act)),
            "OCRQUEUE_WORKERS__RECYCLE_PAGES": "2",
            "OCRQUEUE_WORKERS__MEMORY_CEILING_MB": "600",
        }
        enqueue(own, given, "--pages", "4-6")
        supervisor = own.cli("worker", "mlx", given=given)
        supervisor.wait_for_event("page.attempt", count=5, seconds=LONG_S)
        assert supervisor.stop(seconds=LONG_S) == 0
        yield supervisor


def lives(renewed: Process) -> list[list[Any]]:
    """Return what came of the pages of each process, one after another."""
    found: dict[int, list[Any]] = {}
    for event in renewed.events("page.attempt"):
        found.setdefault(event["pid"], []).append((event["page"], event.get("error")))
    return list(found.values())


def test_a_worker_renews_itself(renewed: Process) -> None:
    """After so many pages the process ends, and the next one has the lease and the model."""
    assert lives(renewed)[2:] == [[(6, None), (4, None)], [(5, None)]]
    assert len({event["pid"] for event in renewed.events("model.loaded")}) == 4
    assert renewed.events("worker.recycled")[2]["reason"] == "2 pages"


def test_a_failure_of_the_model_renews_its_worker(renewed: Process) -> None:
    """As of a Metal resource limit: the page is read again, by a process that has a fresh model."""
    first, _, third, _ = lives(renewed)

    assert first == [(4, "backend-crashed")]
    assert (4, None) in third
    assert "Resource limit" in renewed.events("worker.recycled")[0]["reason"]
    (read,) = [one for one in renewed.events("page.attempt") if one["page"] == 6]
    assert read["first_token_s"] > 0


def test_the_memory_ceiling_ends_a_page_and_its_worker(renewed: Process) -> None:
    """Between two tokens; the page is read again by another process."""
    _, second, _, fourth = lives(renewed)

    assert (second, fourth) == ([(5, "backend-out-of-memory")], [(5, None)])
    assert renewed.events("worker.recycled")[1]["reason"] == "more than 600 MB"
