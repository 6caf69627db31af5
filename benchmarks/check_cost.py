"""What checking a model's pages costs the model: its pages a minute with and without a witness.

    python -m benchmarks check_cost [--pages 8] [--rounds 6]

One MLX worker reads pictures of pages (no text of their own: each needs a check by the engine), in
blocks: now with `--witness off`, now with `auto`, while one worker of Tesseract checks beside it
what has been read. The ratio is the median over pairs of blocks; the target is 0.98. The model has
a core to itself and all others share the rest, as the model of a Mac has its GPU.
"""

import argparse
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any

import psutil

from benchmarks import model_pages
from benchmarks.stage import Stage, stage, wait_until
from ocrqueue.text import figures

TARGET = 0.98
LIMIT_S = 1800.0
WORKER, CHECKER = "workers.mlx_worker", "workers.tesseract_worker"
OFF, AUTO = "off", "auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Some pages in a row, read with one of the two settings."""

    per_minute: float  # from the end of its first page to the end of its last
    cpu_s: float  # a page, processor time of the process with the model


def main() -> None:
    """Let the blocks take turns and print the ratios."""
    given = _arguments()
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    drawn = [
        figures.png(image, (0, 0, image.width, image.height))
        for image in model_pages.draw(given.pdf, given.pages)
    ]
    pairs = []
    with _stage(given) as here, here.process("workers.collector"), here.process(CHECKER):
        with _alone(cores), here.process(WORKER) as process:
            reader = Reader(here, psutil.Process(process.pid), drawn)
            reader.read(OFF)  # the model is loaded, the checker's programs are in memory
            reader.read(AUTO)
            for number in range(given.rounds):
                names = (OFF, AUTO) if number % 2 else (AUTO, OFF)
                found = {name: reader.read(name) for name in names}
                pairs.append((found[AUTO], found[OFF]))
        _tell(pairs, reader.checked(), len(cores))


class Reader:
    """The worker with the model, and what its log says."""

    def __init__(self, here: Stage, process: psutil.Process, drawn: Sequence[bytes]) -> None:
        """Read these pictures, again and again."""
        self._here, self._process, self._drawn = here, process, drawn
        self._blocks = 0

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
        before, used_s = here.settled, self._cpu_s()
        list(here.enqueue(folder))
        many = len(self._drawn)
        self._blocks += 1
        wait_until(lambda: len(self._ends()) >= many * self._blocks, limit_s=LIMIT_S)
        cpu_s = (self._cpu_s() - used_s) / many
        wait_until(lambda: here.settled >= before + many, limit_s=LIMIT_S)
        ends = self._ends()[-many:]
        return Block(per_minute=60 * (many - 1) / (ends[-1] - ends[0]), cpu_s=cpu_s)

    def checked(self) -> int:
        """Return how many pages were held against a second reading."""
        return len(_events(self._here.folder / f"{CHECKER}.log", "page.checked"))

    def _cpu_s(self) -> float:
        return sum(self._process.cpu_times()[:2])

    def _ends(self) -> list[float]:
        found = _events(self._here.folder / f"{WORKER}.log", "page.attempt")
        if failed := [event for event in found if event["outcome"] != "accepted"]:
            message = f"a page was not read: {failed[0]}"
            raise RuntimeError(message)
        return [datetime.fromisoformat(event["timestamp"]).timestamp() for event in found]


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


def _stage(given: argparse.Namespace) -> Any:
    own = {
        "model": given.model.resolve(),
        "resolution": given.resolution,
        "max_tokens": given.max_tokens,
        "trust_model_code": "true",
    }
    own |= {"lease_file": given.lease.resolve()} if given.lease else {}
    flags = {f"backends__deepseek-mlx__{name}": value for name, value in own.items()}
    return stage(reading__route="deepseek-mlx", render__dpi=model_pages.DPI, **flags)


def _tell(pairs: Sequence[tuple[Block, Block]], checked: int, cores: int) -> None:
    ratios = sorted(auto.per_minute / off.per_minute for auto, off in pairs)
    cpu = median(auto.cpu_s / off.cpu_s for auto, off in pairs)
    verdict = "met" if median(ratios) >= TARGET else "missed"
    spread = f"{ratios[0]:.3f} to {ratios[-1]:.3f}"
    print(
        f"ratio {median(ratios):.3f} ({spread}) of the pages a minute (target {TARGET}: {verdict})"
    )
    print(f"processor time of the process with the model: ratio {cpu:.3f}")
    for name, side in (("with a witness", 0), ("without", 1)):
        print(f"{name:15}: {median(pair[side].per_minute for pair in pairs):.1f} pages a minute")
    load = ", ".join(f"{one:.0f}" for one in os.getloadavg())
    print(f"{len(pairs)} pairs of blocks, {checked} pages checked; {cores} cores, load {load}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    model_pages.add_arguments(parser, resolution="gundam")
    parser.add_argument("--rounds", type=int, default=6, help="pairs of blocks [6]")
    return parser.parse_args()


if __name__ == "__main__":
    main()
