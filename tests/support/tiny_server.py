"""Serves the tiny model through mlx-vlm's own server: a real peer that speaks OpenAI's protocol.

python -m tests.support.tiny_server --port PORT
"""

from typing import Any

import mlx.core as mx
from mlx_vlm.models.deepseekocr.processing_deepseekocr import DeepseekOCRProcessor
from mlx_vlm.server import generation, main

from ocrqueue.backends.deepseek_mlx import vision

_load = generation.load
_prepare = DeepseekOCRProcessor.__call__


def prepared_here(processor: DeepseekOCRProcessor, *arguments: Any, **named: Any) -> Any:
    """Compute what is prepared of an image in the thread that prepares it.

    mlx-vlm 0.7 runs its model in another one, where mlx refuses to compute it.
    """
    made = _prepare(processor, *arguments, **named)
    values = (
        each for value in made.values() for each in (value if isinstance(value, list) else [value])
    )
    mx.eval([value for value in values if isinstance(value, mx.array)])
    return made


def put_right(*arguments: Any, **named: Any) -> Any:
    """Load a model that sees what it is shown, as our own engine does."""
    model, processor = _load(*arguments, **named)
    vision.put_right(model)
    return model, processor


if __name__ == "__main__":
    DeepseekOCRProcessor.__call__ = prepared_here
    generation.load = put_right
    main()
