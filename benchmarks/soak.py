"""Kills random processes, the server included, while pages are read, and looks what was lost.

    python -m benchmarks.soak --pages 500 --seed 1

Real processes under the real supervisor, the scripted backend. Ends with 1 if any page was lost or
written twice, or anything was left behind.
"""

import argparse
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

import psutil

from benchmarks.stage import ROOT, wait_until
from benchmarks.synthetic import write_pdf
from ocrqueue.broker import connection, embedded_server, keys, queue_ops
from ocrqueue.broker.connection import Unreachable
from ocrqueue.settings.load import child_environ, load
from ocrqueue.settings.schema import Settings
from ocrqueue.workspace.atomic import TEMPORARY
from ocrqueue.workspace.store import Store

MARK = "<!-- page {page} -->"
DOCUMENTS = 10
# A word of the command line of each process that may be killed, and how often it is chosen.
VICTIMS = {"scripted_worker": 4, "collector": 2, "valkey-server": 1}
VARIABLES = {
    "OCRQUEUE_BACKENDS__SCRIPTED__TRIES": "10",  # a page that is unlucky must not fail for it
    "OCRQUEUE_READING__ROUTE": "scripted",
    "OCRQUEUE_QUEUE__BEAT_S": "0.2",
    "OCRQUEUE_QUEUE__MISSED_BEATS": "5",
    "OCRQUEUE_WORKERS__RESTART_BACKOFF_S": "0",
    "OCRQUEUE_OUTPUT__PAGE_MARKER": MARK,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How many pages, how slow, how often something is killed, and by which dice."""

    pages: int = 500
    seed: int = 1
    page_s: float = 0.1
    least_s: float = 0.3  # between two kills
    most_s: float = 1.0
    workers: int = 2
    limit_s: float = 1800


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What came of it. Everything below `seconds` has to be zero."""

    seed: int
    pages: int
    kills: Counter[str] = field(default_factory=Counter)
    reruns: int = 0  # attempts beyond the one that counts
    seconds: float = 0.0
    lost: int = 0  # pages that are not in the Markdown
    doubled: int = 0  # pages that are in it more than once
    failed: int = 0  # pages that count as failed
    left_jobs: int = 0
    left_files: int = 0
    left_processes: int = 0

    @property
    def clean(self) -> bool:
        """Return whether nothing was lost, doubled or left behind."""
        left = self.left_jobs + self.left_files + self.left_processes
        return not (self.lost or self.doubled or self.failed or left)


def soak(plan: Plan) -> Outcome:
    """Read the pages while processes are killed; return what came of it.

    Raises:
        TimeoutError: it did not come to its end.
    """
    with tempfile.TemporaryDirectory(prefix="oq-soak-") as scratch:
        folder = Path(scratch).resolve()
        sizes = _write_inputs(folder / "in", plan.pages)
        chosen = _settings(folder, plan)
        outcome = Outcome(seed=plan.seed, pages=plan.pages)
        with _supervisor(folder, chosen, plan) as supervisor:
            began = time.monotonic()
            _convert(folder, chosen, plan, supervisor, outcome)
            outcome.seconds = round(time.monotonic() - began, 1)
            outcome.left_jobs = _jobs_left(chosen)
            started = supervisor.children(recursive=True)
        outcome.left_processes = sum(process.is_running() for process in started)
        _look(folder / "out", sizes, outcome)
        return outcome


def _write_inputs(folder: Path, count: int) -> dict[str, int]:
    """Write documents of unlike lengths and return how many pages each has."""
    each = [count // DOCUMENTS] * DOCUMENTS
    each[0] += count - sum(each)
    sizes = {f"{number:02d}": size for number, size in enumerate(each) if size}
    for name, size in sizes.items():
        write_pdf(folder / f"{name}.pdf", size, salt=name)
    return sizes


def _settings(folder: Path, plan: Plan) -> Settings:
    script = {"OCRQUEUE_BACKENDS__SCRIPTED__SCRIPT": f"*: slow {plan.page_s:.3f}"}
    flags = {"workspace.output": str(folder / "out"), "server.data": str(folder / "server")}
    return load(None, {**VARIABLES, **script}, flags)


@contextmanager
def _supervisor(folder: Path, chosen: Settings, plan: Plan) -> Iterator[psutil.Process]:
    arguments = ["--server", "workspace", f"scripted={plan.workers}", "collector=1"]
    with (folder / "log.jsonl").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "workers.supervisor", *arguments],
            stdout=log,
            stderr=log,
            env=child_environ(chosen),
            cwd=ROOT,
        )
        try:
            yield psutil.Process(process.pid)
        finally:
            process.terminate()
            process.wait(60)


def _convert(
    folder: Path, chosen: Settings, plan: Plan, supervisor: psutil.Process, outcome: Outcome
) -> None:
    """Enqueue until it succeeds and wait until all is collected, killing all the while."""
    dice = random.Random(plan.seed)  # noqa: S311 - it must be repeatable
    end = time.monotonic() + plan.limit_s
    producer: subprocess.Popen[bytes] | None = None
    queued = False
    next_kill = time.monotonic() + plan.most_s
    while not (queued and _is_collected(chosen)):
        if time.monotonic() > end:
            message = f"seed {plan.seed}: not finished after {plan.limit_s:.0f} s"
            raise TimeoutError(message)
        if not queued and (producer is None or producer.poll() is not None):
            queued = producer is not None and producer.returncode == 0
            producer = None if queued else _enqueue(folder, chosen)
        if time.monotonic() > next_kill:
            outcome.kills.update(_kill_one(supervisor, dice))
            next_kill = time.monotonic() + dice.uniform(plan.least_s, plan.most_s)
        time.sleep(0.02)


def _enqueue(folder: Path, chosen: Settings) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "ocrqueue", "enqueue", str(folder / "in"), "--quiet"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=child_environ(chosen),
        cwd=ROOT,
    )


def _kill_one(supervisor: psutil.Process, dice: random.Random) -> list[str]:
    part = dice.choices(list(VICTIMS), list(VICTIMS.values()))[0]
    for process in supervisor.children():
        with suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
            if part in " ".join(process.cmdline()):
                os.kill(process.pid, signal.SIGKILL)
                return [part]
    return []


def _is_collected(chosen: Settings) -> bool:
    workspace = Store(chosen.workspace.folder).address.key
    try:
        with connection.connect_watcher(embedded_server.in_workspace(chosen).url) as client:
            return queue_ops.live_count(client, workspace) == 0
    except Unreachable:
        return False


def _jobs_left(chosen: Settings) -> int:
    """Return how many jobs wait, were taken or run after the last document was collected."""
    with connection.connect_worker(embedded_server.in_workspace(chosen).url) as client:
        queues = ("scripted", keys.COLLECT_QUEUE)
        try:
            wait_until(lambda: queue_ops.idle(client, queues), limit_s=30)
        except TimeoutError:
            return 1
        return 0


def _look(out: Path, sizes: dict[str, int], outcome: Outcome) -> None:
    """Count what is in the Markdown, in the ledgers and in the workspace."""
    mark = re.compile(re.escape(MARK).replace(r"\{page\}", r"(\d+)"))
    for name, size in sizes.items():
        found = Counter(map(int, mark.findall((out / f"{name}.md").read_text(encoding="utf-8"))))
        outcome.lost += sum(page not in found for page in range(1, size + 1))
        outcome.doubled += sum(count - 1 for count in found.values())
        book = json.loads((out / f"{name}.json").read_bytes())
        outcome.failed += book["counts"]["failed"]
        outcome.reruns += sum(len(page["attempts"]) - 1 for page in book["pages"])
    accepted = sum(
        len(Store.open(out / ".ocrqueue").settled_pages(folder.name)[0])
        for folder in (out / ".ocrqueue" / "documents").glob("*/*")
    )
    outcome.lost = max(outcome.lost, outcome.pages - accepted)
    outcome.left_files = len(list(out.rglob(f"{TEMPORARY}*")))


def main() -> None:
    """Run one soak and print what came of it."""
    plan = Plan()
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--pages", type=int, default=plan.pages)
    parser.add_argument("--seed", type=int, default=plan.seed)
    parser.add_argument("--page-s", type=float, default=plan.page_s)
    parser.add_argument("--workers", type=int, default=plan.workers)
    given = parser.parse_args()
    outcome = soak(Plan(**vars(given)))
    told = {**asdict(outcome), "kills": dict(outcome.kills)}
    print(f"kills {outcome.kills.total()}, re-runs {outcome.reruns}, lost {outcome.lost}, ", end="")
    print(f"doubled {outcome.doubled}, {outcome.seconds} s, seed {outcome.seed}")
    print(json.dumps(told))
    sys.exit(not outcome.clean)


if __name__ == "__main__":
    main()
