"""What the pipeline costs beside the reading: no-op pages through it, against bare no-op RQ jobs.

Ours is all of it: a page's manifest is read, its result written and renamed, its attempt logged,
its page settled by script, with the collector running beside. Theirs is RQ's own SimpleWorker with
a function that does nothing. Both have a full queue on the same embedded server (AOF everysec) and
one worker process; they take turns of half a second, the other one stopped meanwhile, so that what
else the machine does meets both alike. The target is 0.7 of their jobs a second.
"""

import argparse
import contextlib
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from statistics import median

import psutil
from rq import Queue

from benchmarks import synthetic
from benchmarks.stage import Stage, stage, wait_until

TARGET = 0.7
LIMIT_S = 300.0
WARM = 50  # jobs done before the clock starts
QUEUE = "bare"
NOTHING = "benchmarks.pipeline_overhead.nothing"  # by name: here it may be __main__'s


@dataclass(slots=True, kw_only=True)
class Runner:
    """A worker with a full queue, stopped while it is not its turn."""

    process: "subprocess.Popen[bytes]"
    done: Callable[[], int]
    rates: list[float] = field(default_factory=list)  # jobs a second, turn by turn
    jobs: int = 0  # in all turns
    cpu_s: float = 0.0  # of the process, in all turns

    def turn(self, seconds: float) -> None:
        """Run for so long and note what was done."""
        cpu = psutil.Process(self.process.pid).cpu_times
        before, used, began = self.done(), sum(cpu()[:2]), time.monotonic()
        self.process.send_signal(signal.SIGCONT)
        time.sleep(seconds)
        self.process.send_signal(signal.SIGSTOP)
        elapsed = time.monotonic() - began
        jobs = self.done() - before
        self.rates.append(jobs / elapsed)
        self.jobs += jobs
        self.cpu_s += sum(cpu()[:2]) - used


def main() -> None:
    """Let both take turns and print the ratio."""
    arguments = _arguments()
    flags = {"queue__max_backlog_pages": 10**9, "workers__recycle_pages": 0}
    with stage(reading__route="scripted", **flags) as here:
        with _pipeline(here, arguments.jobs) as ours, _bare_rq(here, arguments.jobs) as bare:
            for _ in range(arguments.turns):
                for runner in (ours, bare):
                    runner.turn(arguments.seconds)
        _tell(ours, bare, arguments.jobs)


def nothing() -> None:
    """Be a job that does nothing."""


@contextlib.contextmanager
def _pipeline(here: Stage, jobs: int) -> Iterator[Runner]:
    document = synthetic.write_pdf(here.folder / "in" / "document.pdf", jobs)
    entries = list(here.enqueue(document))
    if [entry.queued for entry in entries] != [jobs]:
        message = f"not all pages were queued: {entries}"
        raise RuntimeError(message)
    with (
        here.process("workers.collector"),
        here.process("workers.scripted_worker") as process,
        _warm(Runner(process=process, done=lambda: here.settled)) as runner,
    ):
        yield runner


@contextlib.contextmanager
def _bare_rq(here: Stage, jobs: int) -> Iterator[Runner]:
    queue = Queue(QUEUE, connection=here.client)
    queue.enqueue_many([Queue.prepare_data(NOTHING) for _ in range(jobs)])
    url = ["--url", here.settings.redis.url]
    worker = ["--worker-class", "rq.SimpleWorker", "--logging_level", "WARNING", QUEUE]
    finished = queue.finished_job_registry
    with here.process("rq.cli", "worker", *url, *worker) as process:
        runner = Runner(process=process, done=lambda: finished.get_job_count(cleanup=False))
        with _warm(runner):
            yield runner


@contextlib.contextmanager
def _warm(runner: Runner) -> Iterator[Runner]:
    wait_until(lambda: runner.done() >= WARM, limit_s=LIMIT_S)
    runner.process.send_signal(signal.SIGSTOP)
    try:
        yield runner
    finally:
        runner.process.send_signal(signal.SIGCONT)


def _tell(ours: Runner, bare: Runner, jobs: int) -> None:
    if max(ours.jobs, bare.jobs) + 2 * WARM >= jobs:
        print("a queue ran dry: the ratio is not to be trusted; use more --jobs")
    pairs = [a / b for a, b in zip(ours.rates, bare.rates, strict=True) if b]
    ratio = sum(ours.rates) / sum(bare.rates)
    verdict = "met" if ratio >= TARGET else "missed"
    print(
        f"ratio {ratio:.2f} (median of {len(pairs)} pairs of turns {median(pairs):.2f};"
        f" target {TARGET}: {verdict})"
    )
    cpu_ms = [1000 * runner.cpu_s / runner.jobs for runner in (ours, bare)]
    print(f"processor time of the worker: ratio {cpu_ms[1] / cpu_ms[0]:.2f} (bare RQ / pipeline)")
    for name, runner, each in (("pipeline", ours, cpu_ms[0]), ("bare RQ", bare, cpu_ms[1])):
        rate = sum(runner.rates) / len(runner.rates)
        print(f"{name:8s} {rate:5.0f} jobs/s, {each:.2f} ms of processor time each")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=10000, help="jobs in each queue [10000]")
    parser.add_argument("--turns", type=int, default=30, help="turns of each worker [30]")
    parser.add_argument("--seconds", type=float, default=0.5, help="length of a turn [0.5]")
    return parser.parse_args()


if __name__ == "__main__":
    main()
