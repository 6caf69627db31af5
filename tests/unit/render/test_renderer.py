"""Counting and drawing sound documents, and what is said of the others."""

import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from ocrqueue.model.document import Counted, Kind, PageSize
from ocrqueue.model.errors.document import DocumentDamaged, FileUnreadable, NotSupported
from ocrqueue.model.errors.page import PageDamaged, SourceChanged
from ocrqueue.model.page import ImageMode, PageImage
from ocrqueue.render.renderer import Renderer
from ocrqueue.settings.schema import RenderSettings
from tests.support.pdfs import drawing, pdf_bytes, write_pdf

LIMITS = RenderSettings(timeout_s=20, memory_mb=1024, max_side_px=4000)
PROSE = "The committee met on Tuesday and decided\nto postpone the vote until the next session."


@pytest.fixture(scope="module")
def renderer() -> Iterator[Renderer]:
    with Renderer(LIMITS) as shared:
        yield shared


def _draw(renderer: Renderer, source: Path, page: int = 1, *, dpi: int = 72) -> PageImage:
    return renderer.page(
        source, page, PageSize(dpi=dpi, max_side_px=LIMITS.max_side_px), mode=ImageMode.GREY
    )


def _grey_at(image: PageImage, x: int, y: int) -> int:
    return image.pixels[y * image.width + x]


# --- PDF


def test_pages_are_counted(renderer: Renderer, tmp_path: Path) -> None:
    """A PDF says how many pages it has, and that it needed no password."""
    source = write_pdf(tmp_path / "three.pdf", "one", "two", "three")
    assert renderer.count(source) == Counted(kind=Kind.PDF, pages=3, password=None)


@pytest.mark.parametrize(("mode", "channels"), [(ImageMode.GREY, 1), (ImageMode.RGB, 3)])
def test_page_is_drawn_at_the_asked_resolution(
    renderer: Renderer, tmp_path: Path, mode: ImageMode, channels: int
) -> None:
    """A letter page at 100 dpi is 850 x 1100 pixels, one or three bytes each, mostly paper."""
    source = write_pdf(tmp_path / "page.pdf", PROSE)
    image = renderer.page(source, 1, PageSize(dpi=100, max_side_px=3400), mode=mode)
    assert (image.width, image.height, image.dpi, image.mode) == (850, 1100, 100, mode)
    assert len(image.pixels) == 850 * 1100 * channels
    assert image.pixels[:3] == b"\xff\xff\xff"
    assert 0.0005 < image.ink < 0.02


def test_colours_arrive_as_red_green_blue(renderer: Renderer, tmp_path: Path) -> None:
    """A red page is red, not blue; the most frequent colour is the paper."""
    source = tmp_path / "red.pdf"
    source.write_bytes(pdf_bytes(["1 0 0 rg 0 0 612 792 re f"]))
    image = renderer.page(source, 1, PageSize(dpi=36, max_side_px=3400), mode=ImageMode.RGB)
    assert image.pixels[:3] == b"\xff\x00\x00"
    assert image.ink == 0


def test_long_side_is_capped(renderer: Renderer, tmp_path: Path) -> None:
    """A page of 200 inches is drawn at the cap, and the lower resolution is told."""
    source = tmp_path / "plan.pdf"
    source.write_bytes(pdf_bytes([drawing("plan")], media_box="0 0 14400 7200"))
    image = _draw(renderer, source, dpi=200)
    assert (image.width, image.height, image.dpi) == (4000, 2000, 20)


def test_a_small_page_is_drawn_larger(renderer: Renderer, tmp_path: Path) -> None:
    """A page shorter than 8 inches gets the pixels of one that has them, at most three times."""
    small = write_pdf(tmp_path / "small.pdf", "text", extra="/CropBox [0 0 144 288]")
    tiny = write_pdf(tmp_path / "tiny.pdf", "text", extra="/CropBox [0 0 72 72]")

    assert (_draw(renderer, small).width, _draw(renderer, small).height) == (288, 576)
    assert _draw(renderer, tiny).width == 216


def test_rotation_and_crop_are_honoured(renderer: Renderer, tmp_path: Path) -> None:
    """/Rotate turns the page and /CropBox cuts it."""
    source = write_pdf(tmp_path / "r.pdf", "text", extra="/Rotate 90 /CropBox [0 0 500 700]")
    image = _draw(renderer, source)
    assert (image.width, image.height) == (700, 500)


def test_filled_form_fields_are_drawn(renderer: Renderer, tmp_path: Path) -> None:
    """What a person typed into a form is on the picture."""
    source = tmp_path / "form.pdf"
    source.write_bytes(_form_pdf())
    image = _draw(renderer, source)
    assert _grey_at(image, 200, 100) < 64


def test_blank_page_has_no_ink(renderer: Renderer, tmp_path: Path) -> None:
    """An empty page has no ink, a page with one full stop has some."""
    source = write_pdf(tmp_path / "blank.pdf", "", ".")
    assert _draw(renderer, source, 1, dpi=200).ink == 0
    assert _draw(renderer, source, 2, dpi=200).ink > 0


def test_page_beyond_the_end(renderer: Renderer, tmp_path: Path) -> None:
    """A page that is not there costs that page, with the count in the message."""
    source = write_pdf(tmp_path / "one.pdf", "one")
    with pytest.raises(PageDamaged, match="no page 2: the PDF has 1"):
        _draw(renderer, source, 2)


def test_page_the_file_only_claims(renderer: Renderer, tmp_path: Path) -> None:
    """A page tree that counts more than it holds costs the pages that are not there."""
    source = tmp_path / "lies.pdf"
    source.write_bytes(pdf_bytes([drawing("one")]).replace(b"/Count 1", b"/Count 7"))
    assert renderer.count(source).pages == 7
    assert _draw(renderer, source, 1).ink > 0
    with pytest.raises(PageDamaged, match="page 5 is in the PDF's count of 7"):
        _draw(renderer, source, 5)


def test_changed_file_is_read_anew(renderer: Renderer, tmp_path: Path) -> None:
    """The child keeps the last document open, but never an old version of it."""
    source = write_pdf(tmp_path / "doc.pdf", "one")
    assert renderer.count(source).pages == 1
    write_pdf(source, "one", "two")
    assert renderer.count(source).pages == 2


def test_removed_file_costs_its_page(renderer: Renderer, tmp_path: Path) -> None:
    """A file removed after it was counted is told as changed, even if it was still open."""
    source = write_pdf(tmp_path / "doc.pdf", "one")
    renderer.count(source)
    source.unlink()
    with pytest.raises(SourceChanged, match="No such file"):
        _draw(renderer, source)


# --- Files


def test_content_decides_not_the_name(renderer: Renderer, tmp_path: Path) -> None:
    """A PDF named .png is a PDF, a PNG named .pdf is a PNG."""
    assert renderer.count(write_pdf(tmp_path / "a.png", "text")).kind is Kind.PDF
    Image.new("L", (60, 100)).save(tmp_path / "b.pdf", format="PNG")
    assert renderer.count(tmp_path / "b.pdf").kind is Kind.PNG


def test_text_named_pdf(renderer: Renderer, tmp_path: Path) -> None:
    """A text file named .pdf is refused, and the message says that it is text."""
    source = tmp_path / "letter.pdf"
    source.write_text("Dear Sir, please find attached nothing.")
    with pytest.raises(NotSupported, match="looks like text"):
        renderer.count(source)


def test_empty_file(renderer: Renderer, tmp_path: Path) -> None:
    """An empty file is told as such."""
    source = tmp_path / "empty.pdf"
    source.touch()
    with pytest.raises(NotSupported, match="an empty file"):
        renderer.count(source)


def test_missing_file(renderer: Renderer, tmp_path: Path) -> None:
    """A missing file is unreadable."""
    with pytest.raises(FileUnreadable, match="No such file"):
        renderer.count(tmp_path / "nothing.pdf")


def test_zero_byte_in_a_name(renderer: Renderer) -> None:
    """A name no file can have is unreadable, not a crash."""
    with pytest.raises(FileUnreadable):
        renderer.count(Path("/tmp/a\0b.pdf"))  # noqa: S108 - never created


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_forbidden_file(renderer: Renderer, tmp_path: Path) -> None:
    """A file that may not be read is unreadable."""
    source = write_pdf(tmp_path / "secret.pdf", "text")
    source.chmod(0)
    with pytest.raises(FileUnreadable, match="Permission denied"):
        renderer.count(source)


def test_folder_pipe_device_and_socket(renderer: Renderer, tmp_path: Path) -> None:
    """What is no regular file is refused at once; a pipe nobody writes to does not block."""
    os.mkfifo(tmp_path / "pipe.pdf")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket.pdf"))
        for source in (tmp_path, tmp_path / "pipe.pdf", Path(os.devnull)):
            with pytest.raises(NotSupported, match=r"a folder|a named pipe|a device"):
                renderer.count(source)
        assert stat.S_ISSOCK((tmp_path / "socket.pdf").stat().st_mode)
        with pytest.raises((NotSupported, FileUnreadable)):
            renderer.count(tmp_path / "socket.pdf")


@pytest.mark.parametrize(
    "name", [b"caf\xe9.pdf", b"-rf.pdf", b"~user.pdf", "日本\n語.pdf".encode(), b"$(x) `y`.pdf"]
)
def test_odd_names(renderer: Renderer, tmp_path: Path, name: bytes) -> None:
    """Any name a file system takes can be read, UTF-8 or not."""
    source = write_pdf(tmp_path / os.fsdecode(name), PROSE)
    assert renderer.count(source).pages == 1
    assert _draw(renderer, source).ink > 0


def test_relative_path(renderer: Renderer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative path is meant from our folder, not from the child's."""
    write_pdf(tmp_path / "here.pdf", "text")
    monkeypatch.chdir(tmp_path)
    assert renderer.count(Path("here.pdf")).pages == 1


def test_damaged_pdf(renderer: Renderer, tmp_path: Path) -> None:
    """A PDF without its end and its objects is damaged."""
    source = write_pdf(tmp_path / "cut.pdf", "text")
    source.write_bytes(source.read_bytes()[:60])
    with pytest.raises(DocumentDamaged):
        renderer.count(source)


def _form_pdf() -> bytes:
    """Return a page with one text field, filled with a black appearance."""
    look = "0 g 0 0 100 40 re f"
    plain = pdf_bytes([""])
    bodies = (
        "<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [6 0 R] >> >>",
        "<< /Type /Pages /Count 1 /Kids [4 0 R] >>",
        "<< >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Annots [6 0 R] >>",
        "<< >>",
        (
            "<< /Type /Annot /Subtype /Widget /FT /Tx /T (name) /V (X) /F 4 /P 4 0 R "
            "/Rect [150 672 250 712] /AP << /N 7 0 R >> >>"
        ),
        (
            f"<< /Type /XObject /Subtype /Form /BBox [0 0 100 40] /Length {len(look)} >>\n"
            f"stream\n{look}\nendstream"
        ),
    )
    objects = "".join(f"{n} 0 obj\n{body}\nendobj\n" for n, body in enumerate(bodies, start=1))
    trailer = "trailer\n<< /Size 8 /Root 1 0 R >>\nstartxref\n0\n%%EOF\n"  # PDFium rebuilds it
    return plain[:9] + (objects + trailer).encode("ascii")
