"""How many workers a `run` starts: one for each page that is left, up to what is allowed."""

from functools import partial
from pathlib import Path

import pytest

from ocrqueue.cli.session import Session
from ocrqueue.settings.load import load
from ocrqueue.workspace.store import Store
from tests.support.processes import QUICK, descendants, log_events, named, stage
from tests.support.servers import wait_until

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
WORKER = "tesseract_worker"


def test_one_page_gets_one_worker(tmp_path: Path) -> None:
    """A run of one page starts one worker, however many it may start."""
    given = {**QUICK, "OCRQUEUE_READING__ROUTE": "tesseract"}
    with stage(tmp_path / "home", given) as own:
        ended = own.run("run", str(SAMPLES / "letter.pdf"), "-o", "out", "-j", "3")
        assert ended.code == 0, ended.err
        started = log_events(own.folder / "out" / ".ocrqueue" / "log.jsonl", "worker.started")

    assert sorted(event["queue"] for event in started) == ["collect", "tesseract"]


def test_more_pages_get_more_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The supervisor starts as many workers as pages are left, and never more than it may."""
    monkeypatch.setenv("HOME", str(tmp_path))
    flags = {"workspace.output": str(tmp_path / "out"), "workers.tesseract": "3"}
    settings = load(None, {}, {**flags, "reading.route": "tesseract"})
    store = Store.create(settings.workspace.folder)
    told = tmp_path / "log"
    with told.open("ab") as log:
        session = Session.plan(settings, store, log)
        session.begin()
        session.keep_alive()
        assert session.process is not None
        pid = session.process.pid
        try:
            for pages, workers in ((1, 1), (2, 2), (1, 2), (99, 3)):
                session.need(pages)
                wait_until(partial(has_workers, pid, workers), f"{workers} workers")
                wait_until(lambda: log_events(told, "worker.started"), "a worker's first word")
                assert count(pid) == workers
        finally:
            session.stop()


def has_workers(pid: int, least: int) -> bool:
    return count(pid) >= least


def count(pid: int) -> int:
    return len(named(descendants(pid), WORKER))
