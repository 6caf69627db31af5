"""What tests need of the machine: another user, a small disk. They skip where it has none."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

NOBODY = 65534
MB = 1 << 20
# Imports first: another user may not be able to read our interpreter's own files.
VISIT = f"""
import os, socket, sys
os.setgroups([])
os.setresgid({NOBODY}, {NOBODY}, {NOBODY})
os.setresuid({NOBODY}, {NOBODY}, {NOBODY})
visitor = socket.socket(socket.AF_UNIX)
try:
    visitor.connect(sys.argv[1])
except OSError as error:
    print(type(error).__name__)
else:
    print("connected")
"""
ASK = f"""
import encodings.idna, http.client, json, os, sys
os.setgroups([])
os.setresgid({NOBODY}, {NOBODY}, {NOBODY})
os.setresuid({NOBODY}, {NOBODY}, {NOBODY})
codes = []
for path in json.loads(sys.argv[2]):
    for method in ("GET", "POST"):
        link = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=10)
        link.request(method, path)
        codes.append(link.getresponse().status)
        link.close()
print(json.dumps(codes))
"""


def without_roots_powers(*command: str) -> list[str]:
    """Return the command so that modes of files hold for it too, also if root runs the test."""
    if os.getuid() != 0:
        return list(command)
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        pytest.skip("root reads every file, and there is no setpriv to give that up")
    return [setpriv, "--bounding-set=-dac_override,-dac_read_search", "--", *command]


def visit_as_nobody(socket: Path) -> str:
    """Return what another user meets at a socket: `connected`, or the error's name."""
    if os.getuid() != 0:
        pytest.skip("only root can become another user")
    command = [sys.executable, "-c", VISIT, str(socket)]
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout.strip()


def ask_as_nobody(port: int, paths: Sequence[str]) -> list[int]:
    """Return what another user is answered at a port of this machine: GET and POST of each path."""
    if os.getuid() != 0:
        pytest.skip("only root can become another user")
    command = [sys.executable, "-c", ASK, str(port), json.dumps(paths)]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    return list(json.loads(done.stdout))


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
