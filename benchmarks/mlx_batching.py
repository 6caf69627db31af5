"""What reading k pages at a time in the one MLX process would give, against one after another.

One after another is the loop over mlx-vlm (`stream_generate`). At a time is mlx-vlm's
`BatchGenerator`: a page is looked at (vision) as soon as there is room for it and joins those that
are being written, as a worker would have to do it. Both read the same images to the end, everything
counts but the drawing, and the tokens of each page are compared. They take turns, in another order
each round; processor time is told beside the clock, for on a machine with other work the clock says
little. Last, decoding alone: how many tokens a second k rows of the same page make together.

With `--model` and `--pdf` it measures a real model. Nothing else may compute with MLX meanwhile.
"""

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

import mlx.core as mx
from mlx_vlm.generate import BatchGenerator
from mlx_vlm.utils import prepare_inputs
from PIL import Image

from benchmarks import model_pages
from benchmarks.bare_mlx import Bare, pictures, quiet, wait_for_lease

SIZES = (1, 2, 4, 8)
DECODED = 150  # tokens a row, where decoding alone is measured


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """All pages, read once."""

    seconds: float
    cpu_s: float
    vision_s: float  # of the seconds; 0 where it is not known
    texts: Sequence[Sequence[int]]  # tokens of each page
    peak_mb: float


@dataclass(slots=True, kw_only=True)
class Batch:
    """Pages that are being written together."""

    bare: Bare
    size: int
    page_of: dict[int, int] = field(default_factory=dict)  # by the generator's name for a row
    vision_s: float = 0.0

    def read(self, images: Sequence[Image.Image]) -> list[list[int]]:
        """Return the tokens of each page; never more than `size` of them are in work."""
        made = self._generator()
        texts: list[list[int]] = [[] for _ in images]
        waiting = list(enumerate(images))
        while waiting or self.page_of:
            while waiting and len(self.page_of) < self.size:
                page, image = waiting.pop(0)
                self.page_of[self._insert(made, image)] = page
            for row in made.next()[1]:
                if row.finish_reason != "stop":
                    texts[self.page_of[row.uid]].append(int(row.token))
                if row.finish_reason:
                    del self.page_of[row.uid]
        made.close()
        return texts

    def decode(self, image: Image.Image) -> tuple[float, float]:
        """Return the tokens that `size` rows of one page make a second, and a processor second.

        Counted from when all rows are being written until the first one ends.
        """
        made, tokens, began, used = self._generator(), 0, 0.0, 0.0
        looked_at = self._look(image)
        for _ in range(self.size):
            self._queue(made, looked_at, DECODED)
        while made.has_work:
            rows = made.next()[1]
            if len(rows) == self.size and began:
                tokens += len(rows)
            elif len(rows) == self.size:
                began, used = time.perf_counter(), time.process_time()
            elif began:
                break
        seconds, cpu_s = time.perf_counter() - began, time.process_time() - used
        made.close()
        return tokens / seconds, tokens / cpu_s

    def _generator(self) -> BatchGenerator:
        bare = self.bare
        return BatchGenerator(
            bare.model.language_model,
            bare.processor,
            max_tokens=bare.max_tokens,
            prefill_batch_size=1,  # a page joins as soon as one row is free
            completion_batch_size=self.size,
            compute_logprobs=False,
        )

    def _insert(self, made: BatchGenerator, image: Image.Image) -> int:
        began = time.perf_counter()
        looked_at = self._look(image)
        self.vision_s += time.perf_counter() - began
        return self._queue(made, looked_at, self.bare.max_tokens)

    def _look(self, image: Image.Image) -> tuple[list[int], mx.array]:
        bare = self.bare
        ready = prepare_inputs(
            bare.processor,
            images=[image],
            prompts=bare.prompt,
            image_token_index=bare.model.config.image_token_index,
            **bare.size,
        )
        names = ("images_spatial_crop", "images_seq_mask")
        seen = bare.model.get_input_embeddings(
            ready["input_ids"], ready["pixel_values"], **{name: ready[name] for name in names}
        )
        mx.eval(seen.inputs_embeds)
        return ready["input_ids"][0].tolist(), seen.inputs_embeds

    def _queue(self, made: BatchGenerator, looked_at: tuple[list[int], mx.array], most: int) -> int:
        ids, embeds = looked_at
        (row,) = made.insert([ids], most, prompt_kwargs=[{"inputs_embeds": embeds}])
        return int(row)


def main() -> None:
    """Let all take turns and print the ratios."""
    given = _arguments()
    images = pictures(model_pages.draw(given.pdf, given.pages)) * given.copies
    wait_for_lease(given.lease)
    with quiet():
        bare = Bare(given.model, resolution=given.resolution, max_tokens=given.max_tokens)
        bare.read(images[0])
    turns: dict[int, list[Turn]] = {size: [] for size in (0, *given.sizes)}
    order = list(turns)
    for number in range(given.rounds):
        for size in order[number % len(order) :] + order[: number % len(order)]:
            turns[size].append(turn(bare, images, size))
    print(f"{len(images)} pages, resolution {given.resolution}, {given.rounds} rounds")
    for size in given.sizes:
        _tell(size, turns[size], turns[0])
    densest = max(range(len(images)), key=lambda page: len(turns[0][0].texts[page]))
    _tell_decoding(bare, images[densest], given.sizes)


def turn(bare: Bare, images: Sequence[Image.Image], size: int) -> Turn:
    """Read all pages, `size` at a time; 0 is one after another without a batch."""
    mx.reset_peak_memory()
    batch = Batch(bare=bare, size=size)
    began, used = time.perf_counter(), time.process_time()
    with quiet():
        texts = batch.read(images) if size else [bare.read(image) for image in images]
    return Turn(
        seconds=time.perf_counter() - began,
        cpu_s=time.process_time() - used,
        vision_s=batch.vision_s,
        texts=texts,
        peak_mb=mx.get_peak_memory() / (1 << 20),
    )


def _tell(size: int, turns: Sequence[Turn], alone: Sequence[Turn]) -> None:
    clock = [one.seconds / many.seconds for one, many in zip(alone, turns, strict=True)]
    cpu = [one.cpu_s / many.cpu_s for one, many in zip(alone, turns, strict=True)]
    pairs = [
        pair
        for a, b in zip(alone, turns, strict=True)
        for pair in zip(a.texts, b.texts, strict=True)
    ]
    equal = sum(list(a) == list(b) for a, b in pairs)
    vision = median(turn.vision_s / turn.seconds for turn in turns)
    print(
        f"{size} at a time: ratio {median(clock):.2f} of the time ({min(clock):.2f} to"
        f" {max(clock):.2f}), {median(cpu):.2f} of the processor time ({min(cpu):.2f} to"
        f" {max(cpu):.2f}); {equal} of {len(pairs)} texts equal; vision {vision:.0%};"
        f" peak {max(turn.peak_mb for turn in turns):.0f} MB"
        f" (alone {max(turn.peak_mb for turn in alone):.0f})"
    )


def _tell_decoding(bare: Bare, image: Image.Image, sizes: Sequence[int]) -> None:
    for size in sizes:
        with quiet():
            speeds = [Batch(bare=bare, size=size).decode(image) for _ in range(3)]
        by_clock, by_cpu = (max(speed) for speed in zip(*speeds, strict=True))
        print(
            f"decoding alone, {size} rows, best of 3: {by_clock:.0f} tokens a second,"
            f" {by_cpu:.0f} a second of processor time"
        )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    model_pages.add_arguments(parser, resolution="gundam")
    parser.add_argument("--copies", type=int, default=1, help="times all pages are read [1]")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each [5]")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="[1 2 4 8]")
    return parser.parse_args()


if __name__ == "__main__":
    main()
