"""What a file is by its first bytes, whatever its name says."""

from ocrqueue.model.document import Kind

HEAD_BYTES = 1024  # a PDF header may come after this much of something else
_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")  # the last two: BigTIFF
_RIFF_HEAD = 12


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
