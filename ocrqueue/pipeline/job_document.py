"""The document that a job names, in the workspaces that this process works in."""

from dataclasses import dataclass
from pathlib import Path

from ocrqueue.broker.page_job import PageJob
from ocrqueue.model.document import Document
from ocrqueue.model.errors.operator import UsageError, WorkspaceUnusable
from ocrqueue.model.page import Attempt
from ocrqueue.workspace.store import Store


@dataclass(slots=True)
class _Here:
    """Of this process: RQ calls functions by name, so it must be reachable."""

    root: Path | None = None


_here = _Here()


def stay_below(root: Path | None) -> None:
    """Let this process work in workspaces below a folder only; None: in all of its user."""
    _here.root = root.resolve() if root else None


def workspace(path: str) -> Store:
    """Return a workspace that a job names.

    Raises:
        WorkspaceUnusable: there is none, or none that this process may work in.
    """
    if _here.root and not Path(path).resolve().is_relative_to(_here.root):
        message = f"the workspace {path} is not below {_here.root}"
        raise WorkspaceUnusable(message)
    return Store.open(Path(path))


def named(path: str, document_id: str) -> tuple[Store, Document]:
    """Return the workspace and the document that a job names.

    Raises:
        WorkspaceUnusable: there is no such workspace, or none that this process may work in.
        UsageError: the workspace does not know the document.
    """
    store = workspace(path)
    document = store.document(document_id)
    if document is None:
        message = f"the workspace {path} does not know the document {document_id}"
        raise UsageError(message)
    return store, document


def settle_failed(job: PageJob, history: list[Attempt]) -> str:
    """Keep why a page failed, or the reading that stands in; return how the page ended.

    Called by the queue when nobody may try any more.
    """
    store, document = named(*[str(argument) for argument in job.args[:2]])
    return store.settle_failed(document.id, job.page or 0, history).state
