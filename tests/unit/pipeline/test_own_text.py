"""When the text that a page has itself stands for the page: honest layers, and such as lie."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from demo.scripted import Scripted
from ocrqueue.backends.tesseract import Tesseract
from ocrqueue.model.document import PageSize, Reading, RouteStep, Task
from ocrqueue.model.page import ImageMode, PageImage, Verdict
from ocrqueue.pipeline import own_text
from ocrqueue.pipeline.own_text import OwnText, Use
from ocrqueue.render.renderer import Renderer
from ocrqueue.settings.engines import ScriptedSettings, TesseractSettings
from ocrqueue.settings.schema import RenderSettings
from ocrqueue.text.hocr.layout import Box, Line, PageLayout, Paragraph, Word
from ocrqueue.text.layer import page as layer_page
from ocrqueue.text.layer.sheet import Sheet
from tests.support.pdfs import drawing, pdf_bytes

PROSE = (
    "The committee met on Tuesday and decided to postpone\n"
    "the vote until the next session, which will be held\n"
    "in the spring. Another matter was the budget of the\n"
    "library: its head explained what is needed for books\n"
    "and for the reading room, and the members agreed.\n"
    "They thanked the clerk for the minutes of the year."
)
OTHER = (
    "Heavy rain is expected along the coast this evening,\n"
    "while farther inland the sky remains mostly cloudy.\n"
    "Temperatures stay below ten degrees during the night\n"
    "and rise slowly towards noon. Winds from the west may\n"
    "reach gale force on exposed hills, so walkers should\n"
    "take care. Tomorrow brings sunshine in many places."
)
DPI, CAP = 150, 3400


@pytest.fixture(scope="module")
def renderer() -> Iterator[Renderer]:
    with Renderer(RenderSettings(timeout_s=20, memory_mb=1024)) as shared:
        yield shared


@pytest.fixture(scope="module")
def engine() -> Tesseract:
    return Tesseract(TesseractSettings())


def opened(renderer: Renderer, source: Path, operators: str) -> tuple[Sheet, PageImage]:
    source.write_bytes(pdf_bytes([operators]))
    sheet = renderer.sheet(source, 1, PageSize(dpi=DPI, max_side_px=CAP))
    assert sheet is not None
    return sheet, renderer.page(source, 1, PageSize(dpi=DPI, max_side_px=3400), mode=ImageMode.GREY)


def read(sheet: Sheet, image: PageImage, engine: Tesseract) -> OwnText:
    own = own_text.read(sheet, image, engine, None, time.monotonic() + 60)
    assert own is not None
    return own


def spelt(sheet: Sheet, change: dict[str, str]) -> Sheet:
    found = tuple(one._replace(sign=change.get(one.sign, one.sign)) for one in sheet.characters)
    return replace(sheet, characters=found)


def test_an_honest_page_is_taken(renderer: Renderer, engine: Tesseract, tmp_path: Path) -> None:
    """The text is the page's, letter by letter."""
    sheet, image = opened(renderer, tmp_path / "a.pdf", drawing(PROSE))

    own = read(sheet, image, engine)

    assert own.is_sound, own.judgement
    assert own.reply.backend == "text-layer"
    assert own.reply.text == PROSE.replace("\n", " ")


def test_a_drawn_box_is_ticked(renderer: Renderer, engine: Tesseract, tmp_path: Path) -> None:
    """Lines beside a label and a cross in them, as a flattened form has, are a ticked box."""
    box = "58 719 11 11 re S 58 719 m 69 730 l S 58 730 m 69 719 l S"
    sheet, image = opened(renderer, tmp_path / "a.pdf", f"{drawing(PROSE)} {box}")

    assert read(sheet, image, engine).reply.text == f"[x] {PROSE}".replace("\n", " ")


def test_white_letters_on_a_dark_bar_are_honest(
    renderer: Renderer, engine: Tesseract, tmp_path: Path
) -> None:
    """A heading in white can be seen where the picture is dark below it."""
    bar = "0 g 60 700 500 40 re f 1 g " + drawing("What was decided", size=20, top=713) + " 0 g "
    sheet, image = opened(renderer, tmp_path / "a.pdf", bar + drawing(PROSE, top=660))

    own = read(sheet, image, engine)

    assert own.is_sound, own.judgement
    assert "What was decided" in own.reply.text


def test_letters_on_a_grey_panel_are_honest(
    renderer: Renderer, engine: Tesseract, tmp_path: Path
) -> None:
    """The engine is given black on white, whatever the ground is."""
    panel = "0.72 g 40 500 530 270 re f 0 g " + drawing(PROSE)
    sheet, image = opened(renderer, tmp_path / "a.pdf", panel)

    assert read(sheet, image, engine).is_sound


def test_white_letters_on_paper_are_left_out(
    renderer: Renderer, engine: Tesseract, tmp_path: Path
) -> None:
    """What the picture does not show is no text of the page."""
    ghost = "1 g " + drawing("secret words", top=400) + " 0 g "
    sheet, image = opened(renderer, tmp_path / "a.pdf", ghost + drawing(PROSE))

    own = read(sheet, image, engine)

    assert own.is_sound, own.judgement
    assert "secret" not in own.reply.text


LIES = {
    "invisible": ("3 Tr " + drawing(PROSE), "invisible text"),
    "white on white": ("1 g " + drawing(PROSE), "the picture does not show"),
    "another page's text": (f"3 Tr {drawing(PROSE)} 0 Tr {drawing(OTHER)}", "invisible text"),
}


@pytest.mark.parametrize(("operators", "reason"), LIES.values(), ids=LIES)
def test_text_that_nobody_sees_is_not_taken(
    renderer: Renderer, engine: Tesseract, tmp_path: Path, operators: str, reason: str
) -> None:
    """The reason says what is wrong."""
    sheet, image = opened(renderer, tmp_path / "a.pdf", operators)

    own = read(sheet, image, engine)

    assert own.judgement.verdict is Verdict.DOUBTFUL
    assert reason in own.judgement.reason


def test_another_text_at_the_same_places_is_not_taken(
    renderer: Renderer, engine: Tesseract, tmp_path: Path
) -> None:
    """A layer of plausible words is held against the picture."""
    sheet, _ = opened(renderer, tmp_path / "a.pdf", drawing(PROSE))
    _, image = opened(renderer, tmp_path / "b.pdf", drawing(OTHER))

    own = read(sheet, image, engine)

    assert own.judgement.reason == "the same letters look different in the picture"


def test_a_broken_font_map_is_not_taken(
    renderer: Renderer, engine: Tesseract, tmp_path: Path
) -> None:
    """Each vowel stands for another one: the words look like words, and are none."""
    sheet, image = opened(renderer, tmp_path / "a.pdf", drawing(PROSE))
    turned = dict(zip("aeiouthsnr", "eouiahtrsn", strict=True))

    own = read(spelt(sheet, turned), image, engine)

    assert not own.is_sound


def test_letters_of_another_script_are_not_taken_for_latin_ones(
    renderer: Renderer, engine: Tesseract, tmp_path: Path
) -> None:
    """A map from Latin letters to Cyrillic ones cannot be compared, but the picture is clear."""
    sheet, image = opened(renderer, tmp_path / "a.pdf", drawing(PROSE))
    letters = "abcdefghijklmnopqrstuvwxyz"
    turned = {one: chr(0x430 + at) for at, one in enumerate(letters)}

    own = read(spelt(sheet, turned), image, engine)

    assert own.judgement.reason == "the picture shows other letters"


SYMBOLS = (
    "GDQLX YPSFW GLXDY WQGPF\nXYGDL QPWFS LDYGX PGSWQ\nDXWLG FSYQP GYXLD WPQFS",
    "FSYQP WPQFS LDYGX YPSFW\nGLXDY DXWLG XYGDL GYXLD\nPGSWQ WQGPF GDQLX QPWFS",
)


def in_greek(renderer: Renderer, source: Path, text: str) -> tuple[Sheet, PageImage]:
    """Open a page in the font Symbol, which no data is needed to draw, and none here reads."""
    latin = b"/BaseFont /Helvetica /Encoding /WinAnsiEncoding"
    whole = pdf_bytes([drawing(text)])
    source.write_bytes(whole.replace(latin, b"/BaseFont /Symbol".ljust(len(latin))))
    size = PageSize(dpi=DPI, max_side_px=CAP)
    sheet = renderer.sheet(source, 1, size)
    assert sheet is not None
    return sheet, renderer.page(source, 1, size, mode=ImageMode.GREY)


def test_text_that_nothing_here_reads_is_taken_and_says_so(
    renderer: Renderer, engine: Tesseract, tmp_path: Path
) -> None:
    """It agrees with the picture as far as shapes tell; nobody has checked what it says."""
    own = read(*in_greek(renderer, tmp_path / "a.pdf", SYMBOLS[0]), engine)

    assert own.is_sound, own.judgement
    assert own.reply.text.startswith("Γ\u2206ΘΛΞ")
    assert own.reply.witness is not None
    assert "Greek script" in own.reply.witness.unwitnessed
    assert "tesseract-ocr-ell" in own.reply.witness.unwitnessed


def test_text_that_nothing_here_reads_over_another_is_not_taken(
    renderer: Renderer, engine: Tesseract, tmp_path: Path
) -> None:
    """The same letters stand where the picture has different ones."""
    _, image = in_greek(renderer, tmp_path / "a.pdf", SYMBOLS[0])
    sheet, _ = in_greek(renderer, tmp_path / "b.pdf", SYMBOLS[1])

    own = read(sheet, image, engine)

    assert own.judgement.reason == "the same letters look different in the picture"
    assert own.reply.witness is None


class Greek:
    """An engine that has data for Greek; what it reads of it is said beforehand."""

    name = "tesseract"

    def __init__(self, engine: Tesseract, said: str, confidence: float = 90.0) -> None:
        self._engine, self._said, self._confidence = engine, said, confidence

    def first_of(self, codes: Sequence[str], *, deadline: float) -> str:
        del deadline
        return codes[0]

    def read_page(self, image: PageImage, *, deadline: float) -> PageLayout:
        return self._engine.read_page(image, deadline=deadline)

    def read_lines(self, image: PageImage, *, deadline: float, lang: str = "") -> PageLayout:
        if not lang:
            return self._engine.read_lines(image, deadline=deadline)
        lines = self._said.splitlines()
        height = image.height // len(lines)
        boxes = [Box(0, at * height, 90, (at + 1) * height) for at in range(len(lines))]
        made = (
            Line((Word(*it, self._confidence),), it[1], 9) for it in zip(lines, boxes, strict=True)
        )
        return PageLayout(
            box=Box(0, 0, image.width, image.height), blocks=((Paragraph(tuple(made)),),)
        )


@pytest.mark.parametrize("order", [1, -1])
def test_text_in_a_script_that_the_engine_has_data_for_is_read(
    renderer: Renderer, engine: Tesseract, tmp_path: Path, order: int
) -> None:
    """Then a cipher, whose letters look as alike as those of an honest text, is seen."""
    sheet, image = in_greek(renderer, tmp_path / "a.pdf", SYMBOLS[0])
    said = own_text.read(sheet, image, engine, None, time.monotonic() + 60)
    assert said is not None
    words = said.reply.text.split()
    lines = "\n".join("".join(words[at : at + 4]) for at in (0, 4, 8))
    reader = Greek(engine, lines[::order])

    own = own_text.read(sheet, image, Scripted(ScriptedSettings()), reader, time.monotonic() + 60)

    assert own is not None
    assert own.is_sound is (order == 1), own.judgement
    assert own.reply.witness is None


def test_an_engine_that_is_not_sure_of_a_script_does_not_tell(
    renderer: Renderer, engine: Tesseract, tmp_path: Path
) -> None:
    """What it makes of old print is no reason to read the page with it; the page says so."""
    sheet, image = in_greek(renderer, tmp_path / "a.pdf", SYMBOLS[0])
    reader = Greek(engine, "ΣΣΣΣ", confidence=50)

    own = own_text.read(sheet, image, Scripted(ScriptedSettings()), reader, time.monotonic() + 60)

    assert own is not None
    assert own.is_sound, own.judgement
    assert own.reply.witness is not None
    assert "does not read surely" in own.reply.witness.unwitnessed


def test_half_a_page_without_text_is_not_taken(
    renderer: Renderer, engine: Tesseract, tmp_path: Path
) -> None:
    """Words that are drawn as paths are ink that no letter explains."""
    sheet, image = opened(renderer, tmp_path / "a.pdf", drawing(f"{PROSE}\n{OTHER}"))
    upper = tuple(one for one in sheet.characters if one.y < 300)

    own = read(replace(sheet, characters=upper), image, engine)

    assert "is not in the text" in own.judgement.reason


def test_lost_ligatures_are_read_from_the_picture(
    renderer: Renderer, engine: Tesseract, tmp_path: Path
) -> None:
    """Letters that nothing explains are those that the engine sees in words that else agree."""
    sheet, image = opened(renderer, tmp_path / "a.pdf", drawing(PROSE))

    own = read(spelt(sheet, {"d": "\ufffd"}), image, engine)

    assert own.is_sound, own.judgement
    assert own.reply.text == PROSE.replace("\n", " ")


def test_lost_ligatures_of_another_text_are_not_taken(
    renderer: Renderer, engine: Tesseract, tmp_path: Path
) -> None:
    """Words with letters that nothing explains would look almost right."""
    sheet, _ = opened(renderer, tmp_path / "a.pdf", drawing(PROSE))
    _, image = opened(renderer, tmp_path / "b.pdf", drawing(OTHER))

    own = read(spelt(sheet, {"d": "\ufffd"}), image, engine)

    assert "no meaning" in own.judgement.reason or "without a meaning" in own.judgement.reason


def test_a_turned_page_is_held_against_its_picture(
    renderer: Renderer, engine: Tesseract, tmp_path: Path
) -> None:
    """A table that lies on its side is checked as it is to be read."""
    turned = "0 1 -1 0 600 0 cm " + drawing(PROSE, left=50, top=500)
    sheet, image = opened(renderer, tmp_path / "a.pdf", turned)

    own = read(sheet, image, engine)

    assert own.is_sound, own.judgement
    assert own.reply.text == PROSE.replace("\n", " ")


def test_text_from_top_to_bottom_is_not_held_against_signs_on_their_side(
    renderer: Renderer, engine: Tesseract, tmp_path: Path
) -> None:
    """An engine reads lines alone: what it makes of columns says nothing."""
    _, image = opened(renderer, tmp_path / "a.pdf", drawing(OTHER))
    sheet, _ = opened(renderer, tmp_path / "b.pdf", drawing(PROSE))
    lines = layer_page.read(sheet)
    columns = replace(lines, downward=True)

    said = [own_text.held(one, image, engine, time.monotonic() + 60)[0] for one in (lines, columns)]

    assert said[0].startswith("the picture says something else")
    assert said[1] == ""


READING = Reading(
    route=(RouteStep(backend="tesseract", tries=2),),
    engines={},
    task=Task.PAGE,
    dpi=200,
    max_side_px=3400,
    text_layer="auto",
)


@pytest.mark.parametrize(
    ("asked", "use"),
    [
        ("auto", Use.CHECKED),
        ("prefer", Use.CHECKED),
        ("only", Use.ONLY),
        ("never", Use.NEVER),
    ],
)
def test_what_the_setting_means_for_tesseract(engine: Tesseract, asked: str, use: Use) -> None:
    """`prefer` is what `auto` was called."""
    assert own_text.use(replace(READING, text_layer=asked), engine) is use


def test_first_is_for_a_model_that_leads_beside_an_engine(engine: Tesseract) -> None:
    """The engine holds the text against the picture; without one nothing is taken unseen."""
    model = Scripted(ScriptedSettings())
    leads = replace(READING, text_layer="first", route=(RouteStep(backend="scripted", tries=1),))
    follows = replace(leads, route=(RouteStep(backend="tesseract", tries=1), *leads.route))

    assert own_text.use(leads, model, engine) is Use.CHECKED
    assert own_text.use(leads, model) is Use.NEVER
    assert own_text.use(follows, model, engine) is Use.NEVER
    assert own_text.use(follows, engine) is Use.CHECKED


def test_a_model_that_leads_reads_itself(engine: Tesseract) -> None:
    """Neither it nor the Tesseract behind it takes a page's own text unasked; nor does a table."""
    model = Scripted(ScriptedSettings(name="scripted"))
    route = (RouteStep(backend="scripted", tries=1), *READING.route)

    assert own_text.use(replace(READING, route=route), model) is Use.NEVER
    assert own_text.use(replace(READING, route=route), engine) is Use.NEVER
    assert own_text.use(replace(READING, task=Task.TABLE), engine) is Use.NEVER
