"""Which model reads, and how: the candidate of the settings in the backend's own terms."""

from dataclasses import dataclass
from pathlib import Path

from ocrqueue.settings.candidates import Candidate

MAX_TOKENS = 8192


@dataclass(frozen=True, slots=True, kw_only=True)
class MlxOptions:
    """Which model reads, and how."""

    name: str = "deepseek-mlx"
    model: str = "mlx-community/DeepSeek-OCR-8bit"
    revision: str = ""  # of a repository in the local cache; "": main
    resolution: str = ""  # tiny, small, base, large, gundam; "": the profile's own
    prompt: str = ""  # for a page; "": the profile's own
    temperature: float = 0.0
    max_tokens: int = MAX_TOKENS
    no_repeat_ngram: int = 0  # tokens; 0: off
    trust_model_code: bool = False
    load_timeout_s: float = 120.0  # what loading may add to the time of the first page
    lease_file: Path | None = None  # None: the machine's own place


def of(candidate: Candidate) -> MlxOptions:
    """Return the candidate's options; what it does not say is as it comes."""
    plain, given = MlxOptions(), candidate.options
    return MlxOptions(
        name=candidate.name,
        model=candidate.model,
        revision=str(given.get("revision", plain.revision)),
        resolution=str(given.get("resolution", plain.resolution)),
        prompt=str(given.get("prompt", plain.prompt)),
        temperature=candidate.temperature,
        max_tokens=candidate.max_tokens or plain.max_tokens,
        no_repeat_ngram=int(given.get("no_repeat_ngram", plain.no_repeat_ngram)),
        trust_model_code=bool(given.get("trust_model_code", plain.trust_model_code)),
        load_timeout_s=float(given.get("load_timeout_s", plain.load_timeout_s)),
        lease_file=Path(str(file)) if (file := given.get("lease_file")) else None,
    )
