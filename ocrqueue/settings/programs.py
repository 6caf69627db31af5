"""The programs that we start: never one of the current folder, and each from a folder of ours.

Documents may lie beside files that somebody else prepared. Python takes modules from the current
folder, PATH may lead there, and engines look there for their configuration; so nothing is started
but through here (a test looks).
"""

import os
import shutil
import signal
import site
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

# Variables that say who and where somebody is, and in which language and time zone.
PLAIN = ("HOME", "LANG", "LC_ALL", "LC_CTYPE", "LOGNAME", "PATH", "SHELL", "TMPDIR", "TZ", "USER")
FOLDER = Path(__file__).resolve().parents[2]  # what holds our packages


def python(module: str, *arguments: str) -> list[str]:
    """Return the command that runs one of our modules, and no other of its name."""
    return [sys.executable, *_isolation(), *_bytecode(), "-m", module, *arguments]


def find(name: str) -> str | None:
    """Return where on PATH a program is; entries that mean the current folder do not count."""
    absolute = [entry for entry in os.get_exec_path() if os.path.isabs(entry)]  # noqa: PTH117 - text
    found = shutil.which(name, path=os.pathsep.join(absolute))
    return str(Path(found).absolute()) if found else None


def start(command: Sequence[str], **options: Any) -> "subprocess.Popen[bytes]":
    """Start a program that goes on beside us."""
    return subprocess.Popen(_whole(command), cwd=FOLDER, **options)


def run(command: Sequence[str], **options: Any) -> "subprocess.CompletedProcess[bytes]":
    """Run a program to its end, and keep what it wrote."""
    return subprocess.run(_whole(command), cwd=FOLDER, capture_output=True, check=False, **options)


def hand(
    command: Sequence[str], words: bytes, *, limit_s: float, environment: Mapping[str, str]
) -> int | None:
    """Run a program that reads these words, and return its exit code; None: it took too long.

    What it writes is thrown away. One that takes too long ends, with all that it has started.

    Raises:
        OSError: it cannot be started.
    """
    process = start(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment,
        start_new_session=True,
    )
    try:
        process.communicate(words, timeout=limit_s)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return None
    return process.returncode


def bare_environment() -> dict[str, str]:
    """Return what of our environment a program of others needs; no setting and no key is in it."""
    return {name: os.environ[name] for name in PLAIN if name in os.environ}


def become(
    command: Sequence[str],
    environment: Mapping[str, str] | None = None,
    *,
    keep: Sequence[int] = (),
) -> NoReturn:
    """Replace this process by a program; signals then go straight to it.

    It has the descriptors that are to be kept beside the first three.
    """
    program, *arguments = _whole(command)
    for descriptor in keep:
        os.set_inheritable(descriptor, True)  # noqa: FBT003 - it has no other signature
    os.chdir(FOLDER)
    if environment is None:
        os.execv(program, [program, *arguments])
    os.execve(program, [program, *arguments], environment)


@cache
def _isolation() -> tuple[str, ...]:
    """Return what keeps modules out that only the current folder or the environment brings.

    Where we ourselves were found through the user's packages or PYTHONPATH, these must stay.
    """
    return ("-I",) if any(map(_is_installed_in, site.getsitepackages())) else ("-P",)


def _is_installed_in(folder: str) -> bool:
    return any(Path(folder).glob("ocrqueue-*.dist-info"))  # of a checkout as well


def _bytecode() -> list[str]:
    """Return where Python may keep what it compiled, as it was told to us."""
    if sys.dont_write_bytecode:
        return ["-B"]
    return ["-X", f"pycache_prefix={sys.pycache_prefix}"] if sys.pycache_prefix else []


def _whole(command: Sequence[str]) -> list[str]:
    if not Path(command[0]).is_absolute():
        raise ValueError(f"{command[0]!r} is no whole path of a program")
    return list(command)
