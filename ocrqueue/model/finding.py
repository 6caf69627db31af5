"""What a look at something found: it is fine, or what is wrong and what to do about it."""

from dataclasses import dataclass
from enum import StrEnum

from ocrqueue.model.page import PageResult, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at."""

    what: str
    problem: str = ""  # "": it is fine
    note: str = ""
    remedy: str = ""


class Concern(StrEnum):
    """Why a person should look at a page, a document or a file; the gravest first."""

    FAILED = "failed"
    DISAGREED = "disagreed"  # a second reading says something else; summaries: doubtful
    DOUBTFUL = "doubtful"
    UNWITNESSED = "unwitnessed"  # nobody could check what a model, or the page itself, says
    BLANK = "blank"
    KEPT = "kept"  # it was changed by hand, so that it was left as it is
    GONE = "gone"  # its input was moved or deleted


def concern_of(result: PageResult) -> tuple[Concern | None, str]:
    """Return why a person should look at a page, and that in words."""
    told = result.witness
    if result.failed:
        return Concern.FAILED, result.message or result.error or "it could not be read"
    if told and told.doubt and result.reason in {"", told.doubt}:
        return Concern.DISAGREED, told.doubt
    if result.verdict is Verdict.DOUBTFUL:
        return Concern.DOUBTFUL, result.reason or "doubtful"
    if told and told.unwitnessed:
        return Concern.UNWITNESSED, told.unwitnessed
    return None, ""
