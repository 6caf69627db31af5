"""`ocrqueue bench` as a user meets it: real pages, a real model, a real process that may die."""

import json
from pathlib import Path
from signal import Signals
from typing import Any

import psutil
import pytest

from ocrqueue.backends.deepseek_mlx import machine_lock
from tests.support import tiny_model
from tests.support.folders import make_inputs
from tests.support.processes import LEASE_FILE, Process, Stage
from tests.support.servers import wait_until
from tests.support.tiny_model import CHECKPOINT, PDF

LONG_S = 60.0
RESOLUTION = "OCRQUEUE_BACKENDS__DEEPSEEK_MLX__RESOLUTION"
MODEL = ("--backend", "deepseek-mlx", "--model", str(CHECKPOINT), "--trust-model-code")


def texts_of(wire: Any) -> list[str]:
    """Return every text in a JSON value."""
    if isinstance(wire, dict):
        return [text for value in wire.values() for text in texts_of(value)]
    if isinstance(wire, list):
        return [text for value in wire for text in texts_of(value)]
    return [wire] if isinstance(wire, str) else []


def test_tesseract_is_measured_on_our_own_pages(stage: Stage, tmp_path: Path) -> None:
    """A table beside the targets, JSON without a text or a name, and no tokens to count."""
    first = stage.run("bench", "--backend", "tesseract", "--pages", "1", "--json", "a.json")
    second = stage.run(
        *("bench", "--backend", "tesseract", "--pages", "1", "--dpi", "150", "--json", "b.json")
    )

    assert (first.code, second.code) == (0, 0), second.err
    rows = {line.split("  ")[0]: line.split() for line in second.out.splitlines()}
    assert rows["pages a minute"][4:7] == ["3", "5", "8"]
    assert rows["tokens a second"][3] == rows["loading the model, s"][4] == "n/a"
    assert "page 1 of 1: " in second.err
    kept = json.loads((tmp_path / "b.json").read_text())
    assert [(p["page"], p["verdict"]) for p in kept["pages"]] == [(1, "good")]
    assert kept["figures"]["pages_per_min"] > 0
    assert max(map(len, texts_of(kept))) < 80
    assert not any("letter" in text or str(tmp_path) in text for text in texts_of(kept))
    compared = stage.run("bench", "--compare", "a.json", "b.json")
    assert compared.code == 0
    assert "dpi: 200 and 150" in compared.out


def test_pages_that_fail_are_told_and_few_pages_are_read_again(
    stage: Stage, tmp_path: Path
) -> None:
    """Whatever fails is named by its code and costs the exit code, not the measurement."""
    make_inputs(tmp_path / "in", {"a.pdf": 2})

    ended = stage.run(
        *("bench", "in", "--backend", "scripted", "--pages", "3", "--json", "-"),
        given={"OCRQUEUE_BACKENDS__SCRIPTED__SCRIPT": "2: refuse"},
    )

    assert ended.code == 3, ended.err
    pages = ended.json["pages"]
    assert [(page["page"], bool(page["error"])) for page in pages] == [
        (1, False),
        (2, True),
        (1, False),
    ]
    assert f"page 2 of 3: 0.0 s, {pages[1]['error']}" in ended.err


@pytest.mark.mlx
@pytest.mark.skipif(not tiny_model.CHECKPOINT.is_dir(), reason="the tiny model is not there")
def test_a_model_is_measured(stage: Stage) -> None:
    """Loading, tokens and MLX's own memory are told, and which versions computed."""
    ended = stage.run(
        *("bench", str(PDF), *MODEL, "--pages", "2", "--json", "-"),
        given={RESOLUTION: "tiny"},
        seconds=LONG_S,
    )

    assert ended.code == 0, ended.err
    kept = ended.json
    assert [page["tokens"] > 100 for page in kept["pages"]] == [True, True]
    figures = kept["figures"]
    assert all(figures[key] > 0 for key in ("load_s", "tokens_per_s", "overhead_percent"))
    assert 20 < kept["model_mb"] < kept["rss_mb"]
    assert kept["model"] == "checkpoint"
    assert "mlx-vlm" in kept["program"]


@pytest.mark.mlx
@pytest.mark.skipif(not tiny_model.CHECKPOINT.is_dir(), reason="the tiny model is not there")
def test_who_computes_already_is_not_disturbed(stage: Stage, tmp_path: Path) -> None:
    """With the lease in another process's hands nothing is measured, and it says why."""
    place = tmp_path / "taken"
    assert machine_lock.take(place)

    ended = stage.run("bench", str(PDF), *MODEL, given={LEASE_FILE: str(place)})

    assert ended.code == 6
    assert "computes with MLX already" in ended.err
    assert ended.out == ""


def test_a_process_that_is_killed_is_told(stage: Stage) -> None:
    """As the system does it where memory ends."""
    bench, child = begun(stage)
    child.send_signal(Signals.SIGKILL)

    assert bench.wait() == 1
    assert "the measuring process was ended by SIGKILL after 0 of 10 pages" in bench.tail()
    assert stage.leftovers() == []


@pytest.mark.parametrize("number", [Signals.SIGINT, Signals.SIGKILL])
def test_nothing_goes_on_without_the_command(stage: Stage, number: Signals) -> None:
    """An interrupt ends the measuring process too, and so does the command's own violent end."""
    bench, child = begun(stage)

    assert bench.stop(number) == (130 if number is Signals.SIGINT else -number)
    wait_until(lambda: not child.is_running(), "its end", LONG_S)
    wait_until(lambda: stage.leftovers() == [], "nothing left", LONG_S)


def begun(stage: Stage) -> tuple[Process, psutil.Process]:
    """Return a running command that will take long, and its measuring process."""
    stuck = {"OCRQUEUE_BACKENDS__SCRIPTED__SCRIPT": "*: stuck"}
    bench = stage.cli("bench", "--backend", "scripted", given=stuck)
    wait_until(lambda: any(map(is_measuring, bench.descendants())), "its process", LONG_S)
    (child,) = filter(is_measuring, bench.descendants())
    return bench, child


def is_measuring(process: psutil.Process) -> bool:
    try:
        return "workers.bench" in process.cmdline()
    except psutil.Error:
        return False
