"""What a file is by its first bytes, whatever its name says."""

import re
from functools import cache
from importlib.util import find_spec

from ocrqueue.model.document import Kind
from ocrqueue.model.errors.document import DocumentDamaged, ExtraMissing, NotSupported

HEAD_BYTES = 1024  # a PDF header may come after this much of something else
_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", Kind.PNG),
    (b"\xff\xd8\xff", Kind.JPEG),
    *((sign, Kind.TIFF) for sign in (b"II*\0", b"MM\0*")),
    *((sign, Kind.TIFF) for sign in (b"II+\0", b"MM\0+")),  # BigTIFF
    *((sign, Kind.GIF) for sign in (b"GIF87a", b"GIF89a")),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", Kind.JPEG2000),
    (b"\xff\x4f\xff\x51", Kind.JPEG2000),  # its data without a file around them
)
_RIFF_HEAD = 12
_BMP_HEADERS = frozenset({12, 40, 52, 56, 64, 108, 124})  # bytes: what follows "BM" and sizes
HEAD_SIZE = 4096  # bytes needed to decide

OTHERS = (  # how they begin, what their type is called unless their ending says it, what they are
    (b"8BPS", "PSD", "a Photoshop image"),
    (b"AT&TFORM", "DJVU", "a DjVu document"),
    (b"\xd0\xcf\x11\xe0", "", "an old Office file"),
    (b"{\\rtf", "RTF", "an RTF document"),
    (b"%!PS", "PS", "a PostScript file"),
    (b"\x1f\x8b", "", "a gzip archive"),
    (b"7z\xbc\xaf", "7Z", "a 7-Zip archive"),
    (b"Rar!", "RAR", "a RAR archive"),
    (b"version https://git-lfs", "", "a Git LFS pointer: the file itself was not downloaded"),
)
_OFFICE = (b"[Content_Types].xml", b"word/", b"xl/", b"ppt/", b"mimetypeapplication/vnd.oasis")
_PDF_OBJECT = re.compile(rb"(?<!\d)\d++ \d++ obj\b|\bendobj\b|\bendstream\b")


def sniff(head: bytes) -> Kind | None:
    """Return the kind of a file that begins with these bytes, or None if we do not read it."""
    for signature, kind in _SIGNATURES:
        if head.startswith(signature):
            return kind
    if head[:4] == b"RIFF" and head[8:_RIFF_HEAD] == b"WEBP":
        return Kind.WEBP
    if head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in _BMP_HEADERS:
        return Kind.BMP
    return _heif(head) or (Kind.PDF if b"%PDF-" in head[:HEAD_BYTES] else None)


def _heif(head: bytes) -> Kind | None:
    """Return the kind by the brands of the first box (ISO/IEC 14496-12 and 23008-12)."""
    if head[4:8] != b"ftyp":
        return None
    size = min(int.from_bytes(head[:4]), _LONGEST_BRANDS)
    brands = {head[8:12], *(head[start : start + 4] for start in range(16, size - 3, 4))}
    if brands & _AVIF_BRANDS:
        return Kind.AVIF
    return Kind.HEIC if brands & _HEIC_BRANDS else None


_LONGEST_BRANDS = 256  # bytes; cameras write some 40
_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})


@cache
def reads_heic() -> bool:
    """Tell whether the extra `heif` is installed."""
    return find_spec("pillow_heif") is not None


def is_plainly(head: bytes) -> bool:
    """Tell whether the bytes are of a kind we read beyond doubt: no text that mentions a PDF."""
    kind = sniff(head)
    if kind is Kind.HEIC:
        return reads_heic()
    return kind is not None and (
        kind is not Kind.PDF or head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"%PDF-")
    )


def require_kind(head: bytes) -> Kind:
    """Return the kind of a file from its first `HEAD_SIZE` bytes.

    Raises:
        NotSupported: it is something else; the message says what it looks like.
        ExtraMissing: it is a HEIC image, and `heif` is not installed.
        DocumentDamaged: it looks like a PDF that lost its beginning.
    """
    kind = sniff(head)
    if kind is Kind.HEIC and not reads_heic():
        raise ExtraMissing("it is a HEIC image, and the extra that reads those is not installed")
    # A PDF may begin after something else, which may be a file of another kind that mentions one.
    if kind is not None and (kind is not Kind.PDF or head.startswith(b"%PDF-")):
        return kind
    if (look := _look(head)) is not None:
        raise NotSupported(_sentence(look))
    if kind is not None:
        return kind
    if _PDF_OBJECT.search(head):
        raise DocumentDamaged("the beginning of the PDF is missing or overwritten")
    raise NotSupported(_sentence("text" if _is_text(head) else "unknown binary data"))


def _sentence(look: str) -> str:
    return f"not a PDF or a supported image: looks like {look}"


def _look(head: bytes) -> str | None:
    """Return what a file with a clear signature is, or None."""
    if not head:
        return "an empty file"
    if not head.strip(b"\x00"):
        return "nothing but zeros"
    for magic, _, look in OTHERS:
        if head.startswith(magic):
            return look
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        office = any(sign in head for sign in _OFFICE)
        return "an Office file" if office else "a ZIP archive"
    return "a video" if head[4:8] == b"ftyp" else _markup(head)


def _markup(head: bytes) -> str | None:
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:512].lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return "an HTML page"
    if start.startswith(b"<svg") or (start.startswith(b"<?xml") and b"<svg" in start):
        return "an SVG drawing"
    return "an XML file" if start.startswith(b"<?xml") else None


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
