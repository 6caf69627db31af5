"""A server of one's own: asked plainly, for nothing, and no more once it asks for money."""

import time
from dataclasses import replace

import pytest

from ocrqueue.backends import factory
from ocrqueue.backends.openrouter.backend import OpenRouter
from ocrqueue.model.errors.page import PoolStopped, ReplyRejected
from ocrqueue.settings.engines import OpenRouterSettings
from tests.support import fault_server as fs
from tests.support.fault_server import Answer, error
from tests.support.gates import OpenGate
from tests.support.remote import (
    FIRST,
    FREE,
    GOOD,
    SECOND,
    TEXT,
    Runs,
    candidate,
    failure_of,
    page_of,
    picture,
)


def test_other_servers_are_asked_plainly(run: Runs) -> None:
    """Without what only OpenRouter knows, without its key, and for nothing on this machine."""
    here = run(FREE, api="auto", prices="", fallbacks="")
    here.gate = OpenGate()
    reply = here.read()
    (request,) = here.server.requests

    assert reply.text == TEXT
    assert "authorization" not in request.headers
    assert set(request.json) == {
        *("model", "messages", "temperature", "max_tokens", "stream", "stream_options")
    }
    assert here.gate.admitted == [(0, FIRST)]


def test_without_a_gate_only_what_is_free_is_sent(run: Runs) -> None:
    """A backend as the factory makes it spends nothing."""
    here = run(FREE, fallbacks="")
    local = factory.create(candidate(here.server.url, api="plain", prices=""))
    paid = factory.create(candidate(here.server.url))
    gifts = {"prices": f"{FIRST}=0/0", "allow_free": True}
    free = factory.create(candidate(here.server.url, **gifts))
    deadline = time.monotonic() + 60

    assert local.page_to_markdown(picture(), deadline=deadline).text == TEXT
    for remote in (paid, free):
        with pytest.raises(PoolStopped, match="nobody watches over the budget"):
            remote.page_to_markdown(picture(), deadline=deadline)
    for backend in (local, paid, free):
        backend.close()
    assert len(here.server.posts) == 1


@pytest.mark.parametrize(
    ("listing", "told"),
    [(fs.plain(401, b""), "asks for a key"), (fs.plain(400, b""), "is the key right?")],
    ids=["denied", "as LiteLLM says it"],
)
def test_a_key_that_is_revoked_in_the_middle_blames_no_page(
    run: Runs, listing: Answer, told: str
) -> None:
    """Whatever the status of the page: the list of models is not told any more either."""
    here = run(FREE, error(400), api="plain", prices="", fallbacks="")
    backend = here.made()
    page_of(backend)
    here.server.told["/models"] = listing

    stopped = failure_of(backend)
    backend.close()
    assert isinstance(stopped, PoolStopped)
    assert told in str(stopped)


def test_a_server_of_ones_own_that_asks_for_money_is_asked_no_more(run: Runs) -> None:
    """It sends pages on: its first answer that states a cost is the last, and says what to set."""
    here = run(GOOD)
    now = [0.0]
    chosen = candidate(here.server.url, api="auto", prices="", fallbacks="")
    backend = OpenRouter(chosen, clock=lambda: now[0])

    first = failure_of(backend)
    now[0] = 3600.0  # when all else is looked at anew
    second = failure_of(backend)
    backend.close()

    for told in (first, second):
        assert isinstance(told, PoolStopped)
        assert 'set `api = "openrouter"`' in str(told)
    assert (first.cost_usd, second.cost_usd) == (0.0012, None)
    assert len(here.server.posts) == 1


@pytest.mark.parametrize(
    ("omit", "renames", "told"),
    [
        ("", False, {"temperature": 0.0, "max_tokens": 2000}),
        ("temperature", False, {"max_tokens": 2000}),
        ("temperature, max_tokens", True, {"max_completion_tokens": 2000}),
        ("", True, {"temperature": 0.0, "max_completion_tokens": 2000}),
        ("max_tokens, stream_options", False, {"temperature": 0.0}),
    ],
)
def test_what_a_server_refuses_is_left_out(
    run: Runs, omit: str, *, renames: bool, told: dict[str, float]
) -> None:
    """As OpenAI's reasoning models, which take neither a temperature nor `max_tokens`."""
    given = {"omit": omit, "max_completion_tokens": renames}
    here = run(FREE, api="auto", prices="", fallbacks="", **given)
    here.read()
    (request,) = here.server.posts

    varying = {"temperature", "max_tokens", "max_completion_tokens"}
    assert {name: request.json[name] for name in varying & {*request.json}} == told
    assert ("stream_options" in request.json) is ("stream_options" not in omit)


@pytest.mark.parametrize("model", ["my/model", ""], ids=["its own", "the one that comes along"])
def test_an_address_is_all_that_a_server_of_ones_own_needs(run: Runs, model: str) -> None:
    """Neither price nor fallback of OpenRouter's stands in its way; a bad reply is the page's."""
    here = run(FREE, fs.page(finish="length", cost=None))
    chosen = OpenRouterSettings(base_url=here.server.url)
    backend = factory.create(replace(chosen, model=model or chosen.model))
    deadline = time.monotonic() + 60

    assert backend.page_to_markdown(picture(), deadline=deadline).text == TEXT
    with pytest.raises(ReplyRejected):
        backend.page_to_markdown(picture(), deadline=deadline)
    backend.close()
    assert [request.json["model"] for request in here.server.posts] == [model or chosen.model] * 3


def test_a_model_with_a_price_on_this_machine_is_passed_by(run: Runs) -> None:
    """Nobody watches over money there: the one that costs nothing reads, or the page goes on."""
    here = run(FREE)
    paid = f"{FIRST}=1/2"
    both = factory.create(candidate(here.server.url, api="auto", prices=paid))
    alone = factory.create(candidate(here.server.url, api="auto", prices=paid, fallbacks=""))

    reply = both.page_to_markdown(picture(), deadline=time.monotonic() + 60)
    assert (reply.text, reply.model) == (TEXT, SECOND)
    with pytest.raises(PoolStopped, match="has a price"):
        alone.page_to_markdown(picture(), deadline=time.monotonic() + 60)
    both.close()
    alone.close()
