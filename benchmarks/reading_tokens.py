"""How many tokens does DeepSeek-OCR take for a page, and how many could be saved?

    python -m benchmarks.reading_tokens --pages 200 [--within 380]

Read: what the model is shown, by the size of the page at 200 dots an inch and the choice of tiles
of its own processor (`gundam`). Written: the true text of the page, or its own, in DeepSeek's
vocabulary, and a label for each paragraph. Three ways to save are counted, on the same pages: tiles
without ink are not shown; pages whose own text is taken are shown as `base`, or not at all.
"""

import argparse
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks import corpus, score
from benchmarks.vocabulary import deepseek, spelled
from ocrqueue.backends.tesseract import Tesseract
from ocrqueue.model.document import PageSize
from ocrqueue.model.errors.base import OcrqueueError
from ocrqueue.model.page import ImageMode, PageImage
from ocrqueue.pipeline import own_text
from ocrqueue.render.renderer import Renderer
from ocrqueue.settings.engines import TesseractSettings
from ocrqueue.settings.schema import RenderSettings

KINDS = ("born-digital", "scanned")
LABEL_TOKENS = 18  # with the labels and the signs of a box as one token each
PROMPT = 10  # tokens besides the picture
VIEW, TILE = 273, 10  # tokens of the view of the page; of a side of a tile
FEWEST_TILES, MOST_TILES = 2, 9
SMALL = 640  # pixels; what is no larger is shown without tiles
DARK, LEAST_INK = 160, 0.0005  # of 255; share of a tile's pixels


@dataclass(frozen=True, slots=True, kw_only=True)
class PageTokens:
    """What one page takes."""

    tiles: tuple[int, int]  # columns, rows; (0, 0): none
    blank: int  # tiles without ink
    written: int
    is_own: bool  # its own text agrees with the picture

    @property
    def read(self) -> int:
        """Tokens that the model is shown."""
        columns, rows = self.tiles
        return PROMPT + VIEW + (TILE * columns + 1) * TILE * rows

    @property
    def skipped(self) -> int:
        """Tokens of its blank tiles."""
        return TILE * TILE * self.blank


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pages", type=int, default=200, help="about so many of each kind")
    parser.add_argument("--within", type=float, default=3600, help="seconds; then no more pages")
    given = parser.parse_args()
    end = time.monotonic() + given.within
    found: dict[str, list[PageTokens]] = defaultdict(list)
    for kind in KINDS:
        pages = corpus.sample(given.pages, [kind], score.pages_of)
        for one in measured(pages, end - (given.within / 2 if kind == KINDS[0] else 0)):
            found[kind].append(one)
    print("| | pages | read | written | blank tiles | as `base` | not at all |")
    print("|---|---|---|---|---|---|---|")
    for name, some in [*found.items(), ("all", [one for each in found.values() for one in each])]:
        _print(name, some)


def measured(pages: Sequence[tuple[corpus.Document, int]], end: float) -> Iterator[PageTokens]:
    """Yield what each page takes that can be drawn, until an instant of `time.monotonic()`."""
    limits, engine = RenderSettings(), Tesseract(TesseractSettings())
    dpi, cap = limits.dpi, limits.max_side_px
    with Renderer(limits) as renderer:
        for document, page in pages:
            if time.monotonic() > end:
                return
            try:
                image = renderer.page(
                    document.file, page, PageSize(dpi=dpi, max_side_px=cap), mode=ImageMode.GREY
                )
                sheet = renderer.sheet(document.file, page, PageSize(dpi=dpi, max_side_px=cap))
                own = own_text.read(sheet, image, engine, None, end) if sheet else None
            except OcrqueueError:
                continue
            text = corpus.page_truth(document, page) or (own.reply.text if own else "")
            if text:
                yield _tokens(image, text, is_own=own is not None and own.is_sound)


def _tokens(image: PageImage, text: str, *, is_own: bool) -> PageTokens:
    tiles = tiles_of(image.width, image.height)
    labels = sum(bool(block.strip()) for block in text.split("\n\n"))
    return PageTokens(
        tiles=tiles,
        blank=sum(1 for share in _inks(image, *tiles) if share < LEAST_INK),
        written=len(spelled(deepseek(), text)) + labels * LABEL_TOKENS,
        is_own=is_own,
    )


def tiles_of(width: int, height: int) -> tuple[int, int]:
    """Return into how many columns and rows DeepSeek's processor cuts a page."""
    if max(width, height) <= SMALL:
        return 0, 0
    sides = range(1, MOST_TILES + 1)
    grids = [(c, r) for c in sides for r in sides if FEWEST_TILES <= c * r <= MOST_TILES]
    best, nearest = (1, 1), float("inf")
    for columns, rows in sorted(grids, key=lambda grid: grid[0] * grid[1]):
        off = abs(width / height - columns / rows)
        is_filled = width * height > SMALL * SMALL * columns * rows / 2
        if off < nearest or (off == nearest and is_filled):
            best, nearest = (columns, rows), off
    return best


def _inks(image: PageImage, columns: int, rows: int) -> Iterator[float]:
    """Yield the share of dark pixels of each tile, from every fourth row."""
    for row in range(rows):
        lines = range(image.height * row // rows, image.height * (row + 1) // rows, 4)
        for column in range(columns):
            left, right = (image.width * n // columns for n in (column, column + 1))
            parts = (image.pixels[y * image.width + left : y * image.width + right] for y in lines)
            part = b"".join(parts)
            yield sum(part.count(shade) for shade in range(DARK)) / max(len(part), 1)


def _print(name: str, pages: Sequence[PageTokens]) -> None:
    if not pages:
        return
    read, written = sum(one.read for one in pages), sum(one.written for one in pages)
    base = sum(one.read - PROMPT - VIEW for one in pages if one.is_own)
    whole = sum(one.read + one.written for one in pages if one.is_own)
    shares = [
        f"{saved / (read + written):.0%}"
        for saved in (sum(one.skipped for one in pages), base, whole)
    ]
    means = f"{read / len(pages):.0f} | {written / len(pages):.0f}"
    print(f"| {name} | {len(pages)} | {means} | {' | '.join(shares)} |")


if __name__ == "__main__":
    main()
