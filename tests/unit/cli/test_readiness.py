"""Which workers a command starts: remote ones where pages may leave, and never silently none."""

import importlib.util
from dataclasses import replace
from pathlib import Path

import pytest

from ocrqueue.backends import factory
from ocrqueue.cli import check, readiness
from ocrqueue.model.errors.operator import NotReady, UsageError
from ocrqueue.pipeline import order
from ocrqueue.settings.load import load
from ocrqueue.settings.schema import Settings
from ocrqueue.settings.schema_remote import Rule
from tests.unit.backends.deepseek_mlx.test_checkpoint import make

ROUTE = {"reading.route": "scripted,openrouter,tesseract"}


def settings(key: Path | None, *rules: Rule, **flags: object) -> Settings:
    named = {name.replace("__", "."): value for name, value in flags.items()}
    own = {"backends.openrouter.key_file": str(key)} if key else {}
    return replace(load(None, {}, {**ROUTE, **own, **named}), rules=rules)


@pytest.fixture
def key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file with a key."""
    monkeypatch.delenv("OPENROUTER_API_KEY", raising=False)
    file = tmp_path / "key"
    file.touch(0o600)
    file.write_text("sk-or-v1-0123456789abcdef")
    return file


def test_remote_workers_start_where_pages_may_leave(key: Path, tmp_path: Path) -> None:
    """Settings, a flag or a rule allow it; otherwise, and with --local-only, none starts."""
    allow = Rule(folder=tmp_path, allow_remote=True, route=("replay",))
    local = ["scripted", "tesseract"]

    assert readiness.backends(settings(key)) == local
    allowed = settings(key, remote__allowed="true")
    assert readiness.backends(allowed) == ["scripted", "openrouter", "tesseract"]
    by_rule = readiness.backends(settings(key, allow))
    assert by_rule == ["scripted", "openrouter", "tesseract", "replay"]
    assert readiness.backends(settings(key, allow, remote__allowed="false")) == [
        *local,
        "replay",
    ]


def test_without_a_key_nothing_starts_that_would_wait_for_ever(key: Path) -> None:
    """Where pages may leave and cannot, the command says what is missing."""
    key.unlink()

    with pytest.raises(NotReady, match=r"openrouter, but it is not ready: the key file"):
        readiness.backends(settings(key, remote__allowed="true"))


def for_model(folder: Path, **flags: object) -> Settings:
    return settings(
        None,
        **{"reading.route": "deepseek-mlx", "backends.deepseek-mlx.model": str(folder), **flags},
    )


def test_a_model_that_cannot_be_loaded_ends_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each reason comes with what helps; where other machines read too, they may have the model."""
    folder = make(tmp_path / "m", model_file="own.py")
    constants = pytest.importorskip("huggingface_hub.constants")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    absent = for_model(Path("us/model"), **{"backends.deepseek-mlx.revision": "c0ffee"})

    with pytest.raises(NotReady, match=r"`ocrqueue models pull us/model --revision c0ffee`"):
        readiness.backends(absent)
    with pytest.raises(NotReady, match="--trust-model-code"):
        readiness.backends(for_model(folder))
    trusted = for_model(folder, **{"backends.deepseek-mlx.trust_model_code": True})
    assert readiness.backends(trusted) == ["deepseek-mlx"]
    elsewhere = replace(absent, redis=replace(absent.redis, url="redis://there"))
    assert readiness.backends(elsewhere) == ["deepseek-mlx"]
    real = importlib.util.find_spec
    monkeypatch.setattr(
        "importlib.util.find_spec", lambda name: None if name == "mlx_vlm" else real(name)
    )
    with pytest.raises(NotReady, match=r"pip install '\.\[mlx\]'"):
        readiness.require_model(trusted.candidate("deepseek-mlx"))


def test_a_server_on_this_machine_needs_neither_permission_nor_key(key: Path) -> None:
    """What is asked at an address of this machine is as local as Tesseract."""
    key.unlink()
    here = settings(None, **{"backends.openrouter.base_url": "http://127.0.0.1:8000/v1"})

    assert readiness.backends(here) == ["scripted", "openrouter", "tesseract"]


def test_a_route_that_nobody_may_read_is_refused(key: Path) -> None:
    """A route of remote backends alone needs the permission; rules may give it input by input."""
    chosen = settings(key, **{"reading.route": "openrouter"})
    with_rules = replace(chosen, rules=(Rule(glob="*", allow_remote=True),))

    with pytest.raises(UsageError, match="say --allow-remote"):
        readiness.require_reader(order.order_of(chosen), chosen)
    readiness.require_reader(order.order_of(with_rules), with_rules)


def test_a_rule_for_a_folder_that_is_not_there_is_a_slip(key: Path, tmp_path: Path) -> None:
    """A misspelt private folder stops what may leave, and nothing else."""
    rule = Rule(folder=tmp_path / "privat", allow_remote=False)

    readiness.require_folders_of_rules(settings(key, rule))
    with pytest.raises(UsageError, match=r"rule number 1 keeps .*privat here"):
        readiness.require_folders_of_rules(settings(key, rule, remote__allowed="true"))


def test_check_says_what_keeps_pages_here(
    key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It tells apart what may not leave, what cannot, what the service refuses, what is ready."""
    refused: list[str] = []
    monkeypatch.setattr(factory, "ask", lambda _: refused)

    def told(chosen: Settings) -> str:
        found = [one for one in check.look(chosen) if one.what == "backend openrouter"]
        return found[0].problem or found[0].note

    assert told(settings(key)) == "not used: nothing may leave this machine"
    alone = settings(key, **{"reading.route": "openrouter"})  # as `--backend openrouter` has it
    assert "no page may leave this machine yet" in told(alone)
    allowed = settings(key, remote__allowed="true")
    assert told(allowed) == "ready, for 1 USD a command, 5 a day"
    refused.append("no credit")
    assert told(allowed) == told(alone) == "no credit"
    slip = Rule(folder=tmp_path / "privat", allow_remote=False)
    assert "no such folder" in told(replace(allowed, rules=(slip,)))
    key.chmod(0o644)
    assert "owner alone" in told(allowed)
