"""Which files are taken: folders are walked in order, entry by entry, never entered twice."""

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePath

from ocrqueue.inputs.globs import matcher
from ocrqueue.inputs.sniff import HEAD_BYTES, is_plainly, reads_heic
from ocrqueue.model.place import Place

_HEIC_EXTENSIONS = frozenset({".heic", ".heif"})
_ALWAYS = {".pdf", ".png", ".jpg", ".jpeg", ".jpe", ".tif", ".tiff", ".webp", ".gif", ".bmp"}
_JPEG2000_EXTENSIONS = {".jp2", ".jpx", ".jpf", ".j2k", ".j2c", ".jpc"}
EXTENSIONS = frozenset(_ALWAYS | _JPEG2000_EXTENSIONS | {".avif"} | _HEIC_EXTENSIONS)
_LEDGER = b'{\n "version": 1,\n "source": "'  # so ours begin
_OF_SYSTEMS = frozenset({"thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r"})
UNFINISHED = (".part", ".crdownload", ".tmp", ".download", ".partial")

Identity = tuple[int, int]  # device and inode


class Skip(StrEnum):
    """Why something in a folder was not taken."""

    HIDDEN = "hidden"
    LOCK_FILE = "lock file"
    UNFINISHED = "unfinished download"
    OUTPUT = "output folder"
    EXCLUDED = "left out by a glob"
    NOT_SUPPORTED = "not a PDF or image"
    LINK = "symbolic link"
    BROKEN_LINK = "broken link"
    LOOP = "link to a folder already visited"
    SPECIAL = "not a regular file"
    UNREADABLE = "may not be read"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An input file: where it is, and its path below the folder that was given."""

    source: Place  # absolute
    relative: PurePath
    version: str = ""  # of an object in a bucket, as the listing says: another one when it changes


OnSkip = Callable[[Place, Skip], None]


def find(
    roots: Sequence[Path],
    *,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    skip: Sequence[Place] = (),
    follow_links: bool = False,
    on_skip: OnSkip = lambda path, reason: None,  # noqa: ARG005
) -> Iterator[Found]:
    """Yield the input files below the roots, each folder sorted by name, as they are found.

    A root that is no folder is taken as it is, even if it is missing: that becomes the error of
    one document. In folders, files are taken by their extension, or by their first bytes where it
    says nothing. `skip` names folders that are not entered (the output, the workspace), unless a
    root is the very same folder. `on_skip` hears of everything that was left out.
    """
    wanted = _Patterns(include=include, exclude=exclude, skip=skip, on_skip=on_skip)
    for root in roots:
        path = Path(os.path.abspath(root))  # noqa: PTH100 - resolve() would follow links
        if path.is_dir():
            yield from _walk(path, wanted, follow_links=follow_links)
        elif _is_special(path):
            on_skip(path, Skip.SPECIAL)
        else:
            yield Found(source=path, relative=PurePath(path.name))


class _Patterns:
    """The rules by which an entry of a folder is taken or left out."""

    def __init__(
        self,
        *,
        include: Sequence[str],
        exclude: Sequence[str],
        skip: Sequence[Place],
        on_skip: OnSkip,
    ) -> None:
        self.on_skip = on_skip
        self.forbidden = {known for path in skip if (known := identity(path))}
        self._is_included = matcher(include) if include else lambda _: True
        self._is_excluded = matcher(exclude)

    def why_no_folder(self, entry: os.DirEntry[str], relative: PurePath) -> Skip | None:
        if entry.name.startswith("."):
            return Skip.HIDDEN
        if identity(Path(entry.path)) in self.forbidden:
            return Skip.OUTPUT
        return Skip.EXCLUDED if self._is_excluded(relative) else None

    def why_no_file(self, entry: os.DirEntry[str], relative: PurePath) -> Skip | None:
        if reason := why_no_name(entry.name):
            return reason
        if not entry.is_file():
            return Skip.SPECIAL
        if self._is_excluded(relative) or not self._is_included(relative):
            return Skip.EXCLUDED
        if is_named_for_us(relative):
            return None
        reason = _why_not_by_content(entry.path)
        return Skip.OUTPUT if reason and _is_written_by_us(Path(entry.path)) else reason


def is_named_for_us(relative: PurePath) -> bool:
    """Return whether a name says that it is a document that we read."""
    extension = relative.suffix.lower()
    return extension in EXTENSIONS and (extension not in _HEIC_EXTENSIONS or reads_heic())


def why_no_name(name: str) -> Skip | None:
    """Return why no file of this name is taken, if that is so."""
    if name.startswith("~$"):
        return Skip.LOCK_FILE
    if name.startswith(".") or name.lower() in _OF_SYSTEMS:
        return Skip.HIDDEN
    return Skip.UNFINISHED if name.lower().endswith(UNFINISHED) else None


def _is_written_by_us(path: Path) -> bool:
    """Tell whether an earlier run wrote this: a ledger, or what has its ledger beside it."""
    if path.suffix not in (".md", ".json"):
        return False
    paged = path.parent if path.parent.suffix == ".pages" else path
    return head_of(paged.with_suffix(".json"), len(_LEDGER)) == _LEDGER


def _why_not_by_content(path: str) -> Skip | None:
    head = head_of(path, HEAD_BYTES)
    if head is None:
        return Skip.UNREADABLE
    return None if is_plainly(head) else Skip.NOT_SUPPORTED


def head_of(path: Path | str, size: int) -> bytes | None:
    """Return the first bytes of a file; None where they may not be read."""
    try:
        # Without blocking: the entry may have become a FIFO since it was listed.
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        return os.read(handle, size)
    except OSError:
        return None
    finally:
        os.close(handle)


def _walk(root: Path, wanted: _Patterns, *, follow_links: bool) -> Iterator[Found]:
    """Walk with a stack of our own: folders may be nested deeper than Python calls."""
    visited = {identity(root)}
    stack = [iter(_entries(str(root), wanted))]
    while stack:
        entry = next(stack[-1], None)
        if entry is None:
            stack.pop()
            continue
        path = Path(entry.path)
        relative = path.relative_to(root)
        reason = _why_not_reached(entry, visited, follow_links=follow_links)
        is_folder = reason is None and entry.is_dir()
        if reason is None:
            why_not = wanted.why_no_folder if is_folder else wanted.why_no_file
            reason = why_not(entry, relative)
        if reason:
            wanted.on_skip(path, reason)
        elif is_folder:
            visited.add(identity(path))
            stack.append(iter(_entries(entry.path, wanted)))
        else:
            yield Found(source=path, relative=relative)


def _entries(folder: str, wanted: _Patterns) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:
        wanted.on_skip(Path(folder), Skip.UNREADABLE)
        return []


def _why_not_reached(
    entry: os.DirEntry[str], visited: set[Identity | None], *, follow_links: bool
) -> Skip | None:
    if not entry.is_symlink():
        return None
    target = identity(Path(entry.path))
    if target is None:
        return Skip.BROKEN_LINK
    if not follow_links:
        return Skip.LINK
    return Skip.LOOP if target in visited else None


def identity(path: Place) -> Identity | None:
    """Return what tells a file or folder from all others; None where there is none."""
    if not isinstance(path, Path):
        return None
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    return status.st_dev, status.st_ino


def _is_special(path: Path) -> bool:
    try:
        return not stat.S_ISREG(path.stat().st_mode)
    except (OSError, ValueError):
        return False
