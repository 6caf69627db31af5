"""Whether this machine sees a workspace and the folder of an input: a drive may be unplugged.

What is mounted elsewhere, or away for a minute, costs no page: the page is left to others, and this
process looks again until the folder is there. A file that is gone from a folder that is there is
another matter: then its pages fail.
"""

import errno
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from ocrqueue.broker import keys, page_job
from ocrqueue.broker.job_ends import LeftToOthers
from ocrqueue.model import failpoints, routing
from ocrqueue.model.address import Address
from ocrqueue.model.document import Document
from ocrqueue.model.errors.operator import OperatorError, StorageAway
from ocrqueue.model.failpoints import Point
from ocrqueue.model.page import Attempt
from ocrqueue.pipeline import job_document
from ocrqueue.workspace.storage import MARK
from ocrqueue.workspace.store import Store

_CANNOT = (OSError, OperatorError, ValueError)  # work in a workspace
_GONE = {errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG}  # else it is out of reach


def of_workspace(workspace: str) -> str:
    """Return why this process cannot work in a workspace now, in words; "" if it can.

    The mark is read: of a share that is away the system still remembers the names.
    """
    try:
        store = job_document.workspace(workspace)
        store.files.turn().read(store.place / MARK)
    except _CANNOT as error:
        return _why(error, workspace)
    return ""


def _lately(workspace: str) -> Store:
    """Return a workspace that is seen, or was some seconds ago, where asking costs a request."""
    store = job_document.workspace(workspace)
    if not Address.of(workspace).id:  # else its mark was read to find it
        store.files.read(store.place / MARK)
    return store


def _why(error: Exception, workspace: str) -> str:
    if isinstance(error, OSError):
        return f"{Address.of(workspace).path} cannot be reached: {error.strerror}"
    return str(error)


def of_input(document: Document) -> str:
    """Return why the folder of a document's file is out of sight now; "" if it is not, or unknown.

    A folder in which a drive was mounted is there, and empty, when the drive is not.
    """
    source, root = Path(document.source), job_document.root_of(document)
    if not document.root:
        return ""
    try:
        source.stat()
    except OSError as error:
        if error.errno not in _GONE:
            return f"{source} cannot be reached: {error.strerror}"
    else:
        return ""
    if root is None:
        return f"no [[roots]] of this machine is called {document.root}"
    if not root.is_dir():
        return f"the folder {root} is not there"
    return f"nothing is mounted at {root}" if document.mounted and not root.is_mount() else ""


@contextmanager
def required(workspace: str) -> Iterator[Store]:
    """Do what a job wants in a workspace, which is seen before and still afterwards.

    What was written meanwhile may lie where the share is not.

    Raises:
        LeftToOthers: it is not seen: the job goes back to where it was.
    """
    with _seen(workspace):
        store = _lately(workspace)
    try:
        yield store
    except StorageAway as error:
        _require(str(error), workspace)
        raise
    except Exception:
        _require(of_workspace(workspace), workspace)
        raise
    with _seen(workspace):
        _lately(workspace)


@contextmanager
def _seen(workspace: str) -> Iterator[None]:
    try:
        yield
    except _CANNOT as error:
        _require(_why(error, workspace), workspace)
        raise


def _require(why: str, workspace: str) -> None:
    job = page_job.current()
    if job is None or not why:
        return
    failpoints.at(Point.PAGE_SENT_BACK)
    history = job.history
    queue = routing.way_back(job.route, history, here=job.origin, may_leave=job.may_leave)
    names, look = [Address.of(workspace).key], partial(of_workspace, workspace)
    raise LeftToOthers(queue, history, names=names, why=why, look=look)


def left_to_others(
    document: Document, queue: str, history: Sequence[Attempt], why: str
) -> LeftToOthers:
    """Return what sends a page back whose input is out of sight; so are all in that folder."""
    job, look = page_job.current(), partial(of_input, document)
    # The queue may know the document by another folder: it is named itself.
    names = [keys.root_key(document.root), job.document if job else ""]
    return LeftToOthers(queue, history, names=names, why=why, look=look)
