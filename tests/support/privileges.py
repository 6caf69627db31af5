"""What tests need of the machine: another user, a small disk. They skip where it has none."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.processes import ROOT, environment

NOBODY = 65534
MB = 1 << 20
# Becomes nobody, then runs what follows.
BECOME = (
    "import os,sys; os.setgroups([]); "
    f"os.setresgid({NOBODY},{NOBODY},{NOBODY}); os.setresuid({NOBODY},{NOBODY},{NOBODY}); "
    "os.execv(sys.argv[1],sys.argv[1:])"
)


def as_nobody(*command: str) -> list[str]:
    """Return the command as another user runs it; skips the test where we cannot become one."""
    if os.getuid() != 0:
        pytest.skip("only root can become another user")
    wrapped = [sys.executable, "-c", BECOME, *command]
    probe = [sys.executable, "-c", BECOME, sys.executable, "-c", "import ocrqueue, redis"]
    seen = subprocess.run(
        probe, cwd=ROOT, env=environment(Path("/")), capture_output=True, check=False
    )
    if seen.returncode != 0:
        pytest.skip(f"another user cannot run our code: {seen.stderr.decode()[-200:]}")
    return wrapped


@contextmanager
def open_folder() -> Iterator[Path]:
    """Yield a folder that every user of the machine can enter and write, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="oq-"))
    folder.chmod(0o777)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def small_disk(folder: Path, megabytes: int = 4) -> Iterator[Path]:
    """Yield a folder with a file system of its own; skips the test where we cannot mount one."""
    folder.mkdir(parents=True)
    size = f"size={megabytes}m,mode=0700"
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(folder)],
        capture_output=True,
        check=False,
    )
    if done.returncode != 0:
        pytest.skip(f"no file system can be mounted here: {done.stderr.decode().strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def remount(folder: Path, *options: str) -> None:
    """Change a mounted file system, as in `ro`."""
    subprocess.run(["mount", "-o", ",".join(("remount", *options)), str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Write a file until the disk is full and return it."""
    filler = folder / "filler"
    block = bytes(1 << 16)
    with filler.open("wb", buffering=0) as stream:
        try:
            while stream.write(block):
                pass
        except OSError:
            while _wrote(stream):
                pass
    return filler


def _wrote(stream: object) -> bool:
    try:
        return bool(stream.write(b"\0" * 512))  # type: ignore[attr-defined]
    except OSError:
        return False
