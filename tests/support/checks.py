"""A model and a witness without pictures: what they say of a page is what their scripts say."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from demo.scripted import Scripted
from ocrqueue.model.page import ImageMode, PageImage, Reply
from ocrqueue.settings.engines import ScriptedSettings
from ocrqueue.text.hocr.layout import Box, Line, PageLayout, Paragraph, Word
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

    def read_lines(self, image: PageImage, *, deadline: float) -> PageLayout:
        """Return what the page says."""
        return self.read_page(image, deadline=deadline)


class Paper:
    """Draws an empty page."""

    def page(self, source: Path, page: int, *, mode: ImageMode, **_: Any) -> PageImage:
        """Return a small one."""
        del source, page
        return PageImage(width=64, height=64, mode=mode, pixels=b"\xff" * 4096, dpi=72, ink=0.1)

    def sheet(self, source: Path, page: int, **_: Any) -> Sheet | None:
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
    box = Box(8, 24, 56, 40)
    words = tuple(Word(text=word, box=box, confidence=95.0) for word in text.split())
    line = Line(words, box, 8.0)
    return PageLayout(box=Box(0, 0, 64, 64), blocks=((Paragraph((line,)),),))
