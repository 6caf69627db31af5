"""Runs over a bucket of a real S3 server; server and workers die: nothing is lost or doubled."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from ocrqueue.model.place import Place
from tests.support import seaweed
from tests.support.folders import make_inputs
from tests.support.processes import QUICK, Stage, named, stage
from tests.support.seaweed import Seaweed
from tests.support.servers import wait_until

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
