"""Facts about what becomes of a model's reply."""

import random
import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocrqueue.text import grounding
from ocrqueue.text.grounding import formula, table
from ocrqueue.text.grounding_parser import SCALE, Block, GroundedBox, parse
from ocrqueue.text.html_tables import Style
from tests.support.shown import acts

FIGURE = (
    "<|ref|>title<|/ref|><|det|>[[118, 60, 560, 92]]<|/det|>\n# Tower Sketch\n\n"
    "<|ref|>image<|/ref|><|det|>[[200, 120, 800, 560]]<|/det|>\n\n"
    "<|ref|>image_caption<|/ref|><|det|>[[200, 572, 800, 596]]<|/det|>\n"
    "<center>Figure 2: The tower seen from the south.</center>\n\n"
    "<|ref|>text<|/ref|><|det|>[[118, 620, 880, 660]]<|/det|>\nThe roof is omitted."
)
AROUND = (
    "<|ref|>header<|/ref|><|det|>[[1, 1, 9, 9]]<|/det|>\nAnnals\n\n"
    "<|ref|>text<|/ref|><|det|>[[1, 10, 9, 19]]<|/det|>\nBody.\n\n"
    "<|ref|>page_number<|/ref|><|det|>[[1, 20, 9, 29]]<|/det|>\n17"
)
ALLOWED = re.compile(
    r"</?(?:table|tr|td|th|caption|br|sub|sup)(?: (?:col|row)span=\"\d{1,3}\")*[ \t]*/?>",
    re.IGNORECASE,
)

PIECES = [
    *("<|ref|>", "<|/ref|>", "<|det|>", "<|/det|>", "[[1, 2, 300, 400]]", "[[", "]]", "image"),
    *("<table>", "<tr>", "<td>", "</td>", "</tr>", "</table>", "<br>", "<sub>", "</sub>", "text"),
    *(
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<!--",
        "-->",
        "<?",
        "<![CDATA[",
    ),
    *("![x](http://127.0.0.1/x.png)", "[l](javascript:alert(1))", "[l]: data:x", "[l]", "](", "["),
    *("```", "~~~", "`", "``", "\\", "\\(", "\\)", "\\[", "\\]", "$", "$$", "<", ">", "&lt;", "|"),
    *("\n", "\n\n", "\n    ", "\n- ", "\n> ", "\n1. ", " ", "<center>", "</center>", "a", "1", "*"),
    *(
        "<image>",
        "<|end|>",
        "<\uff5cend\u2581of\u2581sentence\uff5c>",
        "\ud800",
        "\x00",
        "\r",
        "&#60;script&#62;",
    ),
    *("<pre>", "<style>", "<textarea>", "<a href='javascript:1'>", "</scr<center>ipt>", "title"),
    *(
        "<sup>",
        "</sup>",
        "\n<br>\n",
        "\n|---|\n",
        "`<script>`",
        "\\`",
        "](https://a",
        "\n  ```",
        "- ```x",
    ),
    *("www.a", "\n- [l]: data:x", "\u00a0", "\n    ```\n"),
    *("<div\n", "\t", "    ", "!", "equation", "table", "header", "<td colspan='3' onclick=x>"),
]
HOSTILE = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)


def shown(reply: str, **more: bool) -> str:
    return grounding.page(reply, number=7, **more).markdown  # type: ignore[arg-type]


def test_a_block_has_a_label_boxes_and_text() -> None:
    """The grammar is read as it was written."""
    blocks = parse("<|ref|>table<|/ref|><|det|>[[1, 2, 3, 4], [5,6,7,8]]<|/det|>\nA")

    boxes = (
        GroundedBox(left=1, top=2, right=3, bottom=4),
        GroundedBox(left=5, top=6, right=7, bottom=8),
    )
    assert blocks == (Block(label="table", boxes=boxes, text="\nA"),)


@pytest.mark.parametrize(
    "det",
    [
        *("[[9, 2, 3, 4]]", "[[1, 2, 1, 4]]", "[[1, 2, 3]]", "[[1, 2, 3, 4, 5]]", "[[a, 2, 3, 4]]"),
        *("[[nan, 2, 3, 4]]", "[[1, 2, 3, 1e9]]", "[[1, 2, 3, 99999999999]]", "[[]]", "", "[["),
        *("[[inf, 0, 9, 9]]", "__import__('os').system('true')", "[[1;2;3;4]]", "[[-9, 1, -2, 5]]"),
    ],
)
def test_what_is_no_box_is_dropped(det: str) -> None:
    """Inverted, empty, wordy and absurd boxes leave a block without any."""
    assert parse(f"<|ref|>image<|/ref|><|det|>{det}<|/det|>") == (Block(label="image"),)


def test_a_box_stays_on_the_page() -> None:
    """What hangs over the edge is cut there; fractions are dropped."""
    (block,) = parse("<|ref|>image<|/ref|><|det|>[[-5, 0.7, 1003, 999]]<|/det|>")

    assert block.boxes == (GroundedBox(left=0, top=0, right=999, bottom=999),)


@pytest.mark.parametrize(
    ("reply", "markdown"),
    [
        ("<|ref|>text<|/ref|><|det|>[[1, 2, 3", ""),
        ("<|ref|>text<|/ref|><|det|>[[1, 2, 3, 4]]\nBody.", "Body."),
        ("<|ref|>text", ""),
        ("<|ref|>Totals", "Totals"),
        ("<|ref|>text of a page", "text of a page"),
        ("<|ref|>equation\n<|ref|>text<|/ref|>\nBody.", "Body."),
        ("<|ref|>equation[[150, 668, 200, 700]]\nx = 1", "$$\nx = 1\n$$"),
        ("<|/ref|>Body.<|/det|>", "Body."),
        ("<|ref|>a<|ref|>title<|/ref|><|det|>[[1, 2, 3, 4]]<|/det|>\nT", "a\n\n# T"),
        ("<|ref|>Total 12<|/ref|><|det|>[[1, 2, 3, 4]]<|/det|>", "Total 12"),
        ("<|ref|>text<|/ref|>\nNo box.", "No box."),
        ("<|det|>[[1, 2, 3, 4]]<|/det|>No label.", "No label."),
        ("Body.<|end|><\uff5cend of sentence\uff5c>", "Body."),
        ("<image>\nBody.", "Body."),
        ("a\ud800b\x00c\r\nd", "a?bc\nd"),
        ("", ""),
    ],
)
def test_a_broken_reply_keeps_its_text(reply: str, markdown: str) -> None:
    """Open and stray tags, control tokens and broken letters cost no word of the page."""
    assert shown(reply) == markdown


def test_a_figure_becomes_a_link_and_its_caption_stands_below() -> None:
    """The name holds the page; the box is where the picture lies."""
    page = grounding.page(FIGURE, number=7)

    assert page.markdown == (
        "# Tower Sketch\n\n![](p0007-1.png)\n\n"
        "*Figure 2: The tower seen from the south.*\n\nThe roof is omitted."
    )
    assert [(f.name, f.box) for f in page.figures] == [
        ("p0007-1.png", GroundedBox(left=200, top=120, right=800, bottom=560))
    ]


def test_a_page_that_is_one_figure_is_one_link() -> None:
    """There is nothing but the picture."""
    reply = "<|ref|>image<|/ref|><|det|>[[0, 0, 999, 999]]<|/det|>\n"

    assert shown(reply) == "![](p0007-1.png)"


def test_each_box_of_an_image_has_its_own_figure() -> None:
    """Two boxes are two files and two links; a box that comes again is no third one."""
    image = "<|ref|>image<|/ref|><|det|>[[0, 0, 99, 99], [0, 200, 99, 300]]<|/det|>\n"

    page = grounding.page(image + image, number=12)

    assert page.markdown == "![](p0012-1.png)\n\n![](p0012-2.png)"
    assert [figure.name for figure in page.figures] == ["p0012-1.png", "p0012-2.png"]


def test_headers_and_footers_are_left_out_unless_wanted() -> None:
    """What stands around a page is no part of its text."""
    assert shown(AROUND) == "Body."
    assert shown(AROUND, keep_headers=True) == "Annals\n\nBody.\n\n17"


@pytest.mark.parametrize(
    ("label", "text", "markdown"),
    [
        ("title", "Clay", "# Clay"),
        ("title", "Clay\nand salt", "# Clay and salt"),
        ("title", "### Clay", "### Clay"),
        ("title", "# Clay\nand salt", "# Clay and salt"),
        ("title", "# Clay\n## Salt\nand ash", "# Clay\n## Salt and ash"),
        ("title", "Clay\n\nBody\nof text.", "# Clay\n\nBody\nof text."),
        ("title", "```\nClay\n```", "```\nClay\n```"),
        ("title", "<table><td>a</table>", "| a |\n| --- |"),
        ("sub_title", "Firing", "## Firing"),
        ("Sub_Title", "Firing", "## Firing"),
        ("table_caption", "<center>Table 1</center>", "*Table 1*"),
        ("image_caption", "Fig. 1: a*b", "Fig. 1: a*b"),
        ("equation", "\\[ x^2 \\]", "$$x^2$$"),
        ("equation", "x < y", "$$\nx < y\n$$"),
        ("equation", "x<y\n\n+1", "$$\nx< y\n+1\n$$"),
        ("equation", "\\[ E \\] (1)", "$$E$$ (1)"),
        ("equation", "$$ x = 1 $$ (3)", "$$ x = 1 $$ (3)"),
        ("equation", "\\(a=b\\) (2)", "$a=b$ (2)"),
        ("equation", "where \\(x\\) is, \\[y=2\\]", "where $x$ is, $$y=2$$"),
        ("equation", "\\[a\\]\n\\[b\\]", "$$a$$\n$$b$$"),
        ("equation", "a \\\\[2pt] \\$5", "$$\na \\\\[2pt] \\$5\n$$"),
        ("equation", "```latex\nx\n```", "$$\nx\n$$"),
        ("equation", "x^2<|end|>", "$$\nx^2\n$$"),
        ("text", "with \\( a<b \\) and \\(c\\)", "with $a< b$ and $c$"),
        ("text", "line \\\\[2pt] stays", "line \\\\[2pt] stays"),
        ("list", "- a\n- b\n", "- a\n- b"),
        ("something_new", "kept", "kept"),
    ],
)
def test_a_label_says_what_a_block_is(label: str, text: str, markdown: str) -> None:
    """Headings, captions, formulas and lists look as such."""
    reply = f"<|ref|>{label}<|/ref|><|det|>[[1, 2, 30, 40]]<|/det|>\n{text}"

    assert shown(reply) == markdown


@settings(max_examples=600, deadline=None)
@given(HOSTILE, st.booleans(), st.sampled_from(Style))
def test_no_reply_acts(reply: str, keep: bool, style: Style) -> None:  # noqa: FBT001 - drawn
    """Whatever a model writes, no tag, script or foreign picture is left of it."""
    page = grounding.page(reply, number=3, keep_headers=keep, tables=style)

    found = acts(page.markdown)

    assert [tag for tag in found.tags if not ALLOWED.fullmatch(tag)] == []
    assert [u for u in found.links if not u.lower().startswith(("http://", "https://"))] == []
    assert found.pictures <= {figure.name for figure in page.figures}
    page.markdown.encode("utf-8")


@settings(max_examples=300, deadline=None)
@given(HOSTILE | st.text())
def test_a_reply_about_a_part_does_not_act_either(reply: str) -> None:
    """Tables and formulas take the same way."""
    found = acts(table(reply))

    assert [tag for tag in found.tags if not ALLOWED.fullmatch(tag)] == []
    assert not re.search(r"<[A-Za-z/!?]", formula(reply))


@settings(max_examples=300, deadline=None)
@given(st.text() | HOSTILE)
def test_boxes_are_always_on_the_page(reply: str) -> None:
    """No reply brings a box that cannot be cut out."""
    for box in (box for block in parse(reply) for box in block.boxes):
        assert 0 <= box.left < box.right <= SCALE
        assert 0 <= box.top < box.bottom <= SCALE


@pytest.mark.parametrize("piece", [*PIECES, "<|ref|>a<|/ref|><|det|>", "[1,2", "<td ", "\\(<"])
def test_a_long_reply_takes_no_longer_than_its_length(piece: str) -> None:
    """Anything is read in linear time: ten times as much does not take a hundred times as long."""
    whole = piece * (100_000 // len(piece))

    def seconds(text: str) -> float:
        began = time.process_time()
        grounding.page(text, number=1)
        return time.process_time() - began

    tenth = seconds(whole[: len(whole) // 10])
    assert seconds(whole) < 30 * tenth + 0.3


def test_a_megabyte_of_garbage_is_read() -> None:
    """All hostile pieces, shuffled, take seconds."""
    chance = random.Random(5)  # noqa: S311 - the same in each run
    reply = "".join(chance.choices(PIECES, k=150_000))
    began = time.process_time()

    grounding.page(reply, number=1)

    assert time.process_time() - began < 20


@pytest.mark.parametrize(
    ("reply", "latex"),
    [
        ("\\[ a + b \\]", "a + b"),
        ("$$\na + b\n$$", "a + b"),
        ("The formula is $a$.", "a"),
        ("```latex\na + b\n```", "a + b"),
        ("Sure:\n```latex\n\\[ a \\]\n```\nHope this helps!", "a"),
        ("\\[ a \\]\n\\[ b \\]", "a\nb"),
        ("\\begin{equation} a \\end{equation}", "a"),
        ("\\begin{align} a &= b \\end{align}", "\\begin{align} a &= b \\end{align}"),
        ("<|ref|>equation<|/ref|><|det|>[[1, 2, 3, 4]]<|/det|>\n\\[ a \\]", "a"),
        ("a<b", "a< b"),
        ("x = 5", "x = 5"),
    ],
)
def test_a_formula_is_its_latex_alone(reply: str, latex: str) -> None:
    """Fences, delimiters and talk around it are gone."""
    assert formula(reply) == latex


@pytest.mark.parametrize(
    "reply",
    [
        "<table><tr><td>a</td><td>b</td></tr><tr><td>1</td><td>2</td></tr></table>",
        "Here is the table:\n\n```html\n<table><tr><td>a<td>b<tr><td>1<td>2</table>\n```\nBye!",
        "Here is it:\n| a | b |\n| --- | --- |\n| 1 | 2 |\nI hope this helps.",
        "<|det|>[[1, 2, 3, 4]]<|/det|><table><tr><th>a</th><th>b</th></tr><tr><td>1<td>2</table>",
    ],
)
def test_a_table_is_the_table_alone(reply: str) -> None:
    """Fences and talk around it are gone."""
    assert table(reply) == "| a | b |\n| --- | --- |\n| 1 | 2 |"
