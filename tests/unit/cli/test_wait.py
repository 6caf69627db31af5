"""How long a command waits for what does not go on."""

import time

import pytest

from ocrqueue.broker.monitor import WorkerState
from ocrqueue.cli.wait import Patience
from ocrqueue.pipeline.status import Now

RESTING = WorkerState(
    name="w", queue="tesseract", state="idle", host="h", pid=1, done=0, rests="/share is not there"
)
AWAY = Now(queues={"tesseract": 3}, workers=(RESTING,))
UNREAD = Now(queues={"tesseract": 3})


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that the test moves."""
    seconds = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: seconds[0])
    return seconds


@pytest.mark.parametrize(("away_s", "is_over"), [(0, False), (1000, False), (900, True)])
def test_a_folder_is_waited_for_as_long_as_was_set(
    clock: list[float], away_s: float, *, is_over: bool
) -> None:
    """For ever unless it was set, and not only as long as for a backend that nobody runs."""
    patience = Patience(seconds=25, away_s=away_s)
    assert not patience.is_over(AWAY)
    clock[0] += 900
    assert patience.is_over(AWAY) is is_over


def test_backends_that_nobody_runs_are_not_waited_for_long(clock: list[float]) -> None:
    """Where no folder is away the usual patience holds."""
    patience = Patience(seconds=25, away_s=900)
    assert not patience.is_over(UNREAD)
    clock[0] += 25
    assert patience.is_over(UNREAD)
