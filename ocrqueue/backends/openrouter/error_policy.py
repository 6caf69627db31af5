"""From the signs of a failure to what is done about it: one closed table; pure.

The rules come from the service's documentation of errors and limits, and from what its users met:
https://openrouter.ai/docs/api-reference/errors. What a status alone means comes last, for it says
least: one 400 is a bug of ours, another one hides an overloaded provider.
"""

from collections.abc import Mapping
from enum import StrEnum

from ocrqueue.backends.openrouter.failure import Limit, Signs, Trouble


class Action(StrEnum):
    """What is done about a failure."""

    RETRY = "retry"  # the same again, after a while
    RESEND = "resend"  # the same again, once: it may have been done, and billed, already
    SMALLER = "smaller"  # the same page as a smaller picture, once
    NEXT_MODEL = "next model"  # this model cannot read this page; another one may
    MODEL_DEAD = "model dead"  # this model is not asked again by this process
    PAUSE = "pause"  # the whole pool waits; the page lost no try
    BUSY = "busy"  # the same, but it may be this model alone: soon another one is asked
    STOP = "stop"  # nothing works as it is set up; no page is to blame
    NO_CREDIT = "no credit"  # there is no money; no page is to blame
    REFUSED = "refused"  # this model does not want to; another one may, then nobody
    REJECTED = "rejected"  # what we ask makes no sense to the service
    TIMED_OUT = "timed out"  # the page's time is over


_TROUBLES: Mapping[Trouble, Action] = {
    Trouble.CONNECT: Action.RETRY,
    Trouble.TLS: Action.STOP,
    Trouble.SEND: Action.RETRY,
    Trouble.CUT: Action.RESEND,
    Trouble.IDLE: Action.RESEND,
    Trouble.DEADLINE: Action.TIMED_OUT,
    Trouble.TOO_LARGE: Action.NEXT_MODEL,
    Trouble.GARBLED: Action.RETRY,
}
_AVAILABILITY: Mapping[str, Action] = {
    "capacity_exhausted": Action.BUSY,
    "temporarily_unavailable": Action.BUSY,
}
_TYPES: Mapping[str, Action] = {
    "authentication": Action.STOP,
    "permission_denied": Action.STOP,
    "payment_required": Action.NO_CREDIT,
    "rate_limit_exceeded": Action.BUSY,
    "provider_overloaded": Action.BUSY,
    "provider_unavailable": Action.RETRY,
    "server": Action.RETRY,
    "timeout": Action.RETRY,
    "content_policy_violation": Action.REFUSED,
    "refusal": Action.REFUSED,
    "image_too_large": Action.SMALLER,
    "payload_too_large": Action.SMALLER,
    "invalid_image": Action.SMALLER,
    "unsupported_image_format": Action.SMALLER,
    "image_not_found": Action.SMALLER,
    "image_download_failed": Action.SMALLER,
    "image_too_small": Action.REJECTED,
    "context_length_exceeded": Action.NEXT_MODEL,
    "token_limit_exceeded": Action.NEXT_MODEL,
    "max_tokens_exceeded": Action.NEXT_MODEL,
    "string_too_long": Action.NEXT_MODEL,
    "not_found": Action.MODEL_DEAD,
    "invalid_request": Action.REJECTED,
    "invalid_prompt": Action.REJECTED,
    "precondition_failed": Action.REJECTED,
    "unprocessable": Action.REJECTED,
}
_STATUSES: Mapping[int, Action] = {
    401: Action.STOP,
    402: Action.NO_CREDIT,
    403: Action.STOP,
    404: Action.MODEL_DEAD,
    405: Action.STOP,
    408: Action.RETRY,
    409: Action.RETRY,
    410: Action.MODEL_DEAD,
    413: Action.SMALLER,
    425: Action.RETRY,
    429: Action.BUSY,
    503: Action.BUSY,
}
_OF_LIMITS = (402, 403, 429)
_CLIENT, _SERVER = range(400, 500), range(500, 600)
_UNSURE = frozenset({408, 502, 504, 522, 524})  # the answer may be under way, and billed


def action_for(signs: Signs) -> Action:
    """Return what is done about a failure."""
    if signs.trouble is not None and signs.trouble in _TROUBLES:
        return _TROUBLES[signs.trouble]
    code = _code(signs)
    action = _about_limit(signs, code) or _about_error(signs, code) or _about_status(code)
    if action is Action.RETRY and signs.wait_s is not None:
        return Action.BUSY  # who asks for patience asks all of us
    return action


def may_be_billed(signs: Signs) -> bool:
    """Whether a failed request may cost money all the same: what is unknown counts as spent."""
    if signs.trouble in (Trouble.CONNECT, Trouble.TLS, Trouble.SEND):
        return False
    if signs.trouble is not None or signs.status is None:
        return True
    return signs.status in _UNSURE and not signs.is_json


def _code(signs: Signs) -> int:
    """Return the status that counts: the error's own where the answer's hides it."""
    status = signs.status or 0
    hides = status < min(_CLIENT) or (status == 400 and _is_transient(signs.inner))  # noqa: PLR2004
    return signs.inner if hides and signs.inner is not None else status


def _is_transient(code: int | None) -> bool:
    return code is not None and _about_status(code) in (Action.RETRY, Action.BUSY)


def _about_limit(signs: Signs, code: int) -> Action | None:
    if code not in _OF_LIMITS:
        return None
    match signs.limit:
        case Limit.IN_FLIGHT:
            return Action.PAUSE
        case Limit.CREDIT:
            return Action.NO_CREDIT
        case Limit.CAP:
            return Action.NO_CREDIT if signs.wait_s is None else Action.PAUSE
        case None:
            is_short = code == 402 and signs.wait_s is not None  # noqa: PLR2004
            return Action.PAUSE if is_short else None


def _about_error(signs: Signs, code: int) -> Action | None:
    if signs.is_moderated:
        return Action.REFUSED
    if signs.may_retry:
        return Action.BUSY if _about_status(code) is Action.BUSY else Action.RETRY
    if signs.availability:
        known = _AVAILABILITY.get(signs.availability, Action.MODEL_DEAD)
        return Action.NEXT_MODEL if signs.may_retry is False and known is Action.BUSY else known
    action = _TYPES.get(signs.error_type)
    # A transient code beside a type that blames us: a provider's failure that was wrapped.
    return None if action is Action.REJECTED and _is_transient(code) else action


def _about_status(code: int) -> Action:
    if code in _STATUSES:
        return _STATUSES[code]
    if code in _CLIENT:
        return Action.REJECTED
    if code in _SERVER or code == 200:  # noqa: PLR2004
        return Action.RETRY
    return Action.STOP if code else Action.RETRY  # a redirection is not followed
