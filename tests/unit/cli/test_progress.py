"""What the live display says, and that it fits the terminal."""

import io
from dataclasses import replace

import pytest
from rich.console import Console

from ocrqueue.broker.monitor import WorkerState
from ocrqueue.cli import output, panel, progress, status
from ocrqueue.cli.progress import ProgressLine, ProgressMeter
from ocrqueue.pipeline.status import Now

MUCH = ProgressLine(
    done=12345,
    failed=1234,
    doubtful=123,
    left=98765,
    documents=4321,
    per_minute=1234,
    eta_s=4000,
    counting=True,
    workers=("tesseract: page 123 of a document with a very long name indeed.pdf" * 3,),
    tokens_per_s=40,
)


def drawn(line: ProgressLine, columns: int) -> list[str]:
    """Return the lines that a terminal of so many columns shows."""
    screen = io.StringIO()
    Console(file=screen, width=columns, force_terminal=False).print(panel.drawn(line, columns))
    return screen.getvalue().splitlines()


@pytest.mark.parametrize("columns", [20, 50, 80, 120, 300])
def test_nothing_wraps(columns: int) -> None:
    """One line for the work and one for each worker, however narrow the terminal is."""
    lines = drawn(MUCH, columns)

    assert len(lines) == 2
    assert max(map(len, lines)) <= columns
    assert "1234" in lines[0]


def test_the_whole_line_tells_documents_and_doubtful_pages() -> None:
    """What matters less goes first where there is no room."""
    assert str(MUCH) == (
        "12345 pages done (123 doubtful), 1234 failed, 98765+ left in 4321 documents, "
        "1234 pages/min, 40 tok/s, 1 h 06 min to go"
    )
    assert MUCH.fitted(60) == "12345 done, 1234 failed, 98765+ left, 1 h 06 min to go"


def test_one_page_is_one_page() -> None:
    """Where there is one of something, it is told as one."""
    one = replace(MUCH, done=1, documents=1)
    now = Now(pending=1, documents=1, checks=1)

    assert str(one).startswith("1 page done (")
    assert str(replace(one, trouble="it is full")).startswith("1 page done,")
    assert status.queue_lines(now)[0] == "Queue: 1 page left in 1 document"
    assert "not checked yet: 1 page;" in "".join(output.held_lines(now))


def test_the_time_to_go_is_told_after_some_pages() -> None:
    """Nobody can tell it from one page."""
    meter = ProgressMeter()
    meter.read(Now(pending=100), counting=False)
    few = meter.read(Now(pending=98, done=progress.ENOUGH - 1), counting=False)
    some = meter.read(Now(pending=95, done=progress.ENOUGH), counting=False)

    assert (few.eta_s, some.eta_s is None) == (None, False)


def test_a_server_that_is_away_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not at once, for it may be restarted; but soon."""
    busy = WorkerState(name="a", queue="a", state="busy", host="h", pid=1, done=0)
    meter = ProgressMeter()
    assert meter.without_server() is None
    meter.read(Now(pending=5, workers=(busy,)), counting=False)
    assert meter.without_server() is None
    monkeypatch.setattr(progress, "AWAY_S", 0.0)

    line = meter.without_server()

    assert line is not None
    assert "does not answer" in str(line)
    assert line.workers == ()


@pytest.mark.parametrize(
    ("in_hand", "told"),
    [
        (0, "stopping; Ctrl-C again to stop now\n"),
        (1, "finishing 1 page; Ctrl-C again to stop now\n"),
        (2, "finishing 2 pages; Ctrl-C again to stop now\n"),
    ],
)
def test_an_interrupt_is_answered(
    capsys: pytest.CaptureFixture[str], in_hand: int, told: str
) -> None:
    """It says what is waited for, and how not to."""
    output.tell_stopping(in_hand)
    assert capsys.readouterr().err == told
