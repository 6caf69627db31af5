"""What both witnesses of a page see on it, kept on disk: read once, compared many times.

The engine reads a page in some three CPU seconds; a comparison takes milliseconds. What is kept
goes by the file's content, so that another version of a reader needs another folder.
"""

import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from benchmarks import corpus
from ocrqueue.backends.tesseract import Tesseract
from ocrqueue.model.document import PageSize
from ocrqueue.model.page import ImageMode
from ocrqueue.render.renderer import Renderer
from ocrqueue.settings.engines import TesseractSettings
from ocrqueue.settings.schema import RenderSettings
from ocrqueue.text.hocr.ink_coverage import coverage
from ocrqueue.text.hocr.layout import Box, Word
from ocrqueue.text.hocr.markdown import to_markdown
from ocrqueue.text.layer import page as layer_page
from ocrqueue.text.layer import trust

KEPT = Path("/tmp/ocrqueue-second-readings")  # noqa: S108 - a benchmark's own
LONGEST_S = 180.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one of them sees."""

    markdown: str = ""
    margins: tuple[int, ...] = ()  # blocks of it, from 0, that may be running heads or feet
    words: tuple[Word, ...] = ()
    confidence: float = 0.0  # mean of the words, 0 to 100
    objection: str = ""  # why it is no witness
    unread: float = 0.0  # of the page's pen strokes, 0 to 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondReadings:
    """A page as the engine reads it and as its own text has it."""

    width: int  # of the picture, pixels
    height: int
    engine: Seen
    own: Seen


class Reader:
    """Reads what is not kept yet; a context manager."""

    def __init__(self, folder: Path) -> None:
        """Read nothing yet."""
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._engine = Tesseract(TesseractSettings())
        self._renderer = Renderer(RenderSettings())

    def __enter__(self) -> Self:
        """Return the reader itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the renderer."""
        self._renderer.close()

    def read(self, file: Path, page: int) -> SecondReadings:
        """Return what is seen on a page.

        Raises:
            OcrqueueError: the page cannot be drawn or read.
        """
        content = hashlib.sha256(file.read_bytes()).hexdigest()[:20]
        kept = self._folder / f"{content}-{page}.json"
        if not kept.exists():
            found = json.dumps(asdict(self._read(file, page)), ensure_ascii=False)
            kept.write_text(found, encoding="utf-8")
        return _loaded(kept.read_text("utf-8"))

    def _read(self, file: Path, page: int) -> SecondReadings:
        dpi, side = RenderSettings().dpi, RenderSettings().max_side_px
        image = self._renderer.page(
            file, page, PageSize(dpi=dpi, max_side_px=side), mode=ImageMode.GREY
        )
        read = self._engine.read_page(image, deadline=time.monotonic() + LONGEST_S)
        written = to_markdown(read)
        engine = Seen(
            markdown=written.markdown,
            margins=tuple(one.block for one in written.margins),
            words=tuple(read.words),
            confidence=read.confidence,
            unread=coverage(image, read).unread,
        )
        sheet = self._renderer.sheet(file, page, PageSize(dpi=dpi, max_side_px=side))
        if sheet is None or not sheet.has_text:
            own = Seen(objection="the page has no text of its own")
        else:
            seen = trust.seen(sheet, image)
            found = layer_page.read(seen)
            written = layer_page.markdown(seen, found)
            own = Seen(
                markdown=written.markdown,
                margins=tuple(one.block for one in written.margins),
                words=tuple(found.layout.words),
                objection=trust.objection(seen, found)
                or trust.picture_objection(seen, found, image),
            )
        return SecondReadings(width=image.width, height=image.height, engine=engine, own=own)


def _loaded(text: str) -> SecondReadings:
    found = json.loads(text)
    engine, own = (
        Seen(**{**found[who], "words": tuple(map(_word, found[who]["words"]))})
        for who in ("engine", "own")
    )
    return SecondReadings(width=found["width"], height=found["height"], engine=engine, own=own)


def _word(found: Sequence[Any]) -> Word:
    text, box, confidence = found
    return Word(text, Box(*box), confidence)


def pages_of_replies() -> list[Path]:
    """Return the pages, one a file, that real replies of models are of; beside each its reply."""
    files = sorted((corpus.CORPUS.parent / "replies").glob("*/*/*"))
    return [
        file
        for file in files
        if file.suffix in {".pdf", ".jpg", ".png"}
        and file.with_suffix(".md").exists()
        and file.parts[-3] != "cases"  # they are there under their own names too
    ]
