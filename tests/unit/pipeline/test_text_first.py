"""A page's own text before a model: taken where the picture agrees, else the model is asked."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from demo.scripted import Scripted
from ocrqueue.backends.tesseract import Tesseract
from ocrqueue.inputs import fingerprint
from ocrqueue.model.document import RouteStep
from ocrqueue.model.page import ImageMode, PageImage, Reply
from ocrqueue.pipeline import attempt
from ocrqueue.pipeline.attempt import Accepted, Request, Tools
from ocrqueue.render.renderer import Renderer
from ocrqueue.settings.engines import ScriptedSettings, TesseractSettings
from ocrqueue.settings.schema import RenderSettings
from tests.support.pdfs import drawing, pdf_bytes
from tests.unit.pipeline.test_own_text import OTHER, PROSE, READING


class Seeing(Scripted):
    """A model that notes what it was shown."""

    shown = ""

    def __init__(self) -> None:
        super().__init__(ScriptedSettings())
        self.image_mode = ImageMode.RGB

    def page_to_markdown(self, image: PageImage, *, deadline: float, page: int = 0) -> Reply:
        self.shown = image.mode.value
        return super().page_to_markdown(image, deadline=deadline, page=page)


@pytest.fixture(scope="module")
def renderer() -> Iterator[Renderer]:
    with Renderer(RenderSettings(timeout_s=20, memory_mb=1024)) as shared:
        yield shared


@pytest.mark.parametrize(
    ("asked", "before", "by"),
    [("first", "", "text-layer"), ("first", "3 Tr", "scripted"), ("never", "", "scripted")],
    ids=["honest", "of hidden letters", "not wanted"],
)
def test_a_model_is_asked_for_what_a_page_does_not_say_itself(
    renderer: Renderer, tmp_path: Path, asked: str, before: str, by: str
) -> None:
    """With `first` it is not asked for an honest page; else it sees the page in colour."""
    source = tmp_path / "a.pdf"
    shown = f"{drawing(OTHER)} {before}" if before else ""
    source.write_bytes(pdf_bytes([f"{shown} {drawing(PROSE)}"]))
    route = (RouteStep(backend="scripted", tries=1),)
    reading = replace(READING, text_layer=asked, route=route, witness="off")
    document, _ = fingerprint.identify(source, reading, renderer.count)
    model = Seeing()
    tools = Tools(
        renderer=renderer,
        backend=model,
        own=ScriptedSettings(),
        limit_s=60,
        worker="",
        engine=Tesseract(TesseractSettings()),
    )

    outcome = attempt.run(Request(document=document, page=1), tools)

    assert isinstance(outcome, Accepted), outcome
    assert outcome.result.backend == by
    assert model.shown == ("RGB" if by == "scripted" else "")
