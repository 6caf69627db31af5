"""Reads pages of the corpus directly, without the queue: draw, Tesseract, judge."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import corpus
from ocrqueue.backends.tesseract import Tesseract
from ocrqueue.model.document import Kind, PageSize
from ocrqueue.model.errors.base import OcrqueueError
from ocrqueue.model.page import ImageMode, Judgement, PageImage, Reply
from ocrqueue.pipeline import picture, resolution
from ocrqueue.render.renderer import Renderer
from ocrqueue.settings.engines import TesseractSettings
from ocrqueue.settings.schema import RenderSettings
from ocrqueue.text import quality
from ocrqueue.text.layer import page as layer_page
from ocrqueue.text.layer import trust

AS_USUAL = PageSize(dpi=200, max_side_px=RenderSettings().max_side_px)
SECONDS = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRead:
    """One page of the corpus, as it was read and as it is."""

    document: corpus.Document
    page: int
    reply: Reply
    judgement: Judgement
    truth: str | None


def read(pages: Sequence[tuple[corpus.Document, int]]) -> Iterator[PageRead]:
    """Read the pages one after the other; what cannot be drawn is left out."""
    backend = Tesseract(TesseractSettings())
    with Renderer(RenderSettings()) as renderer:
        for document, page in pages:
            try:
                yield _read(renderer, backend, document, page)
            except OcrqueueError as error:
                print(f"left out: {document.path} page {page}: {error}")


def own_text(renderer: Renderer, file: Path, page: int) -> str | None:
    """Return the text that a page has itself, None where it is not to be trusted."""
    sheet = renderer.sheet(file, page, AS_USUAL)
    if sheet is None:
        return None
    found = layer_page.read(sheet)
    if trust.objection(sheet, found):
        return None
    return layer_page.markdown(sheet, found).markdown


def _read(renderer: Renderer, backend: Tesseract, document: corpus.Document, page: int) -> PageRead:
    def draw(size: PageSize) -> PageImage:
        return renderer.page(document.file, page, size, mode=ImageMode.GREY)

    def ask(image: PageImage) -> Reply:
        return backend.page_to_markdown(image, deadline=time.monotonic() + SECONDS, page=page)

    reply, image = picture.read(draw(AS_USUAL), AS_USUAL, draw=draw, ask=ask)
    truth = corpus.page_truth(document, page)
    if truth is None and document.path.startswith("born-digital/") and _is_pdf(renderer, document):
        truth = own_text(renderer, document.file, page)
    return PageRead(
        document=document,
        page=page,
        reply=reply,
        judgement=resolution.weigh(quality.judge(reply, image), image),
        truth=truth,
    )


def _is_pdf(renderer: Renderer, document: corpus.Document) -> bool:
    return renderer.count(document.file).kind is Kind.PDF
