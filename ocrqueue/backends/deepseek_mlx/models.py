"""What each kind of model is to be told, and what it answers with; pure data.

DeepSeek-OCR's prompts, sizes and guard are those of its model card and of its own scripts; the
others follow their model cards. `tried` says what our tests show of each; none has been run by us
with real weights.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from ocrqueue.model.document import Task

Size = Mapping[str, int | bool]  # keyword arguments of mlx-vlm's image processor


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """Forbids the model to repeat itself: no `size` tokens twice among the last `window`."""

    size: int
    window: int
    free: tuple[str, ...] = ()  # tokens that may always come


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of the model about one image."""

    prompt: str
    size: Size
    temperature: float
    max_tokens: int
    guard: Guard | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What the model wrote: the text of one step or of all, and what was counted up to there."""

    text: str
    tokens: int
    prompt_tokens: int
    tokens_per_s: float
    first_token_s: float = 0.0  # from being asked to the first token
    finish_reason: str = ""  # stop, length or, where we ended it, loop; "": it goes on
    loop: str = ""  # why it counts as a loop, in words; "": it is none
    forced: int = 0  # tokens that the guard had to change


class Tried(StrEnum):
    """What our tests show of a kind of model."""

    READS = "reads exactly in our tests"  # a tiny model that was trained
    RUNS = "loads and runs in our tests"  # a tiny model that was not: what it says is noise
    NEVER = "never run by us"


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """How one kind of model is used."""

    prompts: Mapping[Task, str]
    sizes: Mapping[str, Size] = field(default_factory=dict)  # by name of the resolution
    size: str = ""  # the one that is used unless another is asked for
    uncut_px: int = 0  # mlx-vlm must be told to cut no picture into tiles that is no larger
    second_prompt: str = ""  # for a page, when the first reading ran in circles ...
    second_sizes: tuple[str, ...] = ()  # ... at the first of these that was not used before
    guards: Mapping[Task, Guard] = field(default_factory=dict)  # its makers' own, if they have any
    tried: Tried = Tried.NEVER

    @property
    def tested(self) -> bool:
        """Whether our tests read pages with a model of this kind."""
        return self.tried is Tried.READS


# Of DeepSeek's scripts for vLLM: the one for the pages of PDFs, and the one for single images. (The
# example of the model card forbids 20 and 35 tokens anywhere, so no table could repeat a row.)
_CELLS = ("<td>", "</td>")
_PART = Guard(size=30, window=90, free=_CELLS)
_GUARDS = {
    Task.PAGE: Guard(size=20, window=50, free=_CELLS),
    Task.TABLE: _PART,
    Task.FORMULA: _PART,
}

_DEEPSEEK = Profile(
    prompts={
        Task.PAGE: "<|grounding|>Convert the document to markdown.",
        # The card has no prompt for a table or a formula alone: plain reading writes them as the
        # document prompt does, an HTML table or LaTeX between its delimiters, without boxes.
        Task.TABLE: "Free OCR.",
        Task.FORMULA: "Free OCR.",
    },
    sizes={
        "tiny": {"cropping": False, "base_size": 512, "image_size": 512},
        "small": {"cropping": False, "base_size": 640, "image_size": 640},
        "base": {"cropping": False, "base_size": 1024, "image_size": 1024},
        "large": {"cropping": False, "base_size": 1280, "image_size": 1280},
        "gundam": {"cropping": True, "base_size": 1024, "image_size": 640},
    },
    size="gundam",
    second_prompt="Free OCR.",
    second_sizes=("base", "gundam"),
    guards=_GUARDS,
)
_PARTS = {Task.TABLE: "Table Recognition:", Task.FORMULA: "Formula Recognition:"}

PROFILES: Mapping[str, Profile] = {  # by `model_type` of a checkpoint's config.json
    "deepseekocr": replace(_DEEPSEEK, tried=Tried.READS),
    "deepseekocr_2": replace(
        _DEEPSEEK,
        sizes={"gundam": {"cropping": True, "min_patches": 2}},  # of itself it takes one as well
        uncut_px=768,
        second_sizes=(),
    ),
    "unlimited_ocr": _DEEPSEEK,
    "paddleocr_vl": Profile(prompts={Task.PAGE: "OCR:", **_PARTS}, tried=Tried.RUNS),
    "glm_ocr": Profile(prompts={Task.PAGE: "Text Recognition:", **_PARTS}, tried=Tried.RUNS),
    # Its prompt for layouts asks for JSON, which is no Markdown; this one is for text alone.
    "dots_ocr": Profile(prompts=dict.fromkeys(Task, "Extract the text content from this image.")),
}


# The makers' own checkpoints are called after the code that they came from, whatever they are.
ARCHITECTURES: Mapping[tuple[str, str], str] = {
    ("deepseek_vl_v2", "DeepseekOCRForCausalLM"): "deepseekocr",
    ("deepseek_vl_v2", "DeepseekOCR2ForCausalLM"): "deepseekocr_2",
}


def kind_of(config: Mapping[str, Any]) -> str:
    """Return the kind of model as mlx-vlm calls it, with underscores: one of PROFILES, or another.

    `config`: what a checkpoint's config.json says.
    """
    model_type = str(config.get("model_type", "")).lower().replace("-", "_")
    told = config.get("architectures")
    names = map(str, told) if isinstance(told, list) else ()
    kinds = (ARCHITECTURES.get((model_type, name)) for name in names)
    return next(filter(None, kinds), model_type)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A model on the hub."""

    repository: str
    model_type: str  # of the profile it is used with
    bits: int | None  # of a weight; None: not known to us
    size_gb: float | None = None  # of all its data files; 10^9 bytes; None: not known to us
    note: str = ""


def _known(name: str, model_type: str, size_gb: float | None = None, note: str = "") -> Known:
    """Return a conversion to MLX; its name ends in the bits of a weight: 8bit, bf16."""
    return Known(
        repository=f"mlx-community/{name}",
        model_type=model_type,
        bits=int(name.rpartition("-")[2].strip("bfit")),
        size_gb=size_gb,
        note=note,
    )


# Sizes: of the first as its page on the hub says (November 2025); of Unlimited-OCR as people who
# have it report. 16 bits of DeepSeek-OCR are the original's own weights, 6.67 GB on its page.
MODELS = (
    _known("DeepSeek-OCR-8bit", "deepseekocr", 3.85),
    _known("DeepSeek-OCR-bf16", "deepseekocr", 6.7),
    _known("DeepSeek-OCR-6bit", "deepseekocr"),
    _known("DeepSeek-OCR-4bit", "deepseekocr", note="known to run in circles far more often"),
    _known("DeepSeek-OCR-2-8bit", "deepseekocr_2"),
    _known("DeepSeek-OCR-2-bf16", "deepseekocr_2"),
    _known("Unlimited-OCR-8bit", "unlimited_ocr", 3.9),
    _known("Unlimited-OCR-bf16", "unlimited_ocr", 6.7),
    _known("GLM-OCR-8bit", "glm_ocr"),
    _known("GLM-OCR-bf16", "glm_ocr"),
    _known("PaddleOCR-VL-1.5-bf16", "paddleocr_vl"),
)
