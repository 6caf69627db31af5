"""The backend `openrouter` in front of servers that others wrote: aimock, and LiteLLM before it."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ocrqueue.backends import factory
from ocrqueue.backends.openrouter.backend import OpenRouter
from ocrqueue.model.errors.page import PoolStopped
from ocrqueue.model.page import Reply
from ocrqueue.settings.engines import OpenRouterSettings
from tests.support.gates import OpenGate
from tests.support.peers import TEXT, aimock, litellm, needs_aimock, needs_litellm, pages_asked
from tests.support.remote import failure_of, picture

MASTER = "sk-master-0123456789"


def own(url: str, model: str = "gpt-4o", **options: object) -> OpenRouterSettings:
    return OpenRouterSettings(base_url=url, model=model, **options)  # type: ignore[arg-type]


def read(backend: OpenRouter) -> Reply:
    try:
        return backend.page_to_markdown(picture(), deadline=time.monotonic() + 60)
    finally:
        backend.close()


@needs_aimock
def test_a_page_comes_through_to_the_last_letter(tmp_path: Path) -> None:
    """With its tokens, for nothing; a model that it has not is found by `check`."""
    with aimock(tmp_path) as url:
        reply = read(OpenRouter(own(f"{url}/v1")))
        found, missing = (factory.ask(own(f"{url}/v1", name)) for name in ("gpt-4o", "nosuch"))

    assert (reply.text, reply.tokens, reply.prompt_tokens) == (TEXT, 100, 1000)
    assert reply.cost_usd == 0
    assert found == []
    assert "nosuch is not among the models of 127.0.0.1 (it has gpt-4, gpt-4o" in missing[0]


@needs_aimock
def test_what_states_a_cost_is_asked_once(tmp_path: Path) -> None:
    """In OpenRouter's dialect, from an address that passes for the user's own."""
    with aimock(tmp_path, cost=0.0024) as url:
        backend = OpenRouter(own(f"{url}/api/v1"))
        told = [failure_of(backend) for _ in range(3)]
        backend.close()
        asked = pages_asked(url)

    assert {type(one) for one in told} == {PoolStopped}
    assert 'set `api = "openrouter"`' in str(told[-1])
    assert (told[0].cost_usd, told[1].cost_usd, asked) == (0.0024, None, 1)


@needs_aimock
def test_openrouters_list_and_account_are_understood(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its models take no images there, and nobody has bought credit: `check` says both."""
    monkeypatch.setenv("OPENROUTER_API_KEY", MASTER)
    with aimock(tmp_path) as url:
        chosen = own(f"{url}/api/v1", "openai/gpt-4o", api="openrouter", fallbacks="")

        assert factory.ask(chosen) == ["openai/gpt-4o takes no images", "the account has no credit"]


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """LiteLLM before aimock, with a price for its model."""
    folder = tmp_path_factory.mktemp("proxy")
    with aimock(folder) as behind, litellm(folder, behind, MASTER) as url:
        yield f"{url}/v1"


def key_file(folder: Path, key: str) -> Path:
    file = folder / "key"
    file.touch(0o600)
    file.write_text(key)
    return file


@needs_aimock
@needs_litellm
@pytest.mark.slow
@pytest.mark.timeout(200)
def test_a_page_through_a_proxy_is_booked_at_its_price(proxy: str, tmp_path: Path) -> None:
    """1,000 and 100 tokens at 1 and 2 USD a million are 0.0012 USD, and not what was reserved."""
    money = {"prices": "reader=1/2", "max_price": "2/4", "key_file": key_file(tmp_path, MASTER)}
    gate = OpenGate()
    backend = OpenRouter(own(proxy, "reader", api="openrouter", fallbacks="", **money))
    backend.use_gate(gate)

    assert read(backend).cost_usd == 0.0012
    assert gate.settled == [1200]
    assert gate.admitted[0][0] > 20_000


@needs_aimock
@needs_litellm
@pytest.mark.slow
@pytest.mark.timeout(200)
@pytest.mark.parametrize(
    ("key", "model", "why", "check"),
    [
        ("sk-wrong", "reader", "status 400, no_db_connection", "(status 400): is the key right?"),
        (
            MASTER,
            "nosuch",
            "it has read no page before",
            "nosuch is not among the models of 127.0.0.1 (it has reader)",
        ),
    ],
    ids=["a wrong key", "an unknown model"],
)
def test_a_proxy_that_blames_every_page_stops_the_pool(
    proxy: str, tmp_path: Path, model: str, why: str, check: str, *, key: str
) -> None:
    """It has status 400 for a wrong key and an unknown model: `check` tells, and no page fails."""
    chosen = own(proxy, model, key_file=key_file(tmp_path, key))
    backend = OpenRouter(chosen)
    told = failure_of(backend)
    backend.close()

    assert isinstance(told, PoolStopped)
    assert why in str(told)
    assert check in factory.ask(chosen)[0]


@needs_aimock
@needs_litellm
@pytest.mark.slow
@pytest.mark.timeout(200)
def test_a_proxy_before_a_paid_service_is_not_ones_own(proxy: str, tmp_path: Path) -> None:
    """Its first answer states a cost, and the pool stops."""
    backend = OpenRouter(own(proxy, "reader", key_file=key_file(tmp_path, MASTER)))

    assert 'set `api = "openrouter"`' in str(failure_of(backend))
    backend.close()
