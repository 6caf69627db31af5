"""Becomes the embedded Valkey server: locks its folder, writes its configuration, then execs it."""

import ctypes
import fcntl
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

from ocrqueue import logs
from ocrqueue.broker import embedded_server, places
from ocrqueue.broker.embedded_server import Embedded
from ocrqueue.model.errors.operator import OperatorError, WorkspaceBusy
from ocrqueue.settings import programs
from ocrqueue.text import terminal
from ocrqueue.workspace.atomic import write_whole
from workers import startup

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Serve the workspace (`--workspace`) or the user (default) in the foreground."""
    settings = startup.begin()
    where = "workspace" if "--workspace" in sys.argv[1:] else "standing"
    try:
        serve(
            embedded_server.called(where, settings), dies_with_parent="--supervised" in sys.argv[1:]
        )
    except OperatorError as error:
        startup.end_because(error)
    except OSError as error:
        sys.exit(terminal.printable(f"the server does not start: {error}"))


def serve(server: Embedded, *, dies_with_parent: bool) -> None:
    """Replace this process by the server; signals then go straight to it.

    Raises:
        WorkspaceBusy: another server has this folder.
        ServerFolderUnusable: the folder or the socket's folder cannot be made, or is not ours.
        OSError: the folder cannot be written: its disk is full.
    """
    os.umask(0o077)  # what the server writes, and its socket, are for this user alone
    embedded_server.make_folders(server)
    _lock(server.data)
    if server.workspace is not None:
        places.take_over(server.data, server.workspace)
        places.remove_abandoned(server.data)
    config = server.data / "valkey.conf"
    write_whole(config, os.fsencode(server.config), below=server.data, mode=0o600)
    with suppress(FileNotFoundError):  # a stale one: the lock says that nobody listens there
        server.socket.unlink()
    if dies_with_parent and sys.platform == "linux":  # elsewhere the collector ends it
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    program = embedded_server.binary()
    logs.emit(logs.Event.SERVER_STARTED, socket=str(server.socket), pid=os.getpid())
    programs.become([program, str(config)])


def _lock(data: Path) -> None:
    """Hold the folder's lock; it lives through exec and ends with the process."""
    lock = os.open(data / places.LOCK, os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW, 0o600)
    os.set_inheritable(lock, True)  # noqa: FBT003 - it has no other signature
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise WorkspaceBusy(f"another server works in {data}") from error


if __name__ == "__main__":
    main()
