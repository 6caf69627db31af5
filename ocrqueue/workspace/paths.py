"""Where things lie in a workspace; a name that cannot be one of ours leads nowhere."""

import re
from pathlib import PurePath
from typing import TypeVar

from ocrqueue.model.document import ID_LENGTH
from ocrqueue.model.errors.operator import WorkspaceUnusable
from ocrqueue.model.page import Figure

LAST_PAGE = 9_999_999  # page numbers above are nobody's
_Root = TypeVar("_Root", bound=PurePath)  # of a folder, or in a bucket
_SHA256 = re.compile("[0-9a-f]{64}")
_PAGE_FILE = re.compile("(?!000000)(?:[0-9]{6}|[1-9][0-9]{6})[.]json")
_DOCUMENT_ID = re.compile(rf"[0-9a-f]{{{ID_LENGTH}}}")


def document(root: _Root, document_id: str) -> _Root:
    """Return the folder of a document.

    Raises:
        WorkspaceUnusable: this is no document's id.
    """
    if not _DOCUMENT_ID.fullmatch(document_id):
        raise WorkspaceUnusable(f"{document_id!r:.60} is no document id")
    return root.joinpath("documents", document_id[:2], document_id)


def page(root: _Root, document_id: str, number: int, suffix: str = ".json") -> _Root:
    """Return where something of a page lies.

    Raises:
        WorkspaceUnusable: this is no document's id, or no page's number.
    """
    return document(root, document_id).joinpath("pages", _page_name(number, suffix))


def picture(root: _Root, document_id: str, number: int, figure: Figure) -> _Root:
    """Return where the PNG file of a figure lies.

    Raises:
        WorkspaceUnusable: this is no document's id, no page's number or no picture's name.
    """
    return page(root, document_id, number, ".figures") / _picture_name(figure)


def is_sha256(text: str) -> bool:
    """Return whether a text is a SHA-256 as we write it."""
    return bool(_SHA256.fullmatch(text))


def is_page_file(name: str) -> bool:
    """Return whether a file is called as the result of a page."""
    return bool(_PAGE_FILE.fullmatch(name))


def corrections(root: _Root, sha256: str) -> _Root:
    """Return the folder of what people made of the pages of a file, by its content.

    Raises:
        WorkspaceUnusable: this is no SHA-256.
    """
    if not is_sha256(sha256):
        raise WorkspaceUnusable(f"{sha256!r:.60} is no SHA-256")
    return root.joinpath("corrections", sha256[:2], sha256)


def corrected(root: _Root, sha256: str, number: int) -> _Root:
    """Return where a page lies as a person wants it.

    Raises:
        WorkspaceUnusable: this is no SHA-256, or no page's number.
    """
    return corrections(root, sha256) / _page_name(number, ".json")


def corrected_picture(root: _Root, sha256: str, number: int, figure: Figure) -> _Root:
    """Return where the PNG file of a figure lies that a corrected page shows.

    Raises:
        WorkspaceUnusable: this is no SHA-256, no page's number or no picture's name.
    """
    return corrections(root, sha256) / _page_name(number, ".figures") / _picture_name(figure)


def _page_name(number: int, suffix: str) -> str:
    if type(number) is not int or not 1 <= number <= LAST_PAGE:
        raise WorkspaceUnusable(f"{number!r:.60} is no page number")
    return f"{number:06d}{suffix}"


def _picture_name(figure: Figure) -> str:
    if not is_sha256(figure.sha256):
        raise WorkspaceUnusable(f"{figure.sha256!r:.60} is no picture's name")
    return f"{figure.sha256[:ID_LENGTH]}.png"
