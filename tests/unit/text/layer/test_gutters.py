"""Which free strips of a page part columns."""

from ocrqueue.model.document import PageSize
from ocrqueue.render.renderer import Renderer
from ocrqueue.settings.schema import RenderSettings
from ocrqueue.text.layer import page
from tests.support.corpus import CORPUS, needs_corpus


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
