"""Draws the documents in samples/: PDFs written by hand, and scans made from such pages.

Run it with `python -m tools.make_samples`; what it writes is committed.
"""

import random
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

import pypdfium2
from PIL import Image, ImageChops, ImageFilter

SAMPLES = Path(__file__).parents[1] / "samples"
TEXTS = tomllib.loads(Path(__file__).with_name("samples.toml").read_text("utf-8"))
LINES = TEXTS["lines"]
A4 = (595, 842)  # points
A5 = (420, 595)
MARGIN = 56
FONTS = {"roman": "Times-Roman", "bold": "Times-Bold", "head": "Helvetica-Bold", "mono": "Courier"}
# Widths of Times-Roman from the space to the tilde, in thousandths of the font size.
WIDTHS = (
    (250, 333, 408, 500, 500, 833, 778, 180, 333, 333, 500, 564, 250, 333, 250, 278)
    + (500,) * 10
    + (278, 278, 564, 564, 564, 444, 921, 722, 667, 667, 722, 611, 556, 722, 722, 333, 389)
    + (722, 611, 889, 722, 722, 556, 722, 667, 556, 611, 722, 722, 944, 722, 722, 611, 333)
    + (278, 333, 469, 500, 333, 444, 500, 444, 500, 444, 333, 500, 500, 278, 278, 500, 278)
    + (778, 500, 500, 500, 500, 333, 389, 278, 500, 500, 722, 500, 500, 444, 480, 200, 480, 541)
)


def main() -> None:
    """Write every sample."""
    for folder in ("reports", "scans"):
        (SAMPLES / folder).mkdir(exist_ok=True)
    (SAMPLES / "letter.pdf").write_bytes(pdf([letter()], A4))
    (SAMPLES / "reports" / "river.pdf").write_bytes(pdf(report(), A4))
    (SAMPLES / "reports" / "newsletter.pdf").write_bytes(pdf([newsletter()], A4))
    minutes = drawn(pdf([typed(LINES["minutes"])], A5), 200)[0]
    scan(minutes, 0.8, 0).quantize(12).save(SAMPLES / "scans" / "minutes.png", dpi=(200, 200))
    notice = drawn(pdf([typed(LINES["notice"])], A5), 200)[0]
    turned = scan(notice, -0.5, 22).rotate(180)
    turned.save(SAMPLES / "scans" / "upside-down.jpg", quality=60, dpi=(200, 200))
    first, *rest = (
        scan(drawn(pdf([typed(r, font="mono")], (300, 300)), 200)[0], 0.4, 0).convert(
            "1", dither=Image.Dither.NONE
        )
        for r in LINES["receipts"]
    )
    first.save(
        SAMPLES / "scans" / "receipts.tiff",
        save_all=True,
        append_images=rest,
        compression="group4",
        dpi=(200, 200),
    )


@dataclass
class Sheet:
    """One page under the pen: drawing commands, and how far down the pen is (points)."""

    y: float
    x: float = MARGIN
    commands: list[str] = field(default_factory=list)

    def line(self, words: str, font: str, size: float, *, x: float = 0, spread: float = 0) -> None:
        """Write one line at the pen; `spread` points are added to each space."""
        safe = words.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
        name = list(FONTS).index(font)
        place = f"{self.x + x:.2f} {self.y:.2f}"
        self.commands.append(f"BT /F{name} {size} Tf {spread:.3f} Tw {place} Td ({safe}) Tj ET")

    def heading(self, words: str, size: float) -> None:
        """Write a heading with room around it."""
        self.y -= size * 1.3
        self.line(words, "head", size)
        self.y -= size * 0.9 + 4

    def paragraph(self, words: str, width: float, size: float = 11, indent: float = 0) -> None:
        """Write justified lines of at most `width` points, and leave a gap below."""
        lines = list(wrapped(words, width - indent, size))
        for number, line in enumerate(lines, start=1):
            gap = (width - indent - length(line, size)) / max(line.count(" "), 1)
            last = number == len(lines)
            self.line(line, "roman", size, x=indent, spread=0 if last else gap)
            self.y -= size * 1.28
        self.y -= size * 0.6

    def items(self, texts: Sequence[str], width: float, size: float = 11) -> None:
        """Write a bulleted list."""
        for text in texts:
            self.line("•", "roman", size, x=6)
            self.paragraph(text, width, size, indent=20)
            self.y += size * 0.4
        self.y -= size * 0.4

    def table(self, rows: Sequence[Sequence[str]], columns: Sequence[float]) -> None:
        """Write rows of cells, each at its column's place, with a rule under the first."""
        for number, row in enumerate(rows):
            for cell, x in zip(row, columns, strict=True):
                self.line(cell, "roman" if number else "bold", 11, x=x)
            if not number:
                rule = f"{self.x} {self.y - 5} m {self.x + columns[-1] + 70} {self.y - 5} l S"
                self.commands.append(rule)
                self.y -= 4
            self.y -= 17
        self.y -= 8


def letter() -> Sheet:
    """Draw a business letter."""
    sheet, words = Sheet(y=A4[1] - 80), TEXTS["letter"]
    for line in words["sender"]:
        sheet.line(line, "roman", 11, x=310)
        sheet.y -= 15
    sheet.y -= 20
    for line in words["recipient"]:
        sheet.line(line, "roman", 11)
        sheet.y -= 15
    sheet.y -= 30
    sheet.line(words["subject"], "bold", 12)
    sheet.y -= 30
    for text in words["body"]:
        sheet.paragraph(text, A4[0] - 2 * MARGIN, 11.5)
    sheet.y -= 30
    for line in words["closing"]:
        sheet.line(line, "roman", 11.5)
        sheet.y -= 30
    return sheet


def report() -> list[Sheet]:
    """Draw a report of two pages: headings, a list, a table, a paragraph over the page break."""
    width, words = A4[0] - 2 * MARGIN, TEXTS["report"]
    first, second = Sheet(y=A4[1] - 70), Sheet(y=A4[1] - 70)
    first.heading(words["title"], 22)
    first.paragraph(words["summary"], width)
    first.heading("1. Where we measured", 15)
    first.paragraph(words["places"], width)
    first.items(words["sites"], width)
    first.heading("2. What we found", 15)
    first.table([row.split("|") for row in words["table"]], (0, 150, 250, 350))
    first.paragraph(words["found"][0], width)
    second.paragraph(words["found"][1], width)
    second.heading("3. What comes next", 15)
    for text in words["next"]:
        second.paragraph(text, width)
    return [first, second]


def newsletter() -> Sheet:
    """Draw a page of two columns under one title."""
    sheet, words = Sheet(y=A4[1] - 70), TEXTS["news"]
    sheet.heading(words["title"], 24)
    top, column = sheet.y - 10, (A4[0] - 2 * MARGIN - 24) / 2
    for side in ("left", "right"):
        sheet.x, sheet.y = MARGIN + (column + 24 if side == "right" else 0), top
        head, *texts = words[side]
        sheet.heading(head, 14)
        for text in texts:
            sheet.paragraph(text, column, 10.5)
    return sheet


def typed(text: str, font: str = "roman") -> Sheet:
    """Draw plain lines; the first one is a heading."""
    title, *lines = text.strip().splitlines()
    sheet = Sheet(x=30, y=(595 if font == "roman" else 300) - 50)
    sheet.line(title, "head", 15)
    sheet.y -= 28
    for line in lines:
        sheet.line(line, font, 12 if font == "roman" else 11)
        sheet.y -= 16
    return sheet


def wrapped(words: str, width: float, size: float) -> Iterator[str]:
    """Yield lines no longer than `width` points."""
    line = ""
    for word in words.split():
        longer = f"{line} {word}".strip()
        if length(longer, size) > width:
            yield line
            longer = word
        line = longer
    yield line


def length(words: str, size: float) -> float:
    """Return how long words are in Times-Roman, in points."""
    return sum(WIDTHS[ord(c) - 32] for c in words) * size / 1000


def pdf(sheets: Sequence[Sheet], paper: tuple[int, int]) -> bytes:
    """Return a PDF with these pages, uncompressed so that anyone can read it."""
    font = "<< /Type /Font /Subtype /Type1 /BaseFont /{} /Encoding /WinAnsiEncoding >>"
    fonts = [font.format(name) for name in FONTS.values()]
    first = 3 + len(fonts)
    kids = " ".join(f"{first + 2 * n} 0 R" for n in range(len(sheets)))
    objects = ["<< /Type /Catalog /Pages 2 0 R >>"]
    objects.append(f"<< /Type /Pages /Kids [{kids}] /Count {len(sheets)} >>")
    objects += fonts
    names = " ".join(f"/F{n} {3 + n} 0 R" for n in range(len(fonts)))
    for number, sheet in enumerate(sheets):
        content = "\n".join(sheet.commands)
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {paper[0]} {paper[1]}] "
            f"/Resources << /Font << {names} >> >> /Contents {first + 2 * number + 1} 0 R >>"
        )
        objects.append(f"<< /Length {len(content)} >>\nstream\n{content}\nendstream")
    return _numbered(objects)


def _numbered(objects: Sequence[str]) -> bytes:
    """Return the file around the objects: header, cross-reference table, trailer."""
    out, places = BytesIO(b""), []
    out.write(b"%PDF-1.4\n")
    for number, body in enumerate(objects, start=1):
        places.append(out.tell())
        out.write(f"{number} 0 obj\n{body}\nendobj\n".encode("cp1252"))
    start = out.tell()
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    out.write(f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}".encode())
    out.write(f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\n".encode())
    out.write(f"startxref\n{start}\n%%EOF\n".encode())
    return out.getvalue()


def drawn(document: bytes, dpi: int) -> list[Image.Image]:
    """Return each page as a grey picture."""
    with pypdfium2.PdfDocument(document) as opened:
        return [page.render(scale=dpi / 72, grayscale=True).to_pil().copy() for page in opened]


def scan(page: Image.Image, angle: float, noise: int) -> Image.Image:
    """Return the page as a scanner sees it: a little turned (degrees), soft, grainy."""
    turned = page.rotate(angle, Image.Resampling.BICUBIC, fillcolor=255)
    soft = turned.filter(ImageFilter.GaussianBlur(0.7)).point(lambda v: 30 + v * 215 // 255)
    if not noise:
        return soft
    grain = random.Random(7).randbytes(soft.width * soft.height)
    dots = Image.frombytes("L", soft.size, grain).point(lambda v: v * noise // 255)
    return ImageChops.subtract(soft, dots)


if __name__ == "__main__":
    main()
