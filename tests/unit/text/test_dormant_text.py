"""Facts about text that makers of notes and sites would run, and about signs nobody sees."""

import pytest
from markdown_it import MarkdownIt

from ocrqueue.text import escape, grounding
from ocrqueue.text.front_matter import FrontMatter
from ocrqueue.text.hocr.markdown import to_markdown
from ocrqueue.text.hocr.parser import parse
from ocrqueue.text.layer import page, words
from tests.support.hocr_pages import hocr, text
from tests.support.sheets import sheet_of, typed

PROSE = "The committee met on Tuesday and decided to postpone the vote until the next session."
UNSEEN = "\u202e\u2066\u2069\u200b\u2060\u2063\ufeff\U000e0041\U000e007f"


def fence_of(reply: str) -> list[str]:
    tokens = MarkdownIt("commonmark").parse(grounding.page(reply).markdown)
    return [token.info for token in tokens if token.type == "fence"]


@pytest.mark.parametrize("name", ["", "python", "C++", "json", "text", "html"])
def test_the_name_of_a_language_stays(name: str) -> None:
    """Readers show it in colours."""
    assert fence_of(f"```{name}\na\n```") == [name]


@pytest.mark.parametrize("marks", ["```", "~~~", "- ```", "`````"])
@pytest.mark.parametrize(
    "name",
    [
        *("dataviewjs", "dataview", "mermaid", "{r}", "{python}", "{=html}", "jsx live", "tasks"),
        *("plantuml", "ad-note", "run-python", "eval", "python {cmd=true}", "math", "svg"),
    ],
)
def test_any_other_name_of_a_fence_goes(marks: str, name: str) -> None:
    """Readers run or draw such code, or take it for HTML."""
    inner = "  " if marks.startswith("-") else ""
    reply = f"{marks}{name}\n{inner}a\n{inner}{marks.removeprefix('- ')}"

    assert fence_of(reply) == [""]


@pytest.mark.parametrize(
    ("reply", "shown"),
    [
        ("<% tp.a %> and `<%* b %>`", "< % tp.a %> and `< %* b %>`"),
        ("```\n<%* a %>\n```", "```\n< %* a %>\n```"),
        ("<<center>% a %>", "< % a %>"),
        ("{{ a }} {% b %}", "{ { a }} { % b %}"),
        ("`= dv.a`", "&#96;= dv.a`"),
        ("` $= dv.a`", "&#96; $= dv.a`"),
        ("`r system('a')`", "` r system('a')`"),
        ("`{python} a`", "` {python} a`"),
        ("`a`{=html}", "`a` {=html}"),
        ("{eval}`a`", "{eval} `a`"),
        (":::{include} a", "\\:::{include} a"),
        (r"\(\frac{{a}}{b}\)", r"$\frac{ {a}}{b}$"),
        ("`a = b` and {a}", "`a = b` and {a}"),
    ],
)
def test_nothing_is_left_to_be_run(reply: str, shown: str) -> None:
    """By Templater, Jekyll, Dataview, knitr, Quarto, Pandoc or MyST."""
    assert grounding.page(reply).markdown == shown


def test_no_query_hides_in_a_formula() -> None:
    """One that becomes code begins no query."""
    assert grounding.page(r"$= \href{a}{b}$").markdown.startswith("&#96;=")


@pytest.mark.parametrize("reply", [f"a{UNSEEN}b", f"```\na{UNSEEN}b\n```", f"`a{UNSEEN}b`"])
def test_what_nobody_sees_goes(reply: str) -> None:
    """Turns of direction, tags and signs of no width, in text and in code."""
    assert grounding.page(reply).markdown == reply.replace(UNSEEN, "")


def test_what_nobody_sees_comes_back_by_no_name() -> None:
    """In prose and in cells."""
    assert grounding.page("a&#x202e;b&#8294;&NoBreak;c &amp; &lt;").markdown == "abc &amp; &lt;"
    cell = grounding.page("<table><tr><td>a&#x202e;b</td></tr></table>").markdown
    assert cell.startswith("| ab |")


@pytest.mark.parametrize(
    "honest",
    [
        "\u0645\u06cc\u200c\u062e\u0648",
        "\u0915\u094d\u200d\u0937",
        "\U0001f468\u200d\U0001f469",
        "\u05d0\u200f (b)\u200e",
        "\u2764\ufe0f 1\ufe0f\u20e3 \u845b\U000e0100",
    ],
)
def test_what_scripts_need_stays(honest: str) -> None:
    """Joiners, marks of direction, variants of emoji and ideographs; also where they are read."""
    assert grounding.page(honest).markdown == honest
    assert escape.printable(honest) == honest
    assert words.spelt(honest) == "".join(honest.split())


def test_a_row_of_variants_goes() -> None:
    """They would hide a message; so does one behind a letter that has none."""
    assert escape.printable("\u2764\ufe0f\ufe01\ufe02 a\ufe0f") == "\u2764\ufe0f a"


def test_what_tesseract_reads_runs_nowhere() -> None:
    """Commands, templates and signs that nobody sees become text."""
    page = to_markdown(parse(hocr([text(f"$\\href{{a}}{{b}}$ <% x {UNSEEN}y {{{{ z }}}} end")])))

    assert page.markdown == r"$\\ href{a}{b}$ < % x y { { z }} end"


def test_a_text_layer_runs_nowhere() -> None:
    """It was written by who made the file: tags, links, pictures and code are text."""
    evil = "<script>a</script> ![x](http://a) `= b` [c](javascript:d)\n[e]: f\n- g"

    sheet = sheet_of(typed(PROSE, *evil.split("\n")))
    shown = page.markdown(sheet, page.read(sheet)).markdown

    html = MarkdownIt("commonmark", {"html": True}).render(shown)
    assert all(tag not in html for tag in ("<script", "<img", "<code", "<a "))
    assert "javascript:d" in html


def test_the_name_of_a_file_runs_nowhere() -> None:
    """In the head of a document it is written in numbers, and shown without."""
    front = FrontMatter(source="/in/<% a %>{{b}}\u202efdp.exe\U000e0041.pdf")

    head = front.to_yaml()

    assert all(sign not in head for sign in ("<%", "{{", "\u202e", "\U000e0041"))
    assert "\\u202e" in head
    assert "\u202e" not in front.name
