"""Pages whose unit is not 1/72 inch are drawn at the size that they have."""

import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from ocrqueue.model.document import PageSize
from ocrqueue.model.page import ImageMode, PageImage
from ocrqueue.render import catalog
from ocrqueue.render.renderer import Renderer
from ocrqueue.settings.schema import RenderSettings
from tests.support.pdfs import drawing, pdf_bytes

LIMITS = RenderSettings(timeout_s=20, memory_mb=512)


@pytest.fixture(scope="module")
def renderer() -> Iterator[Renderer]:
    with Renderer(LIMITS) as shared:
        yield shared


def drawn(renderer: Renderer, path: Path, page: int = 1) -> PageImage:
    return renderer.page(path, page, PageSize(dpi=100, max_side_px=2000), mode=ImageMode.GREY)


def write(path: Path, *, extra: str, box: str, pages: int = 1) -> Path:
    content = [drawing("text", size=8, left=10, top=20)] * pages
    path.write_bytes(pdf_bytes(content, extra=extra, media_box=box))
    return path


@pytest.mark.parametrize(
    ("extra", "box", "drawn_as"),
    [
        ("/UserUnit 10", "0 0 60 90", (834, 1250, 100)),
        ("/UserUnit 2.0", "0 0 612 792", (1546, 2000, 91)),
        ("/UserUnit 0.5", "0 0 1224 1584", (850, 1100, 100)),
        ("/UserUnit -3", "0 0 612 792", (850, 1100, 100)),
        ("/UserUnit (ten)", "0 0 612 792", (850, 1100, 100)),
        ("", "0 0 612 792", (850, 1100, 100)),
    ],
)
def test_a_page_has_the_size_that_it_says(
    renderer: Renderer, tmp_path: Path, extra: str, box: str, drawn_as: tuple[int, int, int]
) -> None:
    """The unit counts as the box does, and the dots an inch are those of the paper."""
    image = drawn(renderer, write(tmp_path / "a.pdf", extra=extra, box=box))
    assert (image.width, image.height, image.dpi) == drawn_as


def test_each_page_has_its_own_unit(renderer: Renderer, tmp_path: Path) -> None:
    """A unit of one page does not enlarge the other one."""
    path = write(tmp_path / "a.pdf", extra="/UserUnit 2", box="0 0 300 400", pages=2)
    whole = path.read_bytes()
    path.write_bytes(b"/UserBits 2".join(whole.rsplit(b"/UserUnit 2", 1)))
    assert [drawn(renderer, path, page).height for page in (1, 2)] == [1112, 800]


def test_the_word_is_found_where_objects_are_packed(tmp_path: Path) -> None:
    """Object streams are looked into; what is broken or without end is not."""
    packed = zlib.compress(b"<< /Type /Page /UserUnit 10 >>")
    head = b"%PDF-1.7\n4 0 obj << /Type /ObjStm /Filter /FlateDecode >>\nstream\n"
    for content, mentioned in (
        (head + packed + b"\nendstream", True),
        (head + packed[:-4], True),
        (head + b"\0" + packed, False),
        (head + zlib.compress(b"<< /Type /Page >>"), False),
        (b"", False),
        (b"/ObjStm" * 3_000_000, False),
    ):
        (tmp_path / "a.pdf").write_bytes(content)
        assert catalog.mentions_units(tmp_path / "a.pdf") is mentioned
