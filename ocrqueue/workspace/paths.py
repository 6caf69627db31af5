"""Where things lie in a workspace; a name that cannot be one of ours leads nowhere."""

import re
from pathlib import Path

from ocrqueue.model.document import ID_LENGTH
from ocrqueue.model.errors.operator import WorkspaceUnusable
from ocrqueue.model.page import Figure

LAST_PAGE = 9_999_999  # page numbers above are nobody's
_SHA256 = re.compile("[0-9a-f]{64}")
_DOCUMENT_ID = re.compile(rf"[0-9a-f]{{{ID_LENGTH}}}")


def document(root: Path, document_id: str) -> Path:
    """Return the folder of a document.

    Raises:
        WorkspaceUnusable: this is no document's id.
    """
    if not _DOCUMENT_ID.fullmatch(document_id):
        message = f"{document_id!r:.60} is no document id"
        raise WorkspaceUnusable(message)
    return root.joinpath("documents", document_id[:2], document_id)


def page(root: Path, document_id: str, number: int, suffix: str = ".json") -> Path:
    """Return where something of a page lies.

    Raises:
        WorkspaceUnusable: this is no document's id, or no page's number.
    """
    if type(number) is not int or not 1 <= number <= LAST_PAGE:
        message = f"{number!r:.60} is no page number"
        raise WorkspaceUnusable(message)
    return document(root, document_id).joinpath("pages", f"{number:06d}{suffix}")


def picture(root: Path, document_id: str, number: int, figure: Figure) -> Path:
    """Return where the PNG file of a figure lies.

    Raises:
        WorkspaceUnusable: this is no document's id, no page's number or no picture's name.
    """
    if not _SHA256.fullmatch(figure.sha256):
        message = f"{figure.sha256!r:.60} is no picture's name"
        raise WorkspaceUnusable(message)
    folder = page(root, document_id, number, ".figures")
    return folder / f"{figure.sha256[:ID_LENGTH]}.png"
