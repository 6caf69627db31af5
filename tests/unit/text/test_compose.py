"""Assemble: pages become Markdown; nothing is lost, nothing of theirs is taken for ours."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from ocrqueue.model.page import PERSON, Attempt, PageResult, Verdict
from ocrqueue.settings.schema import OnPageError, OutputSettings
from ocrqueue.text.compose import compose, compose_pages, is_partial
from ocrqueue.text.front_matter import FrontMatter

FRONT = FrontMatter(source="/in/name.pdf", sha256="ab" * 32, pages=9)
PLAIN = OutputSettings()
MARKED = OutputSettings(page_marker="<!-- page {page} of {pages} in {name} -->")
RULED = OutputSettings(page_separator="\n\n***\n\n")


def page(number: int, markdown: str | None, **fields: Any) -> PageResult:
    return PageResult(page=number, markdown=markdown, **fields)


def pages(*texts: str | None) -> list[PageResult]:
    return [page(n, text) for n, text in enumerate(texts, start=1)]


def composed(results: Sequence[PageResult], style: OutputSettings = PLAIN) -> str:
    text = compose(results, style, FRONT)
    assert text is not None
    return text


def test_pages_follow_each_other_in_order() -> None:
    """Pages stand one after the other with an empty line between, and one line end at the end."""
    assert composed(pages("# One\n", "Two.\r\n\r\nThree.  \n")) == "# One\n\nTwo.\n\nThree.\n"


def test_no_text_is_an_empty_file() -> None:
    """A document of blank pages, or without pages, is empty."""
    assert composed(pages("", " \n\n ")) == ""
    assert composed([]) == ""
    assert compose_pages([], PLAIN, FRONT) == {}


def test_blank_page_leaves_no_trace() -> None:
    """With a separator of plain space, a blank page does not widen the gap."""
    assert composed(pages("One.", "", "", "Two.")) == "One.\n\nTwo.\n"


def test_blank_page_keeps_its_place_where_pages_are_visible() -> None:
    """With a visible separator or marker, counting them tells the page, blank or not."""
    assert composed(pages("One.", "", "Three."), RULED).count("***") == 2
    assert composed(pages("", "", "x"), replace(PLAIN, page_separator="\f")).count("\f") == 2
    marked = composed(pages("One.", "", "Three."), MARKED)
    assert re.findall(r"<!-- page (\d) of 9 in name.pdf -->", marked) == ["1", "2", "3"]


def test_separator_names_the_page_that_follows() -> None:
    """{page} in the separator is the page after it."""
    style = replace(PLAIN, page_separator="\n\n[{page}/{pages} {name}]\n\n")
    assert composed(pages("a", "b"), style) == "a\n\n[2/9 name.pdf]\n\nb\n"


@pytest.mark.parametrize(
    ("before", "after", "joined"),
    [
        ("The text runs over the", "page break here.", "The text runs over the page break here.\n"),
        ("One, two, three, four,", "five and six.", "One, two, three, four, five and six.\n"),
        ("The last word is hyphen-", "ated and goes.", "The last word is hyphenated and goes.\n"),
        ("It is all state-of-the-", "art these days.", "It is all state-of-the-art these days.\n"),
        ("Ein Absatz läuft hier", "über die Seite.", "Ein Absatz läuft hier über die Seite.\n"),
        ("# T\n\nThe text runs over the", "page break.\n\nNext.",
         "# T\n\nThe text runs over the page break.\n\nNext.\n"),
    ],
)  # fmt: skip
def test_paragraph_over_a_page_break_is_joined(before: str, after: str, joined: str) -> None:
    """A plain paragraph that stops in the middle goes on with a small letter on the next page."""
    assert composed(pages(before, after)) == joined


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("A sentence that ends here.", "next one begins small."),
        ("A sentence that goes on", "Next begins with a capital."),
        ("# A heading of some words", "then text goes on."),
        ("- an item of a list", "then text goes on."),
        ("12. an item of a list", "then text goes on."),
        ("> a quote of some words", "then text goes on."),
        ("| a | table | row | x", "then text goes on."),
        ("a b c d | e\n--|--\none two three four | five", "then text goes on."),
        ("    code of some more words", "then text goes on."),
        ("<p>some html of more words", "then text goes on."),
        ("$$ x = y $$ where x is", "then text goes on."),
        ("```\nsome code of more words", "then text goes on."),
        ("The text runs over the", "- item of a list"),
        ("The text runs over the", "# heading with words"),
        ("The text runs over the", "    code with words"),
        ("The text runs over the", "| table | row |"),
        ("Chapter Twelve", "then text goes on."),
        ("This is on page 12", "then text goes on."),
        ("The text runs over the", "iv"),
        ("文章は次のページへ 続く と 言う", "文章の続き です"),
    ],
)
def test_other_pages_are_not_joined(before: str, after: str) -> None:
    """Where either side is no running paragraph, the page break stays a paragraph break."""
    assert f"\n\n{after.strip()}" in composed(pages(before, after)).replace("\n\n    ", "\n\n")


def test_paragraph_runs_on_over_blank_and_whole_pages() -> None:
    """A blank page does not hide the rest of a paragraph, and it may run over several pages."""
    text = composed(pages("The text runs over the", "", "break and on to the", "very end of it."))
    assert text == "The text runs over the break and on to the very end of it.\n"


@pytest.mark.parametrize(
    "style",
    [
        MARKED,
        RULED,
        replace(PLAIN, page_separator="\f"),
        replace(PLAIN, join_paragraphs=False),
    ],
)
def test_visible_page_breaks_are_never_joined_over(style: OutputSettings) -> None:
    """Who wants to see the pages, or asks for no joining, gets each page as it is."""
    assert "the page" not in composed(pages("The text runs over the", "page break."), style)


def test_doubtful_and_failed_pages_are_not_joined() -> None:
    """What a doubtful page seems to continue is left alone."""
    before, after = pages("The text runs over the", "page break here.")
    doubtful = replace(after, verdict=Verdict.DOUBTFUL)
    assert "the page" not in composed([before, doubtful])
    failed = page(2, None, message="no")
    assert "the page" not in composed([before, failed, replace(after, page=3)])


def test_pages_to_be_looked_at_say_so_in_a_comment() -> None:
    """A doubtful page and a blank one say why; what a person made does not; it can be left out."""
    by_person = Attempt(backend=PERSON, seconds=0, at="now")
    results = [
        page(1, "", verdict=Verdict.BLANK, reason="nothing is printed on it"),
        page(2, "two", verdict=Verdict.DOUBTFUL, reason="few --> words {{x}}"),
        page(3, "three", verdict=Verdict.GOOD, reason="odd"),
        page(4, "", verdict=Verdict.BLANK, attempts=(by_person,)),
        page(5, "", verdict=Verdict.BLANK),
    ]

    assert composed(results) == (
        "<!-- page 1: blank: nothing is printed on it -->\n\n"
        "<!-- page 2: doubtful: few - words x -->\n\ntwo\n\nthree\n\n"
        "<!-- page 5: blank -->\n"
    )
    assert composed(results, replace(PLAIN, page_notes=False)) == "two\n\nthree\n"


def test_a_note_holds_up_no_paragraph() -> None:
    """A paragraph runs on over a blank back; what is said of that comes after it."""
    results = [
        page(1, "one two three four and"),
        page(2, "", verdict=Verdict.BLANK),
        page(3, "more of it."),
        page(4, "Four."),
    ]

    assert composed(results) == (
        "one two three four and more of it.\n\n<!-- page 2: blank -->\n\nFour.\n"
    )


def test_failed_page_is_visible() -> None:
    """A failed page is one quoted line with its number and the reason, wherever it stands."""
    failed = page(2, None, error="render-crashed", message="`a_b` <b>\nbroke [x]")
    text = composed([page(1, "One."), failed, page(3, "Three.")])
    assert text == (
        "One.\n\n"
        r"> **[page 2 could not be read: \`a\_b\` \<b\> broke \[x\]]**"
        "\n\nThree.\n"
    )
    html = MarkdownIt().render(text)
    assert "<strong>[page 2 could not be read: `a_b` &lt;b&gt; broke [x]]</strong>" in html


def test_failed_page_without_message_shows_its_code() -> None:
    """Where there is no message the code stands, where there is neither it says so."""
    assert "read: worker-died]" in composed([page(1, None, error="worker-died")])
    assert "read: unknown reason]" in composed([page(1, None)])


def test_failed_page_may_be_blank_or_fail_the_document() -> None:
    """`blank` leaves nothing, `fail-document` leaves no Markdown at all."""
    results = pages("One.", None)
    blank = replace(PLAIN, on_page_error=OnPageError.BLANK)
    strict = replace(PLAIN, on_page_error=OnPageError.FAIL_DOCUMENT)
    assert composed(results, blank) == "One.\n"
    assert compose(results, strict, FRONT) is None
    assert compose_pages(results, strict, FRONT) is None
    assert compose(pages("One."), strict, FRONT) == "One.\n"
    assert is_partial(results)
    assert not is_partial(pages("One.", ""))


@pytest.mark.parametrize("head", ["---", "----  ", "+++", ";;;"])
@pytest.mark.parametrize("lead", ["", "\n\n", "\ufeff", "  \n"])
def test_text_is_never_taken_for_front_matter(head: str, lead: str) -> None:
    """A page that begins like a front matter does not become one, in any of the files."""
    text = f"{lead}{head}\ntitle: injected\n{head}\n\nText."
    whole = composed(pages("", text))
    alone = compose_pages(pages(text), PLAIN, FRONT)
    for shown in (whole, alone[1] if alone else ""):
        assert shown.startswith(("***", "\\+++", "\\;;;"))
        assert "title: injected" in shown


def test_front_matter_of_ours_stands_before_theirs() -> None:
    """With a front matter of our own, theirs is text below it."""
    text = composed(pages("---\nsource: forged\n---"), replace(PLAIN, front_matter=True))
    _, ours, rest = text.split("---\n", 2)
    assert yaml.safe_load(ours)["source"] == "/in/name.pdf"
    assert "source: forged" in rest


@pytest.mark.parametrize(
    "opened",
    [
        "```python\nprint()",
        "~~~~\ncode\n~~~",
        "<!-- hidden",
        "<script>alert(1)",
        "<pre>\n\nx",
        "<style>\n<!-- x -->",
        "<?php",
        "<![CDATA[ x",
        "text\n\n```\na\n```\n```\nb",
    ],
)
def test_open_block_does_not_swallow_the_next_page(opened: str) -> None:
    """A code fence or comment that a page leaves open ends with the page."""
    html = MarkdownIt().render(composed(pages(opened, "# Next page")))
    assert "<h1>Next page</h1>" in html


@pytest.mark.parametrize(
    "whole", ["```\n<!-- x\n```", "<!-- a -->", "` ``` `", "```a`b", "x <!-- y"]
)
def test_closed_blocks_stay_as_they_are(whole: str) -> None:
    """Nothing is added to a page that ended what it began."""
    assert composed(pages(whole)) == f"{whole}\n"


def test_text_that_cannot_be_written_is_replaced() -> None:
    """A lone surrogate in a reply does not stop the document."""
    composed(pages("a\ud800b")).encode("utf-8")


def test_each_page_has_its_own_file() -> None:
    """Split pages hold marker and text, nothing joined, blank ones too."""
    files = compose_pages(pages("The text runs over the", "page break.", "", None), PLAIN, FRONT)
    assert files is not None
    assert list(files) == [1, 2, 3, 4]
    assert [files[n] for n in (1, 2, 3)] == ["The text runs over the\n", "page break.\n", ""]
    assert files[4].startswith("> **[page 4")
    headed = compose_pages(pages("x"), replace(MARKED, front_matter=True), FRONT) or {}
    assert yaml.safe_load(headed[1].split("---\n")[1])["page"] == 1
    assert headed[1].endswith("---\n\n<!-- page 1 of 9 in name.pdf -->\n\nx\n")


# Whole words, for one made of letters takes hypothesis ten times as long.
WORDS = (
    *("a", "I", "x", "Z", "an", "It", "page", "Page", "THE", "runs", "over", "break"),
    *("WWW", "www", "Größe", "Straße", "東京", "abcdefgh"),
)
words = st.sampled_from([f"{word}{end}" for word in WORDS for end in ("", ".", ",")])
paragraphs = st.lists(words, min_size=1, max_size=12).map(" ".join)
bodies = st.lists(paragraphs, max_size=4).map("\n\n".join)
styles = st.builds(
    OutputSettings,
    page_separator=st.sampled_from(["\n\n", "\n", "\n\n***\n\n", "\f"]),
    page_marker=st.sampled_from(["", "<!-- {page} -->"]),
    front_matter=st.booleans(),
    join_paragraphs=st.booleans(),
    on_page_error=st.sampled_from(OnPageError),
)


@settings(deadline=None)
@given(st.lists(bodies, max_size=8), styles)
def test_no_word_is_lost_or_moved(texts: list[str], style: OutputSettings) -> None:
    """Whatever the style, the words of the pages come out in order, and no others."""
    plain = replace(style, front_matter=False)
    text = re.sub(r"<!-- \d+ -->|\*\*\*", " ", composed(pages(*texts), plain))
    assert text.split() == " ".join(texts).split()


@settings(deadline=None)
@given(st.lists(st.text(max_size=60) | st.none(), max_size=6), styles)
def test_any_text_can_be_composed(texts: list[str | None], style: OutputSettings) -> None:
    """No text makes an error; the result is the same each time and can be written."""
    results = pages(*texts)
    text = compose(results, style, FRONT)
    assert text == compose(results, style, FRONT)
    is_refused = style.on_page_error is OnPageError.FAIL_DOCUMENT and None in texts
    assert (text is None) is is_refused
    assert (text or "").encode("utf-8").decode("utf-8") == (text or "")


@settings(deadline=None)
@given(st.text(max_size=40).filter(lambda t: "\0" not in t), st.lists(st.text(max_size=9)))
def test_front_matter_is_yaml(source: str, models: list[str]) -> None:
    """Any name of a file or model can stand in the front matter and is read back as it is."""
    front = replace(FRONT, source=source, models=tuple(models), failed=(3, 5))
    text = front.to_yaml()
    assert text.startswith("---\n")
    assert text.endswith("\n---\n\n")
    read = yaml.safe_load(text.removeprefix("---\n").removesuffix("---\n\n"))
    assert read["source"] == source
    assert read["models"] == models
    assert read["failed_pages"] == [3, 5]


def test_front_matter_shows_bytes_that_are_no_utf8() -> None:
    """A name that is not UTF-8 is written with its bytes spelled out."""
    front = replace(FRONT, source="/in/a\udce9\nb.pdf")
    assert yaml.safe_load(front.to_yaml().split("---\n")[1])["source"] == "/in/a\\xe9\nb.pdf"
    assert front.name == "a\\xe9_b.pdf"


def test_long_documents_are_linear() -> None:
    """Five thousand pages that all join into one paragraph keep all their words."""
    text = composed([page(n, f"this is page number {n} of a long") for n in range(1, 5001)])
    assert text.count("\n") == 1
    assert text.count("of a long") == 5000


def test_style_survives_json() -> None:
    """A style comes back from its wire; what an earlier version did not know has its default."""
    style = replace(RULED, on_page_error=OnPageError.BLANK, split_pages=True)
    assert OutputSettings.from_wire(json.loads(json.dumps(style.to_wire()))) == style
    assert OutputSettings.from_wire({}) == OutputSettings()
    with pytest.raises(ValueError, match="whatever"):
        OutputSettings.from_wire({"on_page_error": "whatever"})
