"""Facts about the way from hOCR to Markdown."""

import random
import string

import pytest
from markdown_it import MarkdownIt

from benchmarks import text_score
from ocrqueue import hocr
from ocrqueue.hocr.leaders import without_leaders
from ocrqueue.hocr.page import Box, Word
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
    return hocr.to_markdown(hocr.parse(written(*blocks, **more)))


def test_a_page_without_words_is_an_empty_text() -> None:
    """A blank page is "", not an error."""
    assert markdown() == ""


def test_what_is_no_hocr_is_refused() -> None:
    """Without a page in it the answer cannot be trusted."""
    with pytest.raises(ValueError, match="no ocr_page"):
        hocr.parse(b"Segmentation fault")


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


def test_large_letters_are_headings_of_two_levels() -> None:
    """The size of the letters decides the level."""
    page = markdown(
        [text("A Large Title", top=100, size=60)],
        [text("A Smaller One", top=250, size=40), text(*PROSE, top=300)],
    )

    assert page.split("\n\n") == ["# A Large Title", "## A Smaller One", " ".join(PROSE)]


def test_a_line_of_prose_is_no_heading_for_its_size() -> None:
    """A sentence that goes on below was only measured wrongly; formulas are none either."""
    page = markdown(
        [text("and the count of Metz. For legal purposes the town", top=200, size=40)],
        [text(*PROSE, top=300)],
        [text("F = m a and so on", top=700, size=40), text(*PROSE, top=800)],
    )

    assert "#" not in page


def test_numbering_gives_the_level_of_a_heading() -> None:
    """Ordinary letters with a section number above a text are a heading."""
    page = markdown([text("2.1 Related Work", top=200), text(*PROSE, top=300)])

    assert page.startswith("### 2.1 Related Work\n\n")


@pytest.mark.parametrize("size", [30, 40])
def test_a_numbered_line_above_a_text_is_a_heading_not_a_list(size: int) -> None:
    """A section's number is no item's number, be the letters large or not."""
    page = markdown([text("1. Where we measured", top=200, size=size)], [text(*PROSE, top=300)])

    assert page.startswith("## 1. Where we measured\n\n")


def test_a_heading_above_a_short_text_is_known_by_its_neighbours() -> None:
    """The third is a heading where the second is one, though only two words follow it."""
    page = markdown(
        [text("2. Agenda", top=200), text(*PROSE, top=300)],
        [text("3. Questions", top=500)],
        [text("No question.", top=600)],
    )

    assert "## 2. Agenda" in page
    assert "\n\n## 3. Questions\n\nNo question." in page


def test_items_of_a_numbered_list_are_no_headings() -> None:
    """Numbered lines next to each other are items, also above a text."""
    items = [[text(f"{n}. Item of the list", top=200 + 50 * n)] for n in (1, 2, 3)]

    assert "#" not in markdown(*items, [text(*PROSE, top=500)])


def test_the_largest_heading_at_the_top_is_the_title_of_the_page() -> None:
    """The same size further down, or twice on the page, is a heading of the second level."""
    title = text("A Fair Title", top=100, size=44)
    again = text("Another Title", top=600, size=44)

    assert markdown([title], [text(*PROSE, top=300)]).startswith("# A Fair Title\n")
    page = markdown([title], [text(*PROSE, top=300)], [again], [text(*PROSE, top=700)])
    assert page.startswith("## A Fair Title\n")


def test_a_heading_that_cannot_end_there_goes_on() -> None:
    """Two parts of a title are one, where the first ends with "the"."""
    page = markdown(
        [text("Introduction to the", top=100, size=60)],
        [text("Geometry of Things", top=190, size=60)],
        [text(*PROSE, top=400)],
    )

    assert page.startswith("# Introduction to the Geometry of Things\n\n")


@pytest.mark.parametrize("line", ["1. Name of the owner:", "2. Is the owner married?"])
def test_a_numbered_question_of_a_form_is_no_heading(line: str) -> None:
    """What asks for an answer is an item, whatever stands below."""
    assert "#" not in markdown([text(line, top=200)], [text(*PROSE, top=300)])


@pytest.mark.parametrize(
    "date", ["3 March 2026", "Eastbrook, 3 March 2026", "Monday, May 3rd, 1901", "Den 3. Mai 1901"]
)
def test_a_date_alone_is_no_heading(date: str) -> None:
    """Neither large letters nor its place above the text make one of it."""
    small = markdown([text(date, top=200)], [text(*PROSE, top=300)])
    large = markdown([text(date, top=200, size=45)], [text(*PROSE, top=300)])

    assert "#" not in small + large


def test_a_slide_in_large_letters_is_not_all_headings() -> None:
    """A run of large paragraphs is large text."""
    large = [text(f"Large point {n} of many", top=400 + 100 * n, size=45) for n in range(5)]

    assert "# Large point" not in markdown([*large, text(*PROSE, *PROSE, *PROSE, top=1200)])


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
    page = hocr.parse(written([text("Name", "Anna", "Bert")], [text("Age", "31", "78", left=600)]))

    assert hocr.to_table(page).splitlines()[2:] == ["| Anna | 31 |", "| Bert | 78 |"]


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
    """A number alone at the foot of the page is no part of its text."""
    foot = [Put(text="- 17 -", top=2120, left=800)]

    assert "17" not in markdown([text(*PROSE)], [foot])


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
            page = hocr.parse(broken)
        except ValueError:
            continue
        assert isinstance(hocr.to_markdown(page), str)
