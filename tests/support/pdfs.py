"""Makes small PDF files by hand, so that a test can say what is on each page."""

from collections.abc import Sequence
from pathlib import Path

FONT = 3  # object number of the one font
FIRST_PAGE = 4  # each page takes two objects: itself and its drawing


def write_pdf(path: Path, *pages: str, extra: str = "") -> Path:
    """Write a PDF with one page per text (lines divided by newlines) and return its path."""
    path.write_bytes(pdf_bytes([drawing(text) for text in pages], extra=extra))
    return path


def drawing(text: str, *, size: int = 14, left: int = 72, top: int = 720) -> str:
    """Return the operators that write lines of text down a page."""
    lines = "".join(f"({_escaped(line)}) Tj T*\n" for line in text.split("\n"))
    return f"BT /F1 {size} Tf {size * 1.3:g} TL {left} {top} Td\n{lines}ET"


def pdf_bytes(drawings: Sequence[str], *, extra: str = "", media_box: str = "0 0 612 792") -> bytes:
    """Return a PDF of pages given by their operators; `extra` goes into each page's dictionary."""
    kids = " ".join(f"{FIRST_PAGE + 2 * index} 0 R" for index in range(len(drawings)))
    bodies = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {len(drawings)} /Kids [{kids}] >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for index, operators in enumerate(drawings):
        content = FIRST_PAGE + 2 * index + 1
        bodies.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [{media_box}] {extra} "
            f"/Resources << /Font << /F1 {FONT} 0 R >> >> /Contents {content} 0 R >>"
        )
        length = len(operators.encode("cp1252"))
        bodies.append(f"<< /Length {length} >>\nstream\n{operators}\nendstream")
    return _numbered(bodies)


def pdf_of(operators: str, *, extra: str = "", annotations: str = "") -> bytes:
    """Return a PDF of one page with annotations; fields among them make a form."""
    # The page is object 4, as in `pdf_bytes`; its annotations come behind it.
    bodies = [one for one in annotations.split("<< /Type /Annot") if one]
    first = FIRST_PAGE + 2
    numbers = " ".join(f"{first + at} 0 R" for at in range(len(bodies)))
    plain = pdf_bytes([operators], extra=f"{extra} /Annots [{numbers}]")
    start = plain.index(b"1 0 obj")
    objects = plain[start : plain.index(b"xref\n")].decode("cp1252").split("endobj\n")
    kept = [one.split("obj\n", 1)[1].rstrip("\n") for one in objects if one.strip()]
    form = f"/AcroForm << /Fields [{numbers}] /DR << /Font << /Helv {FONT} 0 R >> >> >>"
    kept[0] = kept[0].replace("/Type /Catalog", f"/Type /Catalog {form}")
    return _numbered([*kept, *(f"<< /Type /Annot{body}" for body in bodies)])


def _numbered(bodies: Sequence[str]) -> bytes:
    """Return the file: header, numbered objects, the table of their places, trailer."""
    data = b"%PDF-1.4\n"
    places = []
    for number, body in enumerate(bodies, start=1):
        places.append(len(data))
        data += f"{number} 0 obj\n{body}\nendobj\n".encode("cp1252")
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    size = len(bodies) + 1
    end = (
        f"xref\n0 {size}\n0000000000 65535 f \n{table}"
        f"trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{len(data)}\n%%EOF\n"
    )
    return data + end.encode("ascii")


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
