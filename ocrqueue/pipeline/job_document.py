"""The document that a job names, in the workspaces that this process works in, and where it lies.

A job may come from another machine, which sees workspace, inputs and outputs under other paths:
those are found here by the workspace's id and by what the settings say of roots.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

from ocrqueue.broker.page_job import PageJob
from ocrqueue.model.address import Address
from ocrqueue.model.document import Document
from ocrqueue.model.errors.operator import UsageError, WorkspaceUnusable
from ocrqueue.model.page import Attempt, PageResult
from ocrqueue.model.place import BucketPath, Place, place_of
from ocrqueue.settings import schema_roots
from ocrqueue.settings.schema import Settings
from ocrqueue.settings.schema_roots import Root
from ocrqueue.settings.schema_storage import WORKSPACE_NAME
from ocrqueue.workspace import ownership
from ocrqueue.workspace.store import Store


@dataclass(slots=True)
class _Here:
    """Of this process: RQ calls functions by name, so it must be reachable."""

    limit: Place | None = None  # it works only in workspaces below this folder
    workspace: Place | None = None  # one that it was told of
    roots: Sequence[Root] = ()


_here = _Here()


def settle_in(settings: Settings) -> None:
    """Tell this process where things lie on its machine, and where it may work."""
    stay_below(settings.workers.root)
    _here.workspace, _here.roots = settings.workspace.folder, settings.roots


def stay_below(limit: Place | None) -> None:
    """Let this process work in workspaces below a folder only; None: in all of its user.

    In a bucket it works only where it was told to.
    """
    _here.limit = limit.resolve() if isinstance(limit, Path) else limit


def workspace(address: str) -> Store:
    """Return a workspace that a job names, where it lies on this machine.

    Raises:
        WorkspaceUnusable: there is none, or none that this process may work in.
    """
    named = Address.of(address)
    for place in _places(named):
        if place != _here.workspace:  # what a job names is not even looked at out of bounds
            _require_in_bounds(place)
        if named.id and ownership.id_of(place) != named.id:
            continue
        _require_in_bounds(place)
        return Store.open(place)
    raise WorkspaceUnusable(f"the workspace {named.path} is not there")


def named(address: str, document_id: str) -> tuple[Store, Document]:
    """Return the workspace and the document that a job names, as they lie on this machine.

    Raises:
        WorkspaceUnusable: there is no such workspace, or none that this process may work in.
        UsageError: the workspace does not know the document, or its file is nowhere below its root.
    """
    store = workspace(address)
    return store, known(store, document_id)


def known(store: Store, document_id: str) -> Document:
    """Return a document of a workspace, with its file where that lies on this machine.

    Raises:
        UsageError: the workspace does not know the document, or its file is nowhere below its root.
    """
    document = store.document(document_id)
    if document is None:
        raise UsageError(f"the workspace {store.place} does not know the document {document_id}")
    return _found_here(document)


def root_of(document: Document) -> Path | None:
    """Return the root of a document's file on this machine; None: nobody has told where it is."""
    place = _place_of(document)
    if place is not None:
        return place[0]
    return Path(document.root) if PurePath(document.root).is_absolute() else None


def folder_here(folder: str, address: str, store: Store) -> str:
    """Return where an output folder of a workspace lies on this machine.

    The folder in which the workspace lay is the one in which it lies here; others are found by the
    roots of the settings, or are where they were.
    """
    before = PurePath(Address.of(address).path)
    if before.name == WORKSPACE_NAME and before.parent == PurePath(folder):
        return str(store.place.parent)
    place = schema_roots.place_of(folder, _here.roots)
    return str(place[0] / place[1]) if place else folder


def settle_failed(job: PageJob, history: list[Attempt]) -> PageResult:
    """Keep why a page failed, or the reading that stands in; return what counts.

    Called by the queue when nobody may try any more.
    """
    store, document = named(*[str(argument) for argument in job.args[:2]])
    return store.settle_failed(document.id, job.page or 0, history)


def _require_in_bounds(place: Place) -> None:
    """Refuse a workspace in which this process may not work: a job may name any.

    Raises:
        WorkspaceUnusable: it says why.
    """
    where = place if isinstance(place, BucketPath) else place.resolve()
    if _here.limit and not where.is_relative_to(_here.limit):
        raise WorkspaceUnusable(f"the workspace {place} is not below {_here.limit}")
    if isinstance(place, BucketPath) and not _here.limit and place != _here.workspace:
        message = f"nobody told this process of {place}: name it with --workspace or workers.root"
        raise WorkspaceUnusable(message)


def _places(named: Address) -> Iterator[Place]:
    """Yield where a workspace may lie here: as this process was told, else as the job says."""
    if named.id and _here.workspace is not None:
        yield _here.workspace
    if place := schema_roots.place_of(named.path, _here.roots):
        yield place[0] / place[1]
    yield place_of(named.path)


def _place_of(document: Document) -> tuple[Path, PurePath] | None:
    """Return the root here, and the path below it, where the settings say so."""
    for root in _here.roots:
        if root.path is not None and root.name == document.root:
            return root.path, PurePath(document.below)
    return schema_roots.place_of(document.source, _here.roots) if document.below else None


def _found_here(document: Document) -> Document:
    place = _place_of(document)
    if place is None:
        return document
    root, below = place
    source = root / below
    is_odd = below.is_absolute() or ".." in below.parts or "\0" in str(below)
    if is_odd or not source.resolve().is_relative_to(root.resolve()):
        raise UsageError(f"{str(below)!r:.200} leads out of {root}")
    return replace(document, source=str(source))
