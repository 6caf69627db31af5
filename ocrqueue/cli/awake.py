"""Keeps a Mac awake while pages are read: macOS looks at keys and mice, never at the load."""

import subprocess
import sys
from contextlib import suppress

from ocrqueue.settings import programs
from ocrqueue.settings.schema import Settings

CAFFEINATE = "/usr/bin/caffeinate"


def keep(settings: Settings, pid: int) -> None:
    """Start what keeps this machine awake as long as a process lives, unless it is not wanted."""
    command = keeper(sys.platform, pid) if settings.workers.keep_awake else []
    if command:
        with suppress(OSError):  # a Mac that sleeps is no reason to read nothing
            quiet = subprocess.DEVNULL
            programs.start(command, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True)


def keeper(platform: str, pid: int) -> list[str]:
    """Return the command that keeps a machine of this platform awake; [] where none is needed."""
    return [CAFFEINATE, "-i", "-w", str(pid)] if platform == "darwin" else []
