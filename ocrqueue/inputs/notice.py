"""Waiting until something changes in folders: told by the system, or after a while in any case.

What changed is not asked: the folders are looked at again. So it is enough to listen while nothing
else is to be done, nothing piles up meanwhile, and an event that was lost costs time alone.
"""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event

import psutil

from ocrqueue.inputs.walk import identity

STEP_MS = 200  # how often watchfiles looks whether there is news, or an end
TURN_MS = 1000  # how long one turn of it waits
GROUP_MS = 500  # changes that follow one another within this time are one piece of news
FOREIGN = ("nfs", "cifs", "smb", "afp", "webdav", "9p", "fuse", "afs", "ceph", "gluster", "lustre")
FOREIGN_TOO = frozenset({"vboxsf", "vmhgfs", "virtiofs", "prl_fs", "drvfs", "ncpfs", "glusterfs"})
Wait = Callable[[float], None]  # seconds, at most


@contextmanager
def listening(folders: Sequence[Path], ours: Sequence[Path], stopping: Event) -> Iterator[Wait]:
    """Yield what waits for news of the folders, of anything but what we write ourselves.

    Raises:
        OSError: the system does not tell: a folder is away, or too many are watched already.
    """
    import watchfiles  # noqa: PLC0415 - only who watches needs it

    own = tuple(os.path.join(path.resolve(), "") for path in ours)  # noqa: PTH118 - ends with /
    turns = watchfiles.watch(
        *folders,
        watch_filter=None,
        debounce=GROUP_MS,
        step=STEP_MS,
        rust_timeout=TURN_MS,
        yield_on_timeout=True,
        stop_event=stopping,
        raise_interrupt=False,
        force_polling=False,
        ignore_permission_denied=True,
        debug=False,
    )

    there = [*map(identity, folders)]

    def wait(seconds: float) -> None:
        end = time.monotonic() + seconds
        with suppress(RuntimeError):  # it cannot tell any more: that is news as well
            for changes in turns:
                is_news = any(not path.startswith(own) for _, path in changes)
                if is_news or time.monotonic() >= end or [*map(identity, folders)] != there:
                    return

    try:
        next(turns, None)  # from here on nothing is missed
    except (RuntimeError, UnicodeEncodeError) as error:
        raise OSError(f"nobody tells what changes in these folders: {error}") from error
    try:
        yield wait
    finally:
        turns.close()


def is_foreign(folder: Path) -> bool:
    """Return whether a folder is on another machine, so that not all changes are told here."""
    real = folder.resolve()
    mounted = {Path(one.mountpoint): one.fstype for one in psutil.disk_partitions(all=True)}
    kind = next((mounted[above] for above in (real, *real.parents) if above in mounted), "")
    return kind.lower().startswith(FOREIGN) or kind.lower() in FOREIGN_TOO
