"""A model and a witness without pictures: what they say of a page is what their scripts say."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from demo.scripted import Scripted
from ocrqueue.model.page import ImageMode, PageImage, Reply
from ocrqueue.settings.engines import ScriptedSettings
from ocrqueue.text.hocr.layout import Box, Line, PageLayout, Paragraph, Word, around
from ocrqueue.text.layer.sheet import Sheet

SAID = (
    "The committee asked for another series of samples in the coming autumn with bottles that "
    "close better and a driver who knows the roads around the northern lakes"
)
OTHERWISE = (
    "Nobody could remember where these letters had been written nor why somebody kept them under "
    "the wooden floor of an old house beside the railway for nearly sixty years"
)


class Model(Scripted):
    """Says the same of each page; a script's `doubtful` is a text of its own."""

    asked = 0

    def page_to_markdown(self, image: PageImage, *, deadline: float, page: int = 0) -> Reply:
        """Return what a model would have said."""
        self.asked += 1
        said = super().page_to_markdown(image, deadline=deadline, page=page)
        text = OTHERWISE if said.confidence else SAID
        return replace(said, text=text, raw=text, words=len(text.split()), confidence=None)


class Eye(Scripted):
    """A witness that reads what a model says; `doubtful`: the other text, others: it fails."""

    asked = 0

    def read_page(self, image: PageImage, *, deadline: float) -> PageLayout:
        """Return the words."""
        self.asked += 1
        said = self.page_to_markdown(image, deadline=deadline, page=1)
        return _lines(OTHERWISE if said.confidence else SAID)

    def first_of(self, codes: Sequence[str], *, deadline: float) -> str:
        del codes, deadline
        return ""

    def read_lines(self, image: PageImage, *, deadline: float, lang: str = "") -> PageLayout:
        """Return what the page says."""
        del lang
        return self.read_page(image, deadline=deadline)


class Paper:
    """Draws an empty page."""

    def page(self, source: Path, page: int, *_: Any, mode: ImageMode, **__: Any) -> PageImage:
        """Return a small one."""
        del source, page
        return PageImage(width=64, height=64, mode=mode, pixels=b"\xff" * 4096, dpi=72, ink=0.1)

    def sheet(self, source: Path, page: int, *_: Any, **__: Any) -> Sheet | None:
        """Return nothing: it is an image."""
        del source, page
        return None


def model(script: str = "", name: str = "scripted") -> Model:
    """Return a model that does what the script says."""
    return Model(ScriptedSettings(name=name, script=script))


def eye(script: str = "") -> Eye:
    """Return a witness that does what the script says."""
    return Eye(ScriptedSettings(name="tesseract", script=script))


def _lines(text: str) -> PageLayout:
    """Return the words in rows of six, in the middle of a page."""
    words = [
        Word(text=word, box=Box(left, top, left + 80, top + 20), confidence=95.0)
        for number, word in enumerate(text.split())
        for left, top in [(100 + 100 * (number % 6), 300 + 40 * (number // 6))]
    ]
    rows = [tuple(words[begin : begin + 6]) for begin in range(0, len(words), 6)]
    lines = tuple(Line(row, around([word.box for word in row]), 20.0) for row in rows)
    return PageLayout(box=Box(0, 0, 800, 1000), blocks=((Paragraph(lines),),))
