"""What an attempt asks of the renderer, and of the file: is it the one that was enqueued?"""

from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from ocrqueue.inputs import fingerprint
from ocrqueue.model.document import Document, PageSize
from ocrqueue.model.errors.document import DocumentError
from ocrqueue.model.errors.page import SourceChanged
from ocrqueue.model.page import ImageMode, PageImage
from ocrqueue.text.layer.sheet import Sheet


class Draws(Protocol):
    """What draws pages: `ocrqueue.render.Renderer`."""

    def page(
        self,
        source: Path,
        page: int,
        size: PageSize,
        *,
        mode: ImageMode,
        password: str | None = None,
    ) -> PageImage:
        """Draw a page."""
        ...

    def sheet(
        self, source: Path, page: int, size: PageSize, *, password: str | None = None
    ) -> Sheet | None:
        """Return what the file says about a page in text; None for an image."""
        ...


def unchanged(document: Document) -> Path:
    """Return the document's file.

    Raises:
        SourceChanged: it is gone, or was changed after it was enqueued.
    """
    source = Path(document.source)
    require_same(source, document, since="enqueued")
    return source


def require_same(source: Path, document: Document, *, since: str) -> None:
    """Refuse a file that is not the one that a document was made of; `since` is a word for when.

    Raises:
        SourceChanged: it is gone, or another one by now.
    """
    try:
        found = source.stat()
    except OSError as error:
        raise SourceChanged(f"{source.name} is no longer there") from error
    is_alike = found.st_size == document.size
    is_as_it_was = is_alike and found.st_mtime_ns == document.mtime_ns
    if is_alike and not is_as_it_was:
        # Other machines see another time of the same file; a copy has one of its own.
        is_as_it_was = _sha256(source, fingerprint.stamp_of(found)) == document.sha256
    if not is_as_it_was:
        raise SourceChanged(f"{source.name} was changed after it was {since}")


@lru_cache(maxsize=1000)
def _sha256(source: Path, _stamp: tuple[int, ...]) -> str:
    with suppress(DocumentError):
        return fingerprint.digest(source)[0]
    return ""
