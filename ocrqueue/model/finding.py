"""What a look at something found: it is fine, or what is wrong and what to do about it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at."""

    what: str
    problem: str = ""  # "": it is fine
    note: str = ""
    remedy: str = ""
