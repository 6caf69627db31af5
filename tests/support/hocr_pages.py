"""Writes hOCR by hand, so that a test can say where each word stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

LETTER = 12  # pixels a letter is wide in ordinary text


@dataclass(frozen=True, slots=True, kw_only=True)
class Put:
    """A line of text at a place; four or more spaces in it are a wide gap."""

    text: str
    top: int
    left: int = 100
    size: int = 30  # letter height, in pixels
    confidence: int = 95


def hocr(*blocks: Sequence[Sequence[Put]], pictures: Sequence[str] = ()) -> str:
    """Return a page of 1700 x 2200 pixels: blocks of paragraphs of lines."""
    areas = "".join(_block(block) for block in blocks)
    photos = "".join(f"<div class='ocr_photo' title='bbox {box}'></div>" for box in pictures)
    return (
        "<?xml version='1.0'?><html><body>"
        f"<div class='ocr_page' title='image \"stdin\"; bbox 0 0 1700 2200'>{areas}{photos}</div>"
        "</body></html>"
    )


def text(*lines: str, top: int = 300, left: int = 100, size: int = 30) -> list[Put]:
    """Return a paragraph of lines below each other."""
    step = int(size * 1.3)
    return [
        Put(text=line, top=top + step * place, left=left, size=size)
        for place, line in enumerate(lines)
    ]


def _block(paragraphs: Sequence[Sequence[Put]]) -> str:
    return (
        "<div class='ocr_carea' title='bbox 0 0 9 9'>" + "".join(map(_par, paragraphs)) + "</div>"
    )


def _par(lines: Sequence[Put]) -> str:
    return "<p class='ocr_par' title='bbox 0 0 9 9'>" + "".join(map(_line, lines)) + "</p>"


def _line(put: Put) -> str:
    letter = LETTER * put.size // 30
    words, at, right = [], 0, put.left
    for piece in put.text.split(" "):
        if piece:
            left, right = put.left + at * letter, put.left + (at + len(piece)) * letter
            box = f"{left} {put.top} {right} {put.top + put.size}"
            words.append(
                f"<span class='ocrx_word' title='bbox {box}; x_wconf {put.confidence}'>"
                f"{escape(piece)}</span>"
            )
        at += len(piece) + 1
    box = f"{put.left} {put.top} {right} {put.top + put.size}"
    title = f"bbox {box}; baseline 0 0; x_size {put.size}"
    return f"<span class='ocr_line' title='{title}'>{''.join(words)}</span>"
