"""`ocrqueue watch` as a user meets it: real processes, files that come in every odd way."""

import json
import shutil
from collections import Counter
from pathlib import Path
from signal import SIGKILL

import pytest

from tests.support.folders import ledgers, make_inputs, markdown, page_results
from tests.support.processes import QUICK, Process, Stage, log_events, named, stage
from tests.support.servers import wait_until

WATCH = {"OCRQUEUE_WATCH__SETTLE_S": "0.5", "OCRQUEUE_WATCH__REST_S": "1"}
SCRIPT = "OCRQUEUE_BACKENDS__SCRIPTED__SCRIPT"


def watch(own: Stage, folder: Path, out: Path, *options: str) -> Process:
    return own.cli("watch", str(folder), "-o", str(out), *options)


def wait_for(out: Path, *names: str) -> None:
    wait_until(lambda: {*markdown(out)} == {*names}, f"{names}, there are {[*markdown(out)]}", 60)


def is_at_rest(process: Process) -> bool:
    return named(process.descendants(), "workers.supervisor") == []


def test_whatever_way_files_come_they_are_read_once_and_whole(tmp_path: Path) -> None:
    """A file that is there, one that is copied slowly, one that is renamed, one that changes.

    The output lies in the watched folder, and is no input. Between two files nothing runs but the
    watch itself; told to end, it ends well.
    """
    folder, aside = make_inputs(tmp_path / "in", {"a.pdf": 2}), tmp_path / "aside"
    make_inputs(aside, {"slow.pdf": 3, "b.pdf": 1, "changed.pdf": 2})
    out = folder / "out"
    with stage(tmp_path / "stage", {**QUICK, **WATCH}) as own:
        process = watch(own, folder, out)
        wait_for(out, "a.md")
        wait_until(lambda: is_at_rest(process), "server and workers stop")

        whole = (aside / "slow.pdf").read_bytes()
        with (folder / "slow.pdf").open("wb") as copy:
            copy.write(whole[: len(whole) // 2])
            copy.flush()
            shutil.copy(aside / "b.pdf", folder / ".b.pdf.part")
            (folder / ".b.pdf.part").rename(folder / "b.pdf")
            (folder / "a.pdf").rename(folder / "renamed.pdf")
            wait_for(out, "a.md", "b.md", "renamed.md")
            copy.write(whole[len(whole) // 2 :])
        wait_for(out, "a.md", "b.md", "renamed.md", "slow.md")
        shutil.copy(aside / "changed.pdf", folder / "b.pdf")
        wait_until(lambda: process.printed().count("b.pdf: ") == 2, "b.pdf is read again", 60)

        assert process.stop() == 0
        assert own.leftovers() == []
    done = {name: book["counts"]["done"] for name, book in ledgers(out).items()}
    assert done == {"a.json": 2, "b.json": 2, "renamed.json": 2, "slow.json": 3}
    assert {book["state"] for book in ledgers(out).values()} == {"done"}
    assert "renamed.pdf is the same file, and this input is gone" in process.tail()
    told = [line.split()[1].rstrip(":") for line in process.printed().splitlines()]
    names = Counter(Path(name).name for name in told)
    assert names == {"a.pdf": 1, "b.pdf": 2, "renamed.pdf": 1, "slow.pdf": 1}


def test_killed_and_started_again_it_loses_nothing_and_reads_nothing_twice(tmp_path: Path) -> None:
    """What was read stays, what waited is read, and what came meanwhile is found."""
    folder = make_inputs(tmp_path / "in", {"a.pdf": 4, "sub/b.pdf": 4})
    out = tmp_path / "out"
    with stage(tmp_path / "stage", {**QUICK, **WATCH, SCRIPT: "*: slow 0.25"}) as own:
        first = watch(own, folder, out)
        wait_until(lambda: len(page_results(out)) >= 2, "two pages are read", 60)
        first.stop(SIGKILL)
        wait_until(lambda: own.leftovers() == [], f"orphans end: {own.leftovers()}", 60)
        before = {path: path.stat().st_mtime_ns for path in page_results(out)}
        make_inputs(folder, {"c.pdf": 1})
        second = watch(own, folder, out, "--json")
        wait_for(out, "a.md", "sub/b.md", "c.md")
        wait_until(lambda: "done" in second.printed(), "it says what is done", 60)

        assert second.stop() == 0
        assert own.leftovers() == []
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert sum(book["counts"]["done"] for book in ledgers(out).values()) == 9
    attempts = log_events(out / ".ocrqueue" / "log.jsonl", "page.attempt")
    read = Counter((one["document"], one["page"]) for one in attempts)
    assert {*read.values()} == {1}
    states = [json.loads(line)["state"] for line in second.printed().splitlines()]
    assert {*states} == {"done"}


def test_with_workers_elsewhere_it_queues_alone(stage: Stage, tmp_path: Path) -> None:
    """Beside `up` it starts nothing, and tells the paths of what the others have written."""
    folder, out = make_inputs(tmp_path / "in", {"a.pdf": 2}), tmp_path / "out"
    up = stage.cli("up", "-o", str(out))
    up.wait_for_event("server.started")
    process = stage.cli("watch", str(folder), "-o", str(out), "--queue-only", "-q", given=WATCH)

    wait_until(lambda: process.printed() != "", "the Markdown is told", 60)

    assert process.printed() == f"{out / 'a.md'}\n"
    assert named(process.descendants(), "workers.") == []
    assert process.stop() == 0
    assert up.stop() == 0


@pytest.mark.parametrize(("name", "problem"), [("gone", "there is no"), ("a.pdf", "not a folder")])
def test_what_cannot_be_watched_is_refused(
    stage: Stage, tmp_path: Path, name: str, problem: str
) -> None:
    """A folder that is not there, and a file, are refused at once, with the name."""
    make_inputs(tmp_path, {"a.pdf": 1})
    ended = stage.run("watch", str(tmp_path / name), "-o", str(tmp_path / "out"))
    assert ended.code == 2
    assert problem in ended.err
    assert not (tmp_path / "out").exists()
