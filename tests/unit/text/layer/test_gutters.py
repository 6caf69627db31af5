"""Which free strips of a page part columns."""

import pytest

from ocrqueue.model.document import PageSize
from ocrqueue.render.renderer import Renderer
from ocrqueue.settings.schema import RenderSettings
from ocrqueue.text.layer import page
from tests.support.corpus import CORPUS, needs_corpus
from tests.support.sheets import Typed, sheet_of

SIZE = 20.0
FULL = ("and how it came to be there once", "and what else there might be now")


@needs_corpus
def test_marks_of_a_list_open_no_column_where_columns_are() -> None:
    """The straight strip behind the marks is shorter than the ragged one between the columns."""
    source = CORPUS / "born-digital" / "olmocr-sample" / "openstax_caculus_pg_273.pdf"
    with Renderer(RenderSettings()) as renderer:
        sheet = renderer.sheet(source, 1, PageSize(dpi=200, max_side_px=3400))
    assert sheet is not None

    text = page.markdown(sheet, page.read(sheet)).markdown

    assert text.index("151.") < text.index("156.") < text.index("157. A potato")
    assert "the given functions represent the position of a particle" in text


def test_short_captions_side_by_side_are_columns() -> None:
    """Four lines of prose on both sides tell, be the fifth too short to reach the strip."""
    left = (
        "The first of two captions tells",
        "what is to be seen in a picture,",
        *FULL,
        "It ends.",
    )
    right = ("And the other one goes on with", "something else, so that nobody", *FULL, "may be.")
    step = 1.18 * SIZE
    sheet = sheet_of(
        [
            Typed(text=text, base=600 + at * step, left=place, size=SIZE)
            for place, lines in ((200, left), (550, right))
            for at, text in enumerate(lines)
        ]
    )

    text = page.markdown(sheet, page.read(sheet)).markdown

    assert text.index("It ends.") < text.index("And the other one")


def labels(*texts: str, left: float, base: float) -> list[Typed]:
    step = 1.3 * SIZE
    return [
        Typed(text=text, base=base + at * step, left=left, size=SIZE)
        for at, text in enumerate(texts)
    ]


@pytest.mark.parametrize(
    ("place", "shift", "columns"),
    [
        (900, 11, True),
        (380, 11, False),  # no drawing has room between them
        (900, 0, False),  # half of them have another one beside them: cells
    ],
)
def test_labels_on_both_sides_of_a_drawing_are_columns(
    place: int, shift: int, *, columns: bool
) -> None:
    """They are no prose, but hardly one of them has another one beside it."""
    left = labels("Materials", "Acrylic", "Aluminum", "Cork", left=200, base=600)
    left += labels("Weight", "133 kg", "294 lbs", left=200, base=745)
    right = labels("Draining", "both ways", "at once", "or none", left=place, base=600 + shift)
    right += labels("Cover", "a lid that", "looks good", left=place, base=771)
    sheet = sheet_of([line for pair in zip(left, right, strict=True) for line in pair])

    text = page.markdown(sheet, page.read(sheet)).markdown

    assert (text.index("294 lbs") < text.index("Draining")) is columns


def test_cells_beside_each_other_are_no_columns() -> None:
    """However wide the strip between them is."""
    left = labels("Acrylic", "Aluminum", "Cork", "Felt", "Glass", "Iron", left=200, base=600)
    right = labels("12 kg", "3 kg", "14 kg", "2 kg", "7 kg", "5 kg", left=900, base=600)
    sheet = sheet_of([*left, *right])

    text = page.markdown(sheet, page.read(sheet)).markdown

    assert text.index("12 kg") < text.index("Aluminum")


PROSE = (
    "Edgar mainly followed the politics",
    "of those who were king before him,",
    "but there were great changes, too.",
    "He reformed what the monks taught,",
    "acquired estates from the lords of",
    "his land, and had new coins struck",
    "instead of many that were about.",
    "When he died, some former owners",
    "sought to have theirs back by force",
    "and there was trouble, at least for",
    "a year or so. His laws were written",
    "down, which few kings had done, and",
    "they speak of what was to be paid",
    "by those who had stolen their oxen.",
)
FACTS = "Reign Born Died Burial Spouse Issue House Father Mother Crown Title Sister"


def beside(step: float) -> str:
    """Read prose, each line 26 pixels below the last, beside a box of facts so far apart."""
    typed = labels(*PROSE, left=200, base=600)
    typed += [
        Typed(text=text, base=600 + at * step, left=left, size=SIZE)
        for at, fact in enumerate(FACTS.split())
        for text, left in ((fact, 620), (f"{fact.lower()}er", 760))
    ]
    sheet = sheet_of(typed)
    return page.markdown(sheet, page.read(sheet)).markdown


def test_a_box_of_facts_beside_text_is_no_part_of_its_lines() -> None:
    """They stand on lines of their own, as the box of an encyclopedia does."""
    text = beside(step=31)

    assert " ".join(PROSE) in " ".join(text.split())
    assert "| Burial | burialer |" in text


def test_a_long_cell_in_each_row_makes_no_column_of_text() -> None:
    """Where all stand on the same lines they are rows of a table."""
    text = beside(step=26)

    assert f"| {PROSE[1]} | Born | borner |" in text
