"""hOCR as Tesseract writes it -> a Page; anything odd in it is skipped, not believed.

hOCR is XHTML, but what was read on a hostile page may hold characters XML forbids. So the few tags
that matter are found by a pattern, in the order they are written: http://kba.github.io/hocr-spec/1.2/
"""

import html
import re

from ocrqueue.model.errors.page import ReplyHopeless
from ocrqueue.text import escape
from ocrqueue.text.hocr.contents import without_leaders
from ocrqueue.text.hocr.layout import Box, Line, PageLayout, Paragraph, Word

LONGEST_HOCR = 10_000_000  # bytes; the fullest newspaper page has one million
MOST_LINES = 10_000  # of a page, for they are compared with each other

_TAG = re.compile(
    r"<(?:div|p|span)\b(?=[^<>]*+>)[^<>]*?\bclass=['\"](ocr[a-z_]*)['\"]([^<>]*+)>"
    r"((?:(?!</?(?:span|div|p)\b).)*)",
    re.DOTALL,
)
_BOX = re.compile(r"\bbbox (-?\d{1,6}) (-?\d{1,6}) (-?\d{1,6}) (-?\d{1,6})\b")
_CONFIDENCE = re.compile(r"\bx_wconf (-?\d+(?:\.\d+)?)")
_SIZE = re.compile(r"\bx_size (\d+(?:\.\d+)?)")
_INNER_TAG = re.compile(r"<[^<>]*>")
_LINES = frozenset({"ocr_line", "ocr_header", "ocr_caption", "ocr_textfloat"})
# What a page cannot mean, besides what nobody sees: soft hyphens, specials, surrogate and private
# characters. Joiners and marks of direction stay, for scripts need them; alone they are no word.
_UNWANTED = re.compile("[\x0b-\x1f\u00ad\ufffc-\uffff\ud800-\udfff\ue000-\uf8ff]")
_JOINERS = "\u200c\u200d\u200e\u200f"
_Lines = list[tuple[Box, float, list[Word]]]  # of a paragraph: box, size of its letters, words


def parse(hocr: bytes | str) -> PageLayout:
    """Return the page that the hOCR describes; without words it is a blank page.

    Raises:
        ValueError: there is no page in it.
        ReplyHopeless: there is more in it than a page holds.
    """
    if len(hocr) > LONGEST_HOCR:
        raise ReplyHopeless(f"the hOCR has {len(hocr)} bytes: no page needs so many")
    source = hocr.decode("utf-8", "replace") if isinstance(hocr, bytes) else hocr
    reader = _HocrReader()
    for match in _TAG.finditer(source):
        reader.take(match[1], html.unescape(match[2]), match[3])
        if reader.lines > MOST_LINES:
            raise ReplyHopeless(f"the hOCR has more than {MOST_LINES} lines: no page holds so many")
    if reader.box is None:
        raise ValueError("no ocr_page")
    return reader.page(reader.box)


class _HocrReader:
    """Builds the page from tags in the order they come; empty lines and blocks vanish."""

    def __init__(self) -> None:
        self.box: Box | None = None
        self.lines = 0
        self._pictures: list[Box] = []
        self._blocks: list[list[_Lines]] = [[[]]]

    def take(self, kind: str, title: str, inner: str) -> None:
        box = _box(title)
        match kind:
            case "ocr_page":
                self.box = self.box or box or Box(0, 0, 0, 0)
            case "ocr_photo" | "ocr_image":
                self._pictures += [box] if box else []
            case "ocr_carea":
                self._blocks.append([[]])
            case "ocr_par":
                self._blocks[-1].append([])
            case "ocrx_word":
                self._take_word(title, inner, box)
            case _ if kind in _LINES and box:
                self.lines += 1
                self._blocks[-1][-1].append((box, _size(title, box), []))

    def _take_word(self, title: str, inner: str, box: Box | None) -> None:
        text = _clean(inner)
        if not text or box is None:
            return
        lines = self._blocks[-1][-1]
        if not lines:
            self.lines += 1
            lines.append((box, float(box.height), []))
        found = _CONFIDENCE.search(title)
        confidence = min(100.0, max(0.0, float(found[1]))) if found else 0.0
        lines[-1][2].append(Word(text, box, confidence))

    def page(self, box: Box) -> PageLayout:
        blocks = (
            tuple(Paragraph(full) for lines in block if (full := _full(lines)))
            for block in self._blocks
        )
        pictures = tuple(self._pictures)
        return PageLayout(box=box, blocks=tuple(filter(None, blocks)), pictures=pictures)


def _full(lines: _Lines) -> tuple[Line, ...]:
    return tuple(Line(without_leaders(words), box, size) for box, size, words in lines if words)


def _box(title: str) -> Box | None:
    found = _BOX.search(title)
    return Box(*(int(side) for side in found.groups())) if found else None


def _size(title: str, box: Box) -> float:
    found = _SIZE.search(title)
    return float(found[1]) if found and float(found[1]) > 0 else float(max(1, box.height))


def _clean(inner: str) -> str:
    text = _UNWANTED.sub("", html.unescape(_INNER_TAG.sub("", inner)))
    text = " ".join(escape.printable(text).split())
    return text if text.strip(_JOINERS) else ""
