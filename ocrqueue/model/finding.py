"""What a look at something found: it is fine, or what is wrong and what to do about it."""

from dataclasses import dataclass
from enum import StrEnum


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
