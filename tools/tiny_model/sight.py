"""The weights of the vision, which is not learnt: a place of 64 pixels square becomes 256 greys.

mlx-vlm's SAM looks at patches of 16 pixels, thinks, and halves twice. Here a patch becomes the mean
greys of its 16 squares of 4 pixels, the thinking adds nothing, and each halving lays four
neighbours' numbers side by side. So nothing that is printed in more than 4 pixels is lost, and all
that training has to learn is the projector and the decoder.

Two LayerNorms stand in the way, which would make each place as bright as any other. They are
talked into letting the numbers pass: beside each grey stands its negative, so that the mean is 0,
and two numbers of +-1000 make the deviation the same everywhere, to one part in ten thousand.

CLIP lets the same numbers pass a second time, less their mean, which its first LayerNorm takes. The
two loud numbers are in its table of places: a table that is resized wrongly has them elsewhere. The
projector takes all but the mean from CLIP, so nothing is read where that table is wrong.
"""

import mlx.core as mx
import numpy as np
import numpy.typing as npt

GREYS = 16  # of a patch
CHANNELS, NECK, HALVED, FEATURES = 36, 34, 64, 256  # as in tiny_deepseekocr.py
LOUD = 1000.0
_PLACE, _SQUARE = 64, 4  # pixels
_COLOURS = 3
_QUARTERS = ((0, 0), (0, 1), (1, 0), (1, 1))  # down, across
_PLACES = 257  # in CLIP's table: the picture, then 16 by 16
Array = npt.NDArray[np.float32]


def weights() -> dict[str, mx.array]:
    """Return the vision's weights by name; those that are not here are zero."""
    patch, bias = _greys()
    gain = np.float32(LOUD * np.sqrt(2 / NECK))  # undoes what LayerNorm divides by
    greys_only = np.where(np.arange(NECK) < GREYS, gain, 0)
    made = {
        "patch_embed.proj.weight": patch,
        "patch_embed.proj.bias": bias,
        "neck.0.weight": _passing(1, CHANNELS),
        "neck.1.weight": np.full(NECK, gain),
        "neck.2.weight": _passing(3, NECK),
        "neck.3.weight": greys_only,
        "net_2.weight": _side_by_side(GREYS, NECK, HALVED),
        "net_3.weight": _side_by_side(HALVED, HALVED, FEATURES),
    }
    table = np.zeros((_PLACES, FEATURES))
    table[:, 0], table[:, 1] = LOUD, -LOUD
    seen = {f"sam_model.{name}": array for name, array in made.items()} | {
        "vision_model.embeddings.position_embedding.weight": table,
        "vision_model.pre_layrnorm.weight": LOUD * np.sqrt(2 / FEATURES) * _heard(),
    }
    return {name: mx.array(array.astype(np.float32)) for name, array in seen.items()}


def through_clip(projector: mx.array) -> mx.array:
    """Return a projector of CLIP's numbers and SAM's, from one of what is seen."""
    clip = (projector @ _less_their_mean()) * mx.array(_heard())
    return mx.concatenate([clip, projector - clip @ _less_their_mean()], axis=1)


def of_what_is_seen(projector: mx.array) -> mx.array:
    """Return the projector that `through_clip` was given."""
    clip, sam = mx.split(projector, 2, axis=1)
    return sam + (clip * mx.array(_heard())) @ _less_their_mean()


def seen(pixels: Array) -> Array:
    """Return what the vision makes of pixels (colour, row, column; -1 to 1), at once and exactly.

    The places come out as rows, columns and 256 numbers, as from the SAM with `weights`.
    """
    _, high, wide = pixels.shape
    squares = pixels.reshape(_COLOURS, high // _SQUARE, _SQUARE, wide // _SQUARE, _SQUARE)
    greys = 2 * squares.mean(axis=(0, 2, 4)) - 2
    nested = greys.reshape(high // _PLACE, 2, 2, _SQUARE, wide // _PLACE, 2, 2, _SQUARE)
    places: Array = nested.transpose(0, 4, 1, 5, 2, 6, 3, 7)
    return places.reshape(high // _PLACE, wide // _PLACE, FEATURES)


def _heard() -> Array:
    """Return 1 for each of CLIP's numbers that the projector takes; 0 for the loud ones."""
    return (np.arange(FEATURES) > 1).astype(np.float32)


def _less_their_mean() -> mx.array:
    """Return the matrix that takes their mean from numbers."""
    return mx.eye(FEATURES) - 1 / FEATURES


def _greys() -> tuple[Array, Array]:
    """Return the first layer: 16 greys (white 0, black -4), their negatives, two loud numbers."""
    weight = np.zeros((CHANNELS, 16, 16, _COLOURS), np.float32)
    for number in range(GREYS):
        top, left = (_SQUARE * part for part in divmod(number, _SQUARE))
        weight[number, top : top + _SQUARE, left : left + _SQUARE] = 2 / (_SQUARE**2 * _COLOURS)
    weight[GREYS : 2 * GREYS] = -weight[:GREYS]
    bias = np.zeros(CHANNELS, np.float32)
    bias[:GREYS], bias[GREYS : 2 * GREYS] = -2, 2
    bias[2 * GREYS], bias[2 * GREYS + 1] = LOUD, -LOUD
    return weight, bias


def _passing(side: int, inputs: int) -> Array:
    """Return a convolution that lets each number pass as it is."""
    weight = np.zeros((NECK, side, side, inputs), np.float32)
    for number in range(NECK):
        weight[number, side // 2, side // 2, number] = 1
    return weight


def _side_by_side(used: int, inputs: int, outputs: int) -> Array:
    """Return a convolution that lays the numbers of four neighbours side by side."""
    weight = np.zeros((outputs, 3, 3, inputs), np.float32)
    for quarter, (down, across) in enumerate(_QUARTERS):
        for number in range(used):
            weight[quarter * used + number, 1 + down, 1 + across, number] = 1
    return weight
