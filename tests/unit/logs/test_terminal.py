"""What reaches a terminal of texts that somebody else wrote."""

import io
import sys
from pathlib import Path

import pytest
from rich.console import Console
from rich.live import Live

from ocrqueue.broker.monitor import Helped, WorkerState
from ocrqueue.cli import download_progress, panel, progress, status, wait
from ocrqueue.cli.echo import say
from ocrqueue.logs import Event, configure, emit
from ocrqueue.model.errors.operator import SettingsError
from ocrqueue.pipeline.status import Now
from ocrqueue.text import terminal

TITLE = "\x1b]0;mine\x07"
STEERING = [
    *(TITLE, "\x1b[2J", "\x9b31m", "a\rb", "\b\b"),
    *("\u202egpj", "\u2066x\u2069", "\U000e0041", "\udcff"),
]


@pytest.mark.parametrize("text", STEERING, ids=ascii)
def test_nothing_steers(text: str) -> None:
    """Each sign that moves, colours, turns round or hides becomes one that is seen."""
    shown = terminal.printable(f"a{text}b")
    assert shown.isprintable()
    assert "\ufffd" in shown


@pytest.mark.parametrize("text", ["Bär.pdf", "日本\u3000語.pdf", "a\u00a0b", "é́ 😀"])
def test_what_people_write_stays(text: str) -> None:
    """Letters of any script, and blanks of any width."""
    assert terminal.printable(text) == text


def test_a_message_begins_no_line_of_its_own() -> None:
    """Only the list that our errors have goes over several lines."""
    error = SettingsError("2 problems:\n  - a\nOK \x1b[32mall fine\n  - b")
    assert terminal.told(error) == "2 problems:\n  - a\ufffdOK \ufffd[32mall fine\n  - b"


def fail() -> None:
    raise RuntimeError(TITLE)


def test_an_unforeseen_error_is_told_harmlessly(capsys: pytest.CaptureFixture[str]) -> None:
    """The trace has its lines, and the message no control characters."""
    try:
        fail()
    except RuntimeError as error:
        terminal.tell_fault(type(error), error, error.__traceback__)

    told = capsys.readouterr().err
    assert "RuntimeError: \ufffd]0;mine\ufffd\n" in told
    assert told.startswith("Traceback (most recent call last):\n  File ")


def looked() -> Now:
    """What a queue says to which somebody else writes."""
    worker = WorkerState(
        name=TITLE, queue=TITLE, state=TITLE, host=TITLE, pid=1, done=0, doing=f"{TITLE}.pdf"
    )
    helped = Helped(queue=TITLE, by=TITLE, taken=1, reason=TITLE)
    why = {TITLE: f"{TITLE}\nwhy"}
    return Now(
        pending=1,
        queues={TITLE: 1},
        workers=(worker,),
        trouble=TITLE,
        held=why,
        awaited=why,
        helped=(helped,),
    )


def test_the_panel_steers_nothing_for_others() -> None:
    """What is drawn while a terminal is watched holds no sequence of theirs."""
    drawn = io.StringIO()
    with Live(console=Console(file=drawn, force_terminal=True, width=100)) as live:
        live.update(panel.drawn(progress.ProgressMeter().read(looked(), counting=False), 100))

    assert "mine" in drawn.getvalue()
    assert TITLE not in drawn.getvalue()
    assert "\x07" not in drawn.getvalue()


def test_progress_by_lines_is_harmless(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Elsewhere it is a line, and stays one."""
    monkeypatch.setattr(wait, "PLAIN_FIRST_S", 0.0)
    with wait.screen(silent=False) as show:
        show(progress.ProgressMeter().read(looked(), counting=False))

    assert "mine" in (told := capsys.readouterr().err)
    assert told.rstrip("\n").isprintable()


def test_status_is_harmless(capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever the queue's server says of workers, queues and reasons."""
    say(*status.queue_lines(looked()))

    told = capsys.readouterr().out.splitlines()
    assert len(told) > 5
    assert all(line.isprintable() for line in told)


def test_names_of_the_hub_steer_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bar of a download shows a file's name as it is, without markup or sequences."""
    drawn = io.StringIO()
    monkeypatch.setattr(
        download_progress,
        "Console",
        lambda **_: Console(file=drawn, force_terminal=True, width=100),
    )
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    with download_progress.shown("fetching", silent=False) as tell:
        tell(f"[red]{TITLE}", 1, 2)

    assert "[red]" in drawn.getvalue()
    assert TITLE not in drawn.getvalue()


@pytest.mark.parametrize("format", ["console", "json"])
def test_a_log_line_is_harmless(tmp_path: Path, format: str) -> None:  # noqa: A002 - as it is set
    """Signs that hide or turn round letters are spelled out as well."""
    stream = io.StringIO()
    configure(format=format, stream=stream)

    emit(Event.SERVER_FULL, error="".join(STEERING))

    assert tmp_path.is_dir()
    assert stream.getvalue().rstrip("\n").isprintable()
