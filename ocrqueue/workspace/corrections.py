"""What a person wrote, or confirmed, instead of what was read: it wins over every reading.

    WORKSPACE/corrections/ab/ab12.../000017.json       the page as the person wants it
                                     000017.figures/   its pictures, named by their content

They belong to the content of a file, not to one reading of it: whoever reads the file again, with
other options too, finds them. The readings below stay as they are.
"""

import contextlib
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from ocrqueue.model.document import Document
from ocrqueue.model.page import Figure, PageResult
from ocrqueue.model.wire import Record
from ocrqueue.workspace import paths
from ocrqueue.workspace.files import json_in, write_json
from ocrqueue.workspace.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction(Record):
    """A page as a person wants it, and the reading that he had before him."""

    versioned: ClassVar[bool] = True

    result: PageResult
    replaced: PageResult | None = None  # None: nobody had read the page


def keep(
    store: Store, document: Document, correction: Correction, pictures: Mapping[str, bytes]
) -> None:
    """Keep a correction with its pictures, by their SHA-256; it replaces an earlier one.

    Raises:
        OSError: the workspace cannot be written.
    """
    number = correction.result.page
    for figure in correction.result.figures:
        place = paths.corrected_picture(store.place, document.sha256, number, figure)
        store.files.write(place, pictures[figure.sha256])
    place = paths.corrected(store.place, document.sha256, number)
    write_json(store.files, place, correction.to_wire())


def find(store: Store, document: Document, page: int) -> Correction | None:
    """Return what a person made of a page; None where nobody did anything, or it is torn."""
    if not paths.is_sha256(document.sha256):
        return None
    with contextlib.suppress(ValueError):
        wire = json_in(store.files, paths.corrected(store.place, document.sha256, page))
        found = Correction.from_wire(wire) if wire else None
        return found if found and found.result.page == page and not found.result.failed else None
    return None


def discard(store: Store, document: Document, page: int) -> None:
    """Remove what a person made of a page: what was read counts again."""
    place = paths.corrected(store.place, document.sha256, page)
    store.files.remove(place)
    store.remove_pictures(place.with_suffix(".figures"))


def discard_all(store: Store, document: Document) -> None:
    """Remove what people made of the pages of a document, also what is torn.

    Raises:
        OSError: something cannot be removed.
    """
    for page in _noted(store, document.sha256):
        discard(store, document, page)


def forget_pages(store: Store, document: Document, numbers: set[int]) -> None:
    """Remove all that is known of pages, also from people, so that they are read anew."""
    for page in numbers & _noted(store, document.sha256):
        discard(store, document, page)
    for page in numbers:
        store.forget_page(document.id, page)


def pages(store: Store, document: Document) -> set[int]:
    """Return the pages that a person corrected or confirmed; what is torn settles none."""
    noted = _noted(store, document.sha256)
    return {page for page in noted if find(store, document, page) is not None}


def result(store: Store, document: Document, page: int) -> PageResult | None:
    """Return the page's result: a person's, else what was read, else why it failed, else None."""
    found = find(store, document, page)
    return found.result if found else store.result(document.id, page)


def accepted(store: Store, document: Document, page: int) -> PageResult | None:
    """Return the page's result unless it has none or failed, whoever it is from."""
    found = find(store, document, page)
    return found.result if found else store.accepted(document.id, page)


def lookup(store: Store, document: Document) -> Callable[[int], PageResult | None]:
    """Return what says the result of each page; one listing tells which ones have a correction."""
    noted = _noted(store, document.sha256)
    return lambda page: (
        result(store, document, page) if page in noted else store.result(document.id, page)
    )


def settled_pages(store: Store, document: Document) -> tuple[set[int], set[int]]:
    """Return the pages that have a result, whoever it is from, and those that failed."""
    accepted, failed = store.settled_pages(document.id)
    corrected = pages(store, document)
    return accepted | corrected, failed - corrected


def picture(store: Store, document: Document, page: int, figure: Figure) -> bytes | None:
    """Return the PNG file of a figure of a page, or None where it is lost."""
    found = store.picture(document.id, page, figure)
    if found is None and paths.is_sha256(document.sha256):
        with contextlib.suppress(OSError):
            place = paths.corrected_picture(store.place, document.sha256, page, figure)
            return store.files.read(place)
    return found


def digest(store: Store, sha256: str) -> str:
    """Return what changes whenever a correction of this content does; "" while there is none."""
    digests = hashlib.sha256()
    noted = sorted(_noted(store, sha256))
    for page in noted:
        with contextlib.suppress(OSError):
            digests.update(store.files.read(paths.corrected(store.place, sha256, page)))
    return digests.hexdigest()[:16] if noted else ""


def _noted(store: Store, sha256: str) -> set[int]:
    """Return the pages for which there is a file, whatever is in it."""
    if not paths.is_sha256(sha256):
        return set()
    entries = store.files.listed(paths.corrections(store.place, sha256))
    return {int(entry.name[:-5]) for entry in entries if paths.is_page_file(entry.name)}
