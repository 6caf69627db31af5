"""What a DeepSeek-OCR of the real size takes, with numbers that mean nothing.

    python -m benchmarks real_size FOLDER [--numbers float32] [--side 512] [--tokens 8] [--no-page]
    python -m benchmarks real_size FOLDER --deaths

Makes the checkpoint in FOLDER unless it is there (4 GB, `tools.real_size`), then, in this process:
looks at its files, loads it, reads an empty page at the smallest size, lets a deadline pass between
two tokens of a second one, gives the memory back and loads it again. `--deaths`: workers read a
page; the first is killed between two tokens, the second, which has the page back, gets SIGINT and
SIGTERM there, the third may not hold what it needs. Seconds are of the processor and of the clock;
on a CPU a page takes minutes, with `--numbers float32` the fewest. It is no measure of a Mac's
speed.
"""

from tools.tiny_model import blas  # isort: skip - before mlx

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path

import mlx.core as mx
import psutil
from PIL import Image

from benchmarks.recovery_time import started
from benchmarks.stage import Stage, stage, wait_until
from benchmarks.synthetic import write_pdf
from ocrqueue.backends.deepseek_mlx import checkpoint, machine_lock, verify
from ocrqueue.backends.deepseek_mlx.engine import Engine
from ocrqueue.backends.deepseek_mlx.models import Question
from ocrqueue.backends.deepseek_mlx.stream import listen
from ocrqueue.broker import monitor, queue_ops
from ocrqueue.model.document import Task
from ocrqueue.model.errors.page import BackendTimedOut
from ocrqueue.model.page import ImageMode, PageImage
from ocrqueue.pipeline.feeder import document_key
from tools import real_size

GB = 1e9
EVER = 1e5  # seconds
WORKER, QUEUE = "workers.mlx_worker", "deepseek-mlx"
END_S = 600.0
CEILING_MB = 4000  # less than the weights take


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
        mx.reset_peak_memory()
        self.begin()


def main() -> None:
    """Make it, load it, read with it; or let workers die over it."""
    given = _arguments()
    clock = Clock()
    if not given.folder.exists():
        real_size.make(given.folder, given.bits, given.numbers)
        clock.tell("made")
    if given.deaths:
        die(given.folder.resolve(), given.lease)
        return
    if not machine_lock.take(given.lease):
        sys.exit(machine_lock.refusal(given.lease))
    found = checkpoint.find(str(given.folder), "", trusted=False)
    problems = [one.problem for one in verify.look("it", found.folder, trusted=False)]
    clock.tell("verified" if not any(problems) else f"verified: {problems}")
    engine = loaded(found)
    clock.tell("loaded")
    print(f"corrected: {', '.join(engine.corrected) or 'nothing'}")
    if not given.no_page:
        read(engine, found, given, clock)
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


def read(
    engine: Engine, found: checkpoint.Checkpoint, given: argparse.Namespace, clock: Clock
) -> None:
    """Read an empty page, then one whose time is over between its first and its second token."""
    side = given.side
    question = Question(
        prompt=found.profile.prompts[Task.TABLE],
        size={"cropping": False, "base_size": side, "image_size": side},
        temperature=0.0,
        max_tokens=given.tokens,
    )
    pixels = Image.new("RGB", (side, side), "white").tobytes()
    page = PageImage(width=side, height=side, mode=ImageMode.RGB, pixels=pixels, dpi=72, ink=0.0)

    with redirect_stdout(sys.stderr):
        aloud = _telling(clock)
        said = listen(engine, page, question, time.monotonic() + EVER, aloud)
    print(f"{said.prompt_tokens} tokens of prompt, {said.tokens} written: {said.finish_reason}")
    clock.begin()
    deadline = time.monotonic() + 2 * said.first_token_s

    def wait(_tokens: int, *_: float) -> None:
        time.sleep(max(0.0, deadline - time.monotonic()) + 0.01)
        clock.tell("a token, then the deadline")

    try:
        with redirect_stdout(sys.stderr):
            listen(engine, page, question, deadline, wait)
    except BackendTimedOut as error:
        clock.tell(f"{error}"[:33])


def _telling(clock: Clock) -> Callable[..., None]:
    out = sys.stdout

    def tell(count: int, *_: float) -> None:
        with redirect_stdout(out):
            clock.tell(f"token {count}")

    return tell


def die(model: Path, lease: Path | None) -> None:
    """Kill a worker between two tokens of a page; let the next one be told twice to stop."""
    os.environ["LD_PRELOAD"] = ":".join(blas.libraries())  # noqa: TID251 - of the workers
    own = {"model": model, "resolution": "tiny", "timeout_s": EVER, "load_timeout_s": EVER}
    own |= {"lease_file": lease} if lease else {}
    flags = {f"backends__{QUEUE}__{name}": value for name, value in own.items()}
    with stage(**flags, reading__route=QUEUE) as here, started(here, "workers.collector"):
        list(here.enqueue(write_pdf(here.folder / "in" / "a.pdf", 1)))
        with started(here, WORKER) as first:
            _wait_for_token(here, first, "first worker")
            first.send_signal(signal.SIGKILL)
        with started(here, WORKER) as second:
            _wait_for_token(here, second, "killed; the page is back, second worker")
            began = time.monotonic()
            second.send_signal(signal.SIGINT)
            second.send_signal(signal.SIGTERM)
            code = second.wait(END_S)
            print(f"SIGINT and SIGTERM: ended with {code} after {time.monotonic() - began:.1f} s")
        print(f"pages that wait: {here.client.llen(f'rq:queue:{QUEUE}')}, settled: {here.settled}")
        workers = replace(here.settings.workers, memory_ceiling_mb=CEILING_MB)
        low = replace(here, settings=replace(here.settings, workers=workers))
        with started(low, WORKER) as third:
            _wait_for_token(here, third, f"a ceiling of {CEILING_MB} MB, third worker")
            began = time.monotonic()
            code = third.wait(END_S)
            print(f"ended with {code} after {time.monotonic() - began:.1f} s")
        (output,) = (record for _, record in here.store.outputs())
        key = document_key(here.store, output["document"])
        for page, tries in queue_ops.withdraw(here.client, key, [1]).items():
            print(f"page {page} waits, after {[one.error for one in tries]}")


def _wait_for_token(here: Stage, worker: "subprocess.Popen[bytes]", name: str) -> None:
    began = time.monotonic()

    def writes() -> bool:
        if worker.poll() is not None:
            message = f"{name} ended with {worker.returncode}"
            raise RuntimeError(message)
        return any(one.tokens for one in monitor.workers(here.client) if one.pid == worker.pid)

    wait_until(writes, limit_s=EVER)
    process = psutil.Process(worker.pid)
    used, held = process.cpu_times(), process.memory_info().rss / GB
    print(
        f"{name}: a token after {used.user + used.system:.0f} s processor, "
        f"{time.monotonic() - began:.0f} s clock, RSS {held:.2f} GB",
        flush=True,
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--bits", type=int, choices=(4, 8, 16), default=8)
    parser.add_argument("--numbers", choices=("bfloat16", "float32"), default="bfloat16")
    parser.add_argument("--side", type=int, default=512, help="of the page, in pixels [512]")
    parser.add_argument("--tokens", type=int, default=8, help="of a page [8]")
    parser.add_argument("--no-page", action="store_true", help="load it only")
    parser.add_argument("--deaths", action="store_true", help="let workers die over a page")
    parser.add_argument("--lease", type=Path, metavar="FILE", help="[the machine's]")
    return parser.parse_args()


if __name__ == "__main__":
    main()
