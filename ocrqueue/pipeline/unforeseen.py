"""A fault of our own: it costs a page, never the batch, and the log says where to look for it."""

from ocrqueue import logs
from ocrqueue.model.document import Document
from ocrqueue.model.errors.page import UnexpectedFailure


def failure(error: Exception, document: Document, page: int) -> UnexpectedFailure:
    """Return it as why the page fails, and log where it began: not what it says of the page."""
    logs.emit(
        logs.Event.PAGE_UNEXPECTED,
        document=document.id,
        source=document.source,
        page=page,
        kind=type(error).__name__,
        where=logs.way_to(error),
    )
    return UnexpectedFailure(f"{type(error).__name__}: {error}")
