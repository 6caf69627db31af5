"""What a PDF says of itself as a whole: forms, portfolios, files inside."""

import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from ocrqueue.model.document import StandIn
from ocrqueue.render.renderer import Renderer
from ocrqueue.settings.schema import RenderSettings

LIMITS = RenderSettings(timeout_s=20, memory_mb=512)


@pytest.fixture(scope="module")
def renderer() -> Iterator[Renderer]:
    with Renderer(LIMITS) as shared:
        yield shared


def write(path: Path, catalog: str, files: Sequence[str] = (), *, content: str = "") -> Path:
    """Write a PDF of one page whose catalog says more; the files inside are named so."""
    specs = [f"<< /Type /Filespec /F <{utf16(name)}> /UF <{utf16(name)}> >>" for name in files]
    leaves = " ".join(f"({index:05d}) {6 + index} 0 R" for index in range(len(specs)))
    names = f"/Names << /EmbeddedFiles << /Names [{leaves}] >> >>" if files else ""
    bodies = [
        f"<< /Type /Catalog /Pages 2 0 R {names} {catalog} >>",
        "<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 4 0 R >>",
        f"<< /Length {len(content)} >>\nstream\n{content}\nendstream",
        "null",
        *specs,
    ]
    path.write_bytes(numbered(bodies))
    return path


def utf16(name: str) -> str:
    return (b"\xfe\xff" + name.encode("utf-16-be")).hex()


def numbered(bodies: Sequence[str]) -> bytes:
    """Return the file with a table of references; PDFium rebuilds none."""
    data, places = b"%PDF-1.7\n", []
    for number, body in enumerate(bodies, start=1):
        places.append(len(data))
        data += f"{number} 0 obj\n{body}\nendobj\n".encode("latin-1")
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    size = len(bodies) + 1
    end = f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n<< /Size {size} /Root 1 0 R >>\n"
    return data + f"{end}startxref\n{len(data)}\n%%EOF\n".encode()


def packed(path: Path) -> Path:
    """Write a portfolio whose catalog lies compressed in an object stream."""
    catalog = (
        "<< /Type /Catalog /Pages 2 0 R /Collection << /View /D >> "
        f"/Names << /EmbeddedFiles << /Names [(a) << /F <{utf16('a.pdf')}> >>] >> >> >>"
    )
    inside = f"1 0 {catalog}"
    squeezed = zlib.compress(inside.encode())
    first = b"%PDF-1.7\n"
    pages = b"2 0 obj\n<< /Type /Pages /Count 1 /Kids [3 0 R] >>\nendobj\n"
    page = b"3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>\nendobj\n"
    stream = (
        b"4 0 obj\n<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length %d >>\nstream\n"
        % len(squeezed)
        + squeezed
        + b"\nendstream\nendobj\n"
    )
    at = [len(first), len(first + pages), len(first + pages + page)]
    where = len(first + pages + page + stream)
    entries = [(0, 0, 255), (2, 4, 0), (1, at[0], 0), (1, at[1], 0), (1, at[2], 0), (1, where, 0)]
    table = b"".join(bytes([kind, *divmod(place, 256), more]) for kind, place, more in entries)
    last = b"5 0 obj\n<< /Type /XRef /Size 6 /W [1 2 1] /Root 1 0 R /Length %d >>\nstream\n"
    path.write_bytes(
        first
        + pages
        + page
        + stream
        + last % len(table)
        + table
        + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % where
    )
    return path


def test_a_form_that_needs_rendering_is_a_stand_in(renderer: Renderer, tmp_path: Path) -> None:
    """Dynamic XFA forms say so; forms whose pages are drawn as well are documents."""
    xfa = "/AcroForm << /Fields [] /XFA (x) >>"
    dynamic = renderer.count(write(tmp_path / "a.pdf", f"{xfa} /NeedsRendering true"))
    assert dynamic.stand_in is StandIn.XFA
    assert renderer.count(write(tmp_path / "b.pdf", xfa)).stand_in is None
    assert renderer.count(write(tmp_path / "c.pdf", "")).stand_in is None


def test_a_portfolio_is_a_stand_in(renderer: Renderer, tmp_path: Path) -> None:
    """A collection with files inside is one, wherever the catalog lies; an invoice is none."""
    portfolio = renderer.count(write(tmp_path / "a.pdf", "/Collection << /View /D >>", ["b.pdf"]))
    assert (portfolio.stand_in, portfolio.attached) == (StandIn.PORTFOLIO, ("b.pdf",))
    assert renderer.count(packed(tmp_path / "p.pdf")).stand_in is StandIn.PORTFOLIO
    invoice = renderer.count(write(tmp_path / "c.pdf", "/Collections 3", ["factur-x.xml"]))
    assert (invoice.stand_in, invoice.attached) == (None, ("factur-x.xml",))
    empty = renderer.count(write(tmp_path / "d.pdf", "/Collection << >>"))
    assert (empty.stand_in, empty.attached) == (None, ())


def test_names_of_files_inside_are_harmless(renderer: Renderer, tmp_path: Path) -> None:
    """They are cut, say nothing of folders, steer no terminal, and are no more than fifty."""
    names = ["../../etc/passwd", "C:\\mail\\a\u202egnp.exe", "b\x07\nc.pdf", "d" * 5000, "/"]
    shown = renderer.count(write(tmp_path / "a.pdf", "", names)).attached
    assert shown == ("passwd", "agnp.exe", "b c.pdf", "d" * 200, "file 5")
    many = renderer.count(write(tmp_path / "b.pdf", "", [f"{n}.txt" for n in range(70)])).attached
    assert (len(many), many[49:]) == (51, ("49.txt", "and 20 more"))
