"""What the child does to itself at start: limits, and an end that comes with its parent's."""

import ctypes
import os
import resource
import signal
import sys
import threading
from pathlib import Path

PR_SET_PDEATHSIG = 1  # linux/prctl.h
MIB = 1024 * 1024
PARENT_POLL_S = 1.0


def confine(*, parent: int, memory_mb: int) -> None:
    """Bind this process to its parent and to `memory_mb` MiB above what it takes now.

    Stop signals are ignored: they are sent to whole groups while a worker still finishes its page.
    The process ends when its parent goes, when its requests end, or by SIGKILL.
    """
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    _end_with(parent)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _limit_memory(memory_mb * MIB)


def _end_with(parent: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    else:
        threading.Thread(target=_watch_parent, args=(parent,), daemon=True).start()
    if os.getppid() != parent:  # it went before we could ask to be told
        os._exit(0)


def _watch_parent(parent: int) -> None:
    never = threading.Event()
    while os.getppid() == parent:
        never.wait(PARENT_POLL_S)
    os._exit(0)


def _limit_memory(allowed: int) -> None:
    """Limit the address space where the system keeps to it; elsewhere the parent watches."""
    if sys.platform != "linux":
        return
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    limit = pages * resource.getpagesize() + allowed
    _, ceiling = resource.getrlimit(resource.RLIMIT_AS)
    if ceiling != resource.RLIM_INFINITY:
        limit = min(limit, ceiling)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
