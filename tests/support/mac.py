"""A Mac as far as a shell script can tell: programs of its own on a PATH of its own."""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

GB = 1 << 30
ROOT = Path(__file__).resolve().parents[2]

# What `launchctl` knows is which agents are loaded: a file for each.
LAUNCHCTL = """
echo "launchctl $*" >> "$LOG"
case $1 in
    bootstrap) name=${3##*/}; : > "$LOADED/${name%.plist}" ;;
    bootout) rm "$LOADED/${2##*/}" ;;
    print) [ -e "$LOADED/${2##*/}" ] ;;
esac
"""


@dataclass(slots=True, kw_only=True)
class Mac:
    """A folder with a home, a PATH and a list of what was called."""

    folder: Path
    path: str = ""  # what else is on PATH
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        """The user's folder."""
        return self.folder / "home"

    @property
    def called(self) -> list[str]:
        """What was called that changes something, with its arguments."""
        log = self.folder / "called"
        return log.read_text().splitlines() if log.exists() else []

    @property
    def loaded(self) -> list[str]:
        """The agents that launchd runs."""
        return sorted(path.name for path in (self.folder / "loaded").iterdir())

    def has(self, program: str, script: str) -> None:
        """Put a program on its PATH."""
        path = self.folder / "bin" / program
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def lacks(self, *programs: str) -> None:
        """Take programs off its PATH."""
        for program in programs:
            (self.folder / "bin" / program).unlink()

    def run(self, *words: str | Path, shell: Sequence[str] = ("/bin/sh",)) -> tuple[int, str]:
        """Run one of our scripts; return its exit code and all it said."""
        environment = {
            "PATH": f"{self.folder / 'bin'}{self.path}",
            "HOME": str(self.home),
            "LOG": str(self.folder / "called"),
            "LOADED": str(self.folder / "loaded"),
            **self.environment,
        }
        ended = subprocess.run(
            [*shell, *words],
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return ended.returncode, ended.stdout


def make_mac(folder: Path, *, memory_gb: int = 24, free_gb: int = 200, path: str = "") -> Mac:
    """Return a MacBook Air M2 with the command line tools and a Python that fits."""
    mac = Mac(folder=folder, path=path)
    for name in ("bin", "home", "loaded"):
        (folder / name).mkdir()
    mac.has("uname", "case $1 in -s) echo Darwin;; -m) echo arm64;; esac")
    mac.has("sw_vers", "echo 26.1")
    answers = f"machdep.cpu.brand_string) echo Apple M2;; hw.memsize) echo {memory_gb * GB};;"
    mac.has("sysctl", f"case $2 in {answers} *) exit 1;; esac")
    usage = f"/dev/disk3s5 482797652 1000 {free_gb << 20} 1% /System/Volumes/Data"
    mac.has("df", f'echo "Filesystem 1024-blocks Used Available Capacity Mounted"; echo "{usage}"')
    mac.has("xcode-select", "echo /Library/Developer/CommandLineTools")
    mac.has("python3", "echo 3.9 arm64")  # the one of the command line tools: too old
    mac.has("python3.12", "echo 3.12 arm64")
    mac.has("make", 'echo "make $*" >> "$LOG"')
    mac.has("launchctl", LAUNCHCTL)
    return mac
