"""From an answer that is an error to what is done about it: one closed table; pure.

The rules come from the service's documentation of errors and limits, and from what its users met:
https://openrouter.ai/docs/api-reference/errors. What a status alone means comes last, for it says
least: one 400 is a bug of ours, another one hides an overloaded provider.
"""

import math
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from ocrqueue.backends.openrouter.failure import ENDS_IN_ERROR, Decision, Failure
from ocrqueue.backends.openrouter.wire import table

# What is said of an error (`error_type`; others write it as `code`), of a model (`availability`) or
# of money (`limit_source`).
_WORDS = {
    Decision.STOP: "authentication permission_denied invalid_api_key "
    "auth_error expired_key token_not_found_in_db no_db_connection",  # LiteLLM, of a wrong key
    Decision.NO_CREDIT: "payment_required insufficient_quota budget_exceeded openrouter_credits "
    "weight_exceeds_budget openrouter_key_limit openrouter_guardrail_budget "
    "openrouter_workspace_budget",
    Decision.PAUSE: "openrouter_in_flight_budget",  # requests under way hold it: free in seconds
    Decision.BUSY: "rate_limit_exceeded provider_overloaded capacity_exhausted "
    "temporarily_unavailable",
    Decision.RETRY: "provider_unavailable model_unavailable_upstream server timeout",
    Decision.REFUSED: "content_policy_violation refusal",
    Decision.SMALLER: "image_too_large payload_too_large invalid_image unsupported_image_format "
    "image_not_found image_download_failed",
    Decision.NEXT_MODEL: "context_length_exceeded token_limit_exceeded max_tokens_exceeded "
    "string_too_long image_too_small",
    Decision.MODEL_DEAD: "not_found model_not_found wrong_endpoint no_endpoints model_deprecated "
    "privacy_restricted constraint_filtered free_variant_ended region_restricted",
    Decision.REJECTED: "invalid_request invalid_prompt precondition_failed unprocessable",
}
KINDS = {word: decision for decision, words in _WORDS.items() for word in words.split()}
# What of a request an error may blame (`param`): that is the model's, and the same for all pages.
_PARAMETERS = "temperature max_completion_tokens stream stream_options reasoning provider user"
BLAMES = {name: f"it refuses `{name}`: see `omit`" for name in _PARAMETERS.split()} | {
    "model": "it knows no such model",
    "max_tokens": "it refuses `max_tokens`: set `max_completion_tokens`",
}
STATUSES = {
    **dict.fromkeys(range(400, 500), Decision.REJECTED),
    **dict.fromkeys(range(500, 600), Decision.RETRY),
    **dict.fromkeys((401, 403, 405), Decision.STOP),
    402: Decision.NO_CREDIT,
    **dict.fromkeys((404, 410), Decision.MODEL_DEAD),
    413: Decision.SMALLER,
    **dict.fromkeys((429, 503), Decision.BUSY),
    **dict.fromkeys((200, 408, 409, 425), Decision.RETRY),
}
LONGEST_S = 3600.0  # what asks for more is asked again after this
_CODE = re.compile(r"[1-5][0-9]{2}")
_TRANSIENT = (Decision.RETRY, Decision.BUSY)
_GAVE_UP = (408, 504, 524)  # somebody, waiting for an answer that is billed all the same
_BEHIND = (502, 522)  # the same, if it is something on the way to the service that says so


def failure_of(
    wire: object, *, status: int, headers: Mapping[str, str], now: datetime, partial: bool = False
) -> Failure:
    """Return what an answer that is an error means; `wire` is its JSON, or None.

    `partial`: it came after the begin of a page.
    """
    is_json = isinstance(wire, Mapping) and "error" in wire  # else something on the way spoke
    error = table(wire, "error")
    metadata = table(error, "metadata")
    told_code = _CODE.fullmatch(str(error.get("code")))
    inner = int(told_code[0]) if told_code else status
    # The error's own status counts where the answer's hides it.
    is_hidden = status < 400 or (status == 400 and STATUSES.get(inner) in _TRANSIENT)  # noqa: PLR2004
    code, wait_s = inner if is_hidden else status, wait_of(headers, metadata, now)
    words = (
        metadata.get("error_type") or error.get("type"),
        error.get("code"),
        table(error, "availability").get("code"),
        metadata.get("limit_source"),
    )
    kinds = list(dict.fromkeys(str(word) for word in words if str(word) in KINDS))
    is_moderated = bool(metadata.get("reasons") or metadata.get("flagged_input"))
    found = Decision.REFUSED if is_moderated else _decided(code, kinds, wait_s)
    blame = BLAMES.get(str(error.get("param")), "") if found is Decision.REJECTED else ""
    if blame:
        found = Decision.MODEL_DEAD
    told = [
        ENDS_IN_ERROR.message if partial else "",
        f"status {status}" if status != 200 else "",  # noqa: PLR2004
        f"error {inner}" if inner != status else "",
        *kinds,
        blame,
        "moderation" if is_moderated else "",
    ]
    may_cost = partial or code in _GAVE_UP or (status in _BEHIND and not is_json)
    return Failure(
        decision=found,
        message=", ".join(filter(None, told)) or "an error instead of a page",
        wait_s=wait_s,
        cost=None if may_cost else 0,
    )


def _decided(code: int, kinds: Sequence[str], wait_s: float | None) -> Decision:
    by_status = STATUSES.get(code, Decision.STOP)  # no redirection is followed
    found = KINDS[kinds[-1]] if kinds else by_status  # what comes later says more
    if found is Decision.REJECTED and by_status in _TRANSIENT:  # a provider's failure, wrapped
        found = by_status
    if wait_s is None:
        return found
    if found is Decision.NO_CREDIT and not kinds:
        return Decision.PAUSE  # it comes free by itself
    return Decision.BUSY if found is Decision.RETRY else found  # who asks one asks all of us


def wait_of(
    headers: Mapping[str, str], metadata: Mapping[str, object], now: datetime
) -> float | None:
    """Return how many seconds to wait, 0 to `LONGEST_S`; None where nothing readable is said.

    `headers` have small names, and win over the error's metadata, which an error in a stream has
    alone. See https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
    """
    said, seconds = str(headers.get("retry-after", metadata.get("retry_after_seconds"))), math.nan
    with suppress(ValueError, OverflowError):
        date = parsedate_to_datetime(said)
        seconds = ((date if date.tzinfo else date.replace(tzinfo=UTC)) - now).total_seconds()
    with suppress(ValueError):
        seconds = float(said)
    return min(max(seconds, 0.0), LONGEST_S) if math.isfinite(seconds) else None
