"""The files of an output: replaced while they are as we wrote them; else the new text lies beside.

The workspace keeps the SHA-256 of what was written last, in `KEY.files`, and of what is about to be
written, so that a file is ours too after a collector was killed half-way.
"""

import contextlib
import hashlib
import os
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

from ocrqueue.model.errors.document import OutputNotWritten
from ocrqueue.model.errors.operator import LedgerUnreadable
from ocrqueue.model.wire import BRIEF, Record
from ocrqueue.workspace import descriptors, ledger, outputs
from ocrqueue.workspace.atomic import TEMPORARY, read_json, write_json, write_whole
from ocrqueue.workspace.outputs import Output
from ocrqueue.workspace.store import Store
from ocrqueue.workspace.written import KeptFile

MOST_BESIDE = 99  # new texts of one file, each of which somebody has changed
SHOWN_KEPT = 20  # of a document, in summaries
PICTURE_FILE = re.compile(r"p[0-9]{4,}-[0-9]{1,3}\.png")
_TOO_LARGE = "larger than any file of ours"  # in place of a SHA-256
_BY_NAME = re.compile(r"(?:[0-9]{4,9}|p[0-9]{4,9}-[0-9]{1,3})(?:\.new[0-9]{0,2})?\.(?:md|png)")
_UNFINISHED = re.compile(rf"{re.escape(TEMPORARY)}(.+)-[0-9]+-[0-9a-f]{{8}}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Digests(Record):
    """The SHA-256 of what was written for an output last, and of what was begun since."""

    written: tuple[str, ...] = ()
    begun: tuple[str, ...] = ()
    # Files that we put beside those of others, below the output folder.
    beside: tuple[str, ...] = field(default=(), metadata=BRIEF)

    def __contains__(self, sha256: object) -> bool:
        """Return whether we wrote this."""
        return sha256 in self.written or sha256 in self.begun


@dataclass(slots=True, kw_only=True)
class OutputFiles:
    """Writes and removes the files of one output, while its lock is held."""

    store: Store
    output: Output
    ours: Digests
    begun: tuple[str, ...] = ()  # what a killed writer had begun
    put_beside: set[str] = field(default_factory=set)
    kept: list[KeptFile] = field(default_factory=list)

    @classmethod
    def of(cls, store: Store, output: Output) -> Self:
        """Return what is known of the files that lie there.

        Raises:
            OSError: one cannot be read, or is no plain file.
        """
        wire = read_json(_record(store, output), below=store.base)
        ours = None
        with contextlib.suppress(ValueError):
            ours = Digests.from_wire(wire) if wire is not None else None
        ours = ours or _as_before(store, output)
        return cls(store=store, output=output, ours=ours, begun=ours.begun)

    def begin(self, digests: Collection[str]) -> None:
        """Say what will be written, before any of it is.

        Raises:
            OSError: the workspace cannot be written.
        """
        begun = {*self.ours.begun, *digests}
        self._note(replace(self.ours, begun=tuple(sorted(begun))))

    def settle(self, digests: Collection[str]) -> None:
        """Say that it was written, and nothing else.

        Raises:
            OSError: the workspace cannot be written.
        """
        beside = tuple(sorted(self.put_beside))
        self._note(Digests(written=tuple(sorted({*digests})), beside=beside))

    def put(self, path: Path, content: bytes) -> None:
        """Write a file, or its new text beside it where somebody has changed it.

        Raises:
            OSError: it cannot be written.
            OutputNotWritten: too many new texts lie beside it, changed as well.
        """
        sha256 = digest_of(content)
        found = _found(self.output, path)
        if found not in (None, sha256) and found not in self.ours:
            self._put_beside(path, content, sha256)
            return
        if found != sha256:
            write_whole(path, content, below=self._root)
        for place in self._beside(path):
            if (other := _found(self.output, place)) is None:
                break
            if self._is_our_new(place, other):
                descriptors.remove(place, below=self._root)

    def remove(self, path: Path) -> None:
        """Remove a file, unless somebody has changed it.

        Raises:
            OSError: it cannot be removed.
        """
        found = _found(self.output, path)
        if found is None or found in self.ours:
            descriptors.remove(path, below=self._root)
        else:
            self._keep(path, "")

    def remove_others(self, folder: Path, kept: Collection[str]) -> None:
        """Remove what lies in a folder of pages or pictures and is not called as one of these.

        Raises:
            OSError: something cannot be removed.
        """
        stay = {*kept, *(one.beside for one in self.kept)}
        for left in _ours_by_name(folder):
            if _UNFINISHED.fullmatch(left.name):
                descriptors.remove(left, below=self._root)
            elif left.name not in stay and self._is_by_name(left):
                self.remove(left)
        if not kept and not folder.is_symlink():
            with contextlib.suppress(OSError):  # something else lies there too, or it is not there
                descriptors.remove_empty(folder, below=self._root)

    def give_up(self) -> bool:
        """Take all that lies there now for ours; return whether something was not.

        Raises:
            OSError: the workspace cannot be written, or a file cannot be read.
        """
        places = _places(self.output)
        digests = {_found(self.output, path) for path in places} - {None, _TOO_LARGE}
        foreign = {digest for digest in digests if digest not in self.ours}
        if foreign:
            written = {*self.ours.written, *filter(None, digests)}
            self._note(replace(self.ours, written=tuple(sorted(written))))
        return bool(foreign)

    def _put_beside(self, path: Path, content: bytes, sha256: str) -> None:
        for place in self._beside(path):
            found = _found(self.output, place)
            if found is None and sha256 in self.ours.written:
                return  # whoever changed the file had this very text before him
            if found is None or self._is_our_new(place, found):
                if found != sha256:
                    write_whole(place, content, below=self._root)
                self.put_beside.add(str(place.relative_to(self._root)))
                self._keep(path, place.name)
                return
        message = f"{path} was changed, and so were {MOST_BESIDE} newer ones beside it"
        raise OutputNotWritten(message)

    def _is_our_new(self, place: Path, sha256: str) -> bool:
        """Return whether we put a file beside another: its text alone may be a copy of ours."""
        was_put = str(place.relative_to(self._root)) in self.ours.beside
        return sha256 in self.begun or (was_put and sha256 in self.ours)

    def _is_by_name(self, left: Path) -> bool:
        """Return whether a file is called as those that we write, or was put beside one by us."""
        return ".new" not in left.name or self._is_our_new(left, _found(self.output, left) or "")

    def _beside(self, path: Path) -> Iterator[Path]:
        """Yield where new texts of a file may lie: `a.new.md`, `a.new2.md`; not where others do."""
        for number in range(1, MOST_BESIDE + 1):
            place = path.with_name(f"{path.stem}.new{number if number > 1 else ''}{path.suffix}")
            name = place.relative_to(self._root).with_suffix("")
            if self.store.output(outputs.output_key(name)) is None:
                yield place

    def _keep(self, path: Path, beside: str) -> None:
        if len(self.kept) < SHOWN_KEPT:
            self.kept.append(KeptFile(name=str(path.relative_to(self._root)), beside=beside))

    def _note(self, ours: Digests) -> None:
        if ours != self.ours:
            wire = ours.to_wire()
            write_json(_record(self.store, self.output), wire, below=self.store.ground)
            self.ours = ours

    @property
    def _root(self) -> Path:
        return Path(self.output.folder)


def digest_of(content: bytes) -> str:
    """Return the SHA-256 of a content."""
    return hashlib.sha256(content).hexdigest()


def _record(store: Store, output: Output) -> Path:
    return store.output_path(output.key).with_suffix(".files")


def _as_before(store: Store, output: Output) -> Digests:
    """Return what is ours where nothing was noted: a version before this one, or it was lost.

    What the ledger beside the Markdown, or the workspace, knows that we wrote. The first versions'
    ledgers know nothing of the kind: there, all but the Markdown is ours by its name. What a killed
    collector had begun is ours as well.
    """
    told = store.written(output.key)
    known = {told.sha256} if told else set()
    by_name = True
    with contextlib.suppress(LedgerUnreadable):
        book = ledger.read(output.ledger, below=Path(output.folder))
        known |= {book.markdown_sha256, *book.files_sha256}
        by_name = not book.markdown_sha256
    is_begun = os.path.lexists(output.begun)
    found = {path: _found(output, path) for path in _places(output)}
    ours = {
        sha
        for path, sha in found.items()
        if is_begun or path == output.ledger or (by_name and path != output.markdown)
    }
    return Digests(written=tuple(sorted(filter(None, known | ours - {_TOO_LARGE}))))


def _places(output: Output) -> Iterator[Path]:
    """Yield where files of an output may lie."""
    yield output.markdown
    yield output.ledger
    yield from _ours_by_name(output.pages_folder)
    yield from _ours_by_name(output.assets_folder)


def _ours_by_name(folder: Path) -> Iterator[Path]:
    """Yield what lies in a folder and is called as our pages and pictures, unfinished ones too."""
    if folder.is_symlink() or not folder.is_dir():
        return
    for path in sorted(folder.iterdir()):
        unfinished = _UNFINISHED.fullmatch(path.name)
        if _BY_NAME.fullmatch(unfinished[1] if unfinished else path.name):
            yield path


def _found(output: Output, path: Path) -> str | None:
    """Return the SHA-256 of a file; None where there is none, or a ledger that is damaged.

    What is larger than any file of ours is somebody else's, and not read.

    Raises:
        OSError: it cannot be read, or is no plain file.
    """
    root = Path(output.folder)
    if path == output.ledger and _is_damaged(path, root):
        return None
    try:
        with descriptors.to_read(path, below=root) as stream:
            if os.fstat(stream.fileno()).st_size > descriptors.LONGEST:
                return _TOO_LARGE
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except FileNotFoundError:
        return None


def _is_damaged(path: Path, root: Path) -> bool:
    try:
        ledger.read(path, below=root)
    except LedgerUnreadable as error:
        return isinstance(error.__cause__, ValueError | RecursionError)
    return False
