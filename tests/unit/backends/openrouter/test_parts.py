"""The pure parts of the backend `openrouter`: what follows from what, without a socket."""

import base64
import io
import json
import os
import time
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from ocrqueue.backends.openrouter import (
    model_pool,
    prices,
    request,
    response,
    retry_policy,
)
from ocrqueue.backends.openrouter.deadline import Network
from ocrqueue.backends.openrouter.failure import Decision, Failure
from ocrqueue.backends.openrouter.prices import Price, Usage
from ocrqueue.backends.openrouter.response import Completion
from ocrqueue.backends.openrouter.retry_policy import Plan, following
from ocrqueue.model.errors.page import RemoteRefused
from ocrqueue.model.gate import Lease, LocalGate, Refused, Wait, Why
from ocrqueue.model.page import ImageMode, PageImage
from tests.support.failures import NOW, json_values

KEY = "sk-or-v1-0123456789"
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
        if listener.is_over:
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
    passed, ahead = Network(), Network()
    ahead.deadline = time.monotonic() + 50

    with pytest.raises(TimeoutError):
        passed.shortened(5, TimeoutError)
    assert ahead.shortened(5, TimeoutError) == 5
    assert 40 < ahead.shortened(60, TimeoutError) <= 50
    assert 40 < ahead.shortened(None, TimeoutError) <= 50


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
        ({"cost": 0.0012000000000000001}, 1200),
        ({}, None),
    ],
)
def test_the_real_cost(wire: dict[str, object], cost: int | None) -> None:
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
    bound = prices.most_prompt_tokens(prompt, max(width, height), 0)
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
    found = model_pool.read(
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
    assert model_pool.find(found, "a:nitro") == found["a"]
    assert model_pool.find(found, "a:free") is model_pool.UNLISTED
    wires: list[object] = [None, [], {"data": 3}, {}]
    assert [model_pool.read(wire) for wire in wires] == [{}] * 4


# What comes next

START = Plan(models=("a", "b"), temperature=0.0, room=100, side_px=1000)


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


# The picture


def noisy(side: int) -> PageImage:
    pixels = os.urandom(side * side * 3)
    return PageImage(width=side, height=side, mode=ImageMode.RGB, pixels=pixels, dpi=300, ink=0.5)


def test_a_picture_is_made_small_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Noise does not compress, so it loses pixels."""
    monkeypatch.setattr(request, "MOST_BYTES", 30_000)

    url = request.data_url(noisy(300), 2048)

    assert len(url) < 30_000 + len("data:image/jpeg;base64,")


@pytest.mark.parametrize(
    ("side_px", "width", "height", "size"),
    [(100, 300, 300, (100, 100)), (100, 900, 3, (100, 1)), (400, 300, 200, (300, 200))],
)
def test_a_picture_keeps_to_its_long_side(
    side_px: int, width: int, height: int, size: tuple[int, int]
) -> None:
    """It becomes smaller, never larger, and has a pixel at least."""
    pixels = bytes(width * height * 3)
    page = replace(noisy(3), width=width, height=height, pixels=pixels)

    _, _, text = request.data_url(page, side_px).partition(",")

    with Image.open(io.BytesIO(base64.b64decode(text))) as shown:
        assert shown.size == size


# The gate of a process alone


def test_a_local_gate_lets_pass_what_is_free() -> None:
    """Once its own pause is over."""
    now = [0.0]
    gate = LocalGate(lambda: now[0])
    assert isinstance(gate.admit(0, "m"), Lease)
    gate.pause(5, "why")
    gate.pause(2, "a shorter one")

    assert gate.admit(1, "m") == Refused(why=Why.CLOSED)
    assert gate.admit(0, "m") == Wait(seconds=5, why=Why.PAUSED, told="why")
    now[0] = 6.0
    assert isinstance(gate.admit(0, "m"), Lease)
