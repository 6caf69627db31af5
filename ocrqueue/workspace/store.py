"""The workspace on disk: the truth about documents, page results and outputs.

    WORKSPACE/
      workspace.json                      marks the folder as ours
      documents/ab/ab12.../document.json  what the document is and where its file lies
                           secret.json    the password of an encrypted PDF
                           pages/000017.json           the accepted result; the first one wins
                           pages/000017.failed.json    why there is none
                           pages/000017.kept.json      readings that wait for a check or stand in
                           pages/000017.raw.txt        what a model said, before it was cleaned
                           pages/000017.figures/       its pictures, named by their content
                           outputs/KEY                 an output that wants this document
      corrections/                        what people wrote instead: see `corrections`
      outputs/ab/KEY.json                 which document an output shows, and how
                 KEY.written.json         what was last written for it
      runs/                               what each run looked at, one line per input
      run.lock, log.jsonl                 held by the one `run` that works here; what it logs

Every file is written whole: temporary file, then rename. A torn file reads as a missing one, so
that the page is read again. No link in it is followed, whoever put it there.
"""

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeVar

from ocrqueue.model import readings
from ocrqueue.model.address import Address
from ocrqueue.model.document import Document
from ocrqueue.model.errors.operator import WorkspaceUnusable
from ocrqueue.model.page import Attempt, Figure, PageResult, failed_result
from ocrqueue.model.readings import Kept
from ocrqueue.model.wire import Record
from ocrqueue.workspace import descriptors, ownership, paths
from ocrqueue.workspace.atomic import TEMPORARY, read_json, write_json, write_json_once, write_whole
from ocrqueue.workspace.ledger import DocumentProblem
from ocrqueue.workspace.written import WrittenOutput

MARK = ownership.MARK
LOCK = "run.lock"
LOG = "log.jsonl"
FOLDERS = ("documents", "corrections", "outputs", "runs")
_Record = TypeVar("_Record", bound=Record)


@dataclass(frozen=True, slots=True)
class Store:
    """A workspace folder. Cheap to make; opens nothing."""

    root: Path

    @classmethod
    def create(cls, root: Path) -> Self:
        """Make the folder, readable by its owner alone, and mark it as a workspace.

        Raises:
            WorkspaceUnusable: it cannot be made or written, is a link, or belongs to somebody else.
        """
        store = cls(root.absolute())
        try:
            if not os.path.lexists(root):
                root.mkdir(parents=True, exist_ok=True, mode=0o700)
            ownership.mark(store.root, folders=FOLDERS, files=(LOCK, LOG))
        except OSError as error:
            message = f"cannot write the workspace {root}: {error.strerror}"
            raise WorkspaceUnusable(message) from error
        return store

    @classmethod
    def open(cls, root: Path) -> Self:
        """Return a workspace that was made before, by the same user.

        Raises:
            WorkspaceUnusable: the folder is no workspace, is a link, or belongs to somebody else.
        """
        with contextlib.suppress(OSError, ValueError):  # ValueError: a NUL in the path
            if ownership.is_marked(root):
                return cls(root)
        is_there = os.path.lexists(root)
        message = f"{root} is {'no workspace of ocrqueue' if is_there else 'not there'}"
        raise WorkspaceUnusable(message)

    @property
    def address(self) -> Address:
        """How jobs name it, also while it is away."""
        return Address(id=ownership.last_id_of(self.root), path=str(self.root))

    @property
    def base(self) -> Path:
        """Where the workspace lies: it is itself entered as what must be no link."""
        return self.root.parent

    @property
    def ground(self) -> Path:
        """The same for who writes: a FileNotFoundError where the mark is away with its drive."""
        (self.root / MARK).lstat()
        return self.base

    def save_document(self, document: Document) -> None:
        """Write the document's manifest, replacing an earlier one."""
        self._write(paths.document(self.root, document.id) / "document.json", document.to_wire())

    def document(self, document_id: str) -> Document | None:
        """Return the document, or None if the workspace does not know it."""
        path = paths.document(self.root, document_id) / "document.json"
        found = self._record(path, Document)
        return found if found and found.id == document_id else None

    def save_password(self, document_id: str, password: str) -> None:
        """Keep a password for the workers, readable by the owner alone."""
        path = paths.document(self.root, document_id) / "secret.json"
        write_json(path, {"password": password}, below=self.ground, mode=0o600)

    def password(self, document_id: str) -> str | None:
        """Return the document's password, if it needs one."""
        wire = self._read(paths.document(self.root, document_id) / "secret.json")
        return str(wire["password"]) if wire and wire.get("password") else None

    # Page results

    def accept(self, document_id: str, result: PageResult) -> PageResult:
        """Keep the first accepted result of a page and return the one that is kept."""
        path = paths.page(self.root, document_id, result.page)
        if not write_json_once(path, result.to_wire(), below=self.ground):
            if (kept := self.result(document_id, result.page)) and not kept.failed:
                return kept
            self._write(path, result.to_wire())  # what lay there was torn
        failed, waiting = path.with_suffix(".failed.json"), f"{path.stem}.kept.json"
        descriptors.remove(failed, waiting, below=self.base)
        return result

    def reject(self, document_id: str, result: PageResult) -> None:
        """Keep why a page failed. An accepted result always wins over it."""
        path = paths.page(self.root, document_id, result.page, ".failed.json")
        self._write(path, result.to_wire())

    def settle_failed(self, document_id: str, page: int, attempts: Sequence[Attempt]) -> PageResult:
        """Write down that nobody reads a page any more; return what counts: read, kept, or why."""
        if (known := self.result(document_id, page)) and not known.failed:
            return known
        if kept := readings.stand_in(self.kept(document_id, page), attempts):
            return self.accept(document_id, kept)
        failed = failed_result(page, attempts)
        self.reject(document_id, failed)
        return failed

    def keep(self, document_id: str, result: PageResult) -> None:
        """Keep a reading until it was checked, or while another backend tries to do better."""
        path = paths.page(self.root, document_id, result.page, ".kept.json")
        self._write(path, self.kept(document_id, result.page).adding(result).to_wire())

    def set_aside(self, document_id: str, result: PageResult) -> None:
        """Let a page be read again whose doubtful reading was accepted, and stands in meanwhile."""
        self.keep(document_id, result)
        descriptors.remove(paths.page(self.root, document_id, result.page), below=self.base)

    def keep_source(
        self,
        document_id: str,
        result: PageResult,
        pictures: Mapping[str, bytes],
        *,
        raw: str | None,
    ) -> None:
        """Keep what a result was made of, before the result itself: pictures by SHA-256."""
        if raw is not None:
            path = paths.page(self.root, document_id, result.page, ".raw.txt")
            write_whole(path, raw.encode("utf-8", "replace"), below=self.ground)
        for figure in result.figures:
            path = paths.picture(self.root, document_id, result.page, figure)
            if not descriptors.exists(path, below=self.base):
                write_whole(path, pictures[figure.sha256], below=self.ground)

    def picture(self, document_id: str, page: int, figure: Figure) -> bytes | None:
        """Return the PNG file of a figure, or None where it is lost."""
        with contextlib.suppress(OSError):
            path = paths.picture(self.root, document_id, page, figure)
            return descriptors.read(path, below=self.base)
        return None

    def kept(self, document_id: str, page: int) -> Kept:
        """Return the readings that are kept for a page."""
        found = self._record(paths.page(self.root, document_id, page, ".kept.json"), Kept)
        if found is None:  # a version before this one kept a single one
            before = self._result(paths.page(self.root, document_id, page, ".doubtful.json"))
            return Kept(readings=(before,) if before else ())
        return found if found.is_of(page) else Kept()

    def result(self, document_id: str, page: int) -> PageResult | None:
        """Return the page's result: accepted, else failed, else None."""
        accepted = self._result(paths.page(self.root, document_id, page))
        return accepted or self._result(paths.page(self.root, document_id, page, ".failed.json"))

    def settled_pages(self, document_id: str) -> tuple[set[int], set[int]]:
        """Return the pages with an accepted result and those that failed, from one listing."""
        accepted, failed = set[int](), set[int]()
        folder = paths.document(self.root, document_id) / "pages"
        with contextlib.suppress(OSError), descriptors.listed(folder, below=self.base) as it:
            for entry in it:
                number, _, rest = entry.name.partition(".")
                if not number.isdigit() or not entry.is_file(follow_symlinks=False):
                    continue
                if rest == "json" and entry.stat(follow_symlinks=False).st_size:
                    accepted.add(int(number))
                elif rest == "failed.json":
                    failed.add(int(number))
        return accepted, failed - accepted

    def drop_unreadable(self, document_id: str, page: int) -> None:
        """Remove what has the name of an accepted result and is none: the page is read anew."""
        path = paths.page(self.root, document_id, page)
        if descriptors.exists(path, below=self.base) and self._result(path) is None:
            descriptors.remove(path, below=self.base)

    def forget_page(self, document_id: str, page: int) -> None:
        """Remove all that is known of a page, so that it is read anew."""
        suffixes = (".json", ".failed.json", ".kept.json", ".doubtful.json", ".raw.txt")
        first, *others = (paths.page(self.root, document_id, page, suffix) for suffix in suffixes)
        descriptors.remove(first, *(path.name for path in others), below=self.base)
        for left in paths.page(self.root, document_id, page, ".figures").glob("*.png"):
            descriptors.remove(left, below=self.base)

    def clear_temporaries(self, document_id: str) -> None:
        """Remove what killed writers left of a document; a living one would write again."""
        for left in paths.document(self.root, document_id).rglob(f"{TEMPORARY}*"):
            descriptors.remove(left, below=self.base)

    def run_list(self, run: str) -> Path:
        """Return where a run notes the inputs it looked at."""
        return self.root / "runs" / f"{run}.jsonl"

    def save_output(self, key: str, record: Mapping[str, Any], document_id: str | None) -> None:
        """Say which document an output shows; it must have been claimed before."""
        self._write(self.output_path(key), record)
        if document_id is not None:
            mark = paths.document(self.root, document_id) / "outputs" / key
            descriptors.mark(mark, below=self.ground)

    def claim_output(self, key: str, record: Mapping[str, Any]) -> bool:
        """Take an output's name unless somebody has it."""
        return write_json_once(self.output_path(key), record, below=self.ground)

    def output(self, key: str) -> dict[str, Any] | None:
        """Return an output's record."""
        return self._read(self.output_path(key))

    def outputs_of(self, document_id: str) -> list[str]:
        """Return the keys of the outputs that have ever wanted this document."""
        marks = paths.document(self.root, document_id) / "outputs"
        return descriptors.names(marks, below=self.base)

    def outputs(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield each output's key and record, in the order of their names."""
        folder = self.root / "outputs"
        for begin in descriptors.names(folder, below=self.base):
            for name in descriptors.names(folder / begin, below=self.base):
                key, _, ending = name.partition(".")
                if ending == "json" and (record := self._read(folder / begin / name)):
                    yield key, record

    def save_written(self, key: str, told: WrittenOutput) -> None:
        """Note what was last written for an output."""
        self._write(self.output_path(key).with_suffix(".written.json"), told.to_wire())

    def save_unwritten(self, key: str, problem: DocumentProblem) -> None:
        """Note why an output could not be written; it counts as not written."""
        before = self.written(key) or WrittenOutput()
        self.save_written(key, WrittenOutput(problem=problem, sha256=before.sha256))

    def written(self, key: str) -> WrittenOutput | None:
        """Return what was last written for an output, or why it was not; None: it is not known."""
        return self._record(self.output_path(key).with_suffix(".written.json"), WrittenOutput)

    @contextlib.contextmanager
    def output_lock(self, key: str) -> Iterator[None]:
        """Hold an output while it is written: two collectors must not cross."""
        with descriptors.locked(self.output_path(key).with_suffix(".lock"), below=self.ground):
            yield

    def output_path(self, key: str) -> Path:
        """Return where an output's record lies."""
        return self.root / "outputs" / key[:2] / f"{key}.json"

    def _read(self, path: Path) -> dict[str, Any] | None:
        return read_json(path, below=self.base)

    def _write(self, path: Path, wire: Mapping[str, Any]) -> None:
        write_json(path, wire, below=self.ground)

    def _record(self, path: Path, kind: type[_Record]) -> _Record | None:
        with contextlib.suppress(ValueError):
            return kind.from_wire(wire) if (wire := self._read(path)) else None
        return None

    def _result(self, path: Path) -> PageResult | None:
        result = self._record(path, PageResult)
        return result if result and path.name.startswith(f"{result.page:06d}.") else None
