"""The backends a route may name, and the ones there are from the start."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ocrqueue.settings.keys import OptionValue, about


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


@dataclass(frozen=True, slots=True, kw_only=True)
class BackendsSettings:
    """The backends a route may name."""

    candidates: tuple[Candidate, ...] = (
        Candidate(
            name="tesseract",
            model="tesseract-5.5",
            options={"lang": "eng", "tesseract_cmd": "", "tessdata_dir": ""},
        ),
        Candidate(name="scripted", model="scripted-1"),
    )
