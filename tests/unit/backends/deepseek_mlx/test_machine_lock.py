"""The lease on computing with MLX: one process of the machine, whoever its user is."""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ocrqueue.backends.deepseek_mlx import machine_lock
from tests.support import mlx_lease
from tests.support.privileges import NOBODY

TAKE = """
import os, pathlib, sys
from ocrqueue.backends.deepseek_mlx import machine_lock as lease
user, *folders = sys.argv[1:]
if int(user):
    os.setgroups([])
    os.setresgid(int(user), int(user), int(user))
    os.setresuid(int(user), int(user), int(user))
lease.SHARED = tuple(map(pathlib.Path, folders))
print(lease.take(), lease.holder(), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder like /var/tmp that other users reach, and a home of our own."""
    above = Path(tempfile.mkdtemp(prefix="oq-"))
    folder = above / "shared"
    folder.mkdir()
    above.chmod(0o755)
    folder.chmod(0o1777)
    if folder.stat().st_uid != 0:
        monkeypatch.setattr(machine_lock, "_is_for_all", Path.is_dir)
    monkeypatch.setattr(machine_lock, "PLACE", None)
    monkeypatch.setattr(machine_lock, "SHARED", (tmp_path / "missing", folder))
    monkeypatch.setattr(machine_lock, "OWN", tmp_path / "home" / "mlx.lease")
    yield folder
    shutil.rmtree(above)


def other_process(*folders: Path, user: int = 0) -> "subprocess.Popen[str]":
    """Start a process that takes the lease where all users meet."""
    command = [sys.executable, "-c", TAKE, str(user), *map(str, folders)]
    return subprocess.Popen(command, stdin=-1, stdout=-1, text=True)


def said_by(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def end(process: "subprocess.Popen[str]") -> None:
    process.kill()
    process.communicate()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
def test_the_lease_is_for_one_process_of_all_users(shared: Path) -> None:
    """Another user is refused, is told who has it, and gets it when that one is gone."""
    assert machine_lock.take()
    refused = other_process(shared, user=NOBODY)
    assert said_by(refused) == f"False process {os.getpid()} of root\n"
    end(refused)
    mlx_lease.give_back()
    taker = other_process(shared, user=NOBODY)
    try:
        assert said_by(taker).startswith(f"True process {taker.pid} of ")
        assert not machine_lock.take()
        holder = machine_lock.holder()
        assert holder is not None
        assert holder.pid == taker.pid
        end(taker)
        assert machine_lock.take()
    finally:
        end(taker)


def test_the_lease_ends_with_its_process(shared: Path) -> None:
    """However it ends; whoever has it may take it again, which keeps its file young."""
    place = shared / machine_lock.SHARED_NAME
    assert machine_lock.take()
    os.utime(place, (0, 0))
    assert machine_lock.take()
    assert place.stat().st_mtime > 0
    mlx_lease.give_back()

    assert place.stat().st_mode & 0o777 == 0o666
    assert machine_lock.take(shared / "elsewhere")
    assert (shared / "elsewhere").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("trap", ["link", "dangling", "second name", "pipe", "folder", "large"])
def test_traps_of_other_users_are_not_stepped_into(shared: Path, tmp_path: Path, trap: str) -> None:
    """What lies where the lease should be is neither followed nor written; we take our own."""
    place, victim = shared / machine_lock.SHARED_NAME, tmp_path / "victim"
    victim.write_text("precious")
    match trap:
        case "link":
            place.symlink_to(victim)
        case "dangling":
            place.symlink_to(tmp_path / "nothing")
        case "second name":
            place.hardlink_to(victim)
        case "pipe":
            os.mkfifo(place)
        case "folder":
            place.mkdir()
        case "large":
            place.write_text("x" * 1000)

    assert machine_lock.take()
    assert machine_lock.OWN.read_text().startswith(f"{os.getpid()} ")
    assert victim.read_text() == "precious"
    assert not (tmp_path / "nothing").exists()


def test_a_folder_that_anybody_may_clear_is_no_place(shared: Path) -> None:
    """Without the sticky bit another user could put a second lease in its place."""
    shared.chmod(0o777)

    assert not machine_lock._is_for_all(shared)
    assert not machine_lock._is_for_all(shared / "missing")
    (shared / "link").symlink_to("/var/tmp")  # noqa: S108 - the kind of folder that is meant
    assert not machine_lock._is_for_all(shared / "link")


def test_a_file_that_is_removed_meanwhile_is_no_lease(
    shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others would lock another file of the same name; the next look finds that one."""
    flock = fcntl.flock

    def late(file: int, how: int) -> None:
        (shared / machine_lock.SHARED_NAME).unlink()
        flock(file, how)

    monkeypatch.setattr("fcntl.flock", late)
    assert not machine_lock.take()
    monkeypatch.undo()
    assert machine_lock.take(shared / machine_lock.SHARED_NAME)


def test_what_the_file_says_is_not_believed_blindly(shared: Path) -> None:
    """Any user may write to it, so only a number and a name are ever shown."""
    place = shared / machine_lock.SHARED_NAME
    for said in ("", "12", "-1 me\n", "1 \x1b[31mred\n", "1 me\nmore\n", "1 " + "x" * 70 + "\n"):
        place.write_text(said)
        assert machine_lock.holder() is None
    place.write_text("12 me\n")
    assert str(machine_lock.holder()) == "process 12 of me"
