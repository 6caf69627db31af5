"""What queue and worker cost beside the model: pages through them, against a bare mlx-vlm loop.

Ours is all of it: server, collector and the MLX worker, which draws each page, streams its text,
looks for loops, cleans and judges the reply, writes the result and settles the page. Theirs is
`benchmarks.bare_mlx`: the same model over the same images, drawn before the clock starts. They take
turns page by page, the other one stopped meanwhile, so that what else the machine does meets both
alike: the ratio is the median over all pairs of pages. First pages are told apart.
The target is 1.03 times their time.

`--memory N` reads N pages in one worker instead and tells how its memory grows.

Not for a Mac: two processes must not have a model on one GPU. `ocrqueue bench` tells there which
share of the time is spent outside the model.
"""

import argparse
import itertools
import json
import platform
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from statistics import fmean, linear_regression, median
from typing import Any

import psutil

from benchmarks import model_pages
from benchmarks.stage import LOOK_S, ROOT, Stage, stage, wait_until

TARGET = 1.03
FLAT_KB = 10.0  # a page: 50 MB until the worker is renewed after 5,000
LIMIT_S = 3600.0
QUICK_S = 0.01  # how often the end of a page is looked for
WORKER = "workers.mlx_worker"
MB = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page, read once by one of the two."""

    seconds: float
    cpu_s: float  # processor time of the process that has the model
    tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """Two new processes: their first pages, then all others in pairs."""

    first: tuple[float, float]  # seconds from the start of the process, ours and theirs
    pairs: Sequence[tuple[Page, Page]]
    drawing_s: float  # processor time of our process that draws, for all pages


class Ours:
    """A worker with a full queue, stopped while it is not its turn."""

    def __init__(self, here: Stage, process: "subprocess.Popen[bytes]") -> None:
        self._log = here.folder / f"{WORKER}.log"
        self._process = process
        self._worker = psutil.Process(process.pid)
        self._pages = 0
        self._used_s = 0.0
        self._ran_on_s = 0.0  # after the end of its last page, until it was stopped

    def read(self, began: float | None = None) -> Page:
        """Let it read one page; `began` is when the process was started, for the first one."""
        began = began or time.time() - self._ran_on_s
        self._process.send_signal(signal.SIGCONT)
        self._pages += 1
        wait_until(lambda: len(self._ends()) >= self._pages, limit_s=LIMIT_S, look_s=QUICK_S)
        self._process.send_signal(signal.SIGSTOP)
        stopped, before = time.time(), self._used_s
        self._used_s = sum(self._worker.cpu_times()[:2])
        event = self._ends()[self._pages - 1]
        if event["outcome"] != "accepted":
            message = f"a page was not read: {event}"
            raise RuntimeError(message)
        end = datetime.fromisoformat(event["timestamp"]).timestamp()
        self._ran_on_s = stopped - end
        return Page(
            seconds=end - began, cpu_s=self._used_s - before, tokens=int(event["tokens"] or 0)
        )

    def drawing_s(self) -> float:
        """Return the processor time of its children so far."""
        return sum(sum(child.cpu_times()[:2]) for child in self._worker.children())

    def _ends(self) -> list[dict[str, Any]]:
        lines = self._log.read_text("utf-8").splitlines()
        return [json.loads(line) for line in lines if '"page.attempt"' in line]


class Theirs:
    """The bare loop, which waits while it is not its turn."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process
        self._used_s = 0.0

    def read(self) -> Page:
        """Let it read one page."""
        if self._process.stdin is None:
            raise RuntimeError
        self._process.stdin.write(b"\n")
        self._process.stdin.flush()
        told, before = self.line(), self._used_s
        self._used_s = told["cpu_s"]
        return Page(
            seconds=told["seconds"], cpu_s=self._used_s - before, tokens=int(told["tokens"])
        )

    def line(self) -> dict[str, Any]:
        """Return the next thing it says."""
        said: dict[str, Any] = json.loads(
            self._process.stdout.readline() if self._process.stdout else ""
        )
        return said


def main() -> None:
    """Let both take turns and print the ratios, or watch the memory."""
    given = _arguments()
    if given.memory:
        _tell_memory(watch_memory(given))
    elif platform.system() == "Darwin":
        sys.exit("Two processes must not have a model on one GPU: use `ocrqueue bench`.")
    else:
        _tell(compare(given))


def compare(given: argparse.Namespace) -> list[Round]:
    """Return the pairs of pages, and the first ones of each process."""
    with _stage(given) as here, here.process("workers.collector"):
        return [_round(here, given, number) for number in range(given.rounds)]


def _round(here: Stage, given: argparse.Namespace, number: int) -> Round:
    pages = _enqueue(here, given, copies=given.copies, salt=f"round-{number}")
    began = time.time()
    with here.process(WORKER) as process:
        ours = Ours(here, process)
        try:
            first = ours.read(began)
            with _bare(given) as (theirs, their_first_s):
                drawn_before = ours.drawing_s()
                pairs = list(_pairs(ours, theirs, pages - 1))
                drawing_s = ours.drawing_s() - drawn_before
        finally:
            process.send_signal(signal.SIGCONT)  # else it cannot end
    return Round(first=(first.seconds, their_first_s), pairs=pairs, drawing_s=drawing_s)


def _pairs(ours: Ours, theirs: Theirs, count: int) -> Iterator[tuple[Page, Page]]:
    """Yield the same page read by both, now one of them first and now the other."""
    for number in range(count):
        if number % 2:
            b = theirs.read()
            yield ours.read(), b
        else:
            a = ours.read()
            yield a, theirs.read()


@contextmanager
def _bare(given: argparse.Namespace) -> Iterator[tuple[Theirs, float]]:
    """Yield the bare loop and the seconds to its first page, without the drawing."""
    command = [sys.executable, "-m", "benchmarks.bare_mlx", *model_pages.repeated(given)]
    pipe = subprocess.PIPE
    began = time.time()
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe) as process:
        theirs = Theirs(process)
        try:
            drawn_s = theirs.line()["drawn_s"]
            theirs.read()
            yield theirs, time.time() - began - drawn_s
        finally:
            process.terminate()


def watch_memory(given: argparse.Namespace) -> list[tuple[int, float]]:
    """Return the pages that were settled and the worker's memory in MB, again and again."""
    samples = []
    with _stage(given) as here, here.process("workers.collector"):
        _enqueue(here, given, copies=-(-given.memory // given.pages), salt="memory")
        with here.process(WORKER) as worker:
            running = psutil.Process(worker.pid)
            while (settled := here.settled) < given.memory and worker.poll() is None:
                samples.append((settled, running.memory_info().rss / MB))
                time.sleep(5 * LOOK_S)
    return [sample for sample in samples if sample[0]]


def _stage(given: argparse.Namespace) -> AbstractContextManager[Stage]:
    return stage(workers__recycle_pages=0, **model_pages.flags(given))


def _enqueue(here: Stage, given: argparse.Namespace, *, copies: int, salt: str) -> int:
    """Queue so many copies of the pages; return how many pages that are."""
    paths = []
    for number in range(copies):
        path = here.folder / f"{salt}-{number}.pdf"
        path.write_bytes(given.pdf.read_bytes() + f"\n% {path.name}\n".encode())
        paths.append(path)
    entries = list(here.enqueue(*paths, first=given.pages))
    queued = sum(entry.queued for entry in entries)
    if queued != copies * given.pages:
        message = f"not all pages were queued: {entries}"
        raise RuntimeError(message)
    return queued


def _tell(rounds: Sequence[Round]) -> None:
    pairs = list(itertools.chain.from_iterable(one.pairs for one in rounds))
    clock, cpu = ([getattr(a, n) / getattr(b, n) for a, b in pairs] for n in ("seconds", "cpu_s"))
    verdict = "met" if median(clock) <= TARGET else "missed"
    print(f"ratio {_spread(clock)} of the time a page (target {TARGET}: {verdict})")
    print(f"processor time of the process with the model: ratio {_spread(cpu)}")
    drawing = sum(one.drawing_s for one in rounds) / sum(ours.cpu_s for ours, _ in pairs)
    print(f"drawing, in a process beside it: {drawing:.1%} of that; the bare loop draws nothing")
    for name, side in (("queue and worker", 0), ("bare loop", 1)):
        page = [pair[side].seconds for pair in pairs]
        first = [one.first[side] for one in rounds]
        print(f"{name:16}: {_spread(page)} s a page, {_spread(first)} s to the first page")
    same = all(ours.tokens == theirs.tokens for ours, theirs in pairs)
    print(f"{len(pairs)} pairs of pages; tokens: {'the same' if same else 'NOT the same'}")


def _spread(values: Sequence[float]) -> str:
    """Return the median, and in brackets the middle half and the extremes."""
    ordered = sorted(values)
    quarter = len(ordered) // 4
    return (
        f"{median(ordered):.3f} (middle half {ordered[quarter]:.3f} to {ordered[-1 - quarter]:.3f},"
        f" all {ordered[0]:.3f} to {ordered[-1]:.3f})"
    )


def _tell_memory(samples: Sequence[tuple[int, float]]) -> None:
    """Print the growth a page; the first tenth is left out: a process that starts grows."""
    kept = samples[len(samples) // 10 :]
    pages, sizes = zip(*kept, strict=True)
    slope = linear_regression(pages, sizes).slope * 1024
    tenth = max(1, len(kept) // 10)
    first, last = fmean(sizes[:tenth]), fmean(sizes[-tenth:])
    flat = "flat" if slope < FLAT_KB else "grows"
    print(
        f"ratio {last / first:.2f} ({flat}): {slope:.2f} kB a page over {pages[-1]} pages,"
        f" {first:.1f} MB, then {last:.1f} MB"
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    model_pages.add_arguments(parser, resolution="gundam")
    parser.add_argument("--copies", type=int, default=2, help="times all pages are read [2]")
    parser.add_argument("--rounds", type=int, default=3, help="new processes of each [3]")
    parser.add_argument("--memory", type=int, metavar="N", help="watch it over N pages instead")
    return parser.parse_args()


if __name__ == "__main__":
    main()
