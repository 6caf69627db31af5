"""What a service may say, and what is done about it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocrqueue.backends.openrouter import (
    error_policy,
    failure,
)
from ocrqueue.backends.openrouter.error_policy import KINDS
from ocrqueue.backends.openrouter.failure import Decision
from tests.support.failures import NOW, failed, json_values

KEY = "sk-or-v1-0123456789"
KNOWN_STATUSES = {
    **dict.fromkeys((401, 403, 405), Decision.STOP),
    **dict.fromkeys((404, 410), Decision.MODEL_DEAD),
    **dict.fromkeys((408, 409, 425), Decision.RETRY),
    **dict.fromkeys((429, 503), Decision.BUSY),
    402: Decision.NO_CREDIT,
    413: Decision.SMALLER,
}
BLAMED = {  # by the name of an error: what is done, whatever the status beside it
    "authentication": Decision.STOP,
    "payment_required": Decision.NO_CREDIT,
    "rate_limit_exceeded": Decision.BUSY,
    "provider_unavailable": Decision.RETRY,
    "content_policy_violation": Decision.REFUSED,
    "image_too_large": Decision.SMALLER,
    "context_length_exceeded": Decision.NEXT_MODEL,
    "not_found": Decision.MODEL_DEAD,
    "invalid_prompt": Decision.REJECTED,
}


@pytest.mark.parametrize("status", [*range(300, 309), *range(400, 430), *range(500, 530), 599])
def test_each_status_has_an_action(status: int) -> None:
    """Also one that nobody has seen; with JSON, HTML or nothing as its body."""
    wires: list[object] = [{"error": {"code": status}}, None, [], {"error": "x"}]
    for wire in wires:
        found = error_policy.failure_of(wire, status=status, headers={}, now=NOW)
        others = {3: Decision.STOP, 4: Decision.REJECTED, 5: Decision.RETRY}[status // 100]
        assert found.decision is KNOWN_STATUSES.get(status, others)
        assert found.message == f"status {status}"


@pytest.mark.parametrize(("error_type", "decision"), BLAMED.items())
@pytest.mark.parametrize("status", [200, 400, 404, 500])
def test_an_error_is_told_by_its_name(error_type: str, decision: Decision, status: int) -> None:
    """Whatever the status; but no request of ours is blamed where a server failed."""
    found = failed({"metadata": {"error_type": error_type}}, status)

    is_servers = decision is Decision.REJECTED and status not in {400, 404}
    assert found.decision is (Decision.RETRY if is_servers else decision)
    assert error_type in found.message


def test_what_is_said_of_the_model_weighs_more_than_the_kind_of_error() -> None:
    """A request that makes no sense to a model that is gone is asked of another one."""
    found = failed({"type": "invalid_request", "availability": {"code": "no_endpoints"}})

    assert found.decision is Decision.MODEL_DEAD
    assert found.message == "status 400, invalid_request, no_endpoints"


@pytest.mark.parametrize(
    ("limit", "decision"),
    [
        ("openrouter_in_flight_budget", Decision.PAUSE),
        ("openrouter_key_limit", Decision.NO_CREDIT),
        ("openrouter_guardrail_budget", Decision.NO_CREDIT),
        ("openrouter_credits", Decision.NO_CREDIT),
        ("weight_exceeds_budget", Decision.NO_CREDIT),
    ],
)
@pytest.mark.parametrize("status", [402, 403, 429])
def test_a_budget_of_the_account(limit: str, decision: Decision, status: int) -> None:
    """Only what comes free by itself is waited for, whatever the error is called beside it."""
    error = {"metadata": {"limit_source": limit, "error_type": "payment_required"}}

    assert failed(error, status).decision is decision
    assert failed(error, status, **{"retry-after": "9"}).decision is decision
    assert limit in failed(error, status).message


def test_money_that_comes_free_at_a_time_is_waited_for() -> None:
    """So says who names a time and nothing else; without one there is no credit."""
    assert failed({"code": 402}, 402, **{"retry-after": "9"}).decision is Decision.PAUSE
    assert failed({"code": 402}, 402).decision is Decision.NO_CREDIT
    assert failed({"code": "insufficient_quota"}, 429, **{"retry-after": "9"}).decision is (
        Decision.NO_CREDIT
    )


@pytest.mark.parametrize(
    ("status", "word", "decision"),
    [
        (429, "insufficient_quota", Decision.NO_CREDIT),
        (400, "invalid_api_key", Decision.STOP),
        (400, "model_not_found", Decision.MODEL_DEAD),
        (400, "context_length_exceeded", Decision.NEXT_MODEL),
        (500, "server_error", Decision.RETRY),
    ],
)
def test_an_error_may_have_a_word_for_a_code(status: int, word: str, decision: Decision) -> None:
    """As OpenAI and who follows it write; a fault of key, money or model is not the page's."""
    found = failed({"code": word, "type": "invalid_request_error"}, status)

    assert found.decision is decision
    assert (word in found.message) is (word in KINDS)


@pytest.mark.parametrize("name", error_policy.BLAMES)
def test_a_parameter_that_is_refused_is_the_models(name: str) -> None:
    """The same for all pages; what says more of the page is not overruled by it."""
    refused = {"param": name, "code": "unsupported_parameter", "type": "invalid_request_error"}
    too_long = failed({"param": name, "code": "context_length_exceeded"})

    assert failed(refused).decision is Decision.MODEL_DEAD
    assert failed({"param": "messages"}).decision is Decision.REJECTED
    assert too_long.decision is Decision.NEXT_MODEL
    assert "refuses" not in too_long.message


@pytest.mark.parametrize("status", [408, 504, 524])
def test_who_gave_up_waiting_may_have_been_billed(status: int) -> None:
    """The work may have been done behind it, whoever says so and whatever the answer's status."""
    inner = failed({"code": status}, 200)
    assert failed({"code": status}, status).cost is None
    assert inner.cost is None
    assert failed({"code": 500}, 500).cost == 0


def test_what_was_never_sent_costs_nothing() -> None:
    """All else may, as long as the service itself does not say that it failed."""
    unsent = (failure.NO_CONNECTION, failure.UNTRUSTED, failure.UNSENT)
    others = (failure.CUT, failure.SILENT, failure.LATE, failure.TOO_LARGE, failure.GARBLED)
    told, behind = failed({"code": 502}, 502), {"status": 502, "headers": {}, "now": NOW}

    assert {each.cost for each in unsent} == {0}
    assert {each.cost for each in others} == {None}
    assert told.cost == 0
    assert error_policy.failure_of(None, **behind).cost is None  # type: ignore[arg-type]
    assert error_policy.failure_of({"error": {}}, partial=True, **behind).cost is None  # type: ignore[arg-type]


@given(json_values, st.integers(100, 599))
def test_whatever_is_said_has_an_action(wire: object, status: int) -> None:
    """And nothing of it is told but words of ours."""
    headers = {"retry-after": str(wire)}
    found = error_policy.failure_of(wire, status=status, headers=headers, now=NOW)

    assert found.decision in Decision
    assert set(found.message.split()) <= VOCABULARY | {
        f"{n}{c}" for n in range(100, 600) for c in (",", "")
    }


VOCABULARY = {
    word + end
    for text in [
        *KINDS,
        "status error moderation an error instead of a page the answer ends in",
        *error_policy.BLAMES.values(),
    ]
    for word in text.split()
    for end in ("", ",")
}
