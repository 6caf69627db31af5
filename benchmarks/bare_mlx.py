"""The loop over mlx-vlm that one would write without a queue: images in, tokens out.

    python -m benchmarks.bare_mlx

reads the next page for each line on its standard input, from the first page again after the last,
and answers with a line of JSON: the seconds it took, the processor time of the process so far, the
tokens. Before that it tells how long drawing all pages took.
"""

import argparse
import contextlib
import io
import itertools
import json
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import mlx_vlm
from mlx_vlm.prompt_utils import apply_chat_template
from PIL import Image

from benchmarks import model_pages
from ocrqueue.backends.deepseek_mlx import checkpoint, machine_lock, vision
from ocrqueue.model.document import Task
from ocrqueue.model.page import PageImage


class Bare:
    """A model as mlx-vlm loads it, and the question it is asked."""

    def __init__(self, model: Path, *, resolution: str, max_tokens: int) -> None:
        """Load it; its own Python is trusted."""
        profile = checkpoint.find(str(model), "", trusted=True).profile
        self.size = dict(profile.sizes.get(resolution, {}))
        self.max_tokens = max_tokens
        self.model, self.processor = mlx_vlm.load(str(model))
        vision.put_right(self.model)
        self.prompt: Any = apply_chat_template(
            self.processor, self.model.config, profile.prompts[Task.PAGE], num_images=1
        )

    def read(self, image: Image.Image) -> list[int]:
        """Return the tokens of the reply, without the one that ends it."""
        steps = mlx_vlm.stream_generate(
            self.model,
            self.processor,
            self.prompt,
            image=[image],
            max_tokens=self.max_tokens,
            temperature=0.0,
            **self.size,
        )
        return [int(step.token) for step in steps if step.finish_reason != "stop"]


def pictures(drawn: Sequence[PageImage]) -> list[Image.Image]:
    """Return pages as mlx-vlm takes them."""
    return [Image.frombytes("RGB", (page.width, page.height), page.pixels) for page in drawn]


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Let mlx-vlm print into the void: six lines when it loads, one for each page."""
    with contextlib.redirect_stdout(io.StringIO()):
        yield


def wait_for_lease(place: Path | None) -> None:
    """Wait until no other process computes with MLX."""
    while not machine_lock.take(place):
        time.sleep(machine_lock.LOOK_S)


def main() -> None:
    """Read a page whenever asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    model_pages.add_arguments(parser, resolution="gundam")
    given = parser.parse_args()
    began = time.monotonic()
    drawn = model_pages.draw(given.pdf, given.pages)
    _print(drawn_s=time.monotonic() - began)
    with quiet():
        bare = Bare(given.model, resolution=given.resolution, max_tokens=given.max_tokens)
    for page, _ in zip(itertools.cycle(drawn), sys.stdin, strict=False):
        began = time.monotonic()
        with quiet():
            (image,) = pictures([page])  # anew, as each page of a real loop is another one
            tokens = bare.read(image)
        # The token that ends a reply counts, as it does for the worker.
        cpu_s, count = time.process_time(), len(tokens) + 1
        _print(seconds=time.monotonic() - began, cpu_s=cpu_s, tokens=count)


def _print(**told: float) -> None:
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
