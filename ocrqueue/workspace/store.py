"""The workspace: the truth about documents, page results and outputs.

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

It lies in a folder or in a bucket. Every file is written whole; a torn one reads as a missing one,
so that the page is read again. No link in it is followed, whoever put it there.
"""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any, Self, TypeVar

from ocrqueue.model import readings
from ocrqueue.model.address import Address
from ocrqueue.model.document import Document
from ocrqueue.model.errors.operator import WorkspaceUnusable
from ocrqueue.model.page import Attempt, Figure, PageResult, failed_result
from ocrqueue.model.place import Place, absolute
from ocrqueue.model.readings import Kept
from ocrqueue.model.wire import Record
from ocrqueue.workspace import ownership, paths, storage
from ocrqueue.workspace.atomic import encode
from ocrqueue.workspace.files import Files, json_in, write_json
from ocrqueue.workspace.written import WrittenOutput

MARK = storage.MARK
LOCK = "run.lock"
LOG = "log.jsonl"
FOLDERS = ("documents", "corrections", "outputs", "runs")
_Record = TypeVar("_Record", bound=Record)


@dataclass(frozen=True, slots=True)
class Store:
    """A workspace in a folder or in a bucket. Cheap to make; opens nothing."""

    place: Place

    @classmethod
    def create(cls, place: Place) -> Self:
        """Make the folder, readable by its owner alone, and mark it as a workspace.

        Raises:
            WorkspaceUnusable: it cannot be made or written, is a link, or belongs to somebody else.
            StorageAway: the bucket cannot be asked.
        """
        store = cls(absolute(place))
        try:
            ownership.take(store.place, store.root, folders=FOLDERS, files=(LOCK, LOG))
        except OSError as error:
            message = f"cannot write the workspace {place}: {error.strerror}"
            raise WorkspaceUnusable(message) from error
        return store

    @classmethod
    def open(cls, place: Place) -> Self:
        """Return a workspace that was made before, by the same user.

        Raises:
            WorkspaceUnusable: the folder is no workspace, is a link, or belongs to somebody else.
            StorageAway: the bucket cannot be asked.
        """
        ownership.require(place)
        return cls(place)

    @property
    def address(self) -> Address:
        """How jobs name it, also while it is away."""
        return Address(id=ownership.last_id_of(self.place), path=str(self.place))

    @property
    def files(self) -> Files:
        """What reads and writes in it."""
        return storage.of_workspace(self.place)

    @property
    def root(self) -> Path:
        """Where what is of this machine alone lies: the folder itself, where it is one."""
        return storage.desk(self.place)

    @property
    def base(self) -> Path:
        """Where that lies: it is itself entered as what must be no link."""
        return self.root.parent

    def save_document(self, document: Document) -> None:
        """Write the document's manifest, replacing an earlier one."""
        path = paths.document(self.place, document.id) / "document.json"
        write_json(self.files, path, document.to_wire())

    def document(self, document_id: str) -> Document | None:
        """Return the document, or None if the workspace does not know it."""
        found = self._record(paths.document(self.place, document_id) / "document.json", Document)
        return found if found and found.id == document_id else None

    def save_password(self, document_id: str, password: str) -> None:
        """Keep a password for the workers, readable by the owner alone."""
        path = paths.document(self.place, document_id) / "secret.json"
        write_json(self.files, path, {"password": password}, mode=0o600)

    def password(self, document_id: str) -> str | None:
        """Return the document's password, if it needs one."""
        wire = json_in(self.files, paths.document(self.place, document_id) / "secret.json")
        return str(wire["password"]) if wire and wire.get("password") else None

    def accept(self, document_id: str, result: PageResult) -> PageResult:
        """Keep the first accepted result of a page and return the one that is kept."""
        path = paths.page(self.place, document_id, result.page)
        if not self.files.write_once(path, encode(result.to_wire())):
            if (kept := self.result(document_id, result.page)) and not kept.failed:
                return kept
            write_json(self.files, path, result.to_wire())  # what lay there was torn
        failed, waiting = path.with_suffix(".failed.json"), f"{path.stem}.kept.json"
        self.files.remove(failed, waiting)
        return result

    def reject(self, document_id: str, result: PageResult) -> None:
        """Keep why a page failed. An accepted result always wins over it."""
        path = paths.page(self.place, document_id, result.page, ".failed.json")
        write_json(self.files, path, result.to_wire())

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
        path = paths.page(self.place, document_id, result.page, ".kept.json")
        write_json(self.files, path, self.kept(document_id, result.page).adding(result).to_wire())

    def set_aside(self, document_id: str, result: PageResult) -> None:
        """Let a page be read again whose doubtful reading was accepted, and stands in meanwhile."""
        self.keep(document_id, result)
        self.files.remove(paths.page(self.place, document_id, result.page))

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
            path = paths.page(self.place, document_id, result.page, ".raw.txt")
            self.files.write(path, raw.encode("utf-8", "replace"))
        for figure in result.figures:
            path = paths.picture(self.place, document_id, result.page, figure)
            self.files.write_once(path, pictures[figure.sha256])

    def picture(self, document_id: str, page: int, figure: Figure) -> bytes | None:
        """Return the PNG file of a figure, or None where it is lost."""
        with contextlib.suppress(OSError):
            return self.files.read(paths.picture(self.place, document_id, page, figure))
        return None

    def kept(self, document_id: str, page: int) -> Kept:
        """Return the readings that are kept for a page."""
        found = self._record(paths.page(self.place, document_id, page, ".kept.json"), Kept)
        if found is None:  # a version before this one kept a single one
            before = self._result(paths.page(self.place, document_id, page, ".doubtful.json"))
            return Kept(readings=(before,) if before else ())
        return found if found.is_of(page) else Kept()

    def accepted(self, document_id: str, page: int) -> PageResult | None:
        """Return the page's accepted result."""
        return self._result(paths.page(self.place, document_id, page))

    def result(self, document_id: str, page: int) -> PageResult | None:
        """Return the page's result: accepted, else failed, else None."""
        failed = paths.page(self.place, document_id, page, ".failed.json")
        return self.accepted(document_id, page) or self._result(failed)

    def settled_pages(self, document_id: str) -> tuple[set[int], set[int]]:
        """Return the pages with an accepted result and those that failed, from one listing."""
        accepted, failed = set[int](), set[int]()
        folder = paths.document(self.place, document_id) / "pages"
        for entry in self.files.listed(folder):
            number, _, rest = entry.name.partition(".")
            if not number.isdigit() or not entry.is_file:
                continue
            if rest == "json" and entry.size:
                accepted.add(int(number))
            elif rest == "failed.json":
                failed.add(int(number))
        return accepted, failed - accepted

    def drop_unreadable(self, document_id: str, page: int) -> None:
        """Remove what has the name of an accepted result and is none: the page is read anew."""
        path = paths.page(self.place, document_id, page)
        if self.files.exists(path) and self._result(path) is None:
            self.files.remove(path)

    def forget_page(self, document_id: str, page: int) -> None:
        """Remove all that is known of a page, so that it is read anew."""
        suffixes = (".json", ".failed.json", ".kept.json", ".doubtful.json", ".raw.txt")
        first, *others = (paths.page(self.place, document_id, page, suffix) for suffix in suffixes)
        self.files.remove(first, *(path.name for path in others))
        self.remove_pictures(paths.page(self.place, document_id, page, ".figures"))

    def remove_pictures(self, folder: PurePath) -> None:
        """Remove the pictures of a page."""
        for left in self.files.listed(folder):
            self.files.remove(folder / left.name)

    def clear_temporaries(self, document_id: str) -> None:
        """Remove what killed writers left of a document; a living one would write again."""
        for left in self.files.unfinished(paths.document(self.place, document_id), "**/"):
            self.files.remove(left)

    def run_list(self, run: str) -> Path:
        """Return where a run notes the inputs it looked at; on this machine."""
        return self.root / "runs" / f"{run}.jsonl"

    def save_output(self, key: str, record: Mapping[str, Any], document_id: str | None) -> None:
        """Say which document an output shows; it must have been claimed before."""
        write_json(self.files, self.output_path(key), record)
        if document_id is not None:
            self.files.write_once(paths.document(self.place, document_id) / "outputs" / key, b"")

    def claim_output(self, key: str, record: Mapping[str, Any]) -> bool:
        """Take an output's name unless somebody has it."""
        return self.files.write_once(self.output_path(key), encode(record))

    def output(self, key: str) -> dict[str, Any] | None:
        """Return an output's record."""
        return json_in(self.files, self.output_path(key))

    def outputs_of(self, document_id: str) -> list[str]:
        """Return the keys of the outputs that have ever wanted this document."""
        marks = paths.document(self.place, document_id) / "outputs"
        return [entry.name for entry in self.files.listed(marks)]

    def outputs(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield each output's key and record, in the order of their names."""
        found = ((key, self.output(key)) for key in self.output_keys())
        yield from ((key, record) for key, record in found if record)

    def output_keys(self) -> Iterator[str]:
        """Yield the keys of all outputs that have a record, in order; it may be torn."""
        for name, _ in self.files.filed(self.place / "outputs", ".json"):
            key, _, kind = name.partition(".")
            if kind == "json":
                yield key

    def save_written(self, key: str, told: WrittenOutput) -> None:
        """Note what was last written for an output."""
        write_json(self.files, self.written_path(key), told.to_wire())

    def written(self, key: str) -> WrittenOutput | None:
        """Return what was last written for an output, or why it was not; None: it is not known."""
        return self._record(self.written_path(key), WrittenOutput)

    def written_path(self, key: str) -> Place:
        """Return where it is noted."""
        return self.output_path(key).with_suffix(".written.json")

    def output_lock(self, key: str) -> AbstractContextManager[None]:
        """Hold an output while it is written: two collectors must not cross."""
        return self.files.locked(self.output_path(key).with_suffix(".lock"))

    def output_path(self, key: str) -> Place:
        """Return where an output's record lies."""
        return self.place / "outputs" / key[:2] / f"{key}.json"

    def _record(self, path: PurePath, kind: type[_Record]) -> _Record | None:
        with contextlib.suppress(ValueError):
            return kind.from_wire(wire) if (wire := json_in(self.files, path)) else None
        return None

    def _result(self, path: PurePath) -> PageResult | None:
        result = self._record(path, PageResult)
        return result if result and path.name.startswith(f"{result.page:06d}.") else None
