"""From an answer that is an error to what is done about it: one closed table; pure.

The rules come from the service's documentation of errors and limits, and from what its users met:
https://openrouter.ai/docs/api-reference/errors. What a status alone means comes last, for it says
least: one 400 is a bug of ours, another one hides an overloaded provider.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from ocrqueue.backends.openrouter import retry_after
from ocrqueue.backends.openrouter.failure import ENDS_IN_ERROR, Decision, Failure
from ocrqueue.backends.openrouter.wire import table

# What is said of an error (`error_type`; others write it as `code`) or of a model (`availability`).
_WORDS = {
    Decision.STOP: "authentication permission_denied invalid_api_key "
    "auth_error expired_key token_not_found_in_db no_db_connection",  # LiteLLM, of a wrong key
    Decision.NO_CREDIT: "payment_required insufficient_quota budget_exceeded",
    Decision.BUSY: "rate_limit_exceeded provider_overloaded capacity_exhausted "
    "temporarily_unavailable",
    Decision.RETRY: "provider_unavailable server timeout",
    Decision.REFUSED: "content_policy_violation refusal",
    Decision.SMALLER: "image_too_large payload_too_large invalid_image unsupported_image_format "
    "image_not_found image_download_failed",
    Decision.NEXT_MODEL: "context_length_exceeded token_limit_exceeded max_tokens_exceeded "
    "string_too_long image_too_small",
    Decision.MODEL_DEAD: "not_found model_not_found wrong_endpoint no_endpoints model_deprecated "
    "model_unavailable_upstream privacy_restricted constraint_filtered free_variant_ended "
    "region_restricted",
    Decision.REJECTED: "invalid_request invalid_prompt precondition_failed unprocessable",
}
# What of a request an error may blame (`param`): that is the model's, and the same for all pages.
PARAMETERS = (
    *("model", "temperature", "max_tokens", "max_completion_tokens"),
    *("stream", "stream_options", "reasoning", "provider", "user"),
)
KINDS = {word: decision for decision, words in _WORDS.items() for word in words.split()}
_BLAMES = {
    "model": "it knows no such model",
    "max_tokens": "it refuses `max_tokens`: set `max_completion_tokens`",
}
STATUSES = {
    **dict.fromkeys((401, 403, 405), Decision.STOP),
    402: Decision.NO_CREDIT,
    **dict.fromkeys((404, 410), Decision.MODEL_DEAD),
    413: Decision.SMALLER,
    **dict.fromkeys((429, 503), Decision.BUSY),
    **dict.fromkeys((200, 408, 409, 425), Decision.RETRY),
}
IN_FLIGHT = "in-flight budget"  # held by requests under way: free again in seconds
CAP = "spending cap"  # of a key, a guardrail or a workspace: until it is reset
CREDIT = "credit"
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
    metadata, model = table(error, "metadata"), table(error, "availability")
    inner, wait_s = _status(error.get("code")), retry_after.asked(headers, error, now)
    limit = _limit(metadata.get("limit_source") or error.get("limit_source"))
    is_moderated = bool(metadata.get("reasons") or metadata.get("flagged_input"))
    code = _code(status, inner)
    error_type = metadata.get("error_type") or error.get("type")
    kinds = _known(error_type, error.get("code"), model.get("code"))
    found = _of_limit(code, limit, wait_s)
    if found is None:
        found = Decision.REFUSED if is_moderated else _of_error(code, kinds, model.get("retryable"))
    blamed = error.get("param") if found is Decision.REJECTED else None
    if isinstance(blamed, str) and blamed in PARAMETERS:
        found = Decision.MODEL_DEAD
    else:
        blamed = ""
    if found is Decision.RETRY and wait_s is not None:
        found = Decision.BUSY  # who asks for patience asks all of us
    told = [
        ENDS_IN_ERROR.message if partial else "",
        f"status {status}" if status != 200 else "",  # noqa: PLR2004
        f"error {inner}" if inner not in (None, status) else "",
        *kinds,
        _BLAMES.get(blamed, f"it refuses `{blamed}`: see `omit`") if blamed else "",
        f"limit: {limit}" if limit else "",
        "moderation" if is_moderated else "",
    ]
    return Failure(
        decision=found,
        message=", ".join(filter(None, told)) or "an error instead of a page",
        wait_s=wait_s,
        asks_for_fewer=limit == IN_FLIGHT,
        may_cost=partial or code in _GAVE_UP or (status in _BEHIND and not is_json),
    )


def _known(*words: object) -> Sequence[str]:
    """Return those that are in the table, each once: what comes later says more."""
    return list(dict.fromkeys(word for word in words if isinstance(word, str) and word in KINDS))


def _code(status: int, inner: int | None) -> int:
    """Return the status that counts: the error's own where the answer's hides it."""
    if inner is None or status > 400:  # noqa: PLR2004
        return status
    hides = status < 400 or _of_status(inner) in _TRANSIENT  # noqa: PLR2004
    return inner if hides else status


def _of_limit(code: int, limit: str, wait_s: float | None) -> Decision | None:
    if code not in (402, 403, 429):
        return None
    is_until_then = wait_s is not None and (limit == CAP or (not limit and code == 402))  # noqa: PLR2004
    if limit == IN_FLIGHT or is_until_then:
        return Decision.PAUSE
    return Decision.NO_CREDIT if limit else None


def _of_error(code: int, kinds: Sequence[str], may_retry: object) -> Decision:
    by_status = _of_status(code)
    if may_retry is True:
        return by_status if by_status is Decision.BUSY else Decision.RETRY
    found = KINDS[kinds[-1]] if kinds else by_status
    if found is Decision.BUSY and kinds and may_retry is False:
        return Decision.NEXT_MODEL
    # A transient code beside a type that blames us: a provider's failure that was wrapped.
    is_wrapped = found is Decision.REJECTED and by_status in _TRANSIENT
    return by_status if is_wrapped else found


def _of_status(code: int) -> Decision:
    if code in STATUSES:
        return STATUSES[code]
    if code in range(400, 500):
        return Decision.REJECTED
    return Decision.RETRY if code in range(500, 600) else Decision.STOP  # none is followed


def _status(code: object) -> int | None:
    if isinstance(code, str) and code.isascii() and code.isdecimal():
        code = int(code[:4])
    if isinstance(code, bool) or not isinstance(code, int):
        return None
    return code if code in range(100, 600) else None


def _limit(source: object) -> str:
    name = source.removeprefix("openrouter_") if isinstance(source, str) else ""
    if name in ("in_flight_budget", "in_flight_budget_exhausted"):
        return IN_FLIGHT
    if name in ("weight_exceeds_budget", "credits"):
        return CREDIT
    return CAP if name.endswith(("_limit", "_budget")) else ""
