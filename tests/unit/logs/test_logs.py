"""Logs: a closed list of events, one line each, that no name of a file can break."""

import ast
import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from rq.logutils import setup_loghandlers

from ocrqueue import logs
from ocrqueue.logs import Event
from ocrqueue.logs.setup import LONGEST
from ocrqueue.settings.schema import LoggingSettings

ROOT = Path(__file__).resolve().parents[3]
SOURCES = [*(ROOT / "ocrqueue").rglob("*.py"), *(ROOT / "workers").rglob("*.py")]


@pytest.fixture(autouse=True)
def _restore_logging() -> Iterator[None]:
    root = logging.getLogger()
    level = root.level
    before = list(root.handlers)
    yield
    for handler in [handler for handler in root.handlers if handler not in before]:
        root.removeHandler(handler)
        handler.close()
    root.setLevel(level)


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """It is one."""
        return True


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_one_json_line_per_event() -> None:
    """Where nobody looks on, each event is one JSON object with time, level, process and fields."""
    stream = io.StringIO()
    logs.configure(stream=stream)
    logs.emit(Event.PAGE_ATTEMPT, document="ab", page=3, seconds=1.5, error=None)
    (line,) = lines(stream)
    assert line.pop("timestamp").endswith("Z")
    assert isinstance(line.pop("pid"), int)
    assert line == {
        "event": "page.attempt",
        "level": "info",
        "document": "ab",
        "page": 3,
        "seconds": 1.5,
    }


def test_terminal_gets_readable_lines() -> None:
    """On a terminal the line is for people; `json` asks for JSON even there."""
    terminal = Terminal()
    logs.configure(stream=terminal)
    logs.emit(Event.WORKER_STARTED, worker="w1", queue="tesseract", pid=7)
    assert "worker.started" in terminal.getvalue()
    assert "queue=tesseract" in terminal.getvalue()
    assert not terminal.getvalue().startswith("{")

    logs.configure(stream=(other := Terminal()), format="json")
    logs.emit(Event.WORKER_STARTED, worker="w1")
    assert lines(other)[0]["worker"] == "w1"


def test_fields_that_are_not_listed_are_left_out() -> None:
    """A field an event does not list is not logged: so no text of a page can slip in."""
    stream = io.StringIO()
    logs.configure(stream=stream)
    logs.emit(Event.PAGE_ATTEMPT, page=3, markdown="4711 secret")
    assert "4711" not in stream.getvalue()
    assert lines(stream)[0]["page"] == 3


def emitted() -> Iterator[tuple[str, str, set[str]]]:
    """Yield each call of `logs.emit` in the sources: where, which event, which fields."""
    for source in SOURCES:
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not ast.unparse(node.func).endswith("logs.emit"):
                continue
            where = f"{source.relative_to(ROOT)}:{node.lineno}"
            name = ast.unparse(node.args[0]).rsplit(".", 1)[-1]
            yield where, name, {str(keyword.arg) for keyword in node.keywords}


def test_every_call_uses_a_listed_event_and_its_fields() -> None:
    """No line of the code emits an event or a field that is not in the list."""
    calls = list(emitted())
    assert len(calls) >= 10
    wrong = [
        (where, name, unknown)
        for where, name, fields in calls
        if name not in Event.__members__ or (unknown := fields - Event[name].fields)
    ]
    assert wrong == []


def test_no_event_is_dead() -> None:
    """Each listed event is emitted somewhere."""
    assert {name for _, name, _ in emitted()} == set(Event.__members__)


def test_no_event_may_carry_text() -> None:
    """No event lists a field that could hold what a page says."""
    banned = {"text", "markdown", "reply", "raw", "prompt", "password", "url"}
    assert {event: event.fields & banned for event in Event if event.fields & banned} == {}


def test_events_have_names_and_levels() -> None:
    """Event names are `thing.happened`, none twice, each with a level of the logging module."""
    assert len({event.value for event in Event}) == len(Event.__members__)
    for event in Event:
        assert event.value.count(".") == 1
        assert event.level in {"debug", "info", "warning", "error"}
        assert "event" not in event.fields


def test_level_and_file(tmp_path: Path) -> None:
    """Below the level nothing is logged; the file gets JSON what the terminal gets as text."""
    file = tmp_path / "logs" / "run.log"
    terminal = Terminal()
    logs.configure(level="warning", file=file, stream=terminal)
    logs.emit(Event.WORKER_STARTED, worker="w1")
    logs.emit(Event.WORKER_RECOVERED, worker="w2", job="j")
    (line,) = [json.loads(text) for text in file.read_text(encoding="utf-8").splitlines()]
    assert (line["event"], line["worker"]) == ("worker.recovered", "w2")
    assert terminal.getvalue().count("\n") == 1


def test_a_file_that_was_set_aside_is_made_anew(tmp_path: Path) -> None:
    """After newsyslog or logrotate renamed the log, lines go to a new file; no folder, no harm."""
    folder = tmp_path / "logs"
    log, old = folder / "log.jsonl", folder / "log.jsonl.0"
    logs.configure(file=log, stream=io.StringIO())
    logs.emit(Event.PAGE_ATTEMPT, page=1)

    log.rename(old)
    logs.emit(Event.PAGE_ATTEMPT, page=2)
    folder.rename(tmp_path / "elsewhere")
    logs.emit(Event.PAGE_ATTEMPT, page=3)
    (tmp_path / "elsewhere").rename(folder)
    logs.emit(Event.PAGE_ATTEMPT, page=4)

    assert [json.loads(line)["page"] for line in old.read_text().splitlines()] == [1]
    assert [json.loads(line)["page"] for line in log.read_text().splitlines()] == [2, 4]


def test_last_call_counts(tmp_path: Path) -> None:
    """Setting up twice does not log twice, and a file is appended to."""
    stream = io.StringIO()
    for _ in range(2):
        logs.configure(stream=stream, file=tmp_path / "a.log")
        logs.emit(Event.WORKER_STARTED, worker="w1")
    assert len(lines(stream)) == 2
    assert len((tmp_path / "a.log").read_text(encoding="utf-8").splitlines()) == 2


def test_settings_choose(tmp_path: Path) -> None:
    """The logging section of the settings is all that is needed."""
    choice = LoggingSettings(level="error", format="json", file=tmp_path / "a.log")
    terminal = Terminal()
    logs.configure(**asdict(choice), stream=terminal)
    logs.emit(Event.WORKER_RECOVERED, worker="w1")
    logs.emit(Event.WORKER_HUNG, worker="w1", seconds=3)
    assert [line["event"] for line in lines(terminal)] == ["worker.hung"]
    assert (tmp_path / "a.log").exists()


@pytest.mark.parametrize("stream_format", ["json", "console"])
@pytest.mark.parametrize(
    "name", ["caf\udce9.pdf", "a\x1b[31mred", "a\nb", "a\u202egnp", "日本", "\u2028"]
)
def test_odd_names_cannot_break_the_log(tmp_path: Path, name: str, stream_format: str) -> None:
    """Bytes that are no UTF-8, line breaks and terminal codes are shown, not obeyed."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    logs.configure(stream=stream, format=stream_format, file=tmp_path / "a.log")
    logs.emit(Event.ENQUEUE_DOCUMENT, source=Path("/in") / name, document=name)
    stream.flush()
    for text in (stream.buffer.getvalue().decode(), (tmp_path / "a.log").read_text("utf-8")):
        assert len(text.splitlines()) == 1
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "enqueue.document" in text


def test_long_values_are_cut() -> None:
    """A value as long as a document does not fill the log."""
    stream = io.StringIO()
    logs.configure(stream=stream)
    logs.emit(Event.WORKER_HEARTBEAT_MISSED, worker="w", error="x" * 10000)
    assert len(lines(stream)[0]["error"]) == LONGEST + 3


def test_rq_is_heard_from_warnings_on() -> None:
    """What RQ logs comes through the same lines, warnings and worse only, and not twice."""
    stream = io.StringIO()
    logs.configure(level="debug", stream=stream)
    setup_loghandlers("WARNING")
    rq = logging.getLogger("rq.worker")
    rq.info("job %s", 1)
    rq.warning("job %s", 2)
    try:
        int("boom")
    except ValueError:
        rq.exception("job %s", 3)
    second, third = lines(stream)
    assert (second["event"], second["level"]) == ("job 2", "warning")
    assert third["exception"].splitlines()[-1].endswith("'boom'")


def test_broken_stream_does_not_stop_the_work(capsys: pytest.CaptureFixture[str]) -> None:
    """A log that cannot be written is given up silently."""
    stream = io.StringIO()
    logs.configure(stream=stream, format="json")
    stream.close()
    logs.emit(Event.WORKER_STARTED, worker="w1")
    assert capsys.readouterr().err == ""


def test_library_is_silent_until_asked() -> None:
    """A program that only imports the library sees no log lines."""
    program = "from ocrqueue import logs\nlogs.emit(logs.Event.WORKER_HUNG, worker='w', seconds=1)"
    told = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert told.stdout + told.stderr == ""
