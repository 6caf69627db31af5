"""What is told of key, credit and models before any page is sent: over real sockets."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ocrqueue.backends import factory
from tests.support.fault_server import Answer, FaultServer, as_json, plain
from tests.support.remote import FIRST, KEY, SECOND, candidate

SEES = {"architecture": {"input_modalities": ["text", "image"]}}
BLIND = {"architecture": {"input_modalities": ["text"]}}
PRICED = {"pricing": {"prompt": "0.0000001", "completion": "0.0000004"}}
GOOD = {"/models": as_json(200, {"data": [{"id": FIRST, **SEES, **PRICED}]})}
PLENTY = {"/key": as_json(200, {"data": {"limit": 5, "limit_remaining": 4.2}})}


def told(answers: Mapping[str, Answer], **options: Any) -> list[str]:
    """Return what is found; no page is sent for it."""
    with FaultServer() as server:
        server.told |= answers
        found = factory.ask(candidate(server.url, **{"fallbacks": "", **options}))
        assert server.posts == []
    return found


def credit(bought: float, used: float) -> Answer:
    return as_json(200, {"data": {"total_credits": bought, "total_usage": used}})


@pytest.mark.parametrize(
    ("answers", "options", "problems"),
    [
        (GOOD | PLENTY, {}, []),
        (GOOD | PLENTY | {"/credits": credit(10, 3)}, {}, []),
        (GOOD | PLENTY | {"/credits": plain(403, b"")}, {}, []),
        (GOOD | PLENTY | {"/credits": credit(5, 5)}, {}, ["the account has no credit"]),
        (GOOD | {"/key": plain(401, b"")}, {}, ["127.0.0.1 does not accept the key"]),
        (
            GOOD | {"/key": as_json(200, {"data": {"limit_remaining": 0}})},
            {},
            ["the limit of the key is used up"],
        ),
        (
            GOOD | PLENTY,
            {"fallbacks": SECOND},
            [f"{SECOND} is not among the models of 127.0.0.1"],
        ),
        (
            {"/models": as_json(200, {"data": [{"id": FIRST, **BLIND, **PRICED}]})} | PLENTY,
            {},
            [f"{FIRST} takes no images"],
        ),
        (GOOD | PLENTY, {"max_price": "0.01/0.01"}, [f"{FIRST} costs more than `max_price`"]),
    ],
    ids=[
        *("all is well", "with credit", "credit is not told", "no credit", "a wrong key"),
        *("a spent key", "an unknown model", "no images", "too dear"),
    ],
)
def test_openrouter_is_asked_for_key_credit_and_models(
    monkeypatch: pytest.MonkeyPatch,
    answers: Mapping[str, Answer],
    options: dict[str, Any],
    problems: list[str],
) -> None:
    """Each thing that would stop the first page is found before it."""
    monkeypatch.setenv("OPENROUTER_API_KEY", KEY)

    assert told(answers, **options) == problems


OWN: dict[str, Any] = {"api": "plain", "prices": ""}
READER = {"/models": as_json(200, {"data": [{"id": "reader"}, {"id": "wr\x1biter:latest"}]})}


@pytest.mark.parametrize(
    ("answers", "model", "problem"),
    [
        (READER, "reader", ""),
        ({"/models": as_json(200, {"data": [{"id": "reader:latest"}]})}, "reader", ""),
        ({"/models": as_json(200, {"data": [{"id": "openai/*"}]})}, "openai/gpt", ""),
        (READER, "/models/checkpoint", ""),
        ({}, "any", ""),
        (READER, "other", "other is not among the models of 127.0.0.1 (it has reader, wr"),
        ({"/models": plain(401, b"")}, "reader", "127.0.0.1 asks for a key: name a `key_file`"),
        ({"/models": as_json(400, {"error": {}})}, "reader", "(status 400): is the key right?"),
    ],
    ids=["there", "Ollama", "a pattern", "a folder", "no list", "not there", "no key", "LiteLLM"],
)
def test_a_server_of_ones_own_is_asked_for_its_models(
    answers: Mapping[str, Answer], model: str, problem: str
) -> None:
    """A model that it has not is found, and what it has is told; nothing steers the terminal."""
    with FaultServer() as server:
        server.told |= answers
        chosen = candidate(server.url, **OWN, fallbacks="", model=model)
        found = " ".join(factory.ask(chosen))

    assert problem in found
    assert bool(found) is bool(problem)
    assert "\x1b" not in found


def test_a_key_goes_with_every_question_but_for_openrouters_list(tmp_path: Path) -> None:
    """A server of one's own may guard its list as well."""
    key = tmp_path / "key"
    key.touch(0o600)
    key.write_text(KEY)
    with FaultServer() as server:
        server.told |= GOOD
        factory.ask(candidate(server.url, **OWN, key_file=key))
        factory.ask(candidate(server.url, key_file=key))
        asked = [(one.line.split()[1], "authorization" in one.headers) for one in server.requests]

    assert asked == [
        ("/v1/models", True),
        ("/v1/models", False),
        ("/v1/key", True),
        ("/v1/credits", True),
    ]


def test_a_server_that_is_not_there_is_told() -> None:
    """With its name, and at once."""
    with FaultServer() as server:
        server.end()

        assert factory.ask(candidate(server.url, **OWN)) == ["127.0.0.1 cannot be reached"]
