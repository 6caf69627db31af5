"""The pure parts of the backend `openrouter`: what follows from what, without a socket."""

import json
import os
import pickle
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import psutil
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ocrqueue.backends import factory
from ocrqueue.backends.openrouter import (
    OpenRouter,
    error_policy,
    failure,
    model_list,
    options,
    prices,
    request,
    response,
    retry_after,
    retry_policy,
)
from ocrqueue.backends.openrouter.deadline import Deadline
from ocrqueue.backends.openrouter.endpoint import endpoint
from ocrqueue.backends.openrouter.error_policy import KINDS
from ocrqueue.backends.openrouter.failure import Decision, Failure
from ocrqueue.backends.openrouter.prices import Price, Usage
from ocrqueue.backends.openrouter.response import Completion
from ocrqueue.backends.openrouter.retry_policy import Plan, following
from ocrqueue.backends.openrouter.sse import Events
from ocrqueue.model.errors.operator import SettingsError
from ocrqueue.model.errors.page import BackendUnavailable, RemoteRefused
from ocrqueue.model.gate import LocalGate, Refused, Wait, Why
from ocrqueue.model.page import ImageMode, PageImage
from ocrqueue.pipeline import order
from ocrqueue.render.protocol import RenderLimits
from ocrqueue.render.renderer import Renderer
from ocrqueue.settings.candidates import Candidate
from ocrqueue.settings.describe import describe
from ocrqueue.settings.load import from_environment, to_environ
from ocrqueue.settings.load import load as load_settings
from ocrqueue.settings.schema import Settings
from ocrqueue.settings.secrets import Secret, key_in_environment, key_in_file
from tests.support.pdfs import write_pdf

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
KEY = "sk-or-v1-0123456789"
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["error", "metadata", "availability", "code", "choices", "delta", "usage"]
            ),
            inner,
        )
    ),
    max_leaves=12,
)


def failed(error: Any, status: int = 400, **headers: str) -> Failure:
    return error_policy.failure_of({"error": error}, status=status, headers=headers, now=NOW)


# What a service may say, and what is done about it

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


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_model_that_is_not_to_be_had_is_not_asked_again(kind: str) -> None:
    """Unless the service says of itself that it may be; each word means the same by itself."""
    for_good = failed({"availability": {"code": kind, "retryable": False}}, 404)
    for_now = failed({"availability": {"code": kind, "retryable": True}}, 404)
    passing = KINDS[kind] is Decision.BUSY

    assert for_good.decision is (Decision.NEXT_MODEL if passing else KINDS[kind])
    assert for_now.decision is Decision.RETRY


def test_what_is_said_of_the_model_weighs_more_than_the_kind_of_error() -> None:
    """A request that makes no sense to a model that is gone is asked of another one."""
    found = failed({"type": "invalid_request", "availability": {"code": "no_endpoints"}})

    assert found.decision is Decision.MODEL_DEAD
    assert found.message == "status 400, invalid_request, no_endpoints"


@pytest.mark.parametrize(
    ("limit", "decision", "waits"),
    [
        ("openrouter_in_flight_budget", Decision.PAUSE, Decision.PAUSE),
        ("openrouter_key_limit", Decision.NO_CREDIT, Decision.PAUSE),
        ("openrouter_guardrail_budget", Decision.NO_CREDIT, Decision.PAUSE),
        ("openrouter_credits", Decision.NO_CREDIT, Decision.NO_CREDIT),
        ("weight_exceeds_budget", Decision.NO_CREDIT, Decision.NO_CREDIT),
    ],
)
@pytest.mark.parametrize("status", [402, 403, 429])
def test_a_budget_of_the_account(
    limit: str, decision: Decision, waits: Decision, status: int
) -> None:
    """What comes free by itself is waited for, with a time or without one."""
    error = {"metadata": {"limit_source": limit}}
    found, with_time = failed(error, status), failed(error, status, **{"retry-after": "9"})

    assert (found.decision, with_time.decision) == (decision, waits)
    assert found.asks_for_fewer is ("in_flight" in limit)
    assert "limit: " in found.message


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


@pytest.mark.parametrize("status", [408, 504, 524])
def test_who_gave_up_waiting_may_have_been_billed(status: int) -> None:
    """The work may have been done behind it, whoever says so and whatever the answer's status."""
    inner = failed({"code": status}, 200)
    assert failed({"code": status}, status).may_cost
    assert inner.may_cost
    assert not failed({"code": 500}, 500).may_cost


def test_what_was_never_sent_costs_nothing() -> None:
    """All else may, as long as the service itself does not say that it failed."""
    unsent = (failure.NO_CONNECTION, failure.UNTRUSTED, failure.UNSENT)
    others = (failure.CUT, failure.SILENT, failure.LATE, failure.TOO_LARGE, failure.GARBLED)
    told, behind = failed({"code": 502}, 502), {"status": 502, "headers": {}, "now": NOW}

    assert not any(each.may_cost for each in unsent)
    assert all(each.may_cost for each in others)
    assert not told.may_cost
    assert error_policy.failure_of(None, **behind).may_cost  # type: ignore[arg-type]
    assert error_policy.failure_of({"error": {}}, partial=True, **behind).may_cost  # type: ignore[arg-type]


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
        *(*KINDS, error_policy.IN_FLIGHT, error_policy.CAP, error_policy.CREDIT),
        "status error limit: moderation an error instead of a page the answer ends in",
    ]
    for word in text.split()
    for end in ("", ",")
}


# How long to wait


def http_date(seconds: float) -> str:
    return (NOW + timedelta(seconds=seconds)).strftime("%a, %d %b %Y %H:%M:%S GMT")


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("7", 7),
        ("1.5", 1.5),
        ("0", 0),
        ("-3", 0),
        ("1e9", 3600),
        ("9" * 400, None),
        ("inf", None),
        ("nan", None),
        ("soon", None),
        ("", None),
        (http_date(90), 90),
        (http_date(-90), 0),
        (http_date(1e6), 3600),
        ("Sun Nov  1 12:00:30 2026", 30),
    ],
)
def test_a_service_asks_for_patience(said: str, seconds: float | None) -> None:
    """In seconds or as a date, sensible or not: 0 to an hour."""
    assert retry_after.asked({"retry-after": said}, {}, NOW) == seconds


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        ({"availability": {"retry_after": 5}}, 5),
        ({"metadata": {"retry_after_seconds": "6"}}, 6),
        ({"metadata": {"headers": {"Retry-After": "7"}}}, 7),
        ({"metadata": {"resets_at": (NOW + timedelta(minutes=2)).isoformat()}}, 120),
        ({"metadata": {"resets_at": "2026-11-01T12:01:00Z"}}, 60),
        ({"resets_at": NOW.timestamp() + 80}, 80),
        ({"resets_at": (NOW.timestamp() + 80) * 1000}, 80),
        ({"resets_at": "tomorrow"}, None),
        ({"availability": {"retry_after": True}, "metadata": []}, None),
    ],
)
def test_or_says_so_in_the_body(error: dict[str, object], seconds: float | None) -> None:
    """In each of the places where it was seen."""
    assert retry_after.asked({}, error, NOW) == seconds


# An answer while it arrives

STREAM = (
    b": hello\n\n"
    + 'data: {"choices": [{"delta": {"content": "Größe 東"}}]}\r\n\r\n'.encode()
    + b'event: x\ndata: {"choices": [{"delta":\r\ndata: {"content": " 2"}}]}\r\n\r\n'
    + b'data:{"choices": [{"delta": {}, "finish_reason": "stop"}]}\r\r'
    + b'data: {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 4}}\n\n'
    + b"data: [DONE]\n\n"
)


def heard(pieces: Sequence[bytes]) -> Completion | Failure:
    listener = response.Listener(NOW)
    for piece in pieces:
        listener.feed(piece)
        if not listener.needs_more:
            break
    return listener.end()


@example(list(range(len(STREAM))))
@given(st.lists(st.integers(0, len(STREAM)), max_size=40))
def test_an_answer_is_the_same_however_it_is_cut(cuts: list[int]) -> None:
    """Within letters, line ends, fields and events."""
    edges = [0, *sorted(cuts), len(STREAM)]

    said = heard([STREAM[a:b] for a, b in pairwise(edges)])

    assert isinstance(said, Completion)
    assert (said.text, said.finish_reason) == ("Größe 東 2", "stop")
    assert said.usage == Usage(prompt_tokens=3, completion_tokens=4)


@given(st.lists(st.binary(max_size=20) | st.sampled_from([b"data: ", b"\n\n", b"{", b"[DONE]"])))
def test_any_bytes_are_an_answer_or_a_failure(pieces: list[bytes]) -> None:
    """Nothing a server may send is an exception."""
    assert isinstance(heard(pieces), Completion | Failure)
    events = Events()
    for piece in pieces:
        list(events.feed(piece))
    list(events.end())


@given(json_values)
def test_any_json_is_an_answer_or_a_failure(wire: object) -> None:
    """Of whatever shape, whole or as an event."""
    text = json.dumps(wire).encode()
    assert isinstance(heard([text]), Completion | Failure)
    assert isinstance(heard([b"data: ", text, b"\n\n", b"data: [DONE]\n\n"]), Completion | Failure)


@pytest.mark.parametrize(
    ("finish", "told"),
    [
        *((word, "stop") for word in ("stop", "STOP", "eos", "eos_token", "end_turn")),
        *((word, "length") for word in ("length", "abort", "max_tokens", "MAX_TOKENS")),
        *((word, "length") for word in ("model_length", "repetition", "None", 3, ["stop"])),
        ("content_filter", "content_filter"),
        ("tool_calls", "tool_calls"),
        (None, "stop"),
        ("", "stop"),
    ],
)
def test_only_a_word_for_an_end_is_one(finish: object, told: str) -> None:
    """A word that nobody knows says that the page was cut; no word at all says nothing."""
    choice = {"delta": {"content": "# A page"}, "finish_reason": finish}
    wire = json.dumps({"choices": [choice]}).encode()

    for pieces in ([wire], [b"data: ", wire, b"\n\n", b"data: [DONE]\n\n"]):
        said = heard(pieces)
        assert isinstance(said, Completion)
        assert said.finish_reason == told


def test_a_deadline_that_has_passed_lets_nothing_begin() -> None:
    """Each connecting, sending and reading is cut to what is left."""
    passed, ahead = Deadline(at=time.monotonic() - 1), Deadline(at=time.monotonic() + 50)

    with pytest.raises(TimeoutError):
        passed.shortened(5, TimeoutError)
    assert ahead.shortened(5, TimeoutError) == 5
    assert 40 < (ahead.shortened(60, TimeoutError) or 0) <= 50
    assert 40 < (ahead.shortened(None, TimeoutError) or 0) <= 50
    assert Deadline().shortened(None, TimeoutError) is None


# Money


@pytest.mark.parametrize(
    ("wire", "cost"),
    [
        ({"cost": 0.0012}, 1200),
        ({"cost": 0.0000001}, 1),
        ({"cost": 0}, 0),
        ({"cost": "0.5"}, 500_000),
        ({"cost": -1, "prompt_tokens": 10, "completion_tokens": 2}, 5),
        ({"cost": float("nan"), "prompt_tokens": 10, "completion_tokens": 2}, 5),
        ({"cost": True, "prompt_tokens": 10}, None),
        ({"prompt_tokens": 10, "completion_tokens": -2}, None),
        ({"prompt_tokens": 10**30, "completion_tokens": 2}, None),
        (
            {"cost": 0.01, "is_byok": True, "cost_details": {"upstream_inference_cost": 0.1}},
            110_000,
        ),
        (
            {"cost": 0, "is_byok": True, "cost_details": {"upstream_inference_cost": None}}
            | {"prompt_tokens": 10, "completion_tokens": 2},
            5,
        ),
        ({"cost": 0.01, "is_byok": True}, None),
        ({}, None),
        (None, None),
    ],
)
def test_the_real_cost(wire: object, cost: int | None) -> None:
    """As the service says, else by tokens, else unknown; rounded up to whole micro-USD."""
    price = prices.parse_price("0.25/1.25")

    assert prices.cost_of(prices.read_usage(wire), price) == cost
    assert prices.cost_of(Usage(prompt_tokens=1, completion_tokens=1), None) is None


@given(
    st.integers(1, 4000),
    st.integers(1, 4000),
    st.text(max_size=200),
    st.decimals(0, 100, places=4),
    st.integers(0, 20000),
)
def test_no_page_costs_more_than_its_estimate(
    width: int, height: int, prompt: str, price: Decimal, tokens: int
) -> None:
    """With as many tokens of input as any known model makes of it, and all that it may write."""
    most = Price(prompt=price, completion=2 * price)
    bound = prices.most_prompt_tokens(prompt, width, height, 0)
    estimate = prices.estimate(most, bound, tokens)

    real = Usage(prompt_tokens=len(prompt) + width * height // 750, completion_tokens=tokens)
    cost = prices.cost_of(real, most)
    assert cost is not None
    assert cost <= estimate


@pytest.mark.parametrize("text", ["", "1", "1/", "a/b", "-1/2", "1/nan", "1/inf", "1/2/3", "1e9/1"])
def test_what_is_no_price_is_refused(text: str) -> None:
    """In words that show what is expected."""
    with pytest.raises(ValueError, match=r"is no price such as|is no MODEL="):
        prices.parse_prices(f"m={text}")
    with pytest.raises(ValueError, match="is no MODEL="):
        prices.parse_prices("0.1/0.2")


def test_what_a_list_tells() -> None:
    """Prices in USD a token; a router without a price of its own has none."""
    found = model_list.read(
        {
            "data": [
                {"id": "a", "pricing": {"prompt": "0.00000025", "completion": "0.0000015"}},
                {"id": "router", "pricing": {"prompt": "-1", "completion": "-1"}},
                {"id": "b:free", "pricing": {"prompt": "0", "completion": "0"}},
                {"id": 3},
                "x",
            ]
        }
    )

    assert found["a"].price == prices.parse_price("0.25/1.50")
    assert found["router"].price is None
    assert model_list.find(found, "a:nitro") == found["a"]
    assert model_list.find(found, "a:free") is None
    wires: list[object] = [None, [], {"data": 3}, {}]
    assert [model_list.read(wire) for wire in wires] == [{}] * 4


# What comes next

START = Plan(models=("a", "b"), temperature=0.0, room=100)


@given(st.lists(st.sampled_from([*Decision]), min_size=40, max_size=40), st.integers(1, 4))
def test_every_page_comes_to_an_end(happens: list[Decision], models: int) -> None:
    """Three requests, five pauses, no model that was given up, and never a second resend."""
    at = replace(START, models=tuple("abcd"[:models]))
    sent = resent = 0
    for decision in happens:
        sent += decision is not Decision.ELSEWHERE
        assert at.asked < retry_policy.MOST_REQUESTS
        step = following(at, decision)
        resent += decision is Decision.RESEND
        if not isinstance(step, Plan):
            assert step is decision.end
            break
        assert set(step.models) <= set(at.models)
        at = step
    else:
        pytest.fail("it goes on for ever")
    assert sent <= retry_policy.MOST_REQUESTS + retry_policy.MOST_PAUSES + 1
    assert resent <= 2


def test_two_models_that_refuse_are_enough() -> None:
    """The page is not shown to a third one."""
    second = following(replace(START, models=("a", "b", "c")), Decision.REFUSED)

    assert isinstance(second, Plan)
    assert second.models == ("b", "c")
    assert following(second, Decision.REFUSED) is RemoteRefused


def test_the_next_model_has_tries_of_its_own() -> None:
    """What the one before it used up is not counted against it."""
    second = following(replace(START, models=("a", "b", "c")), Decision.NEXT_MODEL)
    assert isinstance(second, Plan)

    again = following(second, Decision.RETRY)

    assert isinstance(again, Plan)
    assert again.models == ("b", "c")


# Options


def candidate(**given_options: str | float | bool) -> Candidate:
    known = Settings().candidate("openrouter")
    return replace(known, options={**known.options, **given_options})


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("", "no address"),
        ("openrouter.ai", "no address"),
        ("ftp://x", "no address"),
        ("https://", "no address"),
        ("https://[::1", "no address"),
        ("https://x:y", "no address"),
        ("https://bücher.example", "no address"),
        ("http://openrouter.ai/api/v1", "must begin with https"),
        ("http://192.168.1.9:1234/v1", "must begin with https"),
        ("http://127.0.0.1.example.com/v1", "must begin with https"),
        ("https://user:pw@openrouter.ai/api/v1", "more than host and path"),
        ("https://openrouter.ai/api/v1?key=x", "more than host and path"),
    ],
)
def test_no_page_goes_to_a_wrong_address(url: str, problem: str) -> None:
    """Unencrypted only on this machine."""
    (told,) = factory.check(candidate(base_url=url))

    assert problem in told
    assert "pw" not in told
    with pytest.raises(BackendUnavailable, match=problem):
        factory.create(candidate(base_url=url))


@pytest.mark.parametrize(
    ("url", "local", "is_openrouter"),
    [
        ("https://openrouter.ai/api/v1/", False, True),
        ("https://eu.openrouter.ai/api/v1", False, True),
        ("https://openrouter.ai.example.com/v1", False, False),
        ("http://localhost:8000/v1", True, False),
        ("http://[::1]:8000/v1", True, False),
    ],
)
def test_the_host_tells_what_a_server_understands(
    url: str, *, local: bool, is_openrouter: bool
) -> None:
    """OpenRouter's own words are for OpenRouter."""
    chosen = options.read(candidate(base_url=url)).endpoint

    assert (chosen.is_local, chosen.is_openrouter) == (local, is_openrouter)
    assert chosen.chat_url.endswith("v1/chat/completions")
    assert endpoint(url, "plain", is_local=local).is_openrouter is False


@pytest.mark.parametrize(
    ("given_options", "problem"),
    [
        ({"max_prise": "1/2"}, "unknown option max_prise"),
        ({"api_key": KEY}, "unknown option api_key"),
        ({"api": "other"}, "api: 'other' is none of"),
        ({"reasoning": "much"}, "reasoning: 'much' is none of"),
        ({"side_px": 10}, "side_px: 10 is no number from 256 to 4096"),
        ({"idle_s": 0.0}, "idle_s: 0.0 is no number"),
        ({"prices": "a b"}, "is no MODEL="),
        ({"fallbacks": "some/model:online"}, "no model that pages may be sent to"),
        ({"prices": "", "fallbacks": ""}, "the price of google/gemini-3.1-flash-lite is unknown"),
        ({"max_price": "0.01/0.01"}, "costs more than `max_price`"),
    ],
)
def test_options_that_make_no_sense_are_told(
    monkeypatch: pytest.MonkeyPatch, given_options: dict[str, Any], problem: str
) -> None:
    """Before any page is read."""
    monkeypatch.setenv("OPENROUTER_API_KEY", KEY)
    told = factory.check(candidate(**given_options))

    assert problem in told[0]
    assert KEY not in str(told)


def test_free_models_need_a_word() -> None:
    """Who asks no money may keep the page; on this machine there is nobody to keep it."""
    free = replace(candidate(fallbacks=""), model="maker/m:free")
    remote = options.read(free)
    allowed = options.read(replace(free, options={**free.options, "allow_free": True}))
    local = options.read(replace(free, options={**free.options, "base_url": "http://[::1]:1/v1"}))

    assert "see `allow_free`" in options.objection(remote, "maker/m:free", prices.FREE)
    assert options.objection(allowed, "maker/m:free", prices.FREE) == ""
    assert options.objection(local, "maker/m:free") == ""
    assert OpenRouter(allowed)._gate is None
    assert isinstance(OpenRouter(local)._gate, LocalGate)
    tunnel = candidate(base_url="http://[::1]:1/v1", api="openrouter", prices="", fallbacks="")
    assert "is unknown" in options.objection(options.read(tunnel), "maker/m")


OWN = "http://127.0.0.1:8000/v1"


@pytest.mark.parametrize("url", [OWN, "https://gpu.example.com/v1"])
def test_another_server_has_other_models_and_prices(url: str) -> None:
    """Those that come along are OpenRouter's; what the user wrote counts for any server."""
    theirs = replace(candidate(base_url=url), model="my/model")
    wish = {"fallbacks": "my/other", "prices": "my/model=1/2"}
    mine = replace(theirs, options={**theirs.options, **wish})
    tunnel = replace(theirs, options={**theirs.options, "api": "openrouter"})

    found = options.read(theirs)
    assert (found.models, found.prices) == (("my/model",), {})
    found = options.read(mine)
    assert (found.models, list(found.prices)) == (("my/model", "my/other"), ["my/model"])
    assert len(options.read(tunnel).models) == 2
    assert len(options.read(tunnel).prices) == 2


def test_a_price_on_this_machine_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody watches over money there, so each model that has one is named before any page."""
    monkeypatch.delenv("OPENROUTER_API_KEY", raising=False)
    own = replace(candidate(base_url=OWN), model="my/model")
    paid = candidate(base_url=OWN, fallbacks="my/other", prices="my/other=1/2")

    assert factory.check(own) == []
    assert factory.check(candidate(base_url=OWN)) == []
    (told,) = factory.check(paid)
    assert told.startswith("my/other has a price")
    (told,) = factory.check(replace(candidate(base_url="https://gpu.example.com/v1"), model="m"))
    assert told.startswith("the price of m is unknown")


# The key


def test_the_key_is_named_where_it_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """In the environment, or in a file that nobody else may read."""
    monkeypatch.delenv("OPENROUTER_API_KEY", raising=False)
    file = tmp_path / "key"

    assert factory.check(candidate()) == [
        "there is no key: set OPENROUTER_API_KEY, or name a key_file"
    ]
    assert "cannot be read" in factory.check(candidate(key_file=str(file)))[0]
    file.write_text(KEY + "\n")
    file.chmod(0o644)
    assert "must be for its owner alone" in factory.check(candidate(key_file=str(file)))[0]
    file.chmod(0o600)
    assert factory.check(candidate(key_file=str(file))) == []
    assert key_in_file(file).reveal() == KEY


@pytest.mark.parametrize("text", ["short", "sk-or-v1-\nX-Evil: 1", "sk or v1 0123456789", "ké" * 9])
def test_what_is_no_key_is_not_repeated(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """It may be one with a slip."""
    monkeypatch.setenv("OPENROUTER_API_KEY", text)
    with pytest.raises(SettingsError) as caught:
        key_in_environment()

    assert "holds no key" in str(caught.value)
    assert text not in str(caught.value)


def test_a_key_shows_itself_to_nobody() -> None:
    """Not when printed, and not to another process."""
    secret = Secret(KEY)

    assert KEY not in f"{secret!r} {secret} {secret!s:>40}"
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    assert not hasattr(secret, "__dict__")


def test_who_reads_files_of_strangers_has_no_key(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The environment of the renderer's child is ours without it."""
    monkeypatch.setenv("OPENROUTER_API_KEY", KEY)
    before = set(psutil.Process().children())  # of other tests in this process
    with Renderer(RenderLimits()) as renderer:
        renderer.count(write_pdf(tmp_path / "a.pdf", "A page"))
        (child,) = set(psutil.Process().children()) - before
        seen = child.environ()

    assert KEY not in str(seen)
    assert seen["PATH"] == psutil.Process().environ()["PATH"]


def test_the_key_is_no_setting(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It is in no listing, in no representation, and in nothing that is told to a child."""
    monkeypatch.setenv("OPENROUTER_API_KEY", KEY)
    monkeypatch.chdir(tmp_path)
    loaded = from_environment({"reading.route": "openrouter"})

    assert KEY not in f"{loaded!r} {describe(loaded)} {to_environ(loaded)}"
    assert KEY not in str(order.reading_of(loaded, loaded.reading.route))


def test_what_is_asked_is_part_of_a_documents_identity() -> None:
    """The models and the wording; not the price, the place, or how long one waits."""

    def engine(given_candidate: Candidate, task: str = "page") -> str:
        chosen = load_settings(None, {}, {"reading.route": "openrouter", "reading.task": task})
        chosen = replace(chosen, backends=replace(chosen.backends, candidates=(given_candidate,)))
        return dict(order.reading_of(chosen, ("openrouter",)).engines)["openrouter"]

    same = candidate(prices="x=1/2", max_price="1/2", idle_s=3.0, key_file="/k", api="plain")

    assert engine(candidate()) == engine(same)
    assert "asked=1-" in engine(candidate())
    others = [candidate(fallbacks=""), candidate(prompt="OCR"), candidate(side_px=1024)]
    assert len({engine(candidate()), *map(engine, others), engine(candidate(), "table")}) == 5


# The picture


def noisy(side: int) -> PageImage:
    pixels = os.urandom(side * side * 3)
    return PageImage(width=side, height=side, mode=ImageMode.RGB, pixels=pixels, dpi=300, ink=0.5)


def test_a_picture_is_made_small_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Noise does not compress, so it loses quality first and pixels then."""
    monkeypatch.setattr(request, "MOST_BYTES", 30_000)

    url = request.data_url(noisy(300), 2048)

    assert len(url) < 30_000 + len("data:image/jpeg;base64,")
    assert request.size(noisy(300), 100) == (100, 100)
    assert request.size(replace(noisy(300), width=9000, height=3), 100) == (100, 1)


# The gate of a process alone


def test_a_local_gate_lets_pass_what_is_free() -> None:
    """Once its own pause is over."""
    now = [0.0]
    gate = LocalGate(lambda: now[0])
    lease = gate.admit(0, "m")
    gate.pause(5, "why")
    gate.pause(2, "a shorter one")

    assert gate.admit(1, "m") == Refused(why=Why.CLOSED)
    assert gate.admit(0, "m") == Wait(seconds=5, why=Why.PAUSED)
    now[0] = 6.0
    assert gate.admit(0, "m") == lease
