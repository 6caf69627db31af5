"""Whether a file is still being written: by what the system knows, and by how the file ends."""

import fcntl
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

from ocrqueue.inputs.walk import Found

TAIL_BYTES = 1024  # a PDF ends somewhere in the last ones (ISO 32000-1, annex H)
_ENDS = (  # how a file begins, and what stands near its end
    (b"%PDF-", b"%%EOF"),
    (b"\x89PNG\r\n\x1a\n", b"IEND"),
    (b"\xff\xd8\xff", b"\xff\xd9"),
)


def is_open(found: Found) -> bool:
    """Return whether somebody has the file open for writing; False where nobody can tell.

    Linux grants a lease for reading only on a file that nobody writes (fcntl(2), F_SETLEASE), to
    the owner of the file and on local disks. It is given back at once.
    """
    if sys.platform != "linux":
        return False
    handle = _opened(found)
    if handle is None:
        return False
    try:
        # Who opens it meanwhile is told of by a signal; this one is ignored unless asked for.
        fcntl.fcntl(handle, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except BlockingIOError:
        return True
    except OSError:  # not ours, or a disk that knows no leases
        return False
    finally:
        os.close(handle)
    return False


def lacks_end(found: Found) -> bool:
    """Return whether the file is empty, or is of a kind that has an end which is not there yet.

    A copy that stands still is not told from a whole file by its size: it may have that already.
    """
    handle = _opened(found)
    if handle is None:
        return False
    try:
        head = os.pread(handle, TAIL_BYTES, 0)
        tail = os.pread(handle, TAIL_BYTES, max(0, os.fstat(handle).st_size - TAIL_BYTES))
    except OSError:
        return False
    finally:
        os.close(handle)
    return not head or any(head.startswith(begin) and end not in tail for begin, end in _ENDS)


def _opened(found: Found) -> int | None:
    """Return a handle; None: it cannot be opened, or is in a bucket, where all appears whole."""
    if isinstance(found.source, Path):
        with suppress(OSError):
            # Without blocking: the entry may have become a FIFO since it was listed.
            return os.open(found.source, os.O_RDONLY | os.O_NONBLOCK)
    return None
