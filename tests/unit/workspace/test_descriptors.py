"""What lies below a folder, opened: no link is followed, no pipe waited for, no victim written."""

import errno
import fcntl
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ocrqueue.workspace import atomic, descriptors
from ocrqueue.workspace.files import LONGEST_JSON, json_in
from ocrqueue.workspace.folder_files import FolderFiles

Act = Callable[[Path, Path], object]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A folder that somebody prepared."""
    folder = tmp_path / "tree"
    (folder / "in").mkdir(parents=True)
    return folder


@pytest.fixture
def victim(tmp_path: Path) -> Iterator[Path]:
    """A folder elsewhere with a file; whatever the test does, both stay as they are."""
    folder = tmp_path / "victim"
    folder.mkdir()
    file = folder / "file"
    file.write_bytes(b"{}")
    before = file.stat()
    yield folder
    assert [path.name for path in folder.iterdir()] == ["file"]
    assert file.read_bytes() == b"{}"
    assert file.stat().st_mtime_ns == before.st_mtime_ns


def lock(path: Path, tree: Path) -> None:
    with descriptors.locked(path, below=tree):
        pass


WRITES: dict[str, Act] = {
    "append": lambda path, tree: descriptors.to_append(path, below=tree),
    "lock": lock,
    "write": lambda path, tree: atomic.write_whole(path, b"x", below=tree),
    "write once": lambda path, tree: atomic.write_whole_once(
        path, atomic.encode({"a": 1}), below=tree
    ),
    "mark": lambda path, tree: descriptors.mark(path, below=tree),
    "remove": lambda path, tree: descriptors.remove(path, below=tree),
}
OPENS = {name: WRITES[name] for name in ("append", "lock")} | {
    "read": lambda path, tree: descriptors.read(path, below=tree)
}


@pytest.mark.parametrize("act", WRITES.values(), ids=WRITES)
def test_a_folder_that_is_a_link_is_not_entered(act: Act, tree: Path, victim: Path) -> None:
    """Nothing is made, changed or removed through it, at whichever depth it is."""
    (tree / "in" / "link").symlink_to(victim)
    new = [] if act is WRITES["remove"] else [tree / "in" / "link" / "deep" / "new"]
    for path in (tree / "in" / "link" / "file", *new):
        with pytest.raises(OSError, match="a link, or no folder, is on the way"):
            act(path, tree)


@pytest.mark.parametrize("act", OPENS.values(), ids=OPENS)
def test_a_file_that_is_a_link_is_not_opened(act: Act, tree: Path, victim: Path) -> None:
    """Neither is its target read, nor emptied, nor made where it is missing."""
    for target in ("file", "missing"):
        path = tree / "in" / target
        path.symlink_to(victim / target)
        with pytest.raises(OSError, match="a link, which is not followed"):
            act(path, tree)


def test_a_link_is_replaced_where_a_file_is_written(tree: Path, victim: Path) -> None:
    """Writing a file whole, and removing one, concern the link itself."""
    path = tree / "in" / "link"
    path.symlink_to(victim / "file")
    atomic.write_whole(path, b"new", below=tree)
    assert path.read_bytes() == b"new"
    path.unlink()
    path.symlink_to(victim / "file")
    descriptors.remove(path, below=tree)
    assert not os.path.lexists(path)


def test_a_second_name_of_another_file_is_not_appended_to(tree: Path, victim: Path) -> None:
    """A hard link brings the other file's content under a name of ours: it is refused."""
    path = tree / "in" / "log"
    path.hardlink_to(victim / "file")
    with pytest.raises(OSError, match="a second name of another file"):
        descriptors.to_append(path, below=tree)
    lock(path, tree)  # empties nothing


@pytest.mark.parametrize("kind", ["pipe", "socket", "folder"])
@pytest.mark.parametrize("act", OPENS.values(), ids=OPENS)
@pytest.mark.timeout(20)
def test_what_is_no_file_is_refused_at_once(
    act: Act, kind: str, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pipe, a socket or a folder of the name of a file is an error, and nothing waits for it."""
    path = tree / "in" / "x"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        monkeypatch.chdir(path.parent)  # a socket's path is short
        with socket.socket(socket.AF_UNIX) as own:
            own.bind("x")
    with pytest.raises(OSError):  # noqa: PT011 - each system has its own words
        act(path, tree)
    assert json_in(FolderFiles(below=tree), path) is None


def test_a_device_is_refused(tree: Path) -> None:
    """What never ends is not read."""
    if os.getuid() != 0:
        pytest.skip("only root can make a device")
    path = tree / "in" / "zero"
    try:
        os.mknod(path, 0o20600, os.makedev(1, 5))
    except PermissionError:
        pytest.skip("no device can be made here")
    with pytest.raises(OSError, match=r"not a file|not permitted|denied"):
        descriptors.read(path, below=tree)


def test_a_file_that_is_too_large_is_not_read(tree: Path) -> None:
    """Where a file claims more than ours have, no memory is taken for it."""
    path = tree / "in" / "huge.json"
    with path.open("wb") as stream:
        stream.truncate(LONGEST_JSON + 1)  # takes no place on the disk
    with pytest.raises(OSError, match="larger") as raised:
        descriptors.read(path, below=tree, most=LONGEST_JSON)
    assert raised.value.errno == errno.EFBIG
    assert json_in(FolderFiles(below=tree), path) is None


@pytest.mark.parametrize("name", ["../victim/file", "in/../../victim/file"])
def test_no_name_leads_out_of_the_folder(name: str, tree: Path, victim: Path) -> None:
    """A path that goes up, or elsewhere, is refused."""
    for path in (tree / name, victim / "file"):
        with pytest.raises(OSError, match="not below"):
            descriptors.read(path, below=tree)


def test_a_lock_is_held_by_one(tree: Path) -> None:
    """Who does not wait is told that another one has it; the content of its file stays."""
    path, at_once = tree / "lock", fcntl.LOCK_EX | fcntl.LOCK_NB
    path.write_text("kept")
    with (
        descriptors.locked(path, below=tree),
        pytest.raises(BlockingIOError),
        descriptors.locked(path, below=tree, operation=at_once),
    ):
        pass
    assert path.read_text() == "kept"


def test_the_named_folder_may_be_a_link(tree: Path, tmp_path: Path) -> None:
    """What the user named is his own affair; it is made if it is not there."""
    link = tmp_path / "link"
    link.symlink_to(tree)
    atomic.write_whole(link / "in" / "a", b"x", below=link)
    assert descriptors.read(tree / "in" / "a", below=tree) == b"x"
    atomic.write_whole(tmp_path / "new" / "deep" / "a", b"y", below=tmp_path / "new")
    assert (tmp_path / "new" / "deep" / "a").read_bytes() == b"y"
