"""What a DeepSeek-OCR of the real size takes, with numbers that mean nothing.

    python -m benchmarks real_size FOLDER [--tokens N] [--no-page]

Makes the checkpoint in FOLDER unless it is there (4 GB, `tools.real_size`), then, in this process:
looks at its files, loads it, reads an empty page at the smallest size, lets a deadline pass while a
second page is written, gives the memory back and loads it again. Seconds are of the processor and
of the clock; on a CPU a page takes minutes. It is no measure of a Mac's speed.
"""

import argparse
import sys
import time
from contextlib import redirect_stdout
from pathlib import Path

import mlx.core as mx
import psutil
from PIL import Image

from ocrqueue.backends.deepseek_mlx import checkpoint, machine_lock, verify
from ocrqueue.backends.deepseek_mlx.engine import Engine
from ocrqueue.backends.deepseek_mlx.models import Question
from ocrqueue.backends.deepseek_mlx.stream import listen
from ocrqueue.model.document import Task
from ocrqueue.model.errors.page import BackendTimedOut
from ocrqueue.model.page import ImageMode, PageImage
from tools import real_size

GB = 1e9
SIDE = 512  # pixels
EVER = 1e9  # seconds


class Clock:
    """Prints what each step took, and what was held after it."""

    def __init__(self) -> None:
        """Begin."""
        self._process, self._cpu, self._wall = psutil.Process(), 0.0, 0.0
        self.begin()

    def begin(self) -> None:
        """Begin a step."""
        self._cpu, self._wall = time.process_time(), time.monotonic()

    def tell(self, step: str) -> None:
        """Print the step that ends now; the next one begins."""
        cpu, wall = time.process_time() - self._cpu, time.monotonic() - self._wall
        held = [self._process.memory_info().rss, mx.get_active_memory(), mx.get_peak_memory()]
        rss, active, peak = (size / GB for size in held)
        print(
            f"{step:<34}{cpu:7.1f} s processor {wall:7.1f} s clock  "
            f"RSS {rss:.2f} GB, MLX {active:.2f} GB, at most {peak:.2f} GB",
            flush=True,
        )
        self.begin()


def main() -> None:
    """Make it, load it, read with it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--bits", type=int, choices=(4, 8, 16), default=8)
    parser.add_argument("--tokens", type=int, default=8, help="of a page [8]")
    parser.add_argument("--no-page", action="store_true", help="load it only")
    given = parser.parse_args()
    if not machine_lock.take(None):
        sys.exit(machine_lock.refusal(None))
    clock = Clock()
    if not given.folder.exists():
        real_size.make(given.folder, given.bits)
        clock.tell("made")
    found = checkpoint.find(str(given.folder), "", trusted=False)
    problems = [one.problem for one in verify.look("it", found.folder, trusted=False)]
    clock.tell("verified" if not any(problems) else f"verified: {problems}")
    engine = loaded(found)
    clock.tell("loaded")
    print(f"corrected: {', '.join(engine.corrected) or 'nothing'}")
    if not given.no_page:
        read(engine, found, given.tokens, clock)
    engine.close()
    clock.tell("closed")
    engine = loaded(found)
    clock.tell("loaded again")
    engine.close()
    clock.tell("closed")


def loaded(found: checkpoint.Checkpoint) -> Engine:
    """Return the model; what mlx-vlm prints goes to the standard error."""
    with redirect_stdout(sys.stderr), checkpoint.loadable(found) as folder:
        return Engine(folder)


def read(engine: Engine, found: checkpoint.Checkpoint, tokens: int, clock: Clock) -> None:
    """Read an empty page, then one whose time is over before its second token."""
    question = Question(
        prompt=found.profile.prompts[Task.TABLE],
        size=found.profile.sizes["tiny"],
        temperature=0.0,
        max_tokens=tokens,
    )
    pixels = Image.new("RGB", (SIDE, SIDE), "white").tobytes()
    page = PageImage(width=SIDE, height=SIDE, mode=ImageMode.RGB, pixels=pixels, dpi=72, ink=0.0)

    def tell(count: int, *_: float) -> None:
        clock.tell(f"token {count}")

    with redirect_stdout(sys.stderr):
        said = listen(engine, page, question, time.monotonic() + EVER, tell)
    print(f"{said.prompt_tokens} tokens of prompt, {said.tokens} written: {said.finish_reason}")
    clock.begin()
    try:
        with redirect_stdout(sys.stderr):
            listen(engine, page, question, time.monotonic())
    except BackendTimedOut as error:
        clock.tell(f"deadline: {error}"[:33])


if __name__ == "__main__":
    main()
