"""Names that steer a terminal, through every command that prints one."""

import os
from pathlib import Path

import pytest

from tests.support.pdfs import write_pdf
from tests.support.processes import Stage

TITLE = "\x1b]0;mine\x07"
NAME = f"a{TITLE}\x9b2J\u202e.pdf"
BAD = {"OCRQUEUE_RENDER__DPI": f"1{TITLE}"}

COMMANDS: dict[str, tuple[str, ...]] = {
    "a folder that is not there": ("run", f"in{TITLE}"),
    "a configuration that is not there": ("config", "--config", f"own{TITLE}.toml"),
    "a list that is not there": ("run", "--from-file", f"list{TITLE}"),
    "an unknown option": ("run", f"--{TITLE}"),
    "an unknown command": (TITLE,),
    "a document that nobody knows": ("cancel", TITLE, "-o", "out"),
    "a server that does not answer": ("enqueue", "in", "--redis", f"redis://127.0.0.1:1/{TITLE}"),
    "no address": ("enqueue", "in", "--redis", TITLE),
    "a backend that is not there": ("compare", "in", "--backends", f"{TITLE},b"),
    "a model that is not there": ("models", "verify", f"own{TITLE}"),
    "an output folder that cannot be": ("run", "in", "-o", f"in/{NAME}/out"),
    "a folder in what is printed": ("config", "-o", f"out{TITLE}"),
    "a folder that is checked": ("check", "-o", f"out{TITLE}"),
    "a measurement that is none": ("bench", "--compare", f"a{TITLE}", f"b{TITLE}"),
    "a file that is no document": ("bench", f"in/{NAME}", "--pages", "1"),
    "inputs": ("run", "in", "-o", "out"),
    "inputs that are looked at": ("enqueue", "in", "--dry-run"),
    "what came of them": ("status", "-o", "done"),
}


@pytest.fixture
def inputs(stage: Stage) -> Path:
    """A document and a broken one, of names that would set the terminal's title."""
    folder = stage.folder / "in"
    folder.mkdir()
    write_pdf(folder / NAME, "a page")
    (folder / f"broken{NAME}").write_bytes(b"%PDF-1.7 broken")
    return folder


def is_harmless(text: str) -> bool:
    return all(line.isprintable() for line in text.split("\n"))


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
def test_no_name_steers_the_terminal(stage: Stage, inputs: Path, words: tuple[str, ...]) -> None:
    """Errors, summaries and tables show a sign in the place of each control character."""
    assert inputs.is_dir()
    if "done" in words:
        stage.run("run", "in", "-o", "done")

    ended = stage.run(*words)

    assert ended.out + ended.err
    assert is_harmless(ended.out), ascii(ended.out)
    assert is_harmless(ended.err), ascii(ended.err)


def test_problems_in_the_settings_are_listed_harmlessly(stage: Stage) -> None:
    """Values of the environment come back in a list, a line each."""
    ended = stage.run("config", given={**BAD, "OCRQUEUE_READING__ROUTE": TITLE})

    assert ended.err.startswith("error: 2 problems in the settings:\n  - ")
    assert is_harmless(ended.err), ascii(ended.err)


def test_a_process_that_cannot_start_says_so_harmlessly(stage: Stage) -> None:
    """The long-running ones speak for themselves."""
    given = {"OCRQUEUE_CONFIG": str(stage.folder / f"own{TITLE}.toml")}

    process = stage.module("workers.collector", given=given)

    assert process.wait() != 0
    assert is_harmless(process.tail()), ascii(process.tail())
    assert os.fsencode(TITLE) not in process.log.read_bytes()
