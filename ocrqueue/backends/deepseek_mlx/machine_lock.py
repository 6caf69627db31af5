"""One process on this machine computes with MLX: it holds a lock, and says who it is.

A second Metal process beside the first has crashed whole Macs. So the lease comes before anything
of mlx is imported, and ends with its process, however that ends. Its file lies where all users of
the machine meet; what they may do to it there, a link or a pipe of that name, is never followed.
"""

import fcntl
import os
import pwd
import re
import stat
from dataclasses import dataclass
from pathlib import Path

LOOK_S = 0.1  # how often one who waits looks again
PLACE: Path | None = None  # the lease's file, where it is not to be the machine's
SHARED = (Path("/Users/Shared"), Path("/var/tmp"), Path("/tmp"))  # noqa: S108 - see `_is_for_all`
SHARED_NAME = "ocrqueue-mlx.lease"
OWN = Path("~/.local/state/ocrqueue/mlx.lease")  # where users have no place in common
LONGEST = 200  # bytes; a file with more is not ours
_HOLDER = re.compile(r"([0-9]{1,10}) ([\w.-]{1,64})\n", re.ASCII)
_FLAGS = os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who has the lease, as far as its file says: any user may have written it."""

    pid: int
    user: str

    def __str__(self) -> str:
        """Return it as a person says it."""
        return f"process {self.pid} of {self.user}"


_held: dict[int, int] = {}  # the open lock, by its process: a fork has another number, and none


def take(place: Path | None = None) -> bool:
    """Take the lease, or return False where another process has it; again keeps it fresh."""
    if (held := _held.get(os.getpid())) is not None:
        os.utime(held)  # shared folders are cleared of what is old
        return True
    path, file = _opened(place or PLACE)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        return False
    if not _is_still_at(path, file):  # it was removed meanwhile: others would lock another one
        os.close(file)
        return False
    os.ftruncate(file, 0)
    os.pwrite(file, f"{os.getpid()} {_user()}\n".encode(), 0)
    _held[os.getpid()] = file
    return True


def holder(place: Path | None = None) -> Holder | None:
    """Return who holds the lease, or held it last."""
    try:
        _, file = _opened(place or PLACE)
    except OSError:
        return None
    try:
        said = os.pread(file, LONGEST, 0).decode("ascii", "replace")
    finally:
        os.close(file)
    found = _HOLDER.fullmatch(said)
    return Holder(pid=int(found[1]), user=found[2]) if found else None


def refusal(place: Path | None = None) -> str:
    """Return, for people, why the lease cannot be had now."""
    return f"{holder(place) or 'another process'} computes with MLX already"


def _opened(place: Path | None) -> tuple[Path, int]:
    """Open the lease where it is wanted, else where all users meet, else where only we do."""
    if place is None:
        for folder in filter(_is_for_all, SHARED):
            try:
                return folder / SHARED_NAME, _open_safely(folder / SHARED_NAME, 0o666)
            except OSError:  # somebody put something else there
                continue
    own = place or OWN.expanduser()
    own.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return own, _open_safely(own, 0o600)


def _is_for_all(folder: Path) -> bool:
    """Whether all users may write to the folder, but not remove what is not theirs."""
    try:
        found = folder.lstat()
    except OSError:
        return False
    wanted = stat.S_ISVTX | stat.S_IWOTH
    return stat.S_ISDIR(found.st_mode) and found.st_uid == 0 and found.st_mode & wanted == wanted


def _open_safely(path: Path, mode: int) -> int:
    """Return the open file, made if there is none; a link, a pipe or a second name is refused."""
    try:
        # Without O_CREAT first: Linux refuses it for another user's file in a shared folder.
        file = os.open(path, _FLAGS)
    except FileNotFoundError:
        try:
            file = os.open(path, _FLAGS | os.O_CREAT | os.O_EXCL, mode)
        except FileExistsError:  # another process was quicker
            file = os.open(path, _FLAGS)
    found = os.fstat(file)
    if not stat.S_ISREG(found.st_mode) or found.st_nlink > 1 or found.st_size > LONGEST:
        os.close(file)
        raise OSError(f"{path} is no lease")
    if found.st_uid == os.getuid():
        os.fchmod(file, mode)  # whatever the umask says
    return file


def _is_still_at(path: Path, file: int) -> bool:
    try:
        return os.path.samestat(path.lstat(), os.fstat(file))
    except FileNotFoundError:
        return False


def _user() -> str:
    try:
        name = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        name = str(os.getuid())
    return re.sub(r"[^\w.-]", "_", name, flags=re.ASCII)
