"""What lies in a folder and is not read: counted by type, and what to do about it."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePath

from ocrqueue.inputs.sniff import HEAD_SIZE, OTHERS, reads_heic, sniff
from ocrqueue.inputs.walk import Skip, head_of
from ocrqueue.model.document import Kind
from ocrqueue.model.place import Place

# What nobody expects in the output: hidden, our own, or left out because the user said so.
EXPECTED = frozenset({Skip.HIDDEN, Skip.OUTPUT, Skip.EXCLUDED})
MOST_TYPES = 60  # that are told apart: a folder may hold as many endings as files
OTHER = "other types"
NAMELESS = "of unknown type"  # no ending, and no content that says more
_ENDING = re.compile(r"\.(?=[0-9]*[A-Za-z])[A-Za-z0-9]{1,10}")
_ZIPPED = (
    (b"mimetypeapplication/epub+zip", "EPUB"),
    (b"mimetypeapplication/vnd.oasis.opendocument.text", "ODT"),
    (b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet", "ODS"),
    (b"mimetypeapplication/vnd.oasis.opendocument.presentation", "ODP"),
    (b"word/", "DOCX"),
    (b"xl/", "XLSX"),
    (b"ppt/", "PPTX"),
)
_OFFICE = "DOC DOCX DOCM ODT RTF PAGES WPD XLS XLSX XLSM ODS NUMBERS PPT PPTX ODP KEY HTML HTM"
_REMEDIES = (
    (_OFFICE.split(), "make PDFs, for example with `soffice --headless --convert-to pdf FILE`"),
    (["CSV", "JSON", "LOG", "MD", "RST", "TEX", "TXT", "XML", "YAML"], "they are text already"),
    (["DJVU", "DJV"], "make PDFs, for example with `ddjvu -format=pdf IN OUT`"),
    (["PS", "EPS", "AI"], "make PDFs, for example with `ps2pdf IN OUT`"),
    (["ZIP", "RAR", "7Z", "TAR", "GZ", "TGZ", "BZ2", "XZ"], "unpack them, and give the folder"),
    (["EML", "MSG", "MBOX", "PST"], "save what is attached to them, or print them to PDF"),
    (
        ["CR2", "CR3", "NEF", "ARW", "DNG", "ORF", "RW2", "RAF", "PSD", "SVG", "JXL"],
        "save them as JPEG, PNG or PDF",
    ),
    ([Skip.LINK.value], "to follow links, set `input.follow_links`"),
    ([Skip.UNREADABLE.value], "check who may read them"),
    ([Skip.UNFINISHED.value], "run the same command again when they are complete"),
)
_REASONS = frozenset(reason.value for reason in Skip)


def note(counts: Counter[str], path: Place, reason: Skip) -> None:
    """Count something that was left out, unless nobody would miss it.

    A file counts under its type (`HEIC`, `DOCX`), anything else under the reason.
    """
    if reason in EXPECTED:
        return
    name = reason.value
    if reason is Skip.NOT_SUPPORTED:
        name = type_of(path) if isinstance(path, Path) else _by_ending(path)
    counts[name if name in counts or len(counts) < MOST_TYPES else OTHER] += 1


def type_of(path: Path) -> str:
    """Return what a person calls the type of a file: by its content, else by its ending."""
    head = head_of(path, HEAD_SIZE) or b""
    if (known := _by_content(head)) is not None:
        return known
    by_ending = _by_ending(path)
    return "ZIP" if by_ending == NAMELESS and head.startswith(b"PK\x03\x04") else by_ending


def _by_ending(place: PurePath) -> str:
    return place.suffix[1:].upper() if _ENDING.fullmatch(place.suffix) else NAMELESS


def told(counts: Mapping[str, int]) -> str:
    """Return `42 HEIC, 3 DOCX`, the most first; "" where nothing was left out."""
    ordered = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return ", ".join(f"{count} {name}" for name, count in ordered)


def remedies(names: Iterable[str]) -> list[str]:
    """Return what can be done about these types, in the order of our list."""
    left, found = set(names), []
    for known, remedy in ((["HEIC"], _heic_remedy()), *_REMEDIES):
        if those := sorted(left.intersection(known)):
            found.append(f"{', '.join(those)}: {remedy}")
        left.difference_update(known)
    if left - _REASONS:
        found.append("what is to be read, convert to PDF, PNG or JPEG; --exclude hides the rest")
    return found


def _heic_remedy() -> str:
    if reads_heic():
        return "they begin as none does: get other copies"
    return "`pip install '.[heif]'` in a checkout of ocrqueue, and run the same command again"


def _by_content(head: bytes) -> str | None:
    if sniff(head) is Kind.HEIC:
        return "HEIC"
    if not head:
        return "empty"
    if head.startswith(b"PK\x03\x04"):
        return next((name for sign, name in _ZIPPED if sign in head), None)
    return next((name for sign, name, _ in OTHERS if name and head.startswith(sign)), None)
