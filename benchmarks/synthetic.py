"""Makes PDFs of any number of pages by hand, page after page: no memory is taken by it."""

from collections.abc import Iterator
from pathlib import Path

FIRST_PAGE = 5  # number of the first page's object; 1 to 4 are catalog, tree, font and drawing
DRAWING = "BT /F1 24 Tf 72 700 Td (A page of a benchmark) Tj ET"


def write_pdf(path: Path, pages: int, *, salt: str = "") -> Path:
    """Write a PDF whose pages all show the same line, and return its path.

    `salt` makes two files of the same number of pages differ in content.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    places: list[int] = []
    with path.open("wb") as stream:
        stream.write(f"%PDF-1.4\n%{salt}\n".encode())
        for number, body in enumerate(_bodies(pages), start=1):
            places.append(stream.tell())
            stream.write(f"{number} 0 obj\n{body}\nendobj\n".encode())
        start = stream.tell()
        stream.write(f"xref\n0 {len(places) + 1}\n0000000000 65535 f \n".encode())
        stream.writelines(f"{place:010d} 00000 n \n".encode() for place in places)
        trailer = f"trailer\n<< /Size {len(places) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"
        stream.write(trailer.encode())
    return path


def write_many(folder: Path, documents: int, *, pages: int) -> Path:
    """Write so many PDFs of so many pages, 1000 in a folder, and return the folder."""
    for number in range(documents):
        name = folder / f"{number // 1000:03d}" / f"{number:06d}.pdf"
        write_pdf(name, pages, salt=str(number))
    return folder


def _bodies(pages: int) -> Iterator[str]:
    kids = " ".join(f"{FIRST_PAGE + index} 0 R" for index in range(pages))
    yield "<< /Type /Catalog /Pages 2 0 R >>"
    yield f"<< /Type /Pages /Count {pages} /MediaBox [0 0 612 792] /Kids [{kids}] >>"
    yield "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
    yield f"<< /Length {len(DRAWING)} >>\nstream\n{DRAWING}\nendstream"
    shown = "/Contents 4 0 R /Resources << /Font << /F1 3 0 R >> >>"
    for _ in range(pages):
        yield f"<< /Type /Page /Parent 2 0 R {shown} >>"
