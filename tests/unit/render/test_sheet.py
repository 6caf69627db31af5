"""What a PDF says about a page: characters where the picture shows them, lines, fields, links."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from ocrqueue.model.document import PageSize
from ocrqueue.model.errors.page import PageDamaged
from ocrqueue.model.page import ImageMode, PageImage
from ocrqueue.render.renderer import Renderer
from ocrqueue.settings.schema import RenderSettings
from ocrqueue.text.layer import page
from ocrqueue.text.layer.sheet import BELOW, BOLD, HIDDEN, Character, FieldKind, Sheet
from tests.support.pdfs import drawing, pdf_bytes, pdf_of, write_pdf

CAP = 3400


@pytest.fixture(scope="module")
def renderer() -> Iterator[Renderer]:
    with Renderer(RenderSettings(timeout_s=20, memory_mb=1024)) as shared:
        yield shared


def sheet_of(renderer: Renderer, source: Path, *, dpi: int = 100) -> Sheet:
    found = renderer.sheet(source, 1, PageSize(dpi=dpi, max_side_px=CAP))
    assert found is not None
    return found


def made(folder: Path, operators: str, *, extra: str = "", annotations: str = "") -> Path:
    source = folder / "page.pdf"
    source.write_bytes(pdf_of(operators, extra=extra, annotations=annotations))
    return source


def text_of(sheet: Sheet) -> str:
    return page.markdown(sheet, page.read(sheet)).markdown


def has_ink(image: PageImage, one: Character) -> bool:
    rows = range(int(one.top), int(one.bottom))
    return any(
        min(image.pixels[row * image.width + int(one.left) :][: int(one.right - one.left) + 1])
        < 128
        for row in rows
    )


@pytest.mark.parametrize("extra", ["", "/Rotate 90", "/Rotate 180", "/Rotate 270"])
@pytest.mark.parametrize("crop", ["", "/CropBox [50 300 500 790]"])
def test_letters_stand_where_the_picture_shows_them(
    renderer: Renderer, tmp_path: Path, extra: str, crop: str
) -> None:
    """Turned and cropped pages too: in the box of each letter there is ink."""
    source = write_pdf(tmp_path / "page.pdf", "MNOPQ ABCD", extra=f"{extra} {crop}")

    sheet = sheet_of(renderer, source)
    image = renderer.page(source, 1, PageSize(dpi=100, max_side_px=3400), mode=ImageMode.GREY)

    assert (sheet.width, sheet.height) == (image.width, image.height)
    assert "".join(one.sign for one in sheet.characters) == "MNOPQABCD"
    assert all(has_ink(image, one) for one in sheet.characters)


def test_the_direction_of_letters_is_as_they_are_shown(renderer: Renderer, tmp_path: Path) -> None:
    """/Rotate turns letters with the page; slanted letters have a level baseline."""
    turned = write_pdf(tmp_path / "turned.pdf", "text", extra="/Rotate 90")
    slanted = made(tmp_path, "BT /F1 14 Tf 1 0 0.3 1 72 700 Tm (text) Tj ET")

    assert {one.angle for one in sheet_of(renderer, turned).characters} == {90}
    assert {one.angle for one in sheet_of(renderer, slanted).characters} == {0}


def test_what_nobody_sees_is_told(renderer: Renderer, tmp_path: Path) -> None:
    """Invisible letters are hidden; those off the page are not there."""
    source = made(
        tmp_path,
        f"{drawing('plain')} q 3 Tr {drawing('ghost', top=600)} Q {drawing('gone', top=900)}",
    )

    looks = {one.sign: one.look for one in sheet_of(renderer, source).characters}

    assert looks["p"] & (HIDDEN | BOLD) == 0
    assert looks["g"] & HIDDEN
    assert len(sheet_of(renderer, source).characters) == 10


def test_text_below_a_scan_is_hidden(renderer: Renderer, tmp_path: Path) -> None:
    """Letters that are drawn before a picture of the whole page are what some OCR left there."""
    picture = "q 612 0 0 792 0 0 cm BI /W 1 /H 1 /BPC 8 /CS /G ID \xff EI Q"
    source = made(tmp_path, f"{drawing('below')} {picture} {drawing('UP', top=600)}")

    sheet = sheet_of(renderer, source)

    assert [one.sign for one in sheet.characters if one.look & HIDDEN] == list("below")


def test_text_below_a_picture_of_a_part_is_told(renderer: Renderer, tmp_path: Path) -> None:
    """What was drawn before it and where it lies; not what stands on it or beside it."""
    picture = "q 100 0 0 40 60 710 cm BI /W 1 /H 1 /BPC 8 /CS /G ID \xff EI Q"
    before = f"{drawing('below')} {drawing('beside', top=600)}"
    source = made(tmp_path, f"{before} {picture} {drawing('UP')}")

    sheet = sheet_of(renderer, source)

    assert [one.sign for one in sheet.characters if one.look & BELOW] == list("below")


def test_straight_lines_are_rulings(renderer: Renderer, tmp_path: Path) -> None:
    """Strokes and thin bars, wherever a form puts them; no slanting line, and no panel."""
    source = made(
        tmp_path,
        "72 700 m 300 700 l S 72 500 1 200 re f 100 100 m 200 200 l S 300 300 200 200 re f",
    )

    rulings = sheet_of(renderer, source, dpi=72).rulings

    assert [tuple(map(round, box)) for box in rulings] == [(72, 92, 300, 92), (72, 92, 73, 292)]


ROUND = (
    "104 680 m 116 680 l 120 680 120 684 120 684 c 120 696 l 120 700 116 700 116 700 c "
    "104 700 l 100 700 100 696 100 696 c 100 684 l 100 680 104 680 104 680 c S"
)


@pytest.mark.parametrize(
    "operators", ["100 680 20 20 re f", "100 680 20 20 re 102 682 16 16 re f*", ROUND]
)
def test_a_small_square_has_four_sides(renderer: Renderer, tmp_path: Path, operators: str) -> None:
    """Be it filled, drawn as a frame within another, or with the round corners of browsers."""
    rulings = sheet_of(renderer, made(tmp_path, operators), dpi=72).rulings

    sides = {(100, 92, 120, 92), (100, 112, 120, 112), (100, 92, 100, 112), (120, 92, 120, 112)}
    assert {tuple(map(round, box)) for box in rulings} >= sides


def test_a_small_circle_has_no_sides(renderer: Renderer, tmp_path: Path) -> None:
    """Its path touches a square around it, but lies on none of its sides."""
    circle = (
        "110 680 m 116 680 120 684 120 690 c 120 696 116 700 110 700 c "
        "104 700 100 696 100 690 c 100 684 104 680 110 680 c S"
    )

    assert sheet_of(renderer, made(tmp_path, circle), dpi=72).rulings == ()


FIELD = "<< /Type /Annot /Subtype /Widget /P 4 0 R {} >>"
FIELDS = {
    "text": "/FT /Tx /T (a) /V (Johanna) /Rect [100 700 300 720] /DA (/Helv 12 Tf 0 g)",
    "password": "/FT /Tx /Ff 8192 /T (b) /V (secret) /Rect [100 650 300 670]",
    "choice": "/FT /Ch /Ff 131072 /T (c) /V (nl) /Opt [[(nl) (Netherlands)] [(de) (Germany)]] "
    "/Rect [100 600 300 620]",
    "ticked": "/FT /Btn /T (d) /V /Yes /AS /Yes /Rect [100 550 115 565]",
    "empty": "/FT /Btn /T (e) /V /Off /AS /Off /Rect [100 500 115 515]",
    "bare": "/FT /Btn /T (f) /V /Yes /Rect [100 450 115 465]",
    "first of three": "/FT /Btn /Ff 49152 /T (h) /V /b /AS /Off /Rect [100 400 115 415]",
    "second": "/FT /Btn /Ff 49152 /T (h) /V /b /AS /b /Rect [100 380 115 395]",
    "third": "/FT /Btn /Ff 49152 /T (h) /V /b /AS /Off /Rect [100 360 115 375]",
    "hidden": "/F 2 /FT /Tx /T (g) /V (unseen) /Rect [100 400 300 420]",
}


def field_sheet(renderer: Renderer, folder: Path, *names: str) -> Sheet:
    source = made(
        folder,
        drawing("Form"),
        annotations=" ".join(FIELD.format(FIELDS[name]) for name in names),
    )
    return sheet_of(renderer, source)


def test_fields_say_what_was_typed_or_chosen(renderer: Renderer, tmp_path: Path) -> None:
    """A choice says its label; a password and a hidden field say nothing."""
    sheet = field_sheet(renderer, tmp_path, "text", "password", "choice", "hidden")

    assert [one.text for one in sheet.fields] == ["Johanna", "", "Netherlands"]
    assert "Johanna" in text_of(sheet)
    assert "secret" not in text_of(sheet)


def test_boxes_without_a_picture_of_their_state(renderer: Renderer, tmp_path: Path) -> None:
    """The field's own value says whether it is ticked: many files draw no mark."""
    sheet = field_sheet(renderer, tmp_path, "ticked", "empty", "bare")

    assert [one.kind for one in sheet.fields] == [FieldKind.CHECK] * 3
    assert [one.ticked for one in sheet.fields] == [True, False, True]


def test_radio_buttons_that_share_a_name(renderer: Renderer, tmp_path: Path) -> None:
    """The one that is shown as chosen is ticked, be there a picture of it or none."""
    sheet = field_sheet(renderer, tmp_path, "first of three", "second", "third")

    assert [one.ticked for one in sheet.fields] == [False, True, False]


def test_a_button_that_only_its_group_says_is_chosen(renderer: Renderer, tmp_path: Path) -> None:
    """Nothing tells which picture of a button is shown: the group's value does, as in a viewer."""
    group = "/Parent << /FT /Btn /Ff 49152 /T (k) /V /b >> /AP << /N << /{} 5 0 R >> >>"
    buttons = [f"{group.format(name)} /Rect [100 700 115 715]" for name in "ab"]
    source = made(tmp_path, drawing("Form"), annotations=" ".join(map(FIELD.format, buttons)))

    assert [one.ticked for one in sheet_of(renderer, source).fields] == [False, True]
    assert [one.ticked for one in sheet_of(renderer, source).fields] == [False, True]


@pytest.mark.parametrize("subtype", ["FreeText", "Stamp"])
def test_what_a_note_shows_counts(renderer: Renderer, tmp_path: Path, subtype: str) -> None:
    """Not what is written about it; a hidden one shows nothing."""
    shown = "BT /F1 12 Tf 2 4 Td (Please check) Tj ET"
    picture = (
        f"<< /Type /Annot /Subtype /Form /BBox [0 0 200 20] /Resources << /Font << /F1 3 0 R >> >> "
        f"/Length {len(shown)} >> stream\n{shown}\nendstream"
    )
    note = (
        f"<< /Type /Annot /Subtype /{subtype} /Contents (All is well) /AP << /N 6 0 R >> "
        "/Rect [100 {0} 300 {1}] /F {2} >>"
    )
    notes = note.format(600, 620, 4) + note.format(500, 520, 2)

    sheet = sheet_of(renderer, made(tmp_path, drawing("Total 12"), annotations=picture + notes))

    assert text_of(sheet) == "Total 12\n\nPlease check"
    assert not sheet.lacks_notes


def test_slanted_letters_have_space_between_their_words(renderer: Renderer, tmp_path: Path) -> None:
    """Made-up italics lean over the space behind them."""
    operators = "BT /F1 14 Tf 1 0 .3 1 72 720 Tm (Words that lean to the right) Tj ET"

    assert "Words that lean to the right" in text_of(sheet_of(renderer, made(tmp_path, operators)))


def test_letters_of_a_falling_line_are_not_slanted(renderer: Renderer, tmp_path: Path) -> None:
    """They stand upright on their line; nor do those that are pressed flat lean by any measure."""
    operators = "BT /F1 40 Tf .866 -.5 .5 .866 72 720 Tm (llll) Tj 1 0 1 0 72 300 Tm (flat) Tj ET"

    found = sheet_of(renderer, made(tmp_path, operators)).characters

    assert all(one.right - one.left > 30 for one in found if one.sign == "l" and one.angle)


LINK = "<< /Type /Annot /Subtype /Link /Rect [70 715 200 735] /Border [0 0 0] /A << /S /{} {} >> >>"


@pytest.mark.parametrize(
    ("action", "found"),
    [
        (("URI", "/URI (https://example.org/a)"), ["https://example.org/a"]),
        (("URI", "/URI (javascript:alert\\(1\\))"), []),
        (("URI", "/URI (file:///etc/passwd)"), []),
        (("Launch", "/F (run.exe)"), []),
    ],
)
def test_links_lead_to_the_web_or_to_mail(
    renderer: Renderer, tmp_path: Path, action: tuple[str, str], found: list[str]
) -> None:
    """Whatever else a link would do is not told."""
    source = made(tmp_path, drawing("A link"), annotations=LINK.format(*action))

    assert [link.address for link in sheet_of(renderer, source).links] == found


def test_an_image_has_no_sheet(renderer: Renderer, tmp_path: Path) -> None:
    """Only a PDF says anything about a page in text."""
    Image.new("L", (60, 100)).save(tmp_path / "a.png")

    assert renderer.sheet(tmp_path / "a.png", 1, PageSize(dpi=100, max_side_px=CAP)) is None


def test_a_page_beyond_the_end_has_no_sheet(renderer: Renderer, tmp_path: Path) -> None:
    """A page that is not there costs that page."""
    with pytest.raises(PageDamaged, match="no page 2"):
        renderer.sheet(empty(tmp_path), 2, PageSize(dpi=100, max_side_px=CAP))


def empty(folder: Path) -> Path:
    source = folder / "one.pdf"
    source.write_bytes(pdf_bytes([drawing("one")]))
    return source
