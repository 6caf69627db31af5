"""What a file is by its first bytes, whatever its name says."""

import re

from ocrqueue.model.document import Kind
from ocrqueue.model.errors.document import DocumentDamaged, NotSupported

HEAD_BYTES = 1024  # a PDF header may come after this much of something else
_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")  # the last two: BigTIFF
_RIFF_HEAD = 12
HEAD_SIZE = 4096  # bytes needed to decide

_OTHERS = (
    (b"GIF8", "a GIF image"),
    (b"BM", "a BMP image"),
    (b"8BPS", "a Photoshop image"),
    (b"AT&TFORM", "a DjVu document"),
    (b"\x00\x00\x00\x0cjP  ", "a JPEG 2000 image"),
    (b"\xff\x4f\xff\x51", "a JPEG 2000 image"),
    (b"\xd0\xcf\x11\xe0", "an old Office file"),
    (b"{\\rtf", "an RTF document"),
    (b"%!PS", "a PostScript file"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"version https://git-lfs", "a Git LFS pointer: the file itself was not downloaded"),
)
_OFFICE = (b"[Content_Types].xml", b"word/", b"xl/", b"ppt/", b"mimetypeapplication/vnd.oasis")
_PDF_OBJECT = re.compile(rb"(?<!\d)\d++ \d++ obj\b|\bendobj\b|\bendstream\b")


def sniff(head: bytes) -> Kind | None:
    """Return the kind of a file that begins with these bytes, or None if we do not read it."""
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return Kind.PNG
    if head.startswith(b"\xff\xd8\xff"):
        return Kind.JPEG
    if head.startswith(_TIFF):
        return Kind.TIFF
    if head[:4] == b"RIFF" and head[8:_RIFF_HEAD] == b"WEBP":
        return Kind.WEBP
    return Kind.PDF if b"%PDF-" in head[:HEAD_BYTES] else None


def is_plainly(head: bytes) -> bool:
    """Tell whether the bytes are of a kind we read beyond doubt: no text that mentions a PDF."""
    kind = sniff(head)
    return kind is not None and (
        kind is not Kind.PDF or head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"%PDF-")
    )


def require_kind(head: bytes) -> Kind:
    """Return the kind of a file from its first `HEAD_SIZE` bytes.

    Raises:
        NotSupported: it is something else; the message says what it looks like.
        DocumentDamaged: it looks like a PDF that lost its beginning.
    """
    kind = sniff(head)
    # A PDF may begin after something else, which may be a file of another kind that mentions one.
    if kind is not None and (kind is not Kind.PDF or head.startswith(b"%PDF-")):
        return kind
    if (look := _look(head)) is not None:
        raise NotSupported(_sentence(look))
    if kind is not None:
        return kind
    if _PDF_OBJECT.search(head):
        message = "the beginning of the PDF is missing or overwritten"
        raise DocumentDamaged(message)
    raise NotSupported(_sentence("text" if _is_text(head) else "unknown binary data"))


def _sentence(look: str) -> str:
    return f"not a PDF or a supported image: looks like {look}"


def _look(head: bytes) -> str | None:
    """Return what a file with a clear signature is, or None."""
    if not head:
        return "an empty file"
    if not head.strip(b"\x00"):
        return "nothing but zeros"
    for magic, look in _OTHERS:
        if head.startswith(magic):
            return look
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        office = any(sign in head for sign in _OFFICE)
        return "an Office file" if office else "a ZIP archive"
    if head[4:8] == b"ftyp":
        return "a HEIC or AVIF image" if head[8:12] in _HEIF_BRANDS else "a video"
    return _markup(head)


_HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif", b"avis")


def _markup(head: bytes) -> str | None:
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:512].lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return "an HTML page"
    if start.startswith(b"<svg") or (start.startswith(b"<?xml") and b"<svg" in start):
        return "an SVG drawing"
    if start.startswith(b"<?xml"):
        return "an XML file"
    return None


def _is_text(head: bytes) -> bool:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    try:
        text = head.decode()
    except UnicodeDecodeError as error:
        if error.start < len(head) - 4:  # else a character cut in two by the end of the head
            return False
        text = head[: error.start].decode()
    return all(char.isprintable() or char in "\t\r\n\f" for char in text)
