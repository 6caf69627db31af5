"""A short soak: random kills of workers, collector and server while pages are read."""

import subprocess

import pytest

from benchmarks.soak import Plan, soak
from tests.support import forking


def test_nothing_is_lost_or_doubled_whatever_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Under a SIGKILL about twice a second every page is in the Markdown once, nothing is left.

    What dies comes back as a fork: so it is killed over its pages, and not over its imports.
    """
    monkeypatch.setattr(subprocess, "Popen", forking.Popen)
    outcome = soak(Plan(pages=60, seed=7, page_s=0.1, most_kills=25, limit_s=100))
    assert outcome.kills.total() >= 4  # a fast machine leaves time for few
    assert outcome.clean, outcome
