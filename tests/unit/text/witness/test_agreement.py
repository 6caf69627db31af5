"""Facts about what a second reading finds in a first one, and about what it does not."""

import random

import pytest

from ocrqueue.text.hocr.layout import Box
from ocrqueue.text.witness.agreement import Agreement, Witness, agreement
from ocrqueue.text.witness.verdict import doubt

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


def test_the_same_text_agrees() -> None:
    """The same text agrees."""
    assert found(NUMBERED) == Agreement(share=1.0, words=330)


def test_a_line_that_is_missing_is_named_with_its_place() -> None:
    """A line that is missing is named with its place."""
    told = found(NUMBERED[:7] + NUMBERED[8:])
    (run,) = told.missing
    assert run.text.split() == NUMBERED[7].split()
    assert run.place[0] == len("\n".join(NUMBERED[:7]))
    assert doubt(told).startswith("11 words are not in the text, but on the page: ")


def test_a_paragraph_that_is_invented_is_found() -> None:
    """A paragraph that is invented is found."""
    more = [" ".join(reversed(line.split())).replace("a", "o") for line in LINES[:4]]
    told = found(NUMBERED[:9] + more + NUMBERED[9:])
    (run,) = told.invented
    assert run.text == "\n".join(more)
    assert doubt(told).startswith("40 words are in the text, but not on the page")


def test_a_line_that_comes_twice_is_not_invented() -> None:
    """A line that comes twice is not invented."""
    told = found([*NUMBERED[:5], *NUMBERED[4:]])
    assert not told.invented
    assert [run.text for run in told.repeated] == [NUMBERED[4]]
    assert "more often in the text" in doubt(told)


def test_an_early_end_is_found() -> None:
    """An early end is found."""
    assert doubt(found(NUMBERED[:20]))


def test_another_page_is_told_as_such() -> None:
    """Another page is told as such."""
    other = [line[::-1] for line in NUMBERED]
    assert doubt(found(other)).startswith("only 0% of the words")


def test_numbers_that_change_places_are_told() -> None:
    """Numbers that change places are told."""
    one, other = NUMBERED[3].rsplit(" ", 1), NUMBERED[21].rsplit(" ", 1)
    lines = [*NUMBERED]
    lines[3], lines[21] = f"{one[0]} {other[1]}", f"{other[0]} {one[1]}"
    told = found(lines)
    assert told.crossed == 1
    assert doubt(told) in {
        f"numbers stand in each other's place: {one[1]} and {other[1]}",
        f"numbers stand in each other's place: {other[1]} and {one[1]}",
    }


def test_text_that_moved_is_neither_missing_nor_invented() -> None:
    """Text that moved is neither missing nor invented."""
    told = found(NUMBERED[20:] + NUMBERED[:20])
    assert (told.missing, told.invented, told.repeated) == ((), (), ())


def test_letters_that_look_alike_are_no_doubt() -> None:
    """Letters that look alike are no doubt."""
    told = found([line.replace("l", "1").replace("o", "0") for line in NUMBERED])
    assert doubt(told) == ""


def test_markdown_and_tables_are_no_doubt() -> None:
    """Markdown and tables are no doubt."""
    lines = [f"- **{line}**" if n % 2 else f"| {line} | x |" for n, line in enumerate(NUMBERED)]
    assert doubt(found(lines)) == ""


def test_a_witness_with_few_words_says_nothing() -> None:
    """A witness with few words says nothing."""
    assert doubt(found(NUMBERED, page="three words only")) == ""


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
