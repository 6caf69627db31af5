"""Which free strips of a page part columns."""

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
