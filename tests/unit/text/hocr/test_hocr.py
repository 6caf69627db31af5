"""Facts about the way from hOCR to Markdown."""

import random
import string

import pytest
from markdown_it import MarkdownIt

from benchmarks import text_score
from ocrqueue.model.page import PageResult
from ocrqueue.text.hocr.contents import without_leaders
from ocrqueue.text.hocr.layout import Box, Word
from ocrqueue.text.hocr.markdown import to_markdown, to_table
from ocrqueue.text.hocr.parser import parse
from ocrqueue.text.margins import without
from tests.support.hocr_pages import Put, text
from tests.support.hocr_pages import hocr as written

PROSE = (
    "The quick brown fox jumps over the lazy dog while the",
    "sun is setting behind the hills and the river goes on",
    "to the sea without a word for anybody who listens here.",
)


def word(text: str, confidence: float) -> Word:
    return Word(text, Box(0, 0, 10, 10), confidence)


def markdown(*blocks: list[list[Put]], **more: list[str]) -> str:
    return to_markdown(parse(written(*blocks, **more))).markdown


def test_a_page_without_words_is_an_empty_text() -> None:
    """A blank page is "", not an error."""
    assert markdown() == ""


def test_what_is_no_hocr_is_refused() -> None:
    """Without a page in it the answer cannot be trusted."""
    with pytest.raises(ValueError, match="no ocr_page"):
        parse(b"Segmentation fault")


def test_lines_of_a_paragraph_become_one_line() -> None:
    """Line ends of the print are not line ends of the text."""
    assert markdown([text(*PROSE)]) == " ".join(PROSE)


def test_a_word_divided_at_a_line_end_is_whole_again() -> None:
    """The hyphen goes where the next line begins with a small letter."""
    lines = (
        "This paragraph has a rather long word that is trans-",
        "formed at the end of the line",
    )

    assert "transformed at the end" in markdown([text(*lines)])


@pytest.mark.parametrize(
    ("first", "second", "joined"),
    [
        ("all of the considered state-of-the-", "Art engines of today", "state-of-the-Art"),
        ("sie kennt die Vor-", "und Nachteile der Sache", "Vor- und Nachteile"),
    ],
)
def test_a_hyphen_that_belongs_to_the_word_stays(first: str, second: str, joined: str) -> None:
    """Compounds and German stand-ins keep their hyphen."""
    assert joined in markdown([text(first, second)])


def test_the_order_of_the_engine_is_kept() -> None:
    """Two columns come one after the other, as they were read."""
    left, right = text(*PROSE, top=300), text(*reversed(PROSE), top=300, left=900)

    result = markdown([left], [right])

    assert result.index(PROSE[0]) < result.index(PROSE[2]) < result.rindex(PROSE[2])


def test_a_paragraph_goes_on_in_the_next_column() -> None:
    """A sentence that a column's end has cut is one sentence again."""
    left = text("The end of the column comes before the end of this", top=300)
    right = text("sentence does, so that it goes on at the top.", top=100, left=900)

    assert markdown([left], [right]).endswith(
        "the end of this sentence does, so that it goes on at the top."
    )


def test_a_line_alone_above_the_text_is_no_part_of_it() -> None:
    """A running head ends no sentence, and the text below may begin in the middle of one."""
    head = text("Urbanization and sediment export in watersheds", top=100)
    rest = text("loading at a watershed scale and to evaluate", "the effects of policy.", top=190)

    assert (
        markdown([head], [rest]).splitlines()[0] == "Urbanization and sediment export in watersheds"
    )


def test_a_head_of_two_lines_is_no_part_of_the_text_in_other_letters() -> None:
    """No sentence goes on in letters of another size, wherever it stands."""
    head = text("INK AND PAPER", "Nair and others on the ink of the", top=80, size=24)
    rest = text("watersheds that are read here,", "and on their views", top=250, size=32)

    assert markdown([head], [rest]).count("\n\nwatersheds that") == 1


def test_bullets_even_misread_ones_make_a_list() -> None:
    """Tesseract reads a round bullet as a copyright or cent sign."""
    page = markdown([text("• first thing", "¢ second thing", "© third thing")])

    assert page == "- first thing\n- second thing\n- third thing"


def test_numbers_make_a_numbered_list() -> None:
    """Numbers are kept as they are printed."""
    assert (
        markdown([text("3. third thing", "4. fourth thing")]) == "3. third thing\n4. fourth thing"
    )


def test_aligned_cells_are_a_pipe_table() -> None:
    """Rows with wide gaps below each other are a table with its heading."""
    rows = text(
        "Name          Age       Town",
        "Anna          31        Bonn",
        "Bert          7|8       Rome",
    )

    assert markdown([rows]).splitlines() == [
        "| Name | Age | Town |",
        "| --- | --- | --- |",
        "| Anna | 31 | Bonn |",
        r"| Bert | 7\|8 | Rome |",
    ]


def test_columns_seen_as_blocks_are_one_table_when_one_is_asked_for() -> None:
    """The task `table` puts all words of the image into rows."""
    page = parse(written([text("Name", "Anna", "Bert")], [text("Age", "31", "78", left=600)]))

    assert to_table(page).splitlines()[2:] == ["| Anna | 31 |", "| Bert | 78 |"]


def test_leader_dots_vanish() -> None:
    """What stands between a title and its page number is no text."""
    words = [
        word(text, sure)
        for text, sure in [
            ("Variables...", 30),
            ("eee", 20),
            ("cecece", 8),
            ("0.0.0...", 50),
            ("0000000002", 45),
            ("....", 80),
            ("17", 95),
        ]
    ]

    assert [left.text for left in without_leaders(words)] == ["Variables", "17"]


def test_words_and_figures_in_front_of_a_number_stay() -> None:
    """A badly printed word is not dropped for its letters, nor a figure for its dots."""
    words = [word("Structures", 12), word("3.5", 20), word("120", 20), word("17", 95)]

    assert without_leaders(words) == tuple(words)


def test_a_title_whose_page_number_was_swallowed_keeps_its_words() -> None:
    """Nonsense up to the end of the line goes, the title in front of it stays."""
    words = [word("Introduction", 95), *(word(text, 9) for text in ("n", "eee", "x", "ett"))]

    assert [left.text for left in without_leaders(words)] == ["Introduction"]


def test_specks_and_textures_are_dropped() -> None:
    """Words nobody is sure of, alone on the page, are not text."""
    noise = Put(text="aT~ ;i|", top=900, confidence=12)

    assert markdown([text(*PROSE)], [[noise]]) == " ".join(PROSE)


def test_a_bare_page_number_is_left_out_of_a_full_page() -> None:
    """A number alone at the foot of the page is marked, and needs no other page to go."""
    foot = [Put(text="- 17 -", top=2120, left=800)]
    found = to_markdown(parse(written([text(*PROSE)], [foot])))
    page = PageResult(page=1, markdown=found.markdown, margins=found.margins)

    assert found.markdown == f"{' '.join(PROSE)}\n\n\\- 17 -"
    assert [one.markdown for one in without([page])] == [" ".join(PROSE)]


def test_a_page_that_is_only_a_number_keeps_it() -> None:
    """Nothing is left out where nothing else is."""
    assert markdown([[Put(text="17", top=2120, left=800)]]) == "17"


@pytest.mark.parametrize(
    "line",
    [
        "# not a heading but a number sign in the text of it",
        "--- a rule that is no rule because it is only printed",
        "> not a quotation but an arrow that somebody has typed",
        "+ not a list but a plus that stands before these words",
        "<script>alert(1)</script> is shown and is never run here",
        "*stars* and _lines_ and `ticks` stay what they are here",
        "[a link](http://x) that must not become one on the page",
        "&amp; is written out and 5 < 6 as well as a&b stay so",
    ],
)
def test_text_that_looks_like_markdown_stays_text(line: str) -> None:
    """A parser shows the text as it was printed, without structure or HTML."""
    source = markdown([text(PROSE[0] + ".")], [text(line, top=900)]).split("\n\n")[-1]
    tokens = MarkdownIt("commonmark").parse(source)

    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    shown = "".join(child.content for child in tokens[1].children or [])
    assert {child.type for child in tokens[1].children or []} <= {"text", "text_special"}
    assert shown == line


@pytest.mark.parametrize("address", ["www.example.org/a", "http://example.org", "FTP://x/?q=1"])
def test_a_tag_behind_a_bare_address_stays_text(address: str) -> None:
    """Readers that make a link of it take a backslash into it, so none may touch it."""
    page = markdown([text(f"{address}<script>alert(1)</script> is what the page shows here")])

    assert page.startswith(f"{address} \\<script>")


def test_a_single_sign_below_a_line_makes_no_heading_of_it() -> None:
    """Markdown takes "=" below a text for the rule of a heading."""
    page = markdown([text("Ke", "=", "6")], [text(*PROSE, top=900)])

    assert {token.type for token in MarkdownIt("commonmark").parse(page)}.isdisjoint(
        {"heading_open", "heading_close"}
    )


def test_escaping_costs_no_word() -> None:
    """The words of a text full of signs are all found again."""
    line = "# 1. *one* _two_ <b>three</b> `four` [five](six) a|b \\ seven & eight"

    assert text_score.recall(markdown([text(line)]), line) == 1.0


def test_control_characters_and_bidi_overrides_are_removed() -> None:
    """What XML forbids or what turns the text around never gets out."""
    page = markdown([text("safe\x00\x1b[31m \u202eevil\ufeff text for the reader\x85 of the page")])

    assert page == r"safe\[31m evil text for the reader of the page" or page.startswith(
        "safe[31m evil"
    )


def test_any_garbage_is_survived() -> None:
    """Whatever is cut out of or put into hOCR, the answer is a page or a ValueError."""
    chance = random.Random(7)  # noqa: S311 - it only breaks text, the same way each time
    source = written([text(*PROSE)], [text("a    b", "c    d", "e    f", top=900)])
    for _ in range(200):
        start, length = chance.randrange(len(source)), chance.randrange(60)
        junk = "".join(chance.choices(string.printable, k=chance.randrange(20)))
        broken = source[:start] + junk + source[start + length :]
        try:
            page = parse(broken)
        except ValueError:
            continue
        assert isinstance(to_markdown(page).markdown, str)
