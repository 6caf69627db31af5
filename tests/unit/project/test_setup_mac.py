"""scripts/setup_mac.sh says what is wrong with a machine, and installs where nothing is."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.commands import accepted
from tests.support.mac import ROOT, Mac, make_mac

SCRIPT = ROOT / "scripts" / "setup_mac.sh"
UV = """case $1 in
    --version) echo uv 0.13.9 ;;
    export) echo flask==3.1.3 ;;
    tool) read -r versions; echo "uv $* $versions" >> "$LOG" ;;
esac"""
SHELLS = [["/bin/sh"], [shutil.which("bash") or "bash", "--posix"]]


@pytest.mark.parametrize("shell", SHELLS, ids=["sh", "bash"])
def test_a_mac_that_fits(tmp_path: Path, shell: list[str]) -> None:
    """A check says what it found, ends with 0 and calls nothing that installs."""
    mac = make_mac(tmp_path)

    code, said = mac.run(SCRIPT, "--check", shell=shell)

    assert code == 0, said
    found = [line.split(":")[0] for line in said.splitlines() if line.startswith("ok ")]
    assert [line.split()[1] for line in found] == [
        *("chip", "macOS", "memory", "disk", "make", "Python")
    ]
    assert "FAILED" not in said
    assert mac.called == []


def intel(mac: Mac) -> None:
    mac.has("uname", "case $1 in -s) echo Darwin;; -m) echo x86_64;; esac")


def rosetta(mac: Mac) -> None:
    intel(mac)
    facts = "sysctl.proc_translated) echo 1;; hw.memsize) echo 25769803776;;"
    mac.has("sysctl", f"case $2 in {facts} *) echo VirtualApple;; esac")


def python_of_intel(mac: Mac) -> None:
    mac.has("python3.12", "echo 3.12 x86_64")


WRONG: list[tuple[Callable[[Mac], None], str, str]] = [
    (intel, "chip: Apple M2, not Apple silicon", "M1 or newer"),
    (rosetta, "chip: this shell runs under Rosetta", "Open a Terminal"),
    (lambda mac: mac.has("sw_vers", "echo 13.7.8"), "macOS: 13.7.8 is too old", "macOS 14"),
    (lambda mac: mac.lacks("python3.12"), "Python: 3.9 arm64; 3.11 to 3.14", "python@3.12"),
    (lambda mac: mac.lacks("python3", "python3.12"), "Python: none on PATH", "python@3.12"),
    (python_of_intel, "Python: 3.9 arm64; 3.11 to 3.14 for arm64", "python@3.12"),
    (lambda mac: mac.has("xcode-select", "exit 2"), "make: the command line", "xcode-select"),
]


@pytest.mark.parametrize(("change", "problem", "remedy"), WRONG)
def test_a_mac_that_does_not_fit(
    tmp_path: Path, change: Callable[[Mac], None], problem: str, remedy: str
) -> None:
    """What is wrong is named, with what to do; nothing is installed."""
    mac = make_mac(tmp_path)
    change(mac)

    code, said = mac.run(SCRIPT)

    lines = said.splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith(f"FAILED {problem}"))
    assert remedy in lines[at + 1]
    assert lines[-1] == "Not ready: 1 problem(s), see above."
    assert (code, mac.called) == (1, [])


def test_too_little_of_everything(tmp_path: Path) -> None:
    """All problems are told at once: memory and disk."""
    mac = make_mac(tmp_path, memory_gb=8, free_gb=3)

    code, said = mac.run(SCRIPT, "--check")

    assert code == 1
    assert "FAILED memory: 8 GB" in said
    assert "FAILED disk: 3 GB free" in said
    assert "2 problem(s)" in said


def test_less_memory_than_the_configuration_is_made_for(tmp_path: Path) -> None:
    """With 16 GB it says that the limits are to be lowered, and goes on."""
    code, said = make_mac(tmp_path, memory_gb=16).run(SCRIPT, "--check")

    assert code == 0
    assert "ok     memory: 16 GB; lower the limits as docs/PERFORMANCE_TUNING.md says" in said


def test_linux(tmp_path: Path) -> None:
    """On another system it says so at once, and asks for nothing that only a Mac has."""
    mac = make_mac(tmp_path)
    mac.has("uname", "echo Linux")
    mac.lacks("sysctl", "sw_vers", "xcode-select")

    code, said = mac.run(SCRIPT)

    assert code == 1
    assert said.startswith("FAILED system: Linux, not macOS\n")
    assert "not found" not in said
    assert mac.called == []


def test_it_installs_into_the_folder(tmp_path: Path) -> None:
    """Without an option it calls `make install` with the Python it chose; again does no harm."""
    mac = make_mac(tmp_path)

    runs = [mac.run(SCRIPT), mac.run(SCRIPT)]

    assert [code for code, _ in runs] == [0, 0]
    assert mac.called == ["make install PYTHON=python3.12"] * 2
    steps = [line.split("#")[0].split() for line in runs[0][1].splitlines() if "  .venv" in line]
    assert [accepted(words[1:]) for words in steps] == [
        *("ocrqueue models pull", "ocrqueue models verify", "ocrqueue check", "ocrqueue run")
    ]
    assert all((ROOT / words[-1]).is_file() for words in steps if "--config" in words)


def test_an_installation_that_fails(tmp_path: Path) -> None:
    """Where `make` fails nothing is promised."""
    mac = make_mac(tmp_path)
    mac.has("make", "exit 2")

    code, said = mac.run(SCRIPT)

    assert code != 0
    assert "Installed" not in said


def test_it_installs_as_a_command(tmp_path: Path) -> None:
    """With --tool it calls uv, with the extra and the locked versions; without uv it says so."""
    mac = make_mac(tmp_path)
    code, said = mac.run(SCRIPT, "--tool")
    assert (code, mac.called) == (1, [])
    assert "FAILED uv: not on PATH" in said
    mac.has("uv", UV)

    code, said = mac.run(SCRIPT, "--tool")

    assert code == 0, said
    (call,) = mac.called
    assert call.startswith("uv tool install --python python3.12 --constraints -")
    assert call.endswith(" .[mlx] flask==3.1.3")


def test_a_lock_that_cannot_be_read(tmp_path: Path) -> None:
    """With --tool nothing is installed where uv does not say what the locked versions are."""
    mac = make_mac(tmp_path)
    mac.has("uv", UV.replace("echo flask==3.1.3", "exit 2"))

    code, said = mac.run(SCRIPT, "--tool")

    assert (code, mac.called) == (2, [])
    assert "Installed" not in said


def test_an_unknown_option(tmp_path: Path) -> None:
    """An option it does not know is an error of its own, before anything is looked at."""
    code, said = make_mac(tmp_path).run(SCRIPT, "--chek")

    assert (code, said) == (2, "usage: scripts/setup_mac.sh [--check | --tool]\n")
