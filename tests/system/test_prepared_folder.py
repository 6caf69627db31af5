"""Documents beside files that somebody prepared: none of them runs, whatever is started."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import traps
from tests.support.folders import make_inputs, markdown
from tests.support.processes import Stage
from tests.support.servers import wait_until

ALL = (*traps.MODULES, *traps.PACKAGES, *traps.STANDARD, *traps.START)
LONG_S = 60.0  # on a machine with much to do
TESSERACT = {"OCRQUEUE_READING__ROUTE": "tesseract"}


@pytest.fixture
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("told") / "ran"


@pytest.fixture
def prepared(stage: Stage, told: Path) -> Stage:
    """The stage works in a folder with documents, and with all that could be looked for."""
    make_inputs(stage.folder, {"a.pdf": 1})
    traps.lay(stage.folder, ALL, told)
    traps.lay_programs(stage.folder, told)
    return stage


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def ran(told: Path) -> str:
    return told.read_text() if told.exists() else ""


def test_the_traps_work(prepared: Stage, told: Path) -> None:
    """Python takes modules from there when it is started in the way that invites it."""
    assert prepared.start(sys.executable, "-c", "import structlog").wait() == 0
    assert "structlog" in ran(told)


def test_run_takes_no_code_from_beside_the_documents(prepared: Stage, told: Path) -> None:
    """`cd folder && ocrqueue run .`, as every user types it; PATH leads there as well."""
    given = {**TESSERACT, "PATH": ":.:/usr/local/bin:/usr/bin:/bin"}

    assert prepared.start(traps.console_script(), "run", ".", given=given).wait(LONG_S) == 0

    assert markdown(prepared.folder / "ocrqueue-out").keys() == {"a.md"}
    assert ran(told) == ""


@pytest.mark.skipif(os.getuid() != 0, reason="only root can make files of another user")
def test_files_of_another_user_in_a_shared_folder_do_not_run(prepared: Stage, told: Path) -> None:
    """In a folder as /tmp another user may have put anything beside the documents."""
    traps.give_away(prepared.folder)
    told.touch()
    told.chmod(0o666)

    ended = prepared.start(traps.console_script(), "run", "a.pdf", "-o", "out", given=TESSERACT)

    assert ended.wait(LONG_S) == 0, ended.tail()
    assert ran(told) == ""


def test_what_keeps_running_takes_no_code_from_its_folder(prepared: Stage, told: Path) -> None:
    """`up`, `server`, `worker` and `dashboard`, each with the children it starts."""
    commands = (
        ("up", "-j", "1"),
        ("server", "-o", "b"),
        ("worker", "collector"),
        ("dashboard", "--port", str(free_port())),
    )

    started = [
        prepared.start(traps.console_script(), *words, given=TESSERACT) for words in commands
    ]

    up, server, worker, dashboard = started
    up.wait_for_event("worker.started", count=2, seconds=LONG_S)
    server.wait_for_event("server.started", seconds=LONG_S)
    worker.wait_for_event("worker.started", seconds=LONG_S)
    dashboard.wait_for_event("dashboard.started", seconds=LONG_S)
    assert [process.stop() for process in (dashboard, worker, server, up)] == [0, 0, 0, 0]
    assert ran(told) == ""


@pytest.mark.parametrize(
    "words",
    [
        ("bench", "a.pdf", "--pages", "1", "--backend", "tesseract"),
        ("check",),
        ("config",),
        ("models", "list"),
        ("compare", "a.pdf", "--backends", "tesseract,scripted", "-o", "compared"),
        ("status",),
    ],
    ids=lambda words: words[0],
)
def test_no_command_takes_code_from_its_folder(
    prepared: Stage, told: Path, words: tuple[str, ...]
) -> None:
    """Whatever is typed beside the documents."""
    ended = prepared.start(traps.console_script(), *words)

    assert ended.wait(LONG_S) == 0, ended.tail()
    assert ran(told) == ""


def test_our_module_takes_none_either(stage: Stage, told: Path) -> None:
    """`python -m ocrqueue` lets go of the folder that Python itself has put first."""
    stage.launch = subprocess.Popen  # a fork has imported everything, and its children too
    make_inputs(stage.folder, {"a.pdf": 1})
    traps.lay(stage.folder, (*traps.MODULES, "workers"), told)

    process = stage.start(sys.executable, "-m", "ocrqueue", "run", ".")

    assert process.wait(LONG_S) == 0, process.tail()
    assert ran(told) == ""


def test_an_empty_entry_of_pythonpath_leads_nowhere(stage: Stage, told: Path) -> None:
    """`PYTHONPATH=$PYTHONPATH:/x` where it was empty names the current folder, unseen."""
    traps.lay(stage.folder, (*traps.MODULES, "workers"), told)
    make_inputs(stage.folder, {"a.pdf": 1})

    process = stage.start(traps.console_script(), "run", ".", given={"PYTHONPATH": ":/nowhere"})

    assert process.wait(LONG_S) == 0, process.tail()
    assert ran(told) == ""


def test_a_relative_path_means_the_folder_of_the_user(prepared: Stage) -> None:
    """Children work elsewhere; the log, the output and the program are where the user said."""
    (prepared.folder / "bin").mkdir()
    (prepared.folder / "bin" / "ours").write_text("#!/bin/sh\necho 'List:'; echo eng\n")
    (prepared.folder / "bin" / "ours").chmod(0o755)
    given = {"OCRQUEUE_BACKENDS__TESSERACT__TESSERACT_CMD": "bin/ours"}
    words = ("run", "a.pdf", "-o", "there/out", "--log-file", "log/a.jsonl")

    ended = prepared.start(traps.console_script(), *words, given={**TESSERACT, **given})

    assert ended.wait(LONG_S) == 3  # what `ours` says is no hOCR
    assert "no hOCR" in ended.printed()
    wait_until((prepared.folder / "log/a.jsonl").exists, "the log")
    assert markdown(prepared.folder / "there/out").keys() == {"a.md"}
