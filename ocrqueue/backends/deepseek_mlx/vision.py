"""Puts right, once a model is loaded, what mlx-vlm computes otherwise than the model's own code.

The reference is what DeepSeek published (deepencoder/clip_sdpa.py and sam_vary_sdpa.py of
deepseek-ai/DeepSeek-OCR, e4ac34e). Each part is looked at with numbers first and left alone where
it is right; after a change it is looked at again. What can be neither found nor put right is
refused: of a picture that is seen wrongly comes text that looks right. The figures are in
docs/decisions/vision-numbers.md.
"""

import math
import sys
from collections.abc import Callable
from functools import cache, partial
from importlib.metadata import version
from typing import Any

import mlx.core as mx
from mlx import nn

TOLERANCE = 1e-2  # of the largest number; bfloat16 keeps two digits, every fault is above it
ACTIVATION_TOLERANCE = 1e-3  # in single precision, where the two GELUs are 5e-3 apart
PLACES = (8, 10, 20)  # of CLIP, down and across, for 512, 640 and 1280 pixels; 16 needs no change
PATCHES = (32, 40, 48, 80)  # of SAM, for 512, 640, 768 and 1280 pixels; 64 needs no change
SAM_PATCHES = 64
EPSILON = 1e-5  # of CLIP's LayerNorms
Rows = list[list[float]]  # kept as such: what mlx keeps would stay when the model is gone
KEYS = -0.5  # the coefficient of the cubic, where it is stretched against aliasing


def put_right(model: Any) -> tuple[str, ...]:
    """Return the names of the parts that were wrong and are right now.

    A model without SAM and CLIP has nothing that could be wrong in these ways.

    Raises:
        RuntimeError: this mlx-vlm is built otherwise, or stays wrong.
    """
    wrong = []
    try:
        for name, is_right, correct in _parts(model):
            if is_right():
                continue
            correct()
            wrong.append(name)
            if not is_right():
                raise RuntimeError(f"{name}: still not what the model's own code computes")
    except AttributeError as error:
        message = (
            f"mlx-vlm {version('mlx-vlm')} is built otherwise than the versions that are known, so"
            f" nobody can say whether it sees pages rightly ({error}): install mlx-vlm 0.7.10"
        )
        raise RuntimeError(message) from error
    return tuple(wrong)


def _parts(model: Any) -> list[tuple[str, Callable[[], bool], Callable[[], None]]]:
    """Return what there is to look at: its name, whether it is right, how to put it right."""
    parts: list[tuple[str, Callable[[], bool], Callable[[], None]]] = []
    if hasattr(model, "sam_model"):
        sam = sys.modules[type(model.sam_model).__module__]
        parts += [
            ("sam-places", partial(_sees_places, sam), partial(_give_places, sam)),
            ("sam-distances", partial(_sees_distances, sam), partial(_give_distances, sam)),
        ]
    clip = getattr(model, "vision_model", None)
    if hasattr(model, "sam_model") and clip is not None and hasattr(clip, "transformer"):
        layers = clip.transformer.layers
        parts += [
            ("clip-places", partial(_knows_places, clip), partial(_teach_places, clip)),
            ("clip-activation", partial(_is_quick, layers), partial(_quicken, layers)),
            ("clip-epsilon", partial(_is_fine, layers), partial(_refine, layers)),
        ]
    return parts


class ClipEmbeddings(nn.Module):  # type: ignore[misc]  # mlx ships no types
    """What CLIP begins with: the patches as SAM sees them, and where each of them is."""

    def __init__(self, given: Any) -> None:
        """Take over the weights of mlx-vlm's."""
        super().__init__()
        self.class_embedding = given.class_embedding
        self.position_embedding = given.position_embedding

    def __call__(self, _: mx.array, patches: mx.array) -> mx.array:
        """Return (image, 1 + place, number); `patches` are (image, row, column, number)."""
        images, high, wide, numbers = patches.shape
        kind = self.position_embedding.weight.dtype
        first = mx.broadcast_to(self.class_embedding, (images, 1, numbers)).astype(kind)
        patches = mx.concatenate([first, patches.reshape(images, high * wide, numbers)], axis=1)
        return patches + self._positions(high)

    def _positions(self, side: int) -> mx.array:
        table = self.position_embedding.weight
        known = int((len(table) - 1) ** 0.5)
        if side == known:
            return table
        square = table[1:].reshape(known, known, -1)
        resized = resized_square(square, side).reshape(side * side, -1)
        return mx.concatenate([table[:1], resized], axis=0)


def resized_square(table: mx.array, side: int) -> mx.array:
    """Return a table of (row, column, number) for another side: bicubic, without aliasing."""
    along, whole = mx.array(cubic(len(table), side)), table.astype(mx.float32)
    down = mx.tensordot(along, whole, axes=([1], [0]))
    across = mx.tensordot(along, down, axes=([1], [1])).transpose(1, 0, 2)
    return across.astype(table.dtype)


@cache
def cubic(known: int, wanted: int) -> Rows:
    """Return how much of each known place each wanted one takes, (wanted, known).

    As PyTorch's `interpolate(mode="bicubic", antialias=True, align_corners=False)`.
    """
    step = known / wanted
    centres = [(place + 0.5) * step - 0.5 for place in range(wanted)]
    rows = [[_keys((place - at) / max(step, 1)) for place in range(known)] for at in centres]
    return [[share / sum(row) for share in row] for row in rows]


@cache
def linear(known: int, wanted: int) -> Rows:
    """Return how much of each known place each wanted one takes, (wanted, known).

    As PyTorch's `interpolate(mode="linear", align_corners=False)`: centres lie at halves.
    """
    step = known / wanted
    centres = [min(max((place + 0.5) * step - 0.5, 0), known - 1) for place in range(wanted)]
    return [[max(0.0, 1 - abs(place - at)) for place in range(known)] for at in centres]


def _keys(x: float) -> float:
    x = abs(x)
    if x < 1:
        return (KEYS + 2) * x**3 - (KEYS + 3) * x**2 + 1
    return KEYS * (x**3 - 5 * x**2 + 8 * x - 4) if x < 2 else 0.0  # noqa: PLR2004 - it ends there


def quick_gelu(x: mx.array) -> mx.array:
    """Return CLIP's own GELU."""
    return x * mx.sigmoid(1.702 * x)


def _apart(seen: mx.array, right: mx.array) -> float:
    """Return the largest difference, as a share of the largest number."""
    seen, right = seen.astype(mx.float32), right.astype(mx.float32)
    if seen.shape != right.shape:
        return float("inf")
    largest = mx.maximum(mx.abs(right).max(), mx.array(1e-9))
    return float((mx.abs(seen - right).max() / largest).item())


def _rough(*shape: int) -> mx.array:
    """Return numbers between -1 and 1 of which no two neighbours are alike; the same each time."""
    return mx.sin(mx.arange(math.prod(shape)) ** 2 % 997).reshape(shape)


def _sees_places(sam: Any) -> bool:
    table = _rough(1, SAM_PATCHES, SAM_PATCHES, 2)
    return all(
        _apart(sam.get_abs_pos_sam(table, side), resized_square(table[0], side)[None]) < TOLERANCE
        for side in PATCHES
    )


def _give_places(sam: Any) -> None:
    def places(table: mx.array, side: int) -> mx.array:
        return table if table.shape[1] == side else resized_square(table[0], side)[None]

    sam.get_abs_pos_sam = places


def _sees_distances(sam: Any) -> bool:
    """Ask as SAM's attention asks: of queries that are 1 it gives the table back."""
    table = _rough(2 * SAM_PATCHES - 1, 1)
    for side in PATCHES:
        down, _ = sam.add_decomposed_rel_pos(
            mx.ones((1, side * side, 1)), table, table, (side, side), (side, side)
        )
        seen = down.reshape(side, side, side)[:, 0]
        right = mx.array(linear(len(table), 2 * side - 1)) @ table[:, 0]
        steps = mx.arange(side)
        if _apart(seen, right[steps[:, None] - steps[None] + side - 1]) > TOLERANCE:
            return False
    return True


def _give_distances(sam: Any) -> None:
    theirs = sam.get_rel_pos

    def distances(queries: int, keys: int, table: mx.array) -> mx.array:
        wanted = 2 * max(queries, keys) - 1
        if len(table) != wanted:
            resized = mx.array(linear(len(table), wanted)) @ table.astype(mx.float32)
            table = resized.astype(table.dtype)
        return theirs(queries, keys, table)  # picks from a table of the right length

    sam.get_rel_pos = distances


def _knows_places(clip: Any) -> bool:
    """Show it patches of nothing: what comes out is where they are."""
    numbers = clip.embeddings.position_embedding.weight.shape[1]
    right = ClipEmbeddings(clip.embeddings)
    for side in PLACES:
        nothing = mx.zeros((1, side, side, numbers))
        if _apart(clip.embeddings(nothing, nothing), right(nothing, nothing)) > TOLERANCE:
            return False
    return True


def _teach_places(clip: Any) -> None:
    clip.embeddings = ClipEmbeddings(clip.embeddings)


def _is_quick(layers: Any) -> bool:
    x = mx.linspace(-4, 4, 257)
    return all(
        _apart(layer.mlp.activation_fn(x), quick_gelu(x)) < ACTIVATION_TOLERANCE for layer in layers
    )


def _quicken(layers: Any) -> None:
    for layer in layers:
        layer.mlp.activation_fn = quick_gelu


def _is_fine(layers: Any) -> bool:
    return all(norm.eps == EPSILON for layer in layers for norm in _norms(layer))


def _refine(layers: Any) -> None:
    for layer in layers:
        for norm in _norms(layer):
            norm.eps = EPSILON


def _norms(layer: Any) -> tuple[Any, Any]:
    return layer.layer_norm1, layer.layer_norm2
