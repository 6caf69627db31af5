"""What can be told from an answer that is no page, in words of our own; pure.

A service repeats in its errors what it was sent, and its providers write what they like: so nothing
of an answer's text goes further than here, only words and numbers of closed lists.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ocrqueue.backends.openrouter import retry_after

ERROR_TYPES = frozenset(
    {
        *("context_length_exceeded", "max_tokens_exceeded", "token_limit_exceeded"),
        *("string_too_long", "authentication", "permission_denied", "payment_required"),
        *("rate_limit_exceeded", "provider_overloaded", "provider_unavailable"),
        *("invalid_request", "invalid_prompt", "not_found", "precondition_failed"),
        *("payload_too_large", "unprocessable", "content_policy_violation", "refusal"),
        *("invalid_image", "image_too_large", "image_too_small", "unsupported_image_format"),
        *("image_not_found", "image_download_failed", "server", "timeout", "unmapped"),
    }
)
AVAILABILITY = frozenset(
    {
        *("model_not_found", "wrong_endpoint", "no_endpoints", "model_deprecated"),
        *("model_unavailable_upstream", "privacy_restricted", "constraint_filtered"),
        *("free_variant_ended", "capacity_exhausted", "temporarily_unavailable"),
        "region_restricted",
    }
)
STATUSES = range(100, 600)


class Trouble(StrEnum):
    """What went wrong before there was an answer with a status, or within one that has 200."""

    CONNECT = "no connection"
    TLS = "the certificate is not trusted"
    SEND = "the request could not be sent"
    CUT = "the answer was cut off"
    IDLE = "the answer stopped"
    DEADLINE = "the time was over"
    TOO_LARGE = "the answer is too large"
    GARBLED = "the answer cannot be understood"
    IN_BAND = "the answer ends in an error"


class Limit(StrEnum):
    """Which purse a refusal is about."""

    IN_FLIGHT = "in-flight budget"  # held by requests under way: free again in seconds
    CAP = "spending cap"  # of a key, a guardrail or a workspace: until it is reset
    CREDIT = "credit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """All that counts of a failure."""

    status: int | None = None  # of the answer; None: there was none
    inner: int | None = None  # the error's own code, where it is one
    trouble: Trouble | None = None
    error_type: str = ""
    availability: str = ""
    may_retry: bool | None = None  # what the service says of itself; None: nothing
    limit: Limit | None = None
    is_moderated: bool = False
    wait_s: float | None = None
    is_json: bool = True  # whether the service itself spoke, not something on the way to it

    @property
    def told(self) -> str:
        """What a person may read of it."""
        status = f"status {self.status}" if self.status not in (None, 200) else ""
        inner = f"error {self.inner}" if self.inner not in (None, self.status) else ""
        limit = f"limit: {self.limit}" if self.limit else ""
        moderated = "moderation" if self.is_moderated else ""
        kinds = (self.error_type, self.availability, limit, moderated)
        words = [word for word in (self.trouble, status, inner, *kinds) if word]
        return ", ".join(words) or "an error instead of a page"


def read(
    wire: object, *, status: int, headers: Mapping[str, str], now: datetime, partial: bool = False
) -> Signs:
    """Return the signs of an answer that is an error; `wire` is its JSON, or None.

    `partial`: it came where a page was expected, or after the begin of one.
    """
    holder = wire if isinstance(wire, Mapping) else {}
    found = holder.get("error")
    error: Mapping[str, object] = found if isinstance(found, Mapping) else {}
    metadata, availability = _table(error.get("metadata")), _table(error.get("availability"))
    retry = availability.get("retryable")
    return Signs(
        status=status,
        inner=_status(error.get("code")),
        trouble=Trouble.IN_BAND if partial else None,
        error_type=_known(metadata.get("error_type") or error.get("type"), ERROR_TYPES),
        availability=_known(availability.get("code"), AVAILABILITY),
        may_retry=retry if isinstance(retry, bool) else None,
        limit=_limit(metadata.get("limit_source") or error.get("limit_source")),
        is_moderated=bool(metadata.get("reasons") or metadata.get("flagged_input")),
        wait_s=retry_after.asked(headers, error, now),
        is_json="error" in holder,
    )


def _table(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _status(code: object) -> int | None:
    if isinstance(code, str) and code.isascii() and code.isdecimal():
        code = int(code[:4])
    if isinstance(code, bool) or not isinstance(code, int):
        return None
    return code if code in STATUSES else None


def _known(word: object, words: frozenset[str]) -> str:
    return word if isinstance(word, str) and word in words else ""


def _limit(source: object) -> Limit | None:
    if not isinstance(source, str):
        return None
    match source.removeprefix("openrouter_"):
        case "in_flight_budget" | "in_flight_budget_exhausted":
            return Limit.IN_FLIGHT
        case "weight_exceeds_budget" | "credits":
            return Limit.CREDIT
        case other:
            return Limit.CAP if other.endswith(("_limit", "_budget")) else None
