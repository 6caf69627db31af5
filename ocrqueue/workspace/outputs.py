"""An output: which document it shows, which pages, in which style, and what was written for it."""

import contextlib
import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path, PurePath
from typing import Any, Self

from ocrqueue.inputs.output_names import collision_key
from ocrqueue.inputs.page_selection import parse_pages
from ocrqueue.model.errors.document import OutputNotWritten
from ocrqueue.model.errors.operator import LedgerUnreadable, OperatorError
from ocrqueue.model.place import Place, is_address, place_of
from ocrqueue.model.wire import BRIEF, WIRE_VERSION, Record
from ocrqueue.settings import schema_roots
from ocrqueue.settings.schema import OutputSettings
from ocrqueue.settings.schema_roots import Root
from ocrqueue.settings.schema_storage import WORKSPACE_NAME
from ocrqueue.settings.template import problem_in
from ocrqueue.workspace import confirmation, corrections, ledger, paths, storage
from ocrqueue.workspace.atomic import TEMPORARY
from ocrqueue.workspace.files import Files, json_in
from ocrqueue.workspace.ledger import DocumentProblem
from ocrqueue.workspace.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Output(Record):
    """What one input becomes in the output folder."""

    name: str  # path below the output folder, without an ending
    folder: str  # the output folder, absolute
    source: str  # the input, absolute
    shown: str  # the input as the user named it
    document: str | None = None  # id; None while unknown or if it cannot be read
    pages: str = ""  # the chosen pages, as `1-3,7`; "" means all
    style: Mapping[str, Any] | None = None
    stamp: tuple[int, ...] = ()  # size, mtime, ctime, inode of the input when it was hashed
    sha256: str = ""
    error: DocumentProblem | None = None  # why the document cannot be read
    # What it was to be read with, while it cannot be.
    asked: Mapping[str, Any] | None = field(default=None, metadata=BRIEF)
    allow_remote: bool = False  # its input allows that pages leave this machine
    confirmed: str = field(default="", compare=False, metadata=BRIEF)  # mark: a command named it

    @property
    def key(self) -> str:
        """Return the name of the record; names that a file system may confuse share it."""
        return output_key(PurePath(self.name))

    @property
    def place(self) -> Place:
        """Return the output folder."""
        return place_of(self.folder)

    @property
    def files(self) -> Files:
        """Return what reads and writes in it."""
        return storage.of_output(self.place)

    @property
    def markdown(self) -> Place:
        """Return where the Markdown goes."""
        return self.place / f"{self.name}.md"

    @property
    def ledger(self) -> Place:
        """Return where the ledger goes."""
        return self.place / f"{self.name}.json"

    @property
    def pages_folder(self) -> Place:
        """Return where a file per page goes, if that is wanted."""
        return self.place / f"{self.name}.pages"

    @property
    def assets_folder(self) -> Place:
        """Return where the figures go, if there are any."""
        return self.place / f"{self.name}.assets"

    @property
    def begun(self) -> Place:
        """Return what lies beside the files while they are written for the first time."""
        return self.markdown.parent / f"{TEMPORARY}{self.key}"

    @property
    def mtime_ns(self) -> int:
        """Return when the input was changed last, before it was hashed; 0 where that is unknown."""
        return self.stamp[1] if len(self.stamp) > 1 else 0

    @property
    def is_confirmed(self) -> bool:
        """Return whether a command of this user named the input; the record alone does not say."""
        return confirmation.is_right(self.confirmed, self.source, may_leave=self.allow_remote)

    def confirm(self) -> Self:
        """Return the output with the mark that a command of this user names its input."""
        mark = confirmation.mark(self.source, may_leave=self.allow_remote)
        return replace(self, confirmed=mark)

    @property
    def fingerprint(self) -> str:
        """Return what changes when the files must be written anew."""
        error = asdict(self.error) if self.error else None
        shown = [self.document, self.pages, self.style, self.shown, self.name, error]
        return hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()[:16]

    def to_wire(self) -> dict[str, Any]:
        """Return plain JSON values, with the version; which one is asked by nobody."""
        return {"version": WIRE_VERSION, **Record.to_wire(self)}

    @classmethod
    def from_wire(cls, wire: Any) -> Self:
        """Rebuild an output.

        Raises:
            ValueError: it is of another form, or its name leads out of the output folder.
        """
        output = super(Output, cls).from_wire(wire)
        _require_sense(output)
        return output


def _require_sense(output: Output) -> None:
    """Refuse what nobody could write files by: a name, an id, pages, a style that are none.

    Raises:
        ValueError: there is such a thing.
    """
    name = PurePath(output.name)
    is_odd = any("\0" in text for text in (output.name, output.folder, output.source, output.shown))
    if is_odd or not name.name or name.is_absolute() or ".." in name.parts:
        raise ValueError(f"{output.name!r:.60} is no name below the output folder")
    style = OutputSettings.from_wire(output.style or {})
    if problem := problem_in(style.page_separator) or problem_in(style.page_marker):
        raise ValueError(problem)
    try:
        if output.pages:
            parse_pages(output.pages)
        if output.document is not None:
            paths.document(Path(), output.document)
    except OperatorError as error:
        raise ValueError(str(error)) from error


def output_key(name: PurePath) -> str:
    """Return the key of an output's record from its name."""
    spelled = collision_key(name).encode(errors="surrogateescape")
    return hashlib.sha256(spelled).hexdigest()[:24]


def root_of(output: Output, roots: Sequence[Root]) -> dict[str, Any]:
    """Return what a document says of where its file lies: below which root, and is that a mount.

    That is a root of the settings, else the folder that was named.
    """
    if is_address(output.source):
        return {"root": "", "below": "", "mounted": False}
    source, below = Path(output.source), PurePath(output.shown).parts
    if known := schema_roots.name_of(source, roots):
        return {"root": known[0], "below": str(known[1]), "mounted": False}
    is_below = 0 < len(below) < len(source.parts) and source.parts[-len(below) :] == below
    root = source.parents[len(below) - 1] if is_below else source.parent
    told = {"root": str(root), "below": str(source.relative_to(root))}
    return {**told, "mounted": root.is_mount()}


def find(store: Store, key: str) -> Output | None:
    """Return an output by its key; None where its record is missing, torn or not its own."""
    return of_record(key, store.output(key))


def showing(store: Store, document_id: str) -> Iterator[Output]:
    """Yield the outputs that show a document now."""
    for key in store.outputs_of(document_id):
        if (output := find(store, key)) and output.document == document_id:
            yield output


def of_record(key: str, record: Mapping[str, Any] | None) -> Output | None:
    """Return the output that the record of a key describes; None where it is not its own."""
    with contextlib.suppress(TypeError, ValueError):
        output = Output.from_wire(record)
        return output if output.key == key else None
    return None


def is_written(store: Store, output: Output) -> bool:
    """Return whether what lies in the output folder is what would be written now."""
    told = store.written(output.key)
    return (
        told is not None
        and told.fingerprint == output.fingerprint
        and told.corrections == corrections.digest(store, output.sha256)
        and output.files.is_taken(output.ledger)
        and (output.files.is_taken(output.markdown) or not told.markdown)
        and _has_figures(output, told.figures)
    )


def _has_figures(output: Output, names: Sequence[str]) -> bool:
    lying = output.files.listed(output.assets_folder) if names else ()
    return {*names} <= {one.name for one in lying}


def may_write(store: Store, output: Output, named: Collection[str]) -> bool:
    """Return whether an output goes where a command of the user wanted its files.

    The record alone does not say so: somebody may have sent the workspace. `named` are the folders
    that commands named for it; the one in which it lies is always right.
    """
    is_inside = store.place.name == WORKSPACE_NAME and store.place.parent == output.place
    return is_inside or output.folder in named


def require_ours(store: Store, output: Output) -> None:
    """Refuse to replace files that we did not write; what the record says is no proof of it.

    Raises:
        OutputNotWritten: there are some.
    """
    if is_somebody_elses(output) and not _is_as_written(store, output):
        raise OutputNotWritten(f"{output.markdown} or what belongs to it is not ours to overwrite")


def is_told_as_ours(output: Output) -> bool:
    """Return whether the output folder itself says that we wrote there for this input."""
    begun = json_in(output.files, output.begun) or {}
    if begun.get("source") == output.source:
        return True  # a collector died while it wrote these for the first time
    with contextlib.suppress(LedgerUnreadable):
        return ledger.read_in(output.files, output.ledger).source == output.source
    return False


def is_somebody_elses(output: Output) -> bool:
    """Return whether a file lies there that we did not write for this input.

    Our own ledger tells what is ours, should the workspace have been deleted.
    """
    places = (output.markdown, output.ledger, output.pages_folder, output.assets_folder)
    return any(map(output.files.is_taken, places)) and not is_told_as_ours(output)


def _is_as_written(store: Store, output: Output) -> bool:
    """Return whether the Markdown is what the workspace in this very folder says we wrote.

    So a ledger that was lost or damaged is written anew. A workspace that lies elsewhere, whoever
    made it, says nothing about this folder's files.
    """
    told = store.written(output.key)
    if told is None or not told.sha256 or store.place.parent != output.place:
        return False
    with contextlib.suppress(OSError):
        content = output.files.read(output.markdown)
        return told.sha256 == hashlib.sha256(content).hexdigest()
    return False
