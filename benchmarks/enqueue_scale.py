"""How fast pages enter the queue, and what the producer's memory does as the collection grows.

Nobody reads: documents are hashed, counted, written into the workspace and queued, as `ocrqueue
enqueue` does it, in a process of its own whose peak memory is taken. Once with one document of many
pages, once with many documents of a few pages. The target is 3,000 pages a second for the one
document, and a peak that stays flat.
"""

import argparse
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks import synthetic
from benchmarks.stage import ROOT, Stage, children_cpu_s, stage
from ocrqueue.broker import queue_ops
from ocrqueue.settings.load import child_environ

TARGET = 3000.0  # pages a second
FLAT = 1.25  # peak of the largest collection against the smallest
MB = 1 << 20
LOOK_S = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One collection enqueued."""

    pages: int
    seconds: float
    cpu_s: float  # processor time of the producer and its page counter
    peak_mb: float

    @property
    def pages_a_second(self) -> float:
        """Return the speed, the producer's start included."""
        return self.pages / self.seconds


def main() -> None:
    """Enqueue collections of growing size and print speeds and memory, and their ratios."""
    arguments = _arguments()
    for name, each in (
        ("one document", 0),
        (f"documents of {arguments.each} pages", arguments.each),
    ):
        runs = [enqueue(size, each=each) for size in arguments.pages]
        for run in runs:
            print(
                f"{name}: {run.pages:7d} pages  {run.pages_a_second:7.0f} pages/s"
                f"  {run.pages / run.cpu_s:7.0f} a second of processor time"
                f"  producer's peak {run.peak_mb:5.0f} MB"
            )
        growth = runs[-1].peak_mb / runs[0].peak_mb
        best = max(run.pages_a_second for run in runs)
        flat = "flat" if growth <= FLAT else "grows"
        print(f"{name}: ratio to the target of {TARGET:.0f}/s {best / TARGET:.2f};"
              f" memory ratio of largest to smallest {growth:.2f} ({flat})")  # fmt: skip


def enqueue(size: int, *, each: int) -> Run:
    """Enqueue so many pages, as one document or in documents of `each` pages."""
    limits = {"queue__max_backlog_pages": 10**8, "input__max_pages_per_document": 999_999}
    with stage(reading__route="scripted", server__maxmemory_mb=4096, **limits) as here:
        inputs = here.folder / "in"
        if each:
            synthetic.write_many(inputs, size // each, pages=each)
        else:
            synthetic.write_pdf(inputs / "document.pdf", size)
        run = _watch(here, inputs)
        if run.pages != size:
            message = f"{run.pages} pages wait, not {size}"
            raise RuntimeError(message)
        return run


def _watch(here: Stage, inputs: Path) -> Run:
    command = [sys.executable, "-m", "ocrqueue", "enqueue", str(inputs), "--quiet"]
    environment = child_environ(here.settings)
    began, used, peak = time.monotonic(), children_cpu_s(), 0
    with subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL) as process:
        watched = psutil.Process(process.pid)
        while process.poll() is None:
            peak = max(peak, _rss(watched))
            time.sleep(LOOK_S)
    if process.returncode:
        message = f"enqueue ended with {process.returncode}"
        raise RuntimeError(message)
    seconds, cpu_s = time.monotonic() - began, children_cpu_s() - used
    pending = queue_ops.totals(here.client, here.workspace)["pending"]
    return Run(pages=pending, seconds=seconds, cpu_s=cpu_s, peak_mb=peak / MB)


def _rss(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:  # it has just ended
        return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    sizes = [1000, 10_000, 100_000]
    parser.add_argument(
        "--pages", type=int, nargs="+", default=sizes, help="sizes [1000 10000 100000]"
    )
    parser.add_argument("--each", type=int, default=10, help="pages of a small document [10]")
    return parser.parse_args()


if __name__ == "__main__":
    main()
