"""Where programs are looked for, and where they work."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ocrqueue import __main__
from ocrqueue.settings import programs


@pytest.fixture
def prepared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a program and a module in it."""
    (tmp_path / "tesseract").write_text("#!/bin/sh\n")
    (tmp_path / "tesseract").chmod(0o755)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("path", ["", ":", ".", "./", "::/nowhere", "/nowhere:.", "../{here}"])
def test_a_program_of_the_current_folder_is_not_found(
    prepared: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """However PATH leads there, unless it names the folder itself."""
    monkeypatch.setenv("PATH", path.format(here=prepared.name))
    assert programs.find("tesseract") is None
    monkeypatch.setenv("PATH", str(prepared))
    assert programs.find("tesseract") == str(prepared / "tesseract")


def test_a_program_works_in_a_folder_of_ours(prepared: Path) -> None:
    """What it looks for beside itself is not beside the documents."""
    shell = programs.find("sh")
    assert shell is not None

    done = programs.run([shell, "-c", "pwd"])

    assert Path(done.stdout.decode().strip()) == programs.FOLDER != prepared


def test_what_goes_on_beside_us_works_there_too(
    prepared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program that is started, and one that takes the place of this process."""
    shell = programs.find("sh")
    assert shell is not None
    monkeypatch.setattr(os, "execve", lambda *_: None)
    become: Callable[[list[str], dict[str, str]], object] = programs.become

    with programs.start([shell, "-c", "pwd"], stdout=subprocess.PIPE) as process:
        told, _ = process.communicate()
    become([shell], {})

    assert Path(told.decode().strip()) == Path.cwd() == programs.FOLDER != prepared


@pytest.mark.parametrize("start", [programs.start, programs.run, programs.become])
def test_a_program_is_named_by_its_whole_path(prepared: Path, start: object) -> None:
    """Otherwise the system would look for it."""
    assert prepared.is_dir()
    with pytest.raises(ValueError, match="no whole path"):
        start(["tesseract"])  # type: ignore[operator]


def test_our_modules_run_isolated() -> None:
    """Neither the environment nor the user's own packages bring modules into our processes."""
    command = programs.python("workers.collector", "--supervised")

    assert command[:2] == [sys.executable, "-I"]
    assert command[-3:] == ["-m", "workers.collector", "--supervised"]


def test_an_installation_among_the_users_packages_still_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """`pip install --user`, or PYTHONPATH: an isolated Python would not find us."""
    monkeypatch.setattr("site.getsitepackages", list)
    programs._isolation.cache_clear()
    try:
        assert programs.python("workers.collector")[1] == "-P"
    finally:
        programs._isolation.cache_clear()


def test_what_was_told_to_python_about_its_bytecode_is_passed_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An isolated Python does not read the variables that say so."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", "/var/cache/py")
    assert "pycache_prefix=/var/cache/py" in programs.python("workers.collector")
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert "-B" in programs.python("workers.collector")


@pytest.mark.parametrize("entry", ["", ".", "{here}"])
def test_the_current_folder_is_left_out(
    prepared: Path, monkeypatch: pytest.MonkeyPatch, entry: str
) -> None:
    """As `python -m` or PYTHONPATH put it in; what was installed stays."""
    installed = list(sys.path)
    monkeypatch.setattr(sys, "path", [entry.format(here=prepared), *installed])
    monkeypatch.setenv("PYTHONSAFEPATH", "")

    __main__.leave_current_folder_out()

    assert sys.path == installed
    assert os.environ["PYTHONSAFEPATH"] == "1"  # noqa: TID251 - children see it


def test_a_checkout_stays_usable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the current folder is the one that we ourselves were found in, nothing changes."""
    monkeypatch.chdir(__main__.OURS)
    monkeypatch.setattr(sys, "path", [__main__.OURS, *sys.path])
    before = list(sys.path)

    __main__.leave_current_folder_out()

    assert sys.path == before
