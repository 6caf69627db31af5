"""The Markdown of a page as HTML."""

import time

import pytest

from ocrqueue.web import page_text


def test_only_figures_of_the_page_are_shown() -> None:
    """Any other picture and each link stays as it is written."""
    shown = page_text.rendered(
        "![a](p1.png) ![b](//evil/b.png) [c](http://evil/) <http://evil/>", {"p1.png": "/f/1"}
    )

    assert '<img src="/f/1" alt="a" />' in shown
    assert shown.count("<img") == 1
    assert "href" not in shown


def test_html_is_text() -> None:
    """Nothing that stands on a page becomes an element."""
    assert "&lt;b onclick=x&gt;" in page_text.rendered("<b onclick=x>", {})
    assert page_text.source("<b>") == "<pre>&lt;b&gt;</pre>"


def test_words_are_marked_one_by_one() -> None:
    """So marks never cross the markup between them; other places of a single word stay plain."""
    shown = page_text.rendered("my cat\n\n**my** dog's name", {}, "my dog's")

    assert "<p>my cat</p>" in shown
    assert "<strong><mark>my</mark></strong> <mark>dog</mark>'<mark>s</mark> name" in shown


def test_a_text_brings_no_marks_of_its_own() -> None:
    """The private signs by which words are marked are taken out of it first."""
    assert "<mark>" not in page_text.rendered("\ue000x\ue001", {})


@pytest.mark.parametrize("piece", ["[a", "![[", "*a", "~~a", "a_", "> ", "a b ", "|a", "`a", "<a "])
def test_a_text_takes_time_as_it_grows(piece: str) -> None:
    """Four times the text takes 16 times the time at most; how long a text may be is bounded."""

    def seconds(letters: int) -> float:
        text = (piece * letters)[:letters]
        begun = time.process_time()
        page_text.rendered(text, {}, "a b a b a b c")
        return time.process_time() - begun

    assert seconds(16_000) < 24 * seconds(4_000) + 0.5


@pytest.mark.parametrize("piece", [">" * 20 + "a\n", "![", "[a\n"], ids=["quotes", "![", "[a"])
def test_a_long_text_is_shown_as_its_source(piece: str) -> None:
    """A page that was made to be slow to show costs no more than a long page."""
    text = (piece * 100_000)[:100_000]
    begun = time.process_time()

    shown = page_text.rendered(text, {})

    assert shown == page_text.source(text)
    assert time.process_time() - begun < 1
