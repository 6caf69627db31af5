"""What each kind of model is to be told, and what it answers with; pure data.

DeepSeek-OCR's prompts, sizes and guard are those of its model card and of its own scripts; the
others follow their model cards. `tried` says what our tests show of each; none has been run by us
with real weights.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ocrqueue.model.document import Task

Size = Mapping[str, int | bool]  # keyword arguments of mlx-vlm's image processor


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """Forbids the model to repeat itself: no `size` tokens twice among the last `window`."""

    size: int
    window: int
    free: tuple[str, ...] = ()  # tokens that may always come


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
    second_prompt: str = ""  # for a page, when the first reading ran in circles ...
    second_sizes: tuple[str, ...] = ()  # ... at the first of these that was not used before
    guard: Guard = Guard(size=30, window=90)
    tried: Tried = Tried.NEVER

    @property
    def tested(self) -> bool:
        """Whether our tests read pages with a model of this kind."""
        return self.tried is Tried.READS


_DEEPSEEK_SIZES: Mapping[str, Size] = {
    "tiny": {"cropping": False, "base_size": 512, "image_size": 512},
    "small": {"cropping": False, "base_size": 640, "image_size": 640},
    "base": {"cropping": False, "base_size": 1024, "image_size": 1024},
    "large": {"cropping": False, "base_size": 1280, "image_size": 1280},
    "gundam": {"cropping": True, "base_size": 1024, "image_size": 640},
}
_DEEPSEEK_GUARD = Guard(size=30, window=90, free=("<td>", "</td>"))
_DEEPSEEK = Profile(
    prompts={
        Task.PAGE: "<|grounding|>Convert the document to markdown.",
        # The card has no prompt for a table or a formula alone: plain reading writes them as the
        # document prompt does, an HTML table or LaTeX between its delimiters, without boxes.
        Task.TABLE: "Free OCR.",
        Task.FORMULA: "Free OCR.",
    },
    sizes=_DEEPSEEK_SIZES,
    size="gundam",
    second_prompt="Free OCR.",
    second_sizes=("base", "gundam"),
    guard=_DEEPSEEK_GUARD,
    tried=Tried.READS,
)

PROFILES: Mapping[str, Profile] = {  # by `model_type` of a checkpoint's config.json
    "deepseekocr": _DEEPSEEK,
    "deepseekocr_2": Profile(prompts=_DEEPSEEK.prompts, guard=_DEEPSEEK_GUARD),
    "unlimited_ocr": Profile(
        prompts=_DEEPSEEK.prompts,
        sizes=_DEEPSEEK_SIZES,
        size="gundam",
        second_prompt="Free OCR.",
        second_sizes=("base", "gundam"),
        guard=_DEEPSEEK_GUARD,
    ),
    "paddleocr_vl": Profile(
        prompts={
            Task.PAGE: "OCR:",
            Task.TABLE: "Table Recognition:",
            Task.FORMULA: "Formula Recognition:",
        },
        tried=Tried.RUNS,
    ),
    "glm_ocr": Profile(
        prompts={
            Task.PAGE: "Text Recognition:",
            Task.TABLE: "Table Recognition:",
            Task.FORMULA: "Formula Recognition:",
        },
        tried=Tried.RUNS,
    ),
    # Its prompt for layouts asks for JSON, which is no Markdown; this one is for text alone.
    "dots_ocr": Profile(
        prompts=dict.fromkeys(Task, "Extract the text content from this image."),
    ),
}


def of_type(model_type: str) -> Profile | None:
    """Return the profile for a checkpoint's `model_type`, with underscores or hyphens."""
    return PROFILES.get(model_type.lower().replace("-", "_"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A model on the hub."""

    repository: str
    model_type: str  # of the profile it is used with
    bits: int | None  # of a weight; None: not known to us
    size_gb: float | None = None  # of all its data files; 10^9 bytes; None: not known to us
    note: str = ""


# Sizes: of the first as its page on the hub says (November 2025); of Unlimited-OCR as people who
# have it report. 16 bits of DeepSeek-OCR are the original's own weights, 6.67 GB on its page.
MODELS = (
    Known(
        repository="mlx-community/DeepSeek-OCR-8bit",
        model_type="deepseekocr",
        bits=8,
        size_gb=3.85,
    ),
    Known(
        repository="mlx-community/DeepSeek-OCR-bf16",
        model_type="deepseekocr",
        bits=16,
        size_gb=6.7,
    ),
    Known(repository="mlx-community/DeepSeek-OCR-6bit", model_type="deepseekocr", bits=6),
    Known(
        repository="mlx-community/DeepSeek-OCR-4bit",
        model_type="deepseekocr",
        bits=4,
        note="known to run in circles far more often",
    ),
    Known(repository="mlx-community/DeepSeek-OCR-2-8bit", model_type="deepseekocr_2", bits=8),
    Known(repository="mlx-community/DeepSeek-OCR-2-bf16", model_type="deepseekocr_2", bits=16),
    Known(
        repository="mlx-community/Unlimited-OCR-8bit",
        model_type="unlimited_ocr",
        bits=8,
        size_gb=3.9,
    ),
    Known(
        repository="mlx-community/Unlimited-OCR-bf16",
        model_type="unlimited_ocr",
        bits=16,
        size_gb=6.7,
    ),
    Known(repository="mlx-community/GLM-OCR-8bit", model_type="glm_ocr", bits=8),
    Known(repository="mlx-community/GLM-OCR-bf16", model_type="glm_ocr", bits=16),
    Known(repository="mlx-community/PaddleOCR-VL-1.5-bf16", model_type="paddleocr_vl", bits=16),
)
