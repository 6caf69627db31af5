"""Runs over a bucket of a real S3 server; server and workers die: nothing is lost or doubled."""

import json
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from ocrqueue import api
from ocrqueue.model.errors.operator import UsageError
from ocrqueue.model.place import Place
from ocrqueue.settings.load import load
from tests.support import seaweed
from tests.support.folders import jobs_left, make_inputs
from tests.support.processes import QUICK, Process, Stage, named, stage
from tests.support.seaweed import Seaweed
from tests.support.servers import Server, wait_until

SCRIPT = "OCRQUEUE_BACKENDS__SCRIPTED__SCRIPT"
AWAY_S = 1.0


@pytest.fixture
def crew(tmp_path: Path, weed: Seaweed) -> Iterator[Stage]:
    """Where processes run that know the bucket by the standard variables."""
    given = {**QUICK, **seaweed.environment(weed.settings), SCRIPT: "*: slow 0.3"}
    with stage(tmp_path / "stage", given) as own:
        yield own


def markdown(found: dict[str, bytes]) -> dict[str, bytes]:
    """Return the Markdown among objects."""
    return {name: text for name, text in found.items() if name.endswith(".md")}


def accepted(found: dict[str, bytes]) -> list[str]:
    """Return the names of the pages' results."""
    return [name for name in found if "/pages/" in name and name.endswith(".json")]


def test_a_run_survives_its_bucket_and_its_workers(
    crew: Stage, tmp_path: Path, weed: Seaweed, bucket: Place
) -> None:
    """Server and workers are killed while pages are read: all is there, once, as without that."""
    inputs = make_inputs(tmp_path / "in", {"a.pdf": 12, "sub/b c.pdf": 6})
    run = crew.cli("run", str(inputs), "-o", str(bucket), "-j", "2")

    wait_until(lambda: len(accepted(seaweed.contents(bucket))) >= 3, "pages are read", 60)
    for worker in named(run.descendants(), "scripted_worker"):
        worker.kill()
    wait_until(lambda: len(accepted(seaweed.contents(bucket))) >= 6, "more pages are read", 60)
    weed.kill()
    threading.Event().wait(AWAY_S)
    weed.start()
    assert run.wait(90) == 0, run.tail()

    found = seaweed.contents(bucket)
    ended = crew.run("run", str(inputs), "-o", str(tmp_path / "out"), given={SCRIPT: ""})
    assert ended.code == 0, ended.err
    folder = {
        str(path.relative_to(tmp_path / "out")): path.read_bytes()
        for path in (tmp_path / "out").rglob("*.md")
    }
    assert markdown(found) == folder
    assert len(accepted(found)) == 18
    assert {json.loads(found[name])["counts"]["done"] for name in ("a.json", "sub/b c.json")} == {
        6,
        12,
    }
    assert not [name for name in found if ".tmp-" in name or name.endswith(".failed.json")]


def test_inputs_in_a_bucket_are_read_where_nobody_has_them(
    crew: Stage, tmp_path: Path, bucket: Place
) -> None:
    """From the listing to the Markdown; a second run finds nothing new and fetches nothing."""
    inputs = make_inputs(tmp_path / "in", {"a.pdf": 1, "sub/b.pdf": 2})
    for path in inputs.rglob("*.pdf"):
        seaweed.put(bucket / "in" / path.relative_to(inputs), path.read_bytes())
    seaweed.put(bucket / "in" / "notes.txt", b"of somebody")

    first = crew.run("run", str(bucket / "in"), "-o", str(bucket / "out"), "--json")
    told = first.json
    copies = list((tmp_path / "stage").rglob("sources/*/*.pdf"))
    for copy in copies:
        copy.unlink()
    second = crew.run("run", str(bucket / "in"), "-o", str(bucket / "out"), "--json")

    assert first.code == 0, first.err
    assert (told["done"], told["pages_done"], told["left_out"]) == (2, 3, {"TXT": 1})
    assert {*markdown(seaweed.contents(bucket / "out"))} == {"a.md", "sub/b.md"}
    assert len(copies) == 2
    assert second.json["unchanged"] == 2
    assert not list((tmp_path / "stage").rglob("sources/*/*.pdf"))


def test_three_machines_need_no_share(
    tmp_path: Path, server: Server, weed: Seaweed, bucket: Place
) -> None:
    """One queues its own files, one reads, one writes: each has a home of its own, and no more."""
    inputs = make_inputs(tmp_path / "in", {"a.pdf": 2, "sub/b.pdf": 1})
    given = {**QUICK, **seaweed.environment(weed.settings), "OCRQUEUE_REDIS__URL": server.url}
    told = {"OCRQUEUE_WORKSPACE__OUTPUT": str(bucket)}
    with (
        stage(tmp_path / "one", given) as one,
        stage(tmp_path / "two", given) as two,
        stage(tmp_path / "three", given) as three,
    ):
        queued = one.run("enqueue", str(inputs), "-o", str(bucket))
        assert queued.code == 0, queued.err
        inputs.rename(tmp_path / "nobody-sees-it")
        blind = two.module("workers.scripted_worker")
        blind.wait_for_event("worker.rests")
        assert f"nobody told this process of {bucket}/.ocrqueue" in blind.tail()
        worker = two.module("workers.scripted_worker", given=told)
        collector = three.module("workers.collector", given=told)
        with server.client as client:
            wait_until(lambda: jobs_left(client) == {}, "all is read", 60)
        assert (blind.stop(), worker.stop(), collector.stop()) == (0, 0, 0)
        assert blind.events("page.attempt") == []

    found = seaweed.contents(bucket)
    assert {name for name in found if name.endswith(".md")} == {"a.md", "sub/b.md"}
    assert len(accepted(found)) == 3
    copies = list(tmp_path.rglob("sources/*/*.pdf"))
    assert {path.relative_to(tmp_path).parts[0] for path in copies} == {"two"}


def is_told(process: Process, lines: int) -> bool:
    """Return whether a process has printed so many lines."""
    return len(process.printed().splitlines()) == lines


def test_what_comes_into_a_watched_bucket_is_read(
    crew: Stage, tmp_path: Path, bucket: Place
) -> None:
    """What is there or comes, and what is replaced: each is told once it is written."""
    inputs = make_inputs(tmp_path / "in", {"a.pdf": 1, "b.pdf": 2})
    told = {"OCRQUEUE_WATCH__SETTLE_S": "0.5", SCRIPT: "*: ok"}
    out, options = bucket / "out", ("--poll", "0.5", "--json")
    process = crew.cli("watch", str(bucket / "in"), "-o", str(out), *options, given=told)

    for name, source in (("a.pdf", "a.pdf"), ("b.pdf", "b.pdf"), ("a.pdf", "b.pdf")):
        lines = len(process.printed().splitlines()) + 1
        seaweed.put(bucket / "in" / name, (inputs / source).read_bytes())
        wait_until(partial(is_told, process, lines), f"{name} is read", 60)

    assert process.stop() == 0
    read = [json.loads(line) for line in process.printed().splitlines()]
    assert [(Path(one["markdown"]).name, one["pages"]["done"]) for one in read] == [
        *(("a.md", 1), ("b.md", 2), ("a.md", 2)),
    ]


def test_the_library_reads_and_writes_in_a_bucket(
    tmp_path: Path, weed: Seaweed, bucket: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file, and a folder, named by their addresses; the ledger names the file so as well."""
    inputs = make_inputs(tmp_path / "in", {"a.pdf": 1, "sub/b.pdf": 2})
    for path in inputs.rglob("*.pdf"):
        seaweed.put(bucket / "in" / path.relative_to(inputs), path.read_bytes())
    for name, value in {**seaweed.environment(weed.settings), "HOME": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)
    chosen = load(None, {}, {"workspace.output": str(bucket / "out"), "reading.route": "scripted"})

    one = api.convert(str(bucket / "in" / "a.pdf"), settings=chosen)
    summary = api.convert_folder(bucket / "in", settings=chosen)

    assert (one.ledger.source, one.ledger.counts.done) == (str(bucket / "in" / "a.pdf"), 1)
    assert (summary.done, summary.pages_done) == (2, 3)
    assert {*markdown(seaweed.contents(bucket / "out"))} == {"a.md", "sub/b.md"}
    with pytest.raises(UsageError, match="is no name of a bucket"):
        api.convert("s3://_/a.pdf", settings=chosen)
