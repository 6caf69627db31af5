"""Options of the backend `openrouter`, and its key: what is taken, told, hidden and refused."""

import pickle
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from ocrqueue.backends import factory
from ocrqueue.backends.openrouter import prices, service
from ocrqueue.backends.openrouter.backend import OpenRouter
from ocrqueue.backends.openrouter.model_pool import Listed, ModelPool
from ocrqueue.model.errors.operator import SettingsError
from ocrqueue.model.errors.page import BackendUnavailable
from ocrqueue.model.gate import LocalGate
from ocrqueue.pipeline import order
from ocrqueue.render.renderer import Renderer
from ocrqueue.settings.describe import describe
from ocrqueue.settings.engines import Candidate, OpenRouterSettings
from ocrqueue.settings.load import from_environment, to_environ
from ocrqueue.settings.load import load as load_settings
from ocrqueue.settings.schema import RenderSettings
from ocrqueue.settings.secrets import Secret, key_in_environment, key_in_file
from tests.support.pdfs import write_pdf

KEY = "sk-or-v1-0123456789"


# Options


def candidate(**given_options: Any) -> OpenRouterSettings:
    return OpenRouterSettings(**given_options)


def objections(given_candidate: OpenRouterSettings, listed: Mapping[str, Listed] = {}) -> str:
    """Return why models may not be asked."""
    return ModelPool(service.read(given_candidate), listed, lambda: 0.0).objections


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
    chosen = service.read(candidate(base_url=url))

    assert (chosen.is_own, chosen.is_openrouter) == (local, is_openrouter)
    assert chosen.base_url.endswith("/v1")
    assert service.read(candidate(base_url=url, api="plain")).is_openrouter is False


@pytest.mark.parametrize(
    ("given_options", "problem"),
    [
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


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("max_prise", "1/2", "max_prise, did you mean backends.openrouter.max_price?"),
        ("api_key", KEY, "unknown key backends.openrouter.api_key"),
        ("api", "other", "api: 'other' is none of"),
        ("reasoning", "much", "reasoning: 'much' is none of"),
        ("side_px", 10, "side_px: 10 is out of range (256 to 4096)"),
        ("idle_s", 0.0, "idle_s: 0.0 is out of range"),
    ],
)
def test_settings_that_make_no_sense_are_told(name: str, value: object, problem: str) -> None:
    """Before any command does anything; a key that somebody gave as a setting is not repeated."""
    with pytest.raises(SettingsError) as caught:
        load_settings(None, {}, {f"backends.openrouter.{name}": value})

    assert problem in str(caught.value)
    assert KEY not in str(caught.value)


def test_free_models_need_a_word() -> None:
    """Who asks no money may keep the page; on this machine there is nobody to keep it."""
    free = replace(candidate(fallbacks=""), model="maker/m:free")
    allowed = replace(free, allow_free=True)
    local = replace(free, base_url="http://[::1]:1/v1")
    listed = {"maker/m:free": Listed(price=prices.FREE, sees_images=True)}

    assert "see `allow_free`" in objections(free, listed)
    assert objections(allowed, listed) == ""
    assert objections(local) == ""
    assert OpenRouter(allowed)._gate is None
    assert isinstance(OpenRouter(local)._gate, LocalGate)
    tunnel = candidate(base_url="http://[::1]:1/v1", api="openrouter", prices="", fallbacks="")
    assert "is unknown" in objections(replace(tunnel, model="maker/m"))


OWN = "http://127.0.0.1:8000/v1"


@pytest.mark.parametrize("url", [OWN, "https://gpu.example.com/v1"])
def test_another_server_has_other_models_and_prices(url: str) -> None:
    """Those that come along are OpenRouter's; what the user wrote counts for any server."""
    theirs = replace(candidate(base_url=url), model="my/model")
    mine = replace(theirs, fallbacks="my/other", prices="my/model=1/2")
    tunnel = replace(theirs, api="openrouter")

    found = service.read(theirs)
    assert (found.models, found.prices) == (("my/model",), {})
    found = service.read(mine)
    assert (found.models, list(found.prices)) == (("my/model", "my/other"), ["my/model"])
    assert len(service.read(tunnel).models) == 2
    assert len(service.read(tunnel).prices) == 2


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
    assert "cannot be read" in factory.check(candidate(key_file=file))[0]
    file.write_text(KEY + "\n")
    file.chmod(0o644)
    assert "must be for its owner alone" in factory.check(candidate(key_file=file))[0]
    file.chmod(0o600)
    assert factory.check(candidate(key_file=file)) == []
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
    with Renderer(RenderSettings()) as renderer:
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
        chosen = replace(chosen, candidates={"openrouter": given_candidate})
        return order.reading_of(chosen, ("openrouter",)).engines["openrouter"]

    same = candidate(prices="x=1/2", max_price="1/2", idle_s=3.0, key_file=Path("/k"), api="plain")

    assert engine(candidate()) == engine(same)
    assert "asked=1-" in engine(candidate())
    others = [candidate(fallbacks=""), candidate(prompt="OCR"), candidate(side_px=1024)]
    assert len({engine(candidate()), *map(engine, others), engine(candidate(), "table")}) == 5
