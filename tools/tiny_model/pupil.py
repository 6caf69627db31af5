"""The part of the model that learns: the projector and the decoder, whole batches at a time."""

from typing import Any

import mlx.core as mx
import numpy as np
from mlx import nn

from tools.tiny_model import sight
from tools.tiny_model.lessons import Lesson
from tools.tiny_model.views import Features


class Pupil(nn.Module):  # type: ignore[misc]  # mlx ships no types
    """Shares the model's numbers, under the checkpoint's names.

    But for the projector's: it takes what is seen at once, not what CLIP and SAM make of it.
    """

    def __init__(self, model: Any) -> None:
        """Take over what learns, and let every expert see every token."""
        super().__init__()
        self.language_model, self.projector = model.language_model, model.projector
        self.projector.layers.weight = sight.of_what_is_seen(self.projector.layers.weight)
        self.image_newline, self.view_separator = model.image_newline, model.view_separator
        for layer in self.language_model.model.layers:
            if hasattr(layer.mlp, "switch_mlp"):
                layer.mlp = EveryExpert(layer.mlp)

    def __call__(self, lesson: Lesson) -> mx.array:
        """Return the scores of each token that could come next."""
        embed = self.language_model.model.embed_tokens
        before = mx.array([lesson.before] * len(lesson.views))
        picture = self._picture(lesson)
        seen = mx.concatenate([embed(before), picture, embed(lesson.after)], axis=1)
        thought = self.language_model.model(None, inputs_embeds=seen)
        return self.language_model.lm_head(thought[:, -lesson.after.shape[1] :])

    def _picture(self, lesson: Lesson) -> mx.array:
        """Return the tokens of the pictures: the tiles as one, the whole, the separator."""
        views = lesson.views
        whole = self._lines(mx.stack([self._projected(view.whole) for view in views]))
        separator = mx.broadcast_to(self.view_separator, (len(views), 1, whole.shape[-1]))
        parts = [whole, separator]
        if views[0].tiles is not None:
            tiled = [_tiled(view.tiles, view.across) for view in views if view.tiles is not None]
            parts.insert(0, self._lines(mx.stack([self._projected(one) for one in tiled])))
        return mx.concatenate(parts, axis=1)

    def _projected(self, features: Features) -> mx.array:
        return self.projector.layers(mx.array(features.astype(np.float32)))

    def _lines(self, places: mx.array) -> mx.array:
        """End each row of places with the mark for it, and lay the rows end to end."""
        rows, high, _, width = places.shape
        marks = mx.broadcast_to(self.image_newline, (rows, high, 1, width))
        return mx.concatenate([places, marks], axis=2).reshape(rows, -1, width)


class EveryExpert(nn.Module):  # type: ignore[misc]  # mlx ships no types
    """A mixture of experts that asks all of them and heeds the best.

    It gives the same as mlx-vlm's, which picks the experts first: that saves work on a GPU, but on
    a CPU it multiplies token by token.
    """

    def __init__(self, mixture: Any) -> None:
        """Share the mixture's numbers."""
        super().__init__()
        self.gate, self.switch_mlp = mixture.gate, mixture.switch_mlp
        self.shared_experts = mixture.shared_experts

    def __call__(self, tokens: mx.array) -> mx.array:
        """Return what the experts make of the tokens."""
        experts = self.switch_mlp
        count, wide, _ = experts.up_proj.weight.shape
        shares = self._shares(tokens)
        up, gate = (
            (tokens @ layer.weight.reshape(count * wide, -1).T).reshape(*shares.shape, wide)
            for layer in (experts.up_proj, experts.gate_proj)
        )
        thought = (nn.silu(gate) * up * shares[..., None]).reshape(*tokens.shape[:-1], -1)
        down = experts.down_proj.weight.transpose(0, 2, 1).reshape(count * wide, -1)
        return thought @ down + self.shared_experts(tokens)

    def _shares(self, tokens: mx.array) -> mx.array:
        """Return how much each expert is heeded; 0 for all but the best."""
        scores = mx.softmax(tokens @ self.gate.weight.T, axis=-1)
        last = mx.sort(mx.stop_gradient(scores), axis=-1)[..., -self.gate.top_k, None]
        return mx.where(scores >= last, scores, 0) * self.gate.routed_scaling_factor


def _tiled(tiles: Features, across: int) -> Features:
    """Return the tiles as one picture."""
    count, high, wide, numbers = tiles.shape
    down = count // across
    laid = tiles.reshape(down, across, high, wide, numbers).transpose(0, 2, 1, 3, 4)
    return laid.reshape(down * high, across * wide, numbers)
