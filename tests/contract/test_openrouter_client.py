"""The client over real sockets: every way a service can fail, and what becomes of the page."""

import gzip
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from ocrqueue.backends.openrouter import page_request
from ocrqueue.model.errors.page import (
    BackendTimedOut,
    OutOfMoney,
    PageError,
    PoolPaused,
    PoolStopped,
    RemoteFailed,
    RemoteRefused,
    ReplyRejected,
    RequestRejected,
)
from tests.support import fault_server as fs
from tests.support.fault_server import DONE, Answer, Move, as_json, chunked, error, said
from tests.support.remote import COST, GOOD, LOOP, SECOND, TEXT, Runs

UNKNOWN = None
RESETS = (datetime.now(UTC) + timedelta(hours=2)).isoformat()
ECHO = "what stood on the page"


@pytest.fixture(autouse=True)
def _until_the_last_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a page be sent in its last second."""
    monkeypatch.setattr(page_request, "LEAST_S", 0.0)


@dataclass(frozen=True, kw_only=True)
class Case:
    """What the server answers, and what comes of it."""

    answers: tuple[Answer, ...]
    ends: type[PageError] | None = None  # None: the page is read
    asked: str = "1"  # which models, in order
    costs: tuple[int | None, ...] = (COST,)
    pauses: tuple[float, ...] = ()
    says: str = ""  # a part of the error's message
    failed: int = 0  # failures the gate was told of
    seconds: float = 60.0
    options: dict[str, Any] = field(default_factory=dict)


def again(first: Answer, cost: int | None = 0, *, failed: int = 1, **options: Any) -> Case:
    """Asked once more, of the same model: the page is read."""
    return Case(
        answers=(first, GOOD), asked="11", costs=(cost, COST), failed=failed, options=options
    )


def waited(first: Answer, seconds: float, cost: int | None = 0) -> Case:
    """The whole pool waits, the page loses nothing."""
    return Case(answers=(first, GOOD), asked="11", costs=(cost, COST), pauses=(seconds,))


def busy(answer: Answer, *pauses: float) -> Case:
    """The whole pool waits twice; then the other model reads the page, and the gate knows why."""
    return Case(
        answers=(answer, answer, GOOD), asked="112", costs=(0, 0, COST), pauses=pauses, failed=1
    )


def elsewhere(first: Answer, cost: int | None = 0) -> Case:
    """The other model reads the page."""
    return Case(answers=(first, GOOD), asked="12", costs=(cost, COST))


def rejects_all(answer: Answer) -> Case:
    """Both models reject a page, and have read none before: that says nothing about the page."""
    return ends(PoolStopped, answer, 0, 0, asked="12", says="it has read no page before")


def ends(
    kind: type[PageError], answer: Answer, *costs: int | None, asked: str = "1", **more: Any
) -> Case:
    """The answer is always the same, and nobody reads the page."""
    return Case(answers=(answer,), ends=kind, asked=asked, costs=costs or (0,), **more)


def retry_after(value: str) -> Answer:
    return error(429, headers={"retry_after": value})


def later(seconds: float) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


def unsupported(parameter: str) -> Answer:
    told = {"message": ECHO, "type": "invalid_request_error", "param": parameter}
    return as_json(400, {"error": {**told, "code": "unsupported_parameter"}})


def html(status: int) -> Answer:
    return fs.plain(status, b"<!DOCTYPE html><title>oops</title>", content_type="text/html")


def unavailable(code: str, status: int = 404, *, retryable: bool | None = None) -> Answer:
    return error(status, availability={"code": code, "retryable": retryable})


def in_choice(**wrong: object) -> Answer:
    return as_json(200, fs.whole("half", finish_reason="error", error=wrong))


IN_FLIGHT = error(402, headers={"retry_after": "2"}, limit_source="openrouter_in_flight_budget")
GUARDRAIL = error(403, limit_source="openrouter_guardrail_budget", resets_at=RESETS)
MODERATED = error(403, reasons=["violence"], flagged_input=ECHO)
PROVIDERS_HEADERS = as_json(
    429, {"error": {"code": 429, "metadata": {"headers": {"Retry-After": "3"}}}}
)
ERROR_EVENT = fs.event({"error": {"code": 503, "message": ECHO}, "choices": [{"delta": {}}]})
SLOWLY: list[bytes | Move] = [b"retry: 9\r\n", Move.DRIP] * 2000
HEADERS_SLOWLY: list[bytes | Move] = [b"HTTP/1.1 200 OK\r\n", *SLOWLY]
SILENT: dict[str, Any] = {
    "asked": "11",
    "failed": 2,
    "says": "the answer stopped",
    "options": {"idle_s": 0.05},
}
LATE: dict[str, Any] = {"seconds": 1.0, "failed": 1, "says": "the time was over"}

WITH_A_STATUS = {
    "429, seconds": waited(retry_after("7"), 7),
    "429, a date": waited(retry_after(later(36000)), 3600),
    "429, zero": waited(retry_after("0"), 1),
    "429, negative": waited(retry_after("-5"), 1),
    "429, a date gone by": waited(retry_after(later(-60)), 1),
    "429, huge": waited(retry_after("9" * 30), 3600),
    "429, nonsense": waited(retry_after("soon"), 5),
    "429, told in the body": waited(
        error(429, availability={"code": "capacity_exhausted", "retry_after": 4}), 4
    ),
    "429, in the provider's headers": waited(PROVIDERS_HEADERS, 3),
    "429 three times, 500, then good": Case(
        answers=(error(429), error(429), error(429), error(500), GOOD),
        asked="11222",
        costs=(0, 0, 0, 0, COST),
        pauses=(5, 10, 20),
        failed=2,
    ),
    "429 for ever": ends(
        PoolPaused,
        error(429),
        *[0] * 6,
        asked="112222",
        pauses=(5, 10, 20, 40, 80, 160),
        failed=1,
        says=f"{SECOND}: status 429",
    ),
    "429 for ever, of the only model": ends(
        PoolPaused,
        error(429),
        *[0] * 6,
        asked="111111",
        pauses=(5, 10, 20, 40, 80, 160),
        options={"fallbacks": ""},
    ),
    "503 twice": busy(error(503), 5, 10),
    "503, overloaded, twice": busy(error(503, error_type="provider_overloaded"), 5, 10),
    "429 twice, seconds": busy(retry_after("7"), 7, 7),
    "429 twice, no capacity": busy(
        error(429, availability={"code": "capacity_exhausted", "retryable": True}), 5, 10
    ),
    "500 twice with a time to wait": busy(error(500, headers={"retry_after": "6"}), 6, 6),
    "402 twice, in flight": Case(
        answers=(IN_FLIGHT, IN_FLIGHT, GOOD), asked="111", costs=(0, 0, COST), pauses=(2, 2)
    ),
    "503": waited(error(503), 5),
    "500 with a time to wait": waited(error(500, headers={"retry_after": "6"}), 6),
    "500, 502, then good": Case(
        answers=(error(500), error(502), GOOD), asked="112", costs=(0, 0, COST), failed=2
    ),
    "500 for ever": ends(
        RemoteFailed,
        error(500, error_type="server"),
        *[0] * 3,
        asked="112",
        failed=3,
        says=f"127.0.0.1, {SECOND}: status 500, server",
    ),
    "408": again(error(408), UNKNOWN),
    "409": again(error(409)),
    "529": again(error(529)),
    "504 from something on the way": again(html(504), UNKNOWN),
    "524 as an HTML page": again(html(524), UNKNOWN),
    "400 around a 502": again(error(400, code=502, error_type="invalid_request")),
    "400 around a 429": waited(error(400, code=429), 5),
    "400": rejects_all(error(400, error_type="invalid_request")),
    "422": rejects_all(error(422)),
    "400, a parameter": elsewhere(unsupported("temperature")),
    "400, the length": ends(
        PoolStopped,
        unsupported("max_tokens"),
        says="set `max_completion_tokens`",
        options={"fallbacks": ""},
    ),
    "400, the model, as a proxy says it": ends(
        PoolStopped,
        as_json(400, {"error": {"message": ECHO, "param": "model", "code": "400"}}),
        says="it knows no such model",
        options={"fallbacks": ""},
    ),
    "400, too much for the model": elsewhere(error(400, error_type="context_length_exceeded")),
    "400, a wrong key in a word": ends(
        PoolStopped, error(400, code="invalid_api_key"), says="status 400, invalid_api_key"
    ),
    "400, a key that LiteLLM does not know": ends(
        PoolStopped,
        as_json(400, {"error": {"message": ECHO, "type": "no_db_connection", "code": "400"}}),
        says="status 400, no_db_connection",
    ),
    "400, an unknown model in a word": elsewhere(error(400, code="model_not_found")),
    "429, no money in a word": ends(
        OutOfMoney, error(429, code="insufficient_quota"), pauses=(300,)
    ),
    "400, too much for the only model": ends(
        RequestRejected,
        error(400, error_type="context_length_exceeded"),
        options={"fallbacks": ""},
    ),
    "401": ends(PoolStopped, error(401), says="status 401"),
    "402": ends(OutOfMoney, error(402), pauses=(300,)),
    "402, credit": ends(
        OutOfMoney, error(402, limit_source="openrouter_credits"), pauses=(300,), says="credit"
    ),
    "402, in flight": waited(IN_FLIGHT, 2),
    "402 with a time to wait": waited(error(402, headers={"retry_after": "2"}), 2),
    "403": ends(PoolStopped, error(403)),
    "403, the key's limit": ends(
        OutOfMoney, error(403, limit_source="openrouter_key_limit"), pauses=(300,)
    ),
    "403, a guardrail's budget until then": ends(
        PoolPaused, GUARDRAIL, *[0] * 6, asked="111111", pauses=(3600,) * 6
    ),
    "403, moderation": elsewhere(MODERATED),
    "403, moderation by both": ends(RemoteRefused, MODERATED, 0, 0, asked="12"),
    "404, privacy": ends(
        PoolStopped,
        unavailable("privacy_restricted", retryable=False),
        *(0, 0),
        asked="12",
        says="privacy_restricted",
    ),
    "404, the model is gone": elsewhere(unavailable("model_deprecated")),
    "404, may be tried again": again(unavailable("model_unavailable_upstream", retryable=True)),
    "413": again(error(413), failed=0),
    "413 twice": ends(RequestRejected, error(413), 0, 0, asked="11"),
    "400, the picture": again(error(400, error_type="image_too_large"), failed=0),
    "a redirection": ends(
        PoolStopped, fs.plain(307, b"", location="http://127.0.0.1:9/v1"), says="status 307"
    ),
    "429 whose body never comes": waited(
        Answer(moves=[fs.head(429, content_length="99", retry_after="2"), Move.CLOSE]), 2
    ),
}
WITHIN_200 = {
    "an error on top": again(as_json(200, {"error": {"code": 502, "message": ECHO}})),
    "an error with choices null": waited(
        as_json(200, {"choices": None, "error": {"code": 429}}), 5
    ),
    "an error with a word for a code": again(as_json(200, {"error": {"code": "server_error"}})),
    "an error in the choice": again(in_choice(code=500)),
    "an error of ours in the choice": rejects_all(in_choice(code=400)),
    "a refusal of its own kind": elsewhere(
        as_json(200, fs.whole(None, message={"content": None, "refusal": ECHO})), COST
    ),
    "a filter, as Google calls it": elsewhere(fs.page("Half", finish="SAFETY"), COST),
    "choices null": again(as_json(200, {"choices": None}), UNKNOWN),
    "an error in the stream": waited(chunked(said("half a page"), ERROR_EVENT), 5, UNKNOWN),
    "finish_reason error": again(chunked(said("half", "error"), DONE), UNKNOWN),
    "malformed JSON": again(fs.plain(200, b'{"choices": [{'), UNKNOWN),
    "malformed JSON in the stream": again(chunked(said("half"), b"data: {oops\n\n"), UNKNOWN),
    "deep JSON": again(fs.plain(200, b'{"choices":' + b"[" * 200_000), UNKNOWN),
    "an HTML page": again(html(200), UNKNOWN),
    "nothing": again(fs.plain(200, b""), UNKNOWN),
    "a gzip bomb": ends(
        PoolStopped,
        fs.plain(200, gzip.compress(bytes(1 << 20)), content_encoding="gzip"),
        UNKNOWN,
        says="compressed",
    ),
    "compressed, and nothing says so": again(fs.plain(200, gzip.compress(bytes(1 << 20))), UNKNOWN),
    "too much": elsewhere(chunked(*[b": " + b"x" * (1 << 20) + b"\n"] * 9), UNKNOWN),
}
BROKEN_OFF = {
    "closed without an answer": again(Answer(moves=[Move.CLOSE]), UNKNOWN),
    "reset": again(Answer(moves=[Move.RESET]), UNKNOWN),
    "reset in the middle": again(chunked(said("half"), Move.DRIP, Move.RESET), UNKNOWN),
    "cut off": again(chunked(said("half"), Move.CLOSE), UNKNOWN),
    "ended without an end": again(chunked(said("half")), UNKNOWN),
    "a short body": again(
        Answer(moves=[fs.head(content_length="999"), b'{"choices"', Move.CLOSE]), UNKNOWN
    ),
    "cut off twice: never a third bill": ends(
        RemoteFailed,
        Answer(moves=[Move.CLOSE]),
        *(UNKNOWN, UNKNOWN),
        asked="11",
        failed=2,
        says="the answer was cut off",
    ),
    "silence before the headers": ends(
        RemoteFailed, Answer(moves=[Move.HANG]), UNKNOWN, UNKNOWN, **SILENT
    ),
    "silence in the middle": ends(
        RemoteFailed, chunked(said("half"), Move.HANG), UNKNOWN, UNKNOWN, **SILENT
    ),
    "dripping past the deadline": ends(BackendTimedOut, chunked(*SLOWLY), UNKNOWN, **LATE),
    "headers that drip past the deadline": ends(
        BackendTimedOut,
        Answer(moves=HEADERS_SLOWLY),
        UNKNOWN,
        **LATE,
        options={"api": "plain", "prices": ""},
    ),
    "silence past the deadline": ends(BackendTimedOut, Answer(moves=[Move.HANG]), UNKNOWN, **LATE),
}
NO_PAGE = {
    "cut off by its length": elsewhere(fs.page(finish="length"), COST),
    "cut off, in a server's own word": elsewhere(fs.page(finish="abort"), COST),
    "always too long": ends(
        ReplyRejected,
        fs.page(finish="length"),
        *[COST] * 3,
        asked="122",
        says="the reply was cut off",
    ),
    "a content filter": elsewhere(fs.page("Half", finish="content_filter"), COST),
    "a refusal in words": ends(
        RemoteRefused,
        fs.page("I'm sorry, but I can't assist with that."),
        *(COST, COST),
        asked="12",
        says="the model refuses",
    ),
    "empty at first": again(fs.page(""), COST, failed=0),
    "blank, though there is ink": Case(
        answers=(fs.page("<!-- blank -->"), fs.page("null"), GOOD), asked="112", costs=(COST,) * 3
    ),
    "a table without an end": again(fs.page("<table><tr><td>1"), COST, failed=0),
    "circles": again(fs.page(LOOP * 40), UNKNOWN, failed=0),
}
CASES = WITH_A_STATUS | WITHIN_200 | BROKEN_OFF | NO_PAGE


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_becomes_of_a_page(run: Runs, case: Case) -> None:
    """Read or not, by which models, settled how, with the whole pool waiting or not."""
    here = run(*case.answers, **case.options)

    if case.ends is None:
        assert here.read(seconds=case.seconds).text == TEXT
    else:
        with pytest.raises(PageError) as caught:
            here.read(seconds=case.seconds)
        assert type(caught.value) is case.ends
        assert case.says in str(caught.value)
        assert ECHO not in str(caught.value)

    assert here.asked == case.asked
    assert here.gate.settled == list(case.costs)
    assert [seconds for seconds, _ in here.gate.pauses] == pytest.approx(case.pauses, abs=2)
    assert len(here.gate.failed) == case.failed
