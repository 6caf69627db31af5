"""The other commands, and the separate processes, as a user meets them in several terminals."""

import json
from pathlib import Path

import pytest

from ocrqueue.settings.engines import COME_ALONG
from tests.support.corpus import CORPUS, needs_corpus
from tests.support.folders import ledgers, make_inputs, markdown, page_results
from tests.support.processes import Process, Stage
from tests.support.servers import wait_until

SCREEN = 24  # lines of a terminal
SCRIPT = "OCRQUEUE_BACKENDS__SCRIPTED__SCRIPT"
REFUSES = {SCRIPT: "2: refuse"}


@pytest.fixture
def inputs(tmp_path: Path) -> Path:
    return make_inputs(tmp_path / "in", {"a.pdf": 3, "b.pdf": 1})


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def crew(stage: Stage, *extra: str) -> list[Process]:
    """Start a standing server, a scripted worker, a collector, each in its own process."""
    commands = [("server",), ("worker", "scripted", *extra), ("worker", "collector")]
    started = [stage.cli(*command) for command in commands]
    for process in started[1:]:
        process.wait_for_event("worker.started")
    return started


def test_separate_processes_do_what_run_does(stage: Stage, inputs: Path, out: Path) -> None:
    """server, two workers, collector and `enqueue --wait` in five terminals convert a folder."""
    started = crew(stage, "-n", "2")
    started.append(stage.cli("worker", "scripted"))
    started[-1].wait_for_event("worker.started")
    ended = stage.run("enqueue", str(inputs), "-o", str(out), "--wait", "--json")
    assert ended.code == 0, ended.err
    assert ended.json["done"] == 2
    assert set(markdown(out)) == {"a.md", "b.md"}
    for process in reversed(started):
        assert process.stop() == 0, process.tail()
    assert stage.leftovers() == []


def test_tesseract_and_scripted_workers_beside_each_other(
    stage: Stage, inputs: Path, out: Path
) -> None:
    """Pages of each document go to the workers of its own backend."""
    started = [*crew(stage), stage.cli("worker", "tesseract")]
    started[-1].wait_for_event("worker.started")
    both = [("scripted", inputs / "a.pdf"), ("tesseract", inputs / "b.pdf")]
    for backend, source in both:
        ended = stage.run(
            "enqueue", str(source), "-o", str(out), "--wait", "--json", "--backend", backend
        )
        assert ended.code == 0, ended.err
    backends = {name: book["pages"][0]["backend"] for name, book in ledgers(out).items()}
    assert backends == {"a.json": "scripted", "b.json": "text-layer"}  # by the Tesseract worker
    for process in reversed(started):
        assert process.stop() == 0, process.tail()


def test_retry_without_a_server(stage: Stage, inputs: Path, out: Path) -> None:
    """`retry` alone starts everything, reads what failed, assembles anew and ends with 0."""
    # The script is part of what a document is: retry with what the pages were enqueued with.
    first = stage.run("run", str(inputs), "-o", str(out), given={SCRIPT: "2: fail 2"})
    assert first.code == 3
    before = {path: path.stat().st_mtime_ns for path in page_results(out)}
    again = stage.run("retry", "-o", str(out), "--json")
    assert again.code == 0, again.err
    assert again.json["pages_reused"] == 2
    assert ledgers(out)["a.json"]["state"] == "done"
    assert all(path.stat().st_mtime_ns == time for path, time in before.items())
    nothing = stage.run("retry", "-o", str(out))
    assert nothing.code == 0
    assert "nothing to retry" in nothing.err
    assert stage.leftovers() == []


def test_retry_reads_with_the_backends_of_the_documents(
    stage: Stage, inputs: Path, out: Path
) -> None:
    """`retry` starts workers for the route a document has, whatever the settings say by now."""
    first = stage.run("run", str(inputs), "-o", str(out), given={SCRIPT: "2: fail 2"})
    assert first.code == 3
    tesseract = {"OCRQUEUE_READING__ROUTE": "tesseract"}
    assert stage.run("retry", "-o", str(out), given=tesseract).code == 0
    assert ledgers(out)["a.json"]["pages"][1]["backend"] == "scripted"


def test_a_run_does_not_wait_for_pages_that_nobody_reads(
    stage: Stage, inputs: Path, out: Path
) -> None:
    """Pages that another run left for another backend do not keep this one from its end."""
    first = stage.cli("run", str(inputs), "-o", str(out), given={SCRIPT: "*: slow 10"})
    log = out / ".ocrqueue" / "log.jsonl"
    wait_until(lambda: log.exists() and b"enqueue.finished" in log.read_bytes(), "all is queued")
    first.popen.kill()
    first.wait()
    wait_until(lambda: stage.leftovers() == [], "everything it has started has ended", 60)
    given = {"OCRQUEUE_READING__ROUTE": "tesseract"}
    again = stage.run("run", str(inputs / "b.pdf"), "-o", str(out), "--json", given=given)
    assert again.code == 0, again.err
    assert ledgers(out)["b.json"]["pages"][0]["backend"] == "text-layer"  # by the Tesseract worker


def test_cancel_then_retry(stage: Stage, inputs: Path, out: Path) -> None:
    """What was cancelled fails with that reason; `retry` on the running server reads it."""
    server = stage.cli("server")
    queued = stage.run("enqueue", str(inputs), "-o", str(out))
    assert queued.code == 0, queued.err
    cancelled = stage.run("cancel", "--all", "-o", str(out))
    assert "4 pages cancelled" in cancelled.out
    workers = [stage.cli("worker", kind) for kind in ("scripted", "collector")]
    wait_until(lambda: len(ledgers(out)) == 2, "cancelled documents are written")
    errors = {json.dumps(page) for book in ledgers(out).values() for page in book["pages"]}
    assert all("cancelled" in error for error in errors)
    again = stage.run("retry", "a.pdf", "-o", str(out))
    assert "3 pages to read" in again.out
    wait_until(lambda: ledgers(out)["a.json"]["state"] == "done", "a.pdf is read after all")
    assert ledgers(out)["b.json"]["state"] == "failed"
    for process in (*workers, server):
        assert process.stop() == 0, process.tail()


def test_cancel_needs_to_know_what(stage: Stage, inputs: Path, out: Path) -> None:
    """`cancel` without documents and without --all, or with both, is bad usage."""
    stage.run("run", str(inputs), "-o", str(out))
    assert stage.run("cancel", "-o", str(out)).code == 2
    assert stage.run("cancel", "a.pdf", "--all", "-o", str(out)).code == 2
    assert stage.run("retry", "unknown.pdf", "-o", str(out)).code == 2


def test_status_with_and_without_a_server(stage: Stage, inputs: Path, out: Path) -> None:
    """`status` tells the documents from the disk, and the queue where there is one."""
    stage.run("run", str(inputs), "-o", str(out), given=REFUSES)
    without = stage.run("status", "-o", str(out), "--json").json
    assert without["queue"] is None
    assert (without["documents"]["done"], without["documents"]["partial"]) == (1, 1)
    server = stage.cli("server")
    stage.run("enqueue", str(inputs), "-o", str(out), "--force", given=REFUSES)
    told = stage.run("status", "-o", str(out), "--json").json["queue"]
    assert (told["pending"], told["documents"]) == (4, 2)
    assert told["queues"]["scripted"] == 4
    people = stage.run("status", "-o", str(out))
    assert "4 pages left" in people.out
    assert people.code == 0
    assert server.stop() == 0


def test_status_where_there_is_nothing(stage: Stage, out: Path) -> None:
    """`status` of a folder that was never used says so, and makes nothing."""
    assert stage.run("status", "-o", str(out)).code == 0
    assert not out.exists()


def test_check_says_what_is_missing(stage: Stage, out: Path) -> None:
    """`check` ends with 0 when all is ready, and with 6 and a remedy when something is not."""
    ready = stage.run("check", "-o", str(out), given={"OCRQUEUE_READING__ROUTE": "tesseract"})
    assert ready.code == 0, ready.out
    listed = [line for line in ready.out.splitlines() if line.startswith("ok     backend ")]
    assert [line.split()[2].rstrip(":") for line in listed[1:]] == [
        name for name in COME_ALONG if name != "tesseract"
    ]
    assert all(": not in the route; " in line for line in listed[1:])
    assert len(ready.out.splitlines()) <= SCREEN
    away = {"OCRQUEUE_REDIS__URL": "redis://127.0.0.1:9/0"}
    missing = stage.run("check", "-o", str(out), given=away)
    assert missing.code == 6
    assert "FAILED" in missing.out
    assert "->" in missing.out
    assert not out.exists()
    assert stage.leftovers() == []


def test_config_says_where_values_come_from(stage: Stage, tmp_path: Path) -> None:
    """`config` shows each value with its origin: default, file, environment or flag."""
    (tmp_path / "c.toml").write_text("[render]\ndpi = 150\n")
    given = {"OCRQUEUE_OUTPUT__SPLIT_PAGES": "true"}
    arguments = ("config", "--config", str(tmp_path / "c.toml"), "-o", "here", "--json")
    told = stage.run(*arguments, given=given).json
    assert told["render.dpi"]["value"] in ("150", 150)
    assert "c.toml" in told["render.dpi"]["origin"]
    assert told["output.split_pages"]["origin"] == "environment"
    assert told["workspace.output"]["origin"] == "flag"
    assert told["render.timeout_s"]["origin"] == "default"


@needs_corpus
def test_encrypted_documents(stage: Stage, out: Path, tmp_path: Path) -> None:
    """Without the password a document says that it needs one; with it, its pages are read."""
    source = CORPUS / "hostile" / "encrypted" / "aes-128.pdf"
    without = stage.run("run", str(source), "-o", str(out), "--json")
    assert without.code == 3
    assert ledgers(out)["aes-128.json"]["error"]["code"] == "password-needed"
    wrong = stage.run("run", str(source), "-o", str(out), "--json", "--password", "no")
    assert wrong.code == 3
    assert ledgers(out)["aes-128.json"]["error"]["code"] == "password-wrong"
    (tmp_path / "passwords").write_text("no\nfoo\n")
    arguments = ("--password-file", str(tmp_path / "passwords"))
    given = {"OCRQUEUE_BACKENDS__SCRIPTED__NEEDS_IMAGE": "true"}
    right = stage.run("run", str(source), "-o", str(out), "--json", *arguments, given=given)
    assert right.code == 0, right.err
    assert ledgers(out)["aes-128.json"]["state"] == "done"
    assert "foo" not in (out / ".ocrqueue" / "log.jsonl").read_text(encoding="utf-8")


def test_a_tcp_server_with_a_password(stage: Stage, inputs: Path, out: Path) -> None:
    """Another server can be used by URL; the password is asked for and never shown."""
    given = {"OCRQUEUE_SERVER__PORT": "0", "OCRQUEUE_SERVER__PASSWORD": "top secret"}
    ended = stage.run("run", str(inputs), "-o", str(out), "--json", given=given)
    assert ended.code == 0, ended.err
    assert "top secret" not in (out / ".ocrqueue" / "log.jsonl").read_text(encoding="utf-8")
    config = stage.run("config", given=given)
    assert "top secret" not in config.out
