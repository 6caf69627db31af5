"""The one place that asks mlx: loads a checkpoint and streams what it writes about an image.

Importing this takes seconds and, on a Mac, opens the GPU: only a process that holds the lease may.
Load and ask on one thread (MLX's streams belong to threads), and never fork afterwards.
"""

import gc
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import huggingface_hub.constants
import mlx.core as mx
import mlx_vlm
from mlx_vlm.prompt_utils import apply_chat_template
from PIL import Image

from ocrqueue.backends.deepseek_mlx import corrections, spelling
from ocrqueue.backends.deepseek_mlx.models import Guard, Question, Said
from ocrqueue.model.page import ImageMode, PageImage

CACHE_BYTES = 1 << 30  # buffers that MLX may keep within a page
# So much it may keep for the next page: giving back less frees little, and getting it anew made the
# tiny model's pages 8 % slower (python -m benchmarks mlx_overhead).
KEPT_BYTES = 256 << 20
MIB = 1 << 20
WARM_UP_SIDE = 512  # pixels
WARM_UP_TOKENS = 2


class Engine:
    """A loaded model."""

    def __init__(self, folder: Path) -> None:
        """Load the model; takes seconds, and gigabytes.

        Raises:
            RuntimeError: mlx-vlm computes it otherwise than its makers do, past correcting, or its
                tokenizer loses what it is given.
        """
        # A folder needs nothing from elsewhere, and must not ask.
        huggingface_hub.constants.HF_HUB_OFFLINE = True
        mx.set_cache_limit(CACHE_BYTES)
        self._model, self._processor = mlx_vlm.load(str(folder))
        spelling.require_whole(self._processor)
        self.corrected = corrections.put_right(self._model)

    def stream(self, image: PageImage, question: Question) -> Generator[Said]:
        """Yield what the model writes, step by step; closing the stream ends it at once."""
        options: dict[str, Any] = dict(question.size)
        if question.guard is not None:
            options["logits_processors"] = [self._processor_of(question.guard)]
        prompt = apply_chat_template(
            self._processor, self._model.config, question.prompt, num_images=1
        )
        steps = mlx_vlm.stream_generate(
            self._model,
            self._processor,
            prompt,
            image=[Image.frombytes("RGB", (image.width, image.height), image.pixels)],
            max_tokens=question.max_tokens,
            temperature=question.temperature,
            **options,
        )
        try:
            with closing(steps):
                for step in steps:
                    yield Said(
                        text=step.text,
                        tokens=step.generation_tokens,
                        prompt_tokens=step.prompt_tokens,
                        tokens_per_s=step.generation_tps,
                        finish_reason=step.finish_reason or "",
                    )
        finally:
            if mx.get_cache_memory() > KEPT_BYTES:
                mx.clear_cache()

    def warm_up(self, question: Question) -> None:
        """Take the first steps on an empty page: what is made only once must not cost a page."""
        side, white = WARM_UP_SIDE, b"\xff"
        empty = PageImage(
            width=side,
            height=side,
            mode=ImageMode.RGB,
            pixels=white * (side * side * 3),
            dpi=0,
            ink=0.0,
        )
        with closing(self.stream(empty, replace(question, max_tokens=WARM_UP_TOKENS))) as pieces:
            for _ in pieces:
                pass

    def close(self) -> None:
        """Let go of the model's memory."""
        self._model = self._processor = None
        gc.collect()
        mx.clear_cache()

    def _processor_of(self, guard: Guard) -> Any:
        free = self._ids(guard.free)

        def forbid(tokens: mx.array, logits: mx.array) -> mx.array:
            recent = tokens[-guard.window :].tolist()
            if banned := repeating(recent, guard.size) - free:
                logits[:, mx.array(sorted(banned))] = -float("inf")
            return logits

        return forbid

    def _ids(self, texts: Sequence[str]) -> set[int]:
        """Return the tokens that stand for exactly these texts; others are spelled in pieces."""
        tokenizer = getattr(self._processor, "tokenizer", self._processor)
        spelled = [tokenizer.encode(text, add_special_tokens=False) for text in texts]
        return {ids[0] for ids in spelled if len(ids) == 1}


def memory_mb() -> float:
    """Return the memory MLX holds now, in MB (2^20 bytes), its cache included."""
    return float(mx.get_active_memory() + mx.get_cache_memory()) / MIB


def peak_mb() -> float:
    """Return the most memory MLX has held at once, in MB (2^20 bytes)."""
    return float(mx.get_peak_memory()) / MIB


def repeating(tokens: Sequence[int], size: int) -> set[int]:
    """Return the tokens that would end a run of `size` tokens which occurs in `tokens` already."""
    if size < 1 or len(tokens) < size:
        return set()
    begun = tuple(tokens[len(tokens) - size + 1 :])
    return {
        tokens[start + size - 1]
        for start in range(len(tokens) - size + 1)
        if tuple(tokens[start : start + size - 1]) == begun
    }
