"""A folder that somebody prepared: files of the names that programs look for, which tell if run."""

import os
import stat
import sys
from collections.abc import Iterable
from pathlib import Path

from tests.support.privileges import NOBODY

MODULES = ("click", "psutil", "redis", "rich", "rq", "structlog")
PACKAGES = ("ocrqueue", "workers")
STANDARD = ("contextlib", "json", "logging", "multiprocessing", "re")
START = ("sitecustomize", "usercustomize")
PROGRAMS = ("setpriv", "sysctl", "tesseract", "true", "uname", "valkey-server")


def lay(folder: Path, names: Iterable[str], told: Path) -> None:
    """Write modules that note in `told` that they ran."""
    for name in names:
        (folder / name).mkdir(parents=True)
        tell = f"open({str(told)!r}, 'a').write(__name__ + ' ' + str(sys.argv) + '\\n')"
        (folder / name / "__init__.py").write_text(f"import sys\n{tell}\n")


def lay_programs(folder: Path, told: Path) -> None:
    """Write programs that note in `told` that they ran."""
    for name in PROGRAMS:
        (folder / name).write_text(f"#!/bin/sh\necho {name} >>'{told}'\n")
        (folder / name).chmod(0o755)


def give_away(folder: Path) -> None:
    """Make all files somebody else's, in a folder where everybody may write, as /tmp is."""
    for path in folder.iterdir():
        for one in (path, *path.rglob("*")):
            os.chown(one, NOBODY, NOBODY)
    folder.chmod(stat.S_IRWXU | stat.S_IRWXG | stat.S_IRWXO | stat.S_ISVTX)


def console_script() -> str:
    """Return what a user types as `ocrqueue`."""
    return str(Path(sys.executable).with_name("ocrqueue"))
