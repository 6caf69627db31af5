"""How much of what is drawn on a page the engine took for words: handwriting is often skipped."""

from collections import defaultdict
from collections.abc import Sequence

from ocrqueue.model.page import PageImage
from ocrqueue.text.hocr.layout import Box, PageLayout

SAMPLED_ROWS = 400
SURE = 40.0  # confidence of a word that counts as read
DARK = 0.72  # of the paper's brightness; below it is ink
AROUND = 3  # pixels around a word that belong to it
RULES = 6  # strokes in a row; drawn frames and columns have fewer
_BEGIN = b"\0\1"  # paper, then ink


def unread(image: PageImage, page: PageLayout) -> float:
    """Return the share of pen strokes on a grey image that lie outside words and pictures, 0 to 1.

    A stroke is where a row of pixels passes from paper to ink; a sample of rows is looked at.
    """
    read = [word.box for word in page.words if word.confidence >= SURE] + list(page.pictures)
    step = max(1, image.height // SAMPLED_ROWS)
    boxes = _by_row(read, step, image.height)
    ink = _ink_table(image.pixels)
    every = outside = 0
    for top in range(0, image.height, step):
        row = image.pixels[top * image.width : (top + 1) * image.width].translate(ink)
        strokes = row.count(_BEGIN)
        left = _without(row, boxes[top // step]).count(_BEGIN)
        every += strokes
        outside += left if left > RULES else 0
    return outside / every if every else 0.0


def _by_row(boxes: Sequence[Box], step: int, height: int) -> dict[int, list[Box]]:
    rows: dict[int, list[Box]] = defaultdict(list)
    for box in boxes:
        top, bottom = max(0, box.top - AROUND), min(height, box.bottom + AROUND)
        for row in range(top // step, bottom // step + 1):
            rows[row].append(box)
    return rows


def _ink_table(pixels: bytes) -> bytes:
    """Return the table that maps a brightness to 1 (ink) or 0 (paper)."""
    sample = pixels[:: max(1, len(pixels) // 100_000)]
    paper = max(range(128, 256), key=lambda level: sample.count(bytes([level])))
    return bytes(level < paper * DARK for level in range(256))


def _without(row: bytes, boxes: Sequence[Box]) -> bytes:
    cut = bytearray(row)
    for box in boxes:
        left, right = max(0, box.left - AROUND), min(len(cut), box.right + AROUND)
        cut[left:right] = bytes(max(0, right - left))
    return bytes(cut)
