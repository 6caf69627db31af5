"""The folders of a server of our own: made, or refused before a server that nobody sees fails."""

import os
import sys
from pathlib import Path

import pytest

from ocrqueue.broker import embedded_server
from ocrqueue.broker.embedded_server import Embedded
from ocrqueue.model.errors.operator import ServerFolderUnusable
from ocrqueue.settings.schema import ServerSettings, Settings


def a_server(data: Path, socket: Path) -> Embedded:
    return Embedded(data=data, socket=socket, server=ServerSettings())


@pytest.mark.skipif(sys.platform != "linux" or os.getuid() != 0, reason="/proc is root's, on Linux")
def test_a_file_system_without_sockets_is_refused(tmp_path: Path) -> None:
    """What no socket can be made in is told, whatever the system calls it: here, not found."""
    server = a_server(tmp_path / "data", Path("/proc/ocrqueue.sock"))

    with pytest.raises(ServerFolderUnusable, match="no socket can be made at /proc/ocrqueue"):
        embedded_server.make_folders(server)


def test_a_socket_path_that_is_too_long_is_refused(tmp_path: Path) -> None:
    """One that a person has set is taken as it is, or not at all."""
    place = tmp_path / ("long" * 30)

    with pytest.raises(ServerFolderUnusable, match="no socket can be made"):
        embedded_server.make_folders(a_server(tmp_path / "data", place / "x.sock"))


def test_long_folders_get_a_short_socket(tmp_path: Path) -> None:
    """Where we choose it, its path fits into an address."""
    data = tmp_path / ("long" * 30)

    server = embedded_server.standing(Settings(server=ServerSettings(data=data)))

    assert len(os.fsencode(server.socket)) <= embedded_server.SOCKET_BYTES
    assert server.data == data
