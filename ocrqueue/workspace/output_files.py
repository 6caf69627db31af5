"""The files of an output: replaced while they are as we wrote them; else the new text lies beside.

The workspace keeps the SHA-256 of what was written last, in `KEY.files`, and of what is about to be
written, so that a file is ours too after a collector was killed half-way.
"""

import contextlib
import errno
import hashlib
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import Self

from ocrqueue.model.errors.document import OutputNotWritten
from ocrqueue.model.errors.operator import LedgerUnreadable
from ocrqueue.model.wire import BRIEF, Record
from ocrqueue.workspace import ledger, outputs
from ocrqueue.workspace.atomic import TEMPORARY
from ocrqueue.workspace.files import Files, json_in, write_json
from ocrqueue.workspace.outputs import Output
from ocrqueue.workspace.store import Store
from ocrqueue.workspace.written import KeptFile, WrittenOutput

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
    """Writes and removes the files of one output, while its lock is held.

    Where there are no locks, all are written over what was seen when the turn began.
    """

    store: Store
    output: Output
    files: Files  # of the output folder, and of its records in the workspace
    records: Files
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
        record = _record(store, output)
        records = store.files.turn(record, store.written_path(output.key))
        files = output.files.turn(output.markdown, output.ledger)
        wire = json_in(records, record)
        ours = None
        with contextlib.suppress(ValueError):
            ours = Digests.from_wire(wire) if wire is not None else None
        ours = ours or _as_before(store, output, files)
        return cls(
            store=store, output=output, files=files, records=records, ours=ours, begun=ours.begun
        )

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

    def tell(self, told: WrittenOutput) -> None:
        """Note what was written.

        Raises:
            OSError: the workspace cannot be written.
        """
        write_json(self.records, self.store.written_path(self.output.key), told.to_wire())

    def put(self, path: PurePath, content: bytes) -> None:
        """Write a file, or its new text beside it where somebody has changed it.

        Raises:
            OSError: it cannot be written.
            OutputNotWritten: too many new texts lie beside it, changed as well.
        """
        sha256 = digest_of(content)
        found = _found(self.output, self.files, path)
        if found not in (None, sha256) and found not in self.ours:
            self._put_beside(path, content, sha256)
            return
        if found != sha256:
            self.files.write(path, content)
        for place in self._beside(path):
            if (other := _found(self.output, self.files, place)) is None:
                break
            if self._is_our_new(place, other):
                self.files.remove(place)

    def remove(self, path: PurePath) -> None:
        """Remove a file, unless somebody has changed it.

        Raises:
            OSError: it cannot be removed.
        """
        found = _found(self.output, self.files, path)
        if found is None or found in self.ours:
            self.files.remove(path)
        else:
            self._keep(path, "")

    def remove_others(self, folder: PurePath, kept: Collection[str]) -> None:
        """Remove what lies in a folder of pages or pictures and is not called as one of these.

        Raises:
            OSError: something cannot be removed.
        """
        stay = {*kept, *(one.beside for one in self.kept)}
        for left in _ours_by_name(self.files, folder):
            if _UNFINISHED.fullmatch(left.name):
                self.files.remove(left)
            elif left.name not in stay and self._is_by_name(left):
                self.remove(left)
        if not kept:
            with contextlib.suppress(OSError):  # a link, something else lies there, or nothing
                self.files.remove_empty(folder)

    def give_up(self) -> bool:
        """Take all that lies there now for ours; return whether something was not.

        Raises:
            OSError: the workspace cannot be written, or a file cannot be read.
        """
        places = _places(self.output, self.files)
        digests = {_found(self.output, self.files, path) for path in places} - {None, _TOO_LARGE}
        foreign = {digest for digest in digests if digest not in self.ours}
        if foreign:
            written = {*self.ours.written, *filter(None, digests)}
            self._note(replace(self.ours, written=tuple(sorted(written))))
        return bool(foreign)

    def _put_beside(self, path: PurePath, content: bytes, sha256: str) -> None:
        for place in self._beside(path):
            found = _found(self.output, self.files, place)
            if found is None and sha256 in self.ours.written:
                return  # whoever changed the file had this very text before him
            if found is None or self._is_our_new(place, found):
                if found != sha256:
                    self.files.write(place, content)
                self.put_beside.add(str(place.relative_to(self._root)))
                self._keep(path, place.name)
                return
        message = f"{path} was changed, and so were {MOST_BESIDE} newer ones beside it"
        raise OutputNotWritten(message)

    def _is_our_new(self, place: PurePath, sha256: str) -> bool:
        """Return whether we put a file beside another: its text alone may be a copy of ours."""
        was_put = str(place.relative_to(self._root)) in self.ours.beside
        return sha256 in self.begun or (was_put and sha256 in self.ours)

    def _is_by_name(self, left: PurePath) -> bool:
        """Return whether a file is called as those that we write, or was put beside one by us."""
        if ".new" not in left.name:
            return True
        return self._is_our_new(left, _found(self.output, self.files, left) or "")

    def _beside(self, path: PurePath) -> Iterator[PurePath]:
        """Yield where new texts of a file may lie: `a.new.md`, `a.new2.md`; not where others do."""
        for number in range(1, MOST_BESIDE + 1):
            place = path.with_name(f"{path.stem}.new{number if number > 1 else ''}{path.suffix}")
            name = place.relative_to(self._root).with_suffix("")
            if self.store.output(outputs.output_key(name)) is None:
                yield place

    def _keep(self, path: PurePath, beside: str) -> None:
        if len(self.kept) < SHOWN_KEPT:
            self.kept.append(KeptFile(name=str(path.relative_to(self._root)), beside=beside))

    def _note(self, ours: Digests) -> None:
        if ours != self.ours:
            write_json(self.records, _record(self.store, self.output), ours.to_wire())
            self.ours = ours

    @property
    def _root(self) -> PurePath:
        return self.output.place


def digest_of(content: bytes) -> str:
    """Return the SHA-256 of a content."""
    return hashlib.sha256(content).hexdigest()


def _record(store: Store, output: Output) -> PurePath:
    return store.output_path(output.key).with_suffix(".files")


def _as_before(store: Store, output: Output, files: Files) -> Digests:
    """Return what is ours where nothing was noted: a version before this one, or it was lost.

    What the ledger beside the Markdown, or the workspace, knows that we wrote. The first versions'
    ledgers know nothing of the kind: there, all but the Markdown is ours by its name. What a killed
    collector had begun is ours as well.
    """
    told = store.written(output.key)
    known = {told.sha256} if told else set()
    by_name = True
    with contextlib.suppress(LedgerUnreadable):
        book = ledger.read_in(files, output.ledger)
        known |= {book.markdown_sha256, *book.files_sha256}
        by_name = not book.markdown_sha256
    is_begun = files.is_taken(output.begun)
    found = {path: _found(output, files, path) for path in _places(output, files)}
    ours = {
        sha
        for path, sha in found.items()
        if is_begun or path == output.ledger or (by_name and path != output.markdown)
    }
    return Digests(written=tuple(sorted(filter(None, known | ours - {_TOO_LARGE}))))


def _places(output: Output, files: Files) -> Iterator[PurePath]:
    """Yield where files of an output may lie."""
    yield output.markdown
    yield output.ledger
    yield from _ours_by_name(files, output.pages_folder)
    yield from _ours_by_name(files, output.assets_folder)


def _ours_by_name(files: Files, folder: PurePath) -> Iterator[PurePath]:
    """Yield what lies in a folder and is called as our pages and pictures, unfinished ones too."""
    for entry in files.listed(folder):
        unfinished = _UNFINISHED.fullmatch(entry.name)
        if _BY_NAME.fullmatch(unfinished[1] if unfinished else entry.name):
            yield folder / entry.name


def _found(output: Output, files: Files, path: PurePath) -> str | None:
    """Return the SHA-256 of a file; None where there is none, or a ledger that is damaged.

    What is larger than any file of ours is somebody else's, and not read.

    Raises:
        OSError: it cannot be read, or is no plain file.
    """
    if path == output.ledger and _is_damaged(path, files):
        return None
    try:
        return files.sha256(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        if error.errno == errno.EFBIG:
            return _TOO_LARGE
        raise


def _is_damaged(path: PurePath, files: Files) -> bool:
    try:
        ledger.read_in(files, path)
    except LedgerUnreadable as error:
        return isinstance(error.__cause__, ValueError | RecursionError)
    return False
