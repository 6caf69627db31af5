"""Facts about tables that a model writes in HTML."""

import html

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from ocrqueue.text import escape, html_tables, sanitize
from ocrqueue.text.html_tables import Style
from tests.support.shown import acts

SIMPLE = "<table><tr><td>Item</td><td>Qty</td></tr><tr><td>Bolt</td><td>40</td></tr></table>"
MERGED = (
    "<table><tr><td colspan='2' onclick='x()'>Both</td></tr><tr><td>a</td><td>b</td></tr></table>"
)
PIPES = "| Item | Qty |\n| --- | --- |\n| Bolt | 40 |"

CELL = st.text(
    st.characters(codec="utf-8", exclude_categories=["C", "Z"]) | st.just(" "), max_size=20
).filter(lambda text: escape.printable(text) == text)  # what nobody sees goes
GRIDS = (
    st.integers(1, 4)
    .flatmap(
        lambda width: st.lists(
            st.lists(CELL, min_size=width, max_size=width), min_size=1, max_size=5
        )
    )
    .filter(lambda rows: any(cell.strip() for row in rows for cell in row))
)


def convert(text: str, style: Style = Style.MARKDOWN) -> str:
    return html_tables.replace_all(text, style, str.strip)


def test_a_simple_table_becomes_pipes() -> None:
    """Its first row is the heading."""
    assert convert(SIMPLE) == PIPES


def test_what_stands_around_a_table_is_cleaned_by_the_caller() -> None:
    """Text before and after stays, a blank line away."""
    said = html_tables.replace_all(f"Before.{SIMPLE}After.", Style.MARKDOWN, str.upper)

    assert said == f"BEFORE.\n\n{PIPES}\n\nAFTER."


def test_merged_cells_stay_html_without_any_other_attribute() -> None:
    """A pipe table cannot show them."""
    assert convert(MERGED) == (
        '<table>\n<tr><td colspan="2">Both</td></tr>\n<tr><td>a</td><td>b</td></tr>\n</table>'
    )


def test_html_is_kept_where_it_is_wanted() -> None:
    """The style decides, the text is the same."""
    assert convert(SIMPLE, Style.HTML) == (
        "<table>\n<tr><td>Item</td><td>Qty</td></tr>\n<tr><td>Bolt</td><td>40</td></tr>\n</table>"
    )


@pytest.mark.parametrize(
    ("source", "markdown"),
    [
        ("<table><tr><td>a<td>b<tr><td>c", "| a | b |\n| --- | --- |\n| c |  |"),
        ("<table>a<tr><td>b</td></tr>", "| a |\n| --- |\n| b |"),
        ("<TABLE><TR><TH>a</TH></TR></TABLE>", "| a |\n| --- |"),
        ("<table><tr><td>a|b</td></tr></table>", "| a\\|b |\n| --- |"),
        ("<table><tr><td>x<br>y<br></td></tr></table>", "| x<br>y |\n| --- |"),
        ("<table><tr><td>m<sup>2</sup></td></tr></table>", "| m<sup>2</sup> |\n| --- |"),
        ("<table><tr><td><b>B</b> &amp; C</td></tr></table>", "| B & C |\n| --- |"),
        ("<table><tr><td>a\n\nb</td></tr></table>", "| a b |\n| --- |"),
        ("<table><tr><td>$x_1*y$</td></tr></table>", "| $x_1*y$ |\n| --- |"),
        ("<table><tr><td>*p<0.05</td></tr></table>", "| \\*p<0.05 |\n| --- |"),
        ("<table><tr><td>&lt;script&gt;</td></tr></table>", "| \\<script> |\n| --- |"),
        ("<table><caption>T</caption><tr><td>a</td></tr></table>", "T\n\n| a |\n| --- |"),
        ("<table><tr><td></td></tr></table>", ""),
        ("<table></table>", ""),
        ("<table><tr><td><ul><li>a</li>\n<li>b</li></ul></td></tr></table>", "| a<br>b |\n| --- |"),
        ("<table><tr><td>a<ol><li>b</ol>c</td></tr></table>", "| a<br>bc |\n| --- |"),
        ("<table><tr><td>a<ul><li>b</li></ul>c</td></tr></table>", "| a<br>b<br>c |\n| --- |"),
        ("<table><tr><td>www.a<script></td></tr></table>", "| www.a \\<script> |\n| --- |"),
        ("<table><tr><td>a&#6;b</td></tr></table>", "| ab |\n| --- |"),
        ("a </table> b", "a </table> b"),
        ("</table>", "</table>"),
        ("no table", "no table"),
    ],
)
def test_odd_tables_keep_their_text(source: str, markdown: str) -> None:
    """Open tags, stray text, entities, line ends and signs of Markdown cost no word."""
    assert convert(source) == markdown


@pytest.mark.parametrize(
    ("inner", "cell"),
    [
        ("<table><tr><td>b</td></tr></table>", "a<br>b"),
        ("\n<table><caption>T</caption><tr><td>b</td><td>c</td></tr></table>", "a<br>T<br>b c"),
        ("<table><tr><td>b<tr><td>c</table> d", "a<br>b<br>c<br>d"),
        ("<table><tr><td><table><tr><td>b</table>c</table>d", "a<br>b<br>c<br>d"),
        ("<table></table>", "a"),
    ],
)
def test_a_table_in_a_table_is_text_of_its_cell(inner: str, cell: str) -> None:
    """Its rows become lines of the cell; the outer table has as many cells as before."""
    markdown = convert(f"<table><tr><td>a{inner}</td><td>x</td></tr><tr><td>y</td></tr></table>")

    assert markdown == f"| {cell} | x |\n| --- | --- |\n| y |  |"


def test_a_table_that_begins_anew_goes_on() -> None:
    """Where no cell is open there is nothing that could hold another table."""
    assert convert("<table><tr><td>a</td></tr><table><tr><td>b</td></tr></table></table>") == (
        "| a |\n| --- |\n| b |"
    )


def test_code_below_a_table_stays_code() -> None:
    """An HTML table ends with a blank line, or a reader would take the code for HTML."""
    found = acts(sanitize.clean("<table><td colspan=3>a</table>\n```\n<script>\n```"))

    assert found.tags == {"<table>", "<tr>", '<td colspan="3">', "</td>", "</tr>", "</table>"}


def test_a_span_is_a_small_number() -> None:
    """Nobody makes a reader draw a million columns."""
    found = html_tables.parse("<table><tr><td colspan=999 rowspan='0'>a</td></tr></table>")

    assert (found.rows[0][0].columns, found.rows[0][0].rows) == (200, 1)


@settings(max_examples=200, deadline=None)
@given(GRIDS)
def test_a_reader_finds_each_cell_as_it_was(grid: list[list[str]]) -> None:
    """Any text in any cell comes out of the pipe table as it went in."""
    rows = ("".join(f"<td>{html.escape(cell)}</td>" for cell in row) for row in grid)

    markdown = convert("<table>" + "".join(f"<tr>{row}</tr>" for row in rows) + "</table>")

    assert _cells(markdown) == [_told(cell) for row in grid for cell in row]


def _told(cell: str) -> str:
    """Return a cell without what marks or parts signs of formulas: dollars, blanks.

    What makers of web sites would fill in is parted in both.
    """
    return " ".join(escape.unfilled(cell.replace("$", "").replace("\\ ", "\\")).split())


def _cells(markdown: str) -> list[str]:
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(markdown)
    cells = [t for n, t in enumerate(tokens) if n and tokens[n - 1].type in {"td_open", "th_open"}]
    texts = ["".join(part.content for part in cell.children or []) for cell in cells]
    return [_told(text) for text in texts]
