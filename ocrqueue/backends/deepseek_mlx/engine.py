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

from ocrqueue.backends.deepseek_mlx import vision
from ocrqueue.backends.deepseek_mlx.guard import Forbid
from ocrqueue.backends.deepseek_mlx.letters import Letters, require_whole
from ocrqueue.backends.deepseek_mlx.models import Question, Said
from ocrqueue.model.page import ImageMode, PageImage

CACHE_BYTES = 1 << 30  # buffers that MLX may keep within a page
# So much it may keep for the next page: giving back less frees little, and getting it anew made the
# tiny model's pages 8 % slower (python -m benchmarks mlx_overhead).
KEPT_BYTES = 256 << 20
MIB = 1 << 20
WARM_UP_SIZE = (1240, 1754)  # pixels; A4 at 150 dpi, so that it is cut into tiles as a page is
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
        require_whole(self._processor)
        self.corrected = vision.put_right(self._model)

    def stream(self, image: PageImage, question: Question) -> Generator[Said]:
        """Yield what the model writes, step by step; closing the stream ends it at once."""
        options: dict[str, Any] = dict(question.size)
        guard = question.guard and Forbid(question.guard, self._ids(question.guard.free))
        if guard:
            options["logits_processors"] = [guard]
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
        letters = Letters(self._decode)
        try:
            with closing(steps):
                for step in steps:
                    # The last step has no token of its own: it is the end, or the one before again.
                    text = letters.end() if step.finish_reason else letters.add(step.token)
                    if guard and not step.finish_reason:
                        guard.hear(step.token)
                    yield Said(
                        text=text,
                        tokens=step.generation_tokens,
                        prompt_tokens=step.prompt_tokens,
                        tokens_per_s=step.generation_tps,
                        finish_reason=step.finish_reason or "",
                        forced=guard.forced if guard else 0,
                    )
        finally:
            if mx.get_cache_memory() > KEPT_BYTES:
                mx.clear_cache()

    def warm_up(self, question: Question) -> None:
        """Take the first steps on an empty page: what is made only once must not cost a page."""
        width, height = WARM_UP_SIZE
        empty = PageImage(
            width=width,
            height=height,
            mode=ImageMode.RGB,
            pixels=b"\xff" * (width * height * 3),
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

    def _decode(self, tokens: Sequence[int]) -> str:
        return str(
            self._tokenizer.decode(
                list(tokens), skip_special_tokens=False, clean_up_tokenization_spaces=False
            )
        )

    def _ids(self, texts: Sequence[str]) -> list[int]:
        """Return the tokens that stand for exactly these texts; others are spelled in pieces."""
        spelled = [self._tokenizer.encode(text, add_special_tokens=False) for text in texts]
        return [ids[0] for ids in spelled if len(ids) == 1]

    @property
    def _tokenizer(self) -> Any:
        return getattr(self._processor, "tokenizer", self._processor)


def memory_mb() -> float:
    """Return the memory MLX holds now, in MB (2^20 bytes), its cache included."""
    return float(mx.get_active_memory() + mx.get_cache_memory()) / MIB


def peak_mb() -> float:
    """Return the most memory MLX has held at once, in MB (2^20 bytes)."""
    return float(mx.get_peak_memory()) / MIB
