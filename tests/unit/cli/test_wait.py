"""How long a command waits for what does not go on."""

import time

import pytest

from ocrqueue.broker.monitor import WorkerState
from ocrqueue.cli import echo
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


def test_a_log_is_not_filled_with_progress(
    clock: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    """A line after 5, 10, 20, 40 seconds, then each minute; trouble and its end at once."""
    tell = echo.say_less_and_less(5, 60)
    begun, said = clock[0], dict[float, str]()

    def looked(until_s: float, about: str = "") -> list[float]:
        while clock[0] - begun < until_s:
            clock[0] += 0.25
            tell("a line", about=about)
            if capsys.readouterr().err:
                said[clock[0] - begun] = about
        return [at for at in said if at > until_s - 300]

    assert looked(300) == [5, 15, 35, 75, 135, 195, 255]
    assert looked(310, "the server is away")[-3:] == [255, 300.25, 305.25]
    assert looked(311)[-1] == 310.25
