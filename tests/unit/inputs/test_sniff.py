"""What a file is, by its first bytes."""

import pytest

from ocrqueue.inputs import sniff
from ocrqueue.inputs.sniff import require_kind
from ocrqueue.model.document import Kind
from ocrqueue.model.errors.document import DocumentDamaged, ExtraMissing, NotSupported


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"%PDF-1.7\n", Kind.PDF),
        (b"junk from a mail gateway\r\n" * 30 + b"%PDF-1.4\n", Kind.PDF),
        (b"\x89PNG\r\n\x1a\n\0\0", Kind.PNG),
        (b"\xff\xd8\xff\xe0", Kind.JPEG),
        (b"II*\0", Kind.TIFF),
        (b"MM\0*", Kind.TIFF),
        (b"II+\0", Kind.TIFF),
        (b"RIFF\x10\0\0\0WEBPVP8 ", Kind.WEBP),
        (b"GIF87a\x01\0\x01\0", Kind.GIF),
        (b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0", Kind.BMP),
        (b"\0\0\0\x0cjP  \r\n\x87\n\0\0\0\x14ftypjp2 ", Kind.JPEG2000),
        (b"\xff\x4f\xff\x51\0\x2f", Kind.JPEG2000),
        (b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf", Kind.AVIF),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf", Kind.AVIF),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", Kind.HEIC),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", Kind.HEIC),
    ],
)
def test_kinds_we_read(head: bytes, kind: Kind) -> None:
    """Each kind is known by its signature; a PDF may have up to 1 kB of junk before it."""
    assert require_kind(head) is kind


@pytest.mark.parametrize(
    ("head", "look"),
    [
        (b"", "an empty file"),
        (bytes(4096), "nothing but zeros"),
        (b"Dear Sir,\r\nthe PDF is attached.", "text"),
        ("Grüße".encode("utf-16"), "text"),
        ("ä".encode() * 2047 + b"x" + "ä".encode()[:1], "text"),
        (b"<!DOCTYPE html>\n<title>404</title>", "an HTML page"),
        (b"\xef\xbb\xbf  <HTML><p>%PDF-1.4", "an HTML page"),
        (b"<?xml version='1.0'?><svg/>", "an SVG drawing"),
        (b"<?xml version='1.0'?><TEI/>", "an XML file"),
        (b"PK\x03\x04....[Content_Types].xml", "an Office file"),
        (b"PK\x03\x04....scan.pdf%PDF-1.4", "a ZIP archive"),
        (b"BM, our address since May, is a bank's.", "text"),
        (b"GIF12x", "text"),
        (b"\0\0\0\x18ftypmp42", "a video"),
        (b"version https://git-lfs.github.com/spec/v1\n", "a Git LFS pointer"),
        (b"\x00\x01\x02\x03\x80\x81" * 50, "unknown binary data"),
    ],
)
def test_other_files_are_named(head: bytes, look: str) -> None:
    """A file we do not read is refused, and the message says what it looks like."""
    with pytest.raises(NotSupported, match=f"looks like {look}"):
        require_kind(head)


def test_without_its_extra_a_heic_image_is_refused_with_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where `heif` is not installed, the error says how it is; other kinds do not care."""
    monkeypatch.setattr(sniff, "reads_heic", lambda: False)
    with pytest.raises(ExtraMissing, match="HEIC"):
        require_kind(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")
    assert "'.[heif]'" in ExtraMissing.remedy
    assert require_kind(b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf") is Kind.AVIF


def test_pdf_without_its_beginning_is_damaged() -> None:
    """A PDF that lost its first bytes is told as damage, not as a foreign file."""
    with pytest.raises(DocumentDamaged, match="beginning"):
        require_kind(b"<< /Type /Page >>\nendobj\n7 0 obj\n<< >>")
