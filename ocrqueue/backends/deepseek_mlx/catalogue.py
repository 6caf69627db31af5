"""The models we know to exist, for a list to choose from; any other of a known kind will do too."""

from dataclasses import dataclass


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
