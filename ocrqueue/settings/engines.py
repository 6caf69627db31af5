"""The backends a route may name: what can be set of each, with the defaults they come with."""

import os
import re
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field
from pathlib import Path

from ocrqueue.settings.keys import absolute, keys_of, setting

# An address of this machine; whatever is spelled otherwise counts as another one.
_HERE = re.compile(r"https?://(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?(/.*)?", re.IGNORECASE)
EFFORTS = ("none", "minimal", "low", "medium", "high")  # of reasoning, the cheapest first


def _located(model: str, base: Path) -> str:
    """Return a model that is spelled as a folder (`./x`, `../x`, `~/x`) as an absolute path."""
    is_folder = model.startswith(("./", "../", "~/")) or model in (".", "..")
    return os.path.normpath(absolute(model, base)) if is_folder else model


def is_here(address: str) -> bool:
    """Return whether an address is one of this machine."""
    return _HERE.fullmatch(address) is not None


def program_at(command: str, base: Path) -> str:
    """Return a program that is spelled as a path as an absolute one; others lie on PATH."""
    return str(absolute(command, base)) if "/" in command else command


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One backend that a route may name; keys it does not know are its own options."""

    name: str
    model: str = setting(
        MISSING, "Model or engine version; a part of each page's identity.", absolute=_located
    )
    temperature: float = setting(0.0, "Sampling temperature.", low=0, high=2, per_document=True)
    max_tokens: int = setting(
        0, "Longest reply; 0 = the backend's own limit.", low=0, per_document=True
    )
    timeout_s: float = setting(120.0, "Seconds for one page.", low=0.1, read=False)
    tries: int = setting(2, "Attempts at one page.", low=1, high=10, read=False)

    @property
    def kind(self) -> str:
        """Which backend it is: `compare` has several of a kind, named `openrouter:MODEL`."""
        return self.name.partition(":")[0]

    @property
    def is_remote(self) -> bool:
        """Whether its pages leave this machine."""
        return False

    @property
    def asks_model(self) -> bool:
        """Whether a model answers, which may make things up: its pages want a witness."""
        return isinstance(self, MlxSettings | OpenRouterSettings | ReplaySettings)

    @property
    def options(self) -> Mapping[str, str | int | float | bool]:
        """What it has beyond what every backend has, as plain values."""
        found = ((key, getattr(self, key.name)) for key in keys_of(type(self)).values())
        return {
            key.name: str(value or "") if key.type is Path else value
            for key, value in found
            if key.name not in keys_of(Candidate) and (key.listed or value != key.default)
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class MlxSettings(Candidate):
    """The model that reads on this machine."""

    name: str = "deepseek-mlx"
    model: str = "mlx-community/DeepSeek-OCR-8bit"
    max_tokens: int = 8192
    timeout_s: float = 180.0
    revision: str = setting("", 'Commit or branch; "" = main, as it was fetched.')
    resolution: str = setting(
        "", 'tiny, small, base, large or gundam; "" = the model\'s own.', per_document=True
    )
    prompt: str = setting(
        "", 'What it is asked for a page; "" = what it was trained on.', per_document=True
    )
    no_repeat_ngram: int = setting(
        -1,
        "Tokens that may not come twice nearby; -1 = as its makers have it, 0 = any may.",
        low=-1,
        high=10_000,
        per_document=True,
    )
    load_timeout_s: float = setting(
        120.0, "Seconds that loading may add to the time of the first page.", read=False
    )
    lease_file: Path | None = setting(
        None, 'The lock of who computes with MLX; "" = where all users meet.', read=False
    )
    trust_model_code: bool = setting(False, "Let a checkpoint run Python that it brings along.")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRouterSettings(Candidate):
    """Models of a service, or of a server of one's own."""

    name: str = "openrouter"
    proxy: str = field(default="", repr=False)  # as `remote.proxy` says
    model: str = "google/gemini-3.1-flash-lite"
    max_tokens: int = 8000
    timeout_s: float = 300.0
    base_url: str = setting(
        "https://openrouter.ai/api/v1",
        "OpenRouter, or any server that speaks OpenAI's protocol.",
        read=False,
    )
    api: str = setting(
        "auto",
        "What the server speaks; auto = as the host tells.",
        choices=("auto", "openrouter", "plain"),
        read=False,
    )
    fallbacks: str = setting(
        "qwen/qwen3-vl-32b-instruct", "Models asked when the first one cannot, by commas."
    )
    prices: str = setting(
        "google/gemini-3.1-flash-lite=0.25/1.50, qwen/qwen3-vl-32b-instruct=0.104/0.416",
        "MODEL=IN/OUT, ... in USD for a million tokens.",
        read=False,
    )
    max_price: str = setting(
        "0.60/3.20", "The most that may be paid, in USD for a million tokens.", read=False
    )
    allow_free: bool = setting(False, "Ask free models too: they may keep a page.", read=False)
    omit: str = setting(
        "",
        "Parameters that the server refuses and is not sent, by commas: temperature, ...",
        read=False,
    )
    max_completion_tokens: bool = setting(
        False, "Say so instead of max_tokens, as OpenAI's reasoning models want it.", read=False
    )
    reasoning: str = setting(
        "minimal", "How much models reason that can.", choices=EFFORTS, per_document=True
    )
    prompt: str = setting("", 'What is asked for a page; "" = our own.', per_document=True)
    side_px: int = setting(
        2048, "The long side of the picture that is sent.", low=256, high=4096, per_document=True
    )
    image_tokens: int = setting(
        6000, "Tokens that a picture may cost at most.", low=0, high=1_000_000, read=False
    )
    idle_s: float = setting(
        60.0, "Seconds of silence after which an answer is broken.", low=0.01, high=3600, read=False
    )
    key_file: Path | None = setting(
        None, 'File with the key; "" = OPENROUTER_API_KEY (for OpenRouter only).', read=False
    )
    ca_file: Path | None = setting(
        None, 'Certificates to trust (PEM); "" = those of the system.', read=False
    )

    @property
    def is_here(self) -> bool:
        """Whether the address that it asks, if any, is on this machine."""
        base_url = self.base_url.strip()
        return not base_url or is_here(base_url)

    @property
    def is_remote(self) -> bool:
        """Whether its pages leave this machine.

        What passes for OpenRouter sends them on, also where it is a proxy or a tunnel of this one.
        """
        return not self.is_here or self.api == "openrouter"


@dataclass(frozen=True, slots=True, kw_only=True)
class TesseractSettings(Candidate):
    """The embedded engine."""

    name: str = "tesseract"
    model: str = "tesseract-5.5"
    lang: str = setting(
        "auto",
        'Languages, as Tesseract writes them: "eng", "deu+eng"; auto = told by the page.',
        per_document=True,
    )
    tesseract_cmd: str = setting(
        "", 'The program; "" = the one installed along, else on PATH.', absolute=program_at
    )
    tessdata_dir: Path | None = setting(
        None, 'Folder of *.traineddata files; "" = the program\'s own.'
    )
    psm: int = setting(
        3,
        "How the page is cut, as `tesseract --help-psm` lists it.",
        low=0,
        high=13,
        listed=False,
        per_document=True,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaySettings(Candidate):
    """What a model has said before, a file for each page."""

    name: str = "replay"
    model: str = "replay"
    replies: Path | None = setting(None, "Folder of the replies: NAME/0001.md for page 1.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptedSettings(Candidate):
    """A backend that does what a script says: for demos, tests and benchmarks."""

    name: str = "scripted"
    model: str = "scripted-1"
    script: str = setting("", "What happens on which page.", listed=False, read=False)
    needs_image: bool = setting(
        False, "The page is drawn first, though nobody looks at it.", listed=False, read=False
    )


# The backends there are from the start, by name.
COME_ALONG: Mapping[str, Candidate] = {
    one.name: one
    for one in (
        MlxSettings(),
        OpenRouterSettings(),
        TesseractSettings(),
        ReplaySettings(),
        ScriptedSettings(),
    )
}
