"""Facts about what a second reading finds in a first one, and about what it does not."""

import random

import pytest

from ocrqueue.model.page import Testimony as Told  # pytest takes the name for a test
from ocrqueue.text.hocr.layout import Box
from ocrqueue.text.witness.agreement import Agreement, Witness, agreement
from ocrqueue.text.witness.testimony import ENGINE, OWN_TEXT
from ocrqueue.text.witness.testimony import doubt as doubt_of

CHANCE = random.Random(11)  # noqa: S311
SYLLABLES = ["ba", "ko", "mi", "ter", "lan", "ug", "des", "ri", "vo", "sten"]
LINES = [
    " ".join("".join(CHANCE.choices(SYLLABLES, k=CHANCE.randint(2, 4))) for _ in range(10))
    for _ in range(30)
]
NUMBERED = [f"{line} {CHANCE.randint(100, 9999)}" for line in LINES]
PAGE = "\n".join(NUMBERED)


def found(lines: list[str], page: str = PAGE) -> Agreement:
    return agreement("\n".join(lines), Witness(text=page))


def doubt(told: Agreement) -> Told:
    return doubt_of(told, ENGINE)


def test_the_same_text_agrees() -> None:
    """The same text agrees."""
    assert found(NUMBERED) == Agreement(share=1.0, words=330)


def test_a_line_that_is_missing_is_named_with_its_place() -> None:
    """A line that is missing is named with its place."""
    told = found(NUMBERED[:7] + NUMBERED[8:])
    (run,) = told.missing
    assert run.text.split() == NUMBERED[7].split()
    assert run.place[0] == len("\n".join(NUMBERED[:7]))
    assert doubt(told).doubt.startswith("10 words are not in the text, but on the page")


def test_a_paragraph_that_is_invented_is_found() -> None:
    """A paragraph that is invented is found."""
    more = [" ".join(reversed(line.split())).replace("a", "o") for line in LINES[:4]]
    told = found(NUMBERED[:9] + more + NUMBERED[9:])
    (run,) = told.invented
    assert run.text == "\n".join(more)
    assert doubt(told).doubt.startswith("40 words are in the text, but not on the page")


def test_a_line_that_comes_twice_is_not_invented() -> None:
    """A line that comes twice is not invented."""
    told = found([*NUMBERED[:5], *NUMBERED[4:]])
    assert not told.invented
    assert [run.text for run in told.repeated] == [NUMBERED[4]]
    assert "more often in the text" in doubt(told).doubt


def test_a_line_that_comes_again_elsewhere_may_stand_in_a_picture() -> None:
    """It is told, and a doubt only if it is long: a logo says what the page says elsewhere."""
    told = found([*NUMBERED[:20], NUMBERED[2], *NUMBERED[20:]])
    assert [(run.text, run.at_once) for run in told.repeated] == [(NUMBERED[2], False)]
    assert not doubt(told).doubt
    assert doubt(found([*NUMBERED[:20], *NUMBERED[2:4], *NUMBERED[20:]])).doubt


def test_a_line_thrice_is_repeated_and_not_invented() -> None:
    """However often a passage comes again at once, it is the same doubt."""
    told = found([*NUMBERED[:5], *[NUMBERED[4]] * 2, *NUMBERED[5:]])
    assert not told.invented
    assert doubt(told).doubt.startswith("21 words are more often in the text")


def test_a_table_read_by_columns_has_moved() -> None:
    """No two words of a row are neighbours in its columns, yet none is missing."""
    rows = [LINES[n].split()[:6] for n in range(8)]
    columns = [" ".join(column) for column in zip(*rows, strict=True)]
    page = "\n".join([*NUMBERED[10:], *map(" ".join, rows)])
    assert doubt(found([*NUMBERED[10:], *columns], page)) == Told()


def test_what_is_missing_from_text_that_moved_is_named() -> None:
    """A column of labels is read at another place, and one of them nowhere."""
    labels = [" ".join(line.split()[:5]) for line in LINES[:6]]
    page = "\n".join([*labels, *NUMBERED[10:]])
    (run,) = found([*NUMBERED[10:], *labels[1:]], page).missing
    assert (run.text, run.words) == (labels[0], 5)
    (run,) = found([*NUMBERED[10:], *labels[:2], *labels[3:]], page).missing
    assert (run.text, run.words) == (labels[2], 5)


def test_a_wrong_digit_is_a_doubt_where_the_text_is_exact() -> None:
    """An engine reads a digit wrong by itself, so it says nothing."""
    changed = [f"{line[:-1]}{(int(line[-1]) + 1) % 10}" for line in NUMBERED]
    once = found([*NUMBERED[:7], changed[7], *NUMBERED[8:]])
    number, other = NUMBERED[7].rsplit(" ", 1)[1], changed[7].rsplit(" ", 1)[1]
    assert doubt_of(once, OWN_TEXT) == Told(
        doubt="numbers are others than on the page", words=f"{number} is {other}"
    )
    assert doubt_of(once, ENGINE) == Told()


def test_a_script_that_the_witness_has_not_proves_little() -> None:
    """An engine without its data has read nothing there: a line may be so, a page may not."""
    signs = "将配置文件中的中文数字保存到变量中"
    assert [run.words for run in found([*NUMBERED, signs]).invented] == [4]
    assert doubt(found([*NUMBERED, signs])) == Told()
    assert doubt(found([*NUMBERED, signs * 5])).doubt
    assert doubt(found([*NUMBERED, signs], f"{PAGE}\n中")).doubt


def test_a_table_with_signs_is_no_formula() -> None:
    """A sign for each third number leaves it a table, of which a half is missing."""
    table = "\n".join(f"{n} 1{n} +2{n}" for n in range(100, 160))
    assert doubt(found(NUMBERED, f"{PAGE}\n{table}")).doubt


def test_words_run_together_are_no_doubt() -> None:
    """An engine that loses the blanks has read the words all the same."""
    glued = [line.replace(" ", "") for line in NUMBERED[:3]]
    assert doubt(found([*glued, *NUMBERED[3:]])) == Told()


def test_an_address_is_one_word() -> None:
    """What has no blank in it is one printed word, of however many parts."""
    more = "https://example.org/some/long/path/that/has/many/parts/and/an/end.html"
    told = found([*NUMBERED[:5], more, *NUMBERED[5:]])
    assert not told.invented


def test_a_formula_is_not_missing() -> None:
    """Each reader writes one otherwise: signs outweigh the words that stand in it."""
    signs = "sin = cos + tan = cot + sec = csc + arcsin = arccos + arctan = log + lim = max"
    assert not found(NUMBERED, PAGE.replace("\n", f"\n{signs}\n", 1)).missing


def test_what_a_witness_guesses_accuses_nobody_but_excuses() -> None:
    """A word of no weight is missing from no text, and explains what was read in its place."""
    page = " ".join(NUMBERED).split()
    begins = [len(" ".join(page[:n])) + (n > 0) for n in range(len(page))]
    line = len(NUMBERED[7].split())
    weights = [0.0 if 7 * line <= n < 8 * line else 1.0 for n in range(len(page))]
    boxes = [Box(0, 0, 1, 1)] * len(page)
    unsure = Witness(text=" ".join(page), begins=begins, boxes=boxes, weights=weights)
    assert not agreement("\n".join(NUMBERED[:7] + NUMBERED[8:]), unsure).missing
    alike = NUMBERED[7].replace("a", "e")
    assert not agreement("\n".join([*NUMBERED[:7], alike, *NUMBERED[8:]]), unsure).invented
    assert agreement("\n".join(NUMBERED[:9] + NUMBERED[10:]), unsure).missing


def test_a_trusted_text_accuses_with_fewer_words() -> None:
    """Five words are a doubt where the page's own text is the witness, six with an engine."""
    told = found([*NUMBERED[:7], " ".join(NUMBERED[7].split()[5:]), *NUMBERED[8:]])
    assert [run.words for run in told.missing] == [5]
    assert doubt_of(told, OWN_TEXT).doubt.startswith("5 words are not in the text")
    assert doubt_of(told, ENGINE) == Told()


def test_a_dollar_opens_no_formula_in_what_a_witness_says() -> None:
    """Its text is no Markdown: what stands between two marks is there."""
    marked = [*NUMBERED[:3], "$" + NUMBERED[3], NUMBERED[4] + "$x", *NUMBERED[5:]]
    assert found(NUMBERED, "\n".join(marked)).share > 0.99


def test_an_early_end_is_found() -> None:
    """An early end is found."""
    assert doubt(found(NUMBERED[:20])).doubt


def test_another_page_is_told_as_such() -> None:
    """Another page is told as such."""
    other = [line[::-1] for line in NUMBERED]
    assert doubt(found(other)).doubt.startswith("only 0% of the words")


def test_numbers_that_change_places_are_told() -> None:
    """Numbers that change places are told."""
    one, other = NUMBERED[3].rsplit(" ", 1), NUMBERED[21].rsplit(" ", 1)
    lines = [*NUMBERED]
    lines[3], lines[21] = f"{one[0]} {other[1]}", f"{other[0]} {one[1]}"
    told = found(lines)
    said = doubt(told)
    assert said.doubt == "numbers stand in each other's place"
    assert set(said.words.split(" and ")) == {one[1], other[1]}


def test_text_that_moved_is_neither_missing_nor_invented() -> None:
    """Text that moved is neither missing nor invented."""
    told = found(NUMBERED[20:] + NUMBERED[:20])
    assert (told.missing, told.invented, told.repeated) == ((), (), ())


def test_letters_that_look_alike_are_no_doubt() -> None:
    """Letters that look alike are no doubt."""
    told = found([line.replace("l", "1").replace("o", "0") for line in NUMBERED])
    assert doubt(told) == Told()


def test_markdown_and_tables_are_no_doubt() -> None:
    """Markdown and tables are no doubt."""
    lines = [f"- **{line}**" if n % 2 else f"| {line} | x |" for n, line in enumerate(NUMBERED)]
    assert doubt(found(lines)) == Told()


def test_a_witness_with_few_words_says_nothing() -> None:
    """A witness with few words says nothing."""
    assert doubt(found(NUMBERED, page="three words only")) == Told()


def test_a_missing_run_has_its_box_on_the_page() -> None:
    """A missing run has its box on the page."""
    begins, boxes, at = [], [], 0
    for number, line in enumerate(NUMBERED):
        for place, word in enumerate(line.split()):
            begins.append(at)
            boxes.append(Box(place * 50, number * 20, place * 50 + 45, number * 20 + 15))
            at += len(word) + 1
    told = agreement(
        "\n".join(NUMBERED[:7] + NUMBERED[8:]), Witness(text=PAGE, begins=begins, boxes=boxes)
    )
    assert told.missing[0].box == Box(0, 140, 545, 155)


@pytest.mark.parametrize(
    "part", ["aaa ", "中", "$", r"\(", "<a ", "](", "![a", "&a", "a- ", "aaa bbb "]
)
def test_a_crafted_text_costs_no_more_than_its_size(part: str) -> None:
    """Ended by the test's own limit if it were quadratic: 200,000 letters against as many."""
    crafted = part * (100_000 // len(part))
    agreement(crafted, Witness(text=crafted + " bbb " + part * 1000))
