"""The backends a route may name, and the ones there are from the start."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from ocrqueue.settings.keys import OptionValue, about

# An address of this machine; whatever is spelled otherwise counts as another one.
_HERE = re.compile(r"https?://(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?(/.*)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One backend that a route may name; keys it does not know are its own options."""

    name: str = field(metadata=about("What a route calls it."))
    model: str = field(metadata=about("Model or engine version; a part of each page's identity."))
    temperature: float = field(default=0.0, metadata=about("Sampling temperature.", low=0, high=2))
    max_tokens: int = field(
        default=0, metadata=about("Longest reply; 0 = the backend's own limit.", low=0)
    )
    timeout_s: float = field(default=120.0, metadata=about("Seconds for one page.", low=0.1))
    tries: int = field(default=2, metadata=about("Attempts at one page.", low=1, high=10))
    options: Mapping[str, OptionValue] = field(default_factory=dict)

    @property
    def is_here(self) -> bool:
        """Whether the address that it asks, if any, is on this machine."""
        base_url = str(self.options.get("base_url", "")).strip()
        return not base_url or _HERE.fullmatch(base_url) is not None

    @property
    def is_remote(self) -> bool:
        """Whether its pages leave this machine.

        What passes for OpenRouter sends them on, also where it is a proxy or a tunnel of this one.
        """
        return not self.is_here or self.options.get("api") == "openrouter"


@dataclass(frozen=True, slots=True, kw_only=True)
class BackendsSettings:
    """The backends a route may name."""

    candidates: tuple[Candidate, ...] = (
        Candidate(
            name="deepseek-mlx",
            model="mlx-community/DeepSeek-OCR-8bit",
            max_tokens=8192,
            timeout_s=180.0,
            options={
                "revision": "",
                "resolution": "",
                "prompt": "",
                "no_repeat_ngram": 0,
                "load_timeout_s": 120.0,
                "lease_file": "",
                "trust_model_code": False,
            },
        ),
        Candidate(
            name="openrouter",
            model="google/gemini-3.1-flash-lite",
            max_tokens=8000,
            timeout_s=300.0,
            options={
                "base_url": "https://openrouter.ai/api/v1",
                "api": "auto",
                "fallbacks": "qwen/qwen3-vl-32b-instruct",
                "prices": (
                    "google/gemini-3.1-flash-lite=0.25/1.50, qwen/qwen3-vl-32b-instruct=0.104/0.416"
                ),
                "max_price": "0.60/3.20",
                "allow_free": False,
                "reasoning": "minimal",
                "prompt": "",
                "side_px": 2048,
                "image_tokens": 6000,
                "idle_s": 60.0,
                "key_file": "",
                "ca_file": "",
            },
        ),
        Candidate(
            name="tesseract",
            model="tesseract-5.5",
            options={"lang": "eng", "tesseract_cmd": "", "tessdata_dir": ""},
        ),
        Candidate(name="scripted", model="scripted-1"),
    )
