"""What many documents cost, from the first file to the last Markdown, and how many workers help.

`--documents` with `--pages` in all lie in one folder and are enqueued, read by scripted workers and
collected, all at once and with default settings; `--beside` many others were collected before, into
the same folder: their records and files are there, without pages. A line for each part of the run
says: speed, processor time by kind of process, the queue's memory, that of each process (RSS), and
what `ocrqueue status` takes. What is linear and flat is the same from line to line.

`--table 1 2 4 8` lets so many workers work at a full queue instead. The server has one thread, so
that its processor time for a page says how many pages a second there can be at most.
"""

import argparse
import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace

import psutil

from benchmarks import synthetic
from benchmarks.stage import ROOT, Stage, children_cpu_s, stage, wait_until
from ocrqueue.broker import keys, monitor, queue_ops
from ocrqueue.pipeline import tally
from ocrqueue.settings.load import child_environ
from ocrqueue.workspace.ledger import Counts, State
from ocrqueue.workspace.outputs import Output
from ocrqueue.workspace.written import WrittenOutput

KINDS = ("producer", "worker", "collector", "server")
MB = 1 << 20
LOOK_S = 0.5
WARM = 40  # pages of each worker before the clock of the table starts
LIMIT_S = 600.0
FAST = {"reading__route": "scripted", "workers__recycle_pages": 0}

Processes = Mapping[str, Sequence["subprocess.Popen[bytes]"]]  # by kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What is seen at one moment."""

    at: float  # by `time.monotonic()`
    settled: int  # pages
    waiting: int
    collected: int  # documents
    redis_mb: float
    commands: int  # that the server has answered
    cpu_s: Mapping[str, float]  # by kind of process, so far
    rss_mb: Mapping[str, float]  # of the largest process of a kind, with its children


@dataclass(slots=True, kw_only=True)
class Onlooker:
    """Looks at the queue and at processes; of those that have ended it knows what they used."""

    here: Stage
    processes: Processes
    used: dict[int, float] = field(default_factory=dict)  # seconds, by process id

    def look(self) -> Look:
        """Return what is there now."""
        told = self.here.client.info("everything")
        cpu = {"server": float(told["used_cpu_user"] + told["used_cpu_sys"])}
        rss = {"server": told["used_memory_rss"] / MB}
        for kind, started in self.processes.items():
            rss[kind] = max(self._rss_mb(process.pid) for process in started)
            cpu[kind] = sum(self.used.get(process.pid, 0.0) for process in started)
        workers = monitor.workers(self.here.client)
        return Look(
            at=time.monotonic(),
            settled=self.here.settled,
            waiting=queue_ops.totals(self.here.client, self.here.workspace)["pending"],
            collected=sum(one.done for one in workers if one.queue == keys.COLLECT_QUEUE),
            redis_mb=told["used_memory"] / MB,
            commands=told["total_commands_processed"],
            cpu_s=cpu,
            rss_mb=rss,
        )

    def _rss_mb(self, pid: int) -> float:
        with contextlib.suppress(psutil.Error):
            process = psutil.Process(pid)
            with process.oneshot():
                children = process.children()
                living = sum(sum(child.cpu_times()[:2]) for child in children)
                self.used[pid] = sum(process.cpu_times()[:4]) + living
                return float(sum(one.memory_info().rss for one in (process, *children))) / MB
        return 0.0


def main() -> None:
    """Print the table that is asked for."""
    arguments = _arguments()
    if arguments.table:
        ours = (f"{kind}, ms a page" for kind in KINDS[1:])
        _row("workers", "pages/s", *ours, "commands a page", "pages/s of one server at most")
        for count in arguments.table:
            work(count, arguments.pages, arguments.seconds)
    else:
        with stage(**FAST) as here:
            pretend(here, arguments.beside)
            run(here, arguments)


def pretend(here: Stage, count: int) -> None:
    """Let so many documents have been collected before."""
    source = synthetic.write_pdf(here.folder / "before.pdf", 1)
    told = WrittenOutput(state=State.DONE, counts=Counts(done=100), markdown=True)
    for number in range(count):
        output = Output(
            name=f"before-{number:06d}",
            folder=str(here.settings.workspace.output),
            source=str(source),
            shown=f"before-{number:06d}.pdf",
            document=f"{number:024x}",
            style=here.settings.output.to_wire(),
        )
        here.store.save_output(output.key, output.to_wire(), output.document)
        here.store.save_written(output.key, replace(told, fingerprint=output.fingerprint))
        tally.note(here.store, output.key)
        for ending in ("md", "json"):
            (here.folder / "out" / f"{output.name}.{ending}").write_text("{}")


def run(here: Stage, asked: argparse.Namespace) -> None:
    """Enqueue, read and collect; print a line for each part."""
    documents, each = asked.documents, asked.pages // asked.documents
    for number in range(documents):
        path = here.folder / "in" / f"{number:06d}.pdf"
        synthetic.write_pdf(path, each, salt=str(number))
    _row(
        *("documents", "pages/s", *(f"{kind}, ms a page" for kind in KINDS)),
        *("collector, ms a document", "Redis, MB (most)", *(f"{kind}, MB" for kind in KINDS)),
        "status, s (processor)",
    )
    with _processes(here, asked.workers) as reading:
        processes = {"producer": [_producer(here)], **reading}
        onlooker = Onlooker(here=here, processes=processes)
        before = onlooker.look()
        for part in range(1, asked.parts + 1):
            goal, most = documents * part // asked.parts, 0.0
            while (now := onlooker.look()).collected < goal:
                most = max(most, now.redis_mb)
                _require_alive(processes)
                time.sleep(LOOK_S)
            _tell(before, now, max(most, now.redis_mb), _status(here))
            before = onlooker.look()
        waits = here.settled != documents * each or not here.collected
        print(f"{here.settled} pages settled{', and something waits' if waits else ''}")


def work(count: int, pages: int, seconds: float) -> None:
    """Let so many workers work at a queue with so many pages, and print what each page took."""
    with stage(queue__max_backlog_pages=10**7, server__maxmemory_mb=4096, **FAST) as here:
        synthetic.write_many(here.folder / "in", pages // 100, pages=100)
        list(here.enqueue(here.folder / "in"))
        with _processes(here, count) as processes:
            wait_until(lambda: here.settled > count * WARM, limit_s=LIMIT_S)
            onlooker = Onlooker(here=here, processes=processes)
            before = onlooker.look()
            time.sleep(seconds)
            now = onlooker.look()
    jobs = now.settled - before.settled
    ms = {kind: 1000 * (now.cpu_s[kind] - before.cpu_s[kind]) / jobs for kind in now.cpu_s}
    _row(
        f"{count}{'' if now.waiting else ' (ran dry)'}",
        f"{jobs / (now.at - before.at):.0f}",
        *(f"{ms[kind]:.2f}" for kind in KINDS[1:]),
        f"{(now.commands - before.commands) / jobs:.1f}",
        f"{1000 / ms['server']:.0f}",
    )


@contextlib.contextmanager
def _processes(here: Stage, workers: int) -> Iterator[dict[str, list["subprocess.Popen[bytes]"]]]:
    with ExitStack() as stack:
        reading = [
            stack.enter_context(here.process("workers.scripted_worker")) for _ in range(workers)
        ]
        yield {
            "worker": reading,
            "collector": [stack.enter_context(here.process("workers.collector"))],
        }


def _producer(here: Stage) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "ocrqueue", "enqueue", str(here.folder / "in"), "--quiet"]
    environment = child_environ(here.settings)
    return subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL)


def _status(here: Stage) -> tuple[float, float]:
    """Return how long `ocrqueue status` takes, and its processor time; both in seconds."""
    began, used = time.monotonic(), children_cpu_s()
    command = [sys.executable, "-m", "ocrqueue", "status"]
    environment = child_environ(here.settings)
    subprocess.run(command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
    return time.monotonic() - began, children_cpu_s() - used


def _tell(before: Look, now: Look, most_mb: float, status: tuple[float, float]) -> None:
    pages, documents = now.settled - before.settled, now.collected - before.collected
    used = {kind: 1000 * (now.cpu_s[kind] - before.cpu_s[kind]) for kind in KINDS}
    # The producer is ahead of the others, and soon done.
    through = {**dict.fromkeys(KINDS, pages), "producer": pages + now.waiting - before.waiting}
    _row(
        str(now.collected),
        f"{pages / (now.at - before.at):.0f}",
        *(f"{used[kind] / max(through[kind], 1):.2f}" for kind in KINDS),
        f"{used['collector'] / max(documents, 1):.1f}",
        f"{now.redis_mb:.1f} ({most_mb:.1f})",
        *(f"{now.rss_mb[kind]:.0f}" for kind in KINDS),
        f"{status[0]:.1f} ({status[1]:.1f})",
    )


def _row(*cells: str) -> None:
    print("|", " | ".join(cells), "|", flush=True)


def _require_alive(processes: Processes) -> None:
    codes = {kind: [one.poll() for one in started] for kind, started in processes.items()}
    if {*codes.pop("producer")} - {None, 0} or any(
        code is not None for one in codes.values() for code in one
    ):
        message = f"a process ended: {codes}"
        raise RuntimeError(message)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=1000, help="[1000]")
    parser.add_argument("--pages", type=int, default=10_000, help="in all documents [10000]")
    parser.add_argument("--beside", type=int, default=0, help="documents collected before [0]")
    parser.add_argument("--workers", type=int, default=2, help="that read [2]")
    parser.add_argument("--parts", type=int, default=10, help="lines of the table [10]")
    parser.add_argument("--table", type=int, nargs="+", metavar="N", help="compare N workers")
    parser.add_argument("--seconds", type=float, default=20, help="that each N has [20]")
    return parser.parse_args()


if __name__ == "__main__":
    main()
