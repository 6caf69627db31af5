"""Facts about Macs that must not fall asleep while pages are read."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from ocrqueue.cli import awake
from ocrqueue.settings import programs
from ocrqueue.settings.schema import Settings, WorkersSettings


def test_a_mac_is_kept_awake_as_long_as_the_process_lives() -> None:
    """By macOS's own program, which ends with it; other systems are asked for nothing."""
    assert awake.keeper("darwin", 17) == ["/usr/bin/caffeinate", "-i", "-w", "17"]
    assert awake.keeper("linux", 17) == []


@pytest.mark.parametrize("wanted", [True, False])
def test_a_setting_switches_it_off(wanted: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is started is what would be, and nothing where it is not wanted."""
    started = list[Sequence[str]]()

    def start(command: Sequence[str], **_: Any) -> None:
        started.append(command)

    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(programs, "start", start)
    settings = Settings(workers=replace(WorkersSettings(), keep_awake=bool(wanted)))

    awake.keep(settings, 17)

    assert started == ([awake.keeper("darwin", 17)] if wanted else [])


def test_a_mac_without_the_program_reads_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it cannot be started, nothing is said and nothing ends."""
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(awake, "CAFFEINATE", "/nowhere/caffeinate")

    awake.keep(Settings(), 17)
