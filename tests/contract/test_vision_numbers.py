"""What DeepSeek-OCR's eyes compute in mlx-vlm, as we correct it, against a reference of our own.

The models are tiny and random; the reference is plain numpy in double precision.
"""

import importlib
import importlib.util
import time
from types import SimpleNamespace
from typing import Any

import pytest

from ocrqueue.backends.deepseek_mlx.backend import DeepseekMlx
from tests.support import tiny_model
from tests.support.tiny_model import needs_mlx

np: Any = pytest.importorskip("numpy", reason="mlx-vlm, which brings numpy, has no wheel here")
reference: Any = pytest.importorskip("tests.support.deepseek_vision")

pytestmark = needs_mlx
PLACES = {512: 8, 640: 10, 1024: 16, 1280: 20}  # of CLIP, down and across, by pixels of the side
HEADS = (1, 4)  # of SAM, of CLIP
SIGHT, THOUGHT, TOKEN = 16, 32, 24  # numbers of a place in SAM, of one in CLIP, of a token
IMAGE = 3  # the number of the token that stands for a piece of the picture
CLASS = "vision_model.embeddings.class_embedding"


def part(name: str) -> Any:
    """Return a module that needs mlx, which is not everywhere."""
    return importlib.import_module(name)


def vision() -> Any:
    return part("ocrqueue.backends.deepseek_mlx.vision")


@pytest.fixture(autouse=True)
def sam(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return mlx-vlm's SAM as it is installed: an earlier test may have had it corrected."""
    module = part("mlx_vlm.models.deepseekocr.sam")
    fresh = importlib.util.module_from_spec(module.__spec__)
    module.__spec__.loader.exec_module(fresh)
    for name in ("get_rel_pos", "get_abs_pos_sam"):
        monkeypatch.setattr(module, name, getattr(fresh, name))
    return module


@pytest.fixture
def model(sam: Any) -> Any:
    """Return a DeepSeek-OCR of a few thousand numbers, as mlx-vlm computes it."""
    deepseekocr = part("mlx_vlm.models.deepseekocr")
    made = deepseekocr.Model(deepseekocr.ModelConfig.from_dict(configuration()))
    made.sam_model = sam.SAMEncoder(
        embed_dim=SIGHT, depth=2, num_heads=HEADS[0], out_chans=12, global_attn_indexes=(1,)
    )
    made.sam_model.net_2 = halving(12, 20)
    made.sam_model.net_3 = halving(20, THOUGHT)
    randomise(made)
    return made


@pytest.fixture
def second(sam: Any) -> Any:
    """Return a DeepSeek-OCR-2 of a few thousand numbers."""
    deepseekocr = part("mlx_vlm.models.deepseekocr_2")
    told = configuration()
    told["model_type"] = "deepseekocr_2"
    told["projector_config"]["input_dim"] = THOUGHT
    config = deepseekocr.ModelConfig.from_dict(told)
    config.vision_config.params["qwen2"] = {  # the loader takes nothing of it from config.json
        "dim": THOUGHT,
        "layers": 2,
        "heads": 4,
        "kv_heads": 2,
        "intermediate_size": 48,
    }
    made = deepseekocr.Model(config)
    made.sam_model = sam.SAMEncoder(
        embed_dim=SIGHT, depth=1, num_heads=HEADS[0], out_chans=12, global_attn_indexes=()
    )
    made.sam_model.net_2 = halving(12, 20)
    made.sam_model.net_3 = halving(20, THOUGHT)
    randomise(made)
    return made


def configuration() -> dict[str, Any]:
    return {
        "model_type": "deepseekocr",
        "text_config": {
            "vocab_size": 8,
            "hidden_size": TOKEN,
            "intermediate_size": 8,
            "num_hidden_layers": 0,
            "num_attention_heads": 1,
            "num_key_value_heads": 1,
        },
        "vision_config": {
            "model_type": "vision",
            "layers": 2,
            "hidden_size": THOUGHT,
            "intermediate_size": 48,
            "num_attention_heads": HEADS[1],
        },
        "projector_config": {"input_dim": 2 * THOUGHT, "n_embed": TOKEN},
    }


def halving(inputs: int, outputs: int) -> Any:
    nn = part("mlx.nn")
    return nn.Conv2d(inputs, outputs, kernel_size=3, stride=2, padding=1, bias=False)


def randomise(model: Any) -> None:
    """Give a model rough weights, so that each of its parts is seen in what comes out."""
    mx, utils = part("mlx.core"), part("mlx.utils")
    dice = np.random.default_rng(5)
    made = []
    for name, numbers in utils.tree_flatten(model.parameters()):
        inputs = int(np.prod(numbers.shape[1:])) if numbers.ndim in {2, 4} else 12
        scale = 0.5 if "pos" in name else inputs**-0.5
        rough = dice.normal(0, scale, numbers.shape) + ("norm" in name and name.endswith("weight"))
        made.append((name, mx.array(rough.astype(np.float32))))
    model.update(utils.tree_unflatten(made))


def weights(model: Any) -> dict[str, Any]:
    named = part("mlx.utils").tree_flatten(model.parameters())
    return {name: np.array(numbers, dtype=np.float64) for name, numbers in named}


def apart(seen: Any, right: Any) -> float:
    """Return the largest difference, as a share of the largest number."""
    return float(np.abs(np.array(seen, dtype=np.float64) - right).max() / np.abs(right).max())


@pytest.mark.parametrize("pixels", PLACES)
def test_places_of_clip_are_the_references(model: Any, pixels: int) -> None:
    """Of 257 places 1 + 64, 100, 256 or 400 are made: bicubic, without aliasing."""
    mx, side = part("mlx.core"), PLACES[pixels]
    table = weights(model)["vision_model.embeddings.position_embedding.weight"]
    square = table[1:].reshape(16, 16, THOUGHT)
    resized = square if side == 16 else reference.cubic_resized(square, side)

    vision().put_right(model)
    nothing = mx.zeros((1, side, side, THOUGHT))
    seen = model.vision_model.embeddings(nothing, nothing)

    assert seen.shape == (1, 1 + side * side, THOUGHT)
    assert apart(seen[0, 1:], resized.reshape(-1, THOUGHT)) < 1e-5
    assert apart(seen[0, 0], weights(model)[CLASS] + table[0]) < 1e-6


@pytest.mark.parametrize("pixels", [*PLACES, 768])
def test_tables_of_sam_are_the_references(model: Any, sam: Any, pixels: int) -> None:
    """Where a patch is, and how far each other one: for these sizes, and for the tiles of OCR-2."""
    mx, side, own = part("mlx.core"), pixels // 16, weights(model)
    places, distances = own["sam_model.pos_embed"], own["sam_model.blocks.1.attn.rel_pos_h"]
    where = places[0] if side == 64 else reference.cubic_resized(places[0], side)
    far = distances if side == 64 else reference.distances_resized(distances, 2 * side - 1)
    steps = np.arange(side)[:, None] - np.arange(side) + side - 1

    vision().put_right(model)

    assert apart(sam.get_abs_pos_sam(mx.array(places), side)[0], where) < 1e-5
    assert apart(sam.get_rel_pos(side, side, mx.array(distances)), far[steps]) < 1e-5


def test_the_activation_of_clip_is_quick_gelu(model: Any) -> None:
    """In each layer; SAM keeps the exact GELU."""
    x = np.linspace(-6, 6, 99)

    vision().put_right(model)

    for layer in model.vision_model.transformer.layers:
        seen = layer.mlp.activation_fn(part("mlx.core").array(x))
        assert apart(seen, x / (1 + np.exp(-1.702 * x))) < 1e-6
    assert isinstance(model.sam_model.blocks[0].mlp.act, part("mlx.nn").GELU)


def test_a_page_in_tiles_is_seen_as_the_reference_sees_it(model: Any) -> None:
    """Two tiles, the whole page, projector and the order of the tokens: to a thousandth."""
    mx, dice = part("mlx.core"), np.random.default_rng(6)
    tiles, whole = dice.uniform(-1, 1, (2, 640, 640, 3)), dice.uniform(-1, 1, (1024, 1024, 3))
    count = 10 * 21 + 16 * 17 + 1
    ids = mx.array([[1, *[IMAGE] * count, 2]])

    vision().put_right(model)
    seen = model.get_input_embeddings(
        ids,
        [mx.array(tiles).transpose(0, 3, 1, 2), mx.array(whole[None]).transpose(0, 3, 1, 2)],
        images_spatial_crop=mx.array([[2, 1]]),
        images_seq_mask=ids == IMAGE,
    ).inputs_embeds[0]
    right = reference.image_tokens(weights(model), whole, list(tiles), 2, HEADS)

    assert right.shape == (count, TOKEN)
    assert apart(seen[1:-1], right) < 1e-3
    assert np.std(right[:210], axis=0).min() > 0.01  # places differ, so their order matters


def test_deepseek_ocr_2_sees_as_its_reference(second: Any) -> None:
    """Two tiles of 768 pixels and the whole: SAM, Qwen2 as an encoder, the order of the tokens."""
    mx, dice = part("mlx.core"), np.random.default_rng(7)
    tiles, whole = dice.uniform(-1, 1, (2, 768, 768, 3)), dice.uniform(-1, 1, (1024, 1024, 3))
    count = 2 * 144 + 256 + 1
    ids = mx.array([[1, *[IMAGE] * count, 2]])

    vision().put_right(second)
    seen = second.get_input_embeddings(
        ids,
        [mx.array(tiles).transpose(0, 3, 1, 2), mx.array(whole[None]).transpose(0, 3, 1, 2)],
        images_spatial_crop=mx.array([[1, 2]]),
        images_seq_mask=ids == IMAGE,
    ).inputs_embeds[0]
    right = reference.image_tokens_2(weights(second), whole, list(tiles), HEADS)

    assert right.shape == (count, TOKEN)
    assert apart(seen[1:-1], right) < 1e-3


def test_the_tiny_model_reads_nothing_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """All but the mean of what it sees comes through CLIP: the other tests would notice, too."""
    monkeypatch.setattr(vision(), "put_right", lambda _: ())
    backend = DeepseekMlx(tiny_model.candidate(max_tokens=200))
    image = tiny_model.images("umlaut")["umlaut"]

    reply = backend.page_to_markdown(image, deadline=time.monotonic() + 60)
    backend.close()

    assert reply.raw != tiny_model.said("umlaut", grounded=True)


def test_what_is_right_is_left_alone(model: Any, sam: Any) -> None:
    """A second look changes nothing: as where mlx-vlm itself is right."""
    vision().put_right(model)
    eyes, distances = model.vision_model.embeddings, sam.get_rel_pos

    assert vision().put_right(model) == ()
    assert model.vision_model.embeddings is eyes
    assert sam.get_rel_pos is distances


def test_half_precision_is_no_fault(model: Any) -> None:
    """Weights as real checkpoints have them are rounded; nothing more is found wrong for it."""
    bfloat16 = part("mlx.core").bfloat16
    vision().put_right(model)
    model.apply(lambda numbers: numbers.astype(bfloat16))

    assert vision().put_right(model) == ()


def test_a_model_that_sees_otherwise_is_left_alone() -> None:
    """No SAM, or no CLIP behind it: nothing of this is asked of it."""
    assert vision().put_right(SimpleNamespace()) == ()


def test_what_cannot_be_put_right_is_refused(
    model: Any, sam: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A SAM that does not use what it is given, and a CLIP whose parts have other names."""
    zeros = part("mlx.core").zeros
    with monkeypatch.context() as patch:
        patch.setattr(
            sam, "add_decomposed_rel_pos", lambda q, *_: (zeros((1, q.shape[1], 32, 1)), 0)
        )
        with pytest.raises(RuntimeError, match="sam-distances: still not"):
            vision().put_right(model)
    del model.vision_model.transformer.layers[0].mlp.activation_fn
    with pytest.raises(RuntimeError, match=r"built otherwise .* install mlx-vlm 0\.7\.10"):
        vision().put_right(model)
