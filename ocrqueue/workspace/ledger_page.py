"""A page in the ledger, as `pages` of `name.json` tells it: what is not known is left out."""

from typing import Required, TypedDict, cast

from ocrqueue.model.errors.base import OcrqueueError
from ocrqueue.model.errors.document import DocumentError
from ocrqueue.model.errors.page import PageError
from ocrqueue.model.page import PageResult


class LedgerFigure(TypedDict):
    """A picture of a page."""

    name: str  # of its file in `name.assets`
    box: list[int]  # left, top, right, bottom: pixels of the page as it was read


class LedgerWitness(TypedDict, total=False):
    """What a second, independent reading says of a page that a model read; see `Testimony`."""

    by: str  # text-layer or an engine
    unwitnessed: str  # why there is none
    agreed: float  # share of the words that both have, 0 to 1
    missing: int  # words in runs that only the second reading has
    invented: int  # words in runs that only the page's text has
    repeated: int  # words that the text has more often
    numbers: int  # that stand against other numbers
    doubt: str  # what is wrong, if anything is
    words: str  # the longest run of it
    box: list[int]  # where that is on the page, in pixels
    at: int  # letters of the page's text before it


class LedgerAttempt(TypedDict, total=False):
    """One try of one backend; see `Attempt`."""

    backend: Required[str]
    seconds: Required[float]
    at: Required[str]  # UTC, ISO 8601
    worker: str
    model: str
    confidence: float  # 0 to 100
    verdict: str  # good, doubtful, blank; not there: it failed
    error: str  # code
    message: str
    again: bool  # the same backend may try again
    hand_over: bool  # another backend may do better
    tokens: int  # written by a model
    tokens_per_s: float
    first_token_s: float  # from being asked to the first token
    cost_usd: float  # at most
    provider: str  # whom a service asked
    lang: str  # read in, as Tesseract calls it
    left: bool  # the page was sent to another machine, or may have been
    counts: bool  # False: the backend could not be asked as it should
    checks: bool  # it is a second reading
    memory_mb: int  # most that its worker held so far


class LedgerPage(TypedDict, total=False):
    """What became of one page."""

    page: Required[int]  # from 1
    state: Required[str]  # done or failed
    backend: str  # that read it; person: somebody corrected it
    model: str
    verdict: str  # good, doubtful, blank; not there: it failed
    reason: str  # why it is not good
    witness: LedgerWitness
    confidence: float  # of the engine, 0 to 100
    rotation: int  # degrees it was turned clockwise before it was read
    figures: list[LedgerFigure]
    seconds: float  # of all attempts
    left: bool  # it was sent to another machine, or may have been
    cost_usd: float  # at most
    error: str  # code, if it failed: docs/errors.md
    message: str
    remedy: str
    attempts: list[LedgerAttempt]  # in order


def of(result: PageResult) -> LedgerPage:
    """Return what the ledger tells of a settled page."""
    entry = {
        "page": result.page,
        "state": "failed" if result.failed else "done",
        "backend": result.backend,
        "model": result.model,
        "verdict": result.verdict,
        "reason": result.reason,
        "witness": result.witness.to_wire() if result.witness else None,
        "confidence": result.confidence,
        "rotation": result.rotation,
        "figures": [{"name": f.name, "box": list(f.box)} for f in result.figures] or None,
        "seconds": round(result.seconds, 3),
        "left": result.left or None,
        "cost_usd": result.cost_usd,
        "error": result.error,
        "message": result.message,
        "remedy": remedy_of(result.error),
        "attempts": [attempt.to_wire() for attempt in result.attempts],
    }
    return cast("LedgerPage", {k: v for k, v in entry.items() if v not in (None, "")})


def remedy_of(code: str | None) -> str:
    """Return what to do about the error of a page or a document, by its code; "" if not ours."""
    if not code:
        return ""
    kinds = [*_kinds_below(PageError), *_kinds_below(DocumentError)]
    return next((kind.remedy for kind in kinds if kind.code == code), "")


def _kinds_below(kind: type[OcrqueueError]) -> list[type[OcrqueueError]]:
    below = kind.__subclasses__()
    return below + [lower for one in below for lower in _kinds_below(one)]
