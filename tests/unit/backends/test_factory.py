"""From a candidate of the settings to its backend."""

import sys
from importlib.machinery import PathFinder

import pytest
from click.testing import CliRunner

from ocrqueue.backends import factory
from ocrqueue.cli import processes, readiness
from ocrqueue.model.errors.page import BackendUnavailable
from ocrqueue.settings.engines import Candidate, ScriptedSettings
from ocrqueue.settings.load import load


def test_an_unknown_backend_is_refused_with_the_known_names() -> None:
    """A slip in the configuration is answered with what there is."""
    wrong = Candidate(name="tesserakt", model="m")

    with pytest.raises(BackendUnavailable, match="tesseract"):
        factory.create(wrong)
    assert "tesserakt" in factory.check(wrong)[0]


def test_what_answers_by_script_is_missing_where_only_the_wheel_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Who asks an installed package for it hears where it is; nothing else is swallowed."""
    monkeypatch.delitem(sys.modules, "demo.scripted", raising=False)
    monkeypatch.delitem(sys.modules, "demo", raising=False)
    monkeypatch.setattr(sys, "path", [])  # as if there were no such folder
    monkeypatch.setattr(sys, "meta_path", [PathFinder])

    with pytest.raises(BackendUnavailable, match="only a checkout of ocrqueue has it"):
        factory.create(ScriptedSettings())
    with pytest.raises(BackendUnavailable, match="only a checkout of ocrqueue has it"):
        readiness.backends(load(None, {}, {"reading.route": "scripted"}))
    monkeypatch.setattr(processes, "become", lambda *_: pytest.fail("a worker would start"))
    assert isinstance(
        CliRunner().invoke(processes.worker, ["scripted"]).exception, BackendUnavailable
    )
    assert factory.check(ScriptedSettings()) == [
        "scripted is for tests and demos: only a checkout of ocrqueue has it"
    ]


def test_what_a_backend_itself_misses_is_no_missing_backend(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A module that a backend cannot import is told as what it is."""
    monkeypatch.delitem(sys.modules, "demo.scripted", raising=False)
    monkeypatch.setitem(sys.modules, "ocrqueue.backends.by_task", None)

    with pytest.raises(ModuleNotFoundError, match="by_task"):
        factory.create(ScriptedSettings())
