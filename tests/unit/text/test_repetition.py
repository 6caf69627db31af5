"""Facts about replies that run in circles."""

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocrqueue.text.repetition import Loop, check

PROSE = (
    "The station at Lake Orlo took 418 samples between April and June. All but three were clear. "
    "Nitrate fell by 12 %. Two sensors failed in May, and so the second trial had no result.\n\n"
)
BOX = "<|ref|>text<|/ref|><|det|>[[118, 60, 640, 92]]<|/det|>\n"

LOOPS = {
    "the table row of the tiny model": "<table><tr><td>Item</td></tr>"
    + "<tr><td>0</td></tr>" * 400,
    "a table that came out of its loop": "<table>" + "<tr><td>0</td></tr>" * 60 + "40",
    "one word": PROSE + "background " * 200,
    "a phrase": PROSE + "of the water, " * 100,
    "a sentence": PROSE + "All but three of the samples were clear. " * 30,
    "a paragraph": PROSE * 8,
    "a counter": PROSE + "".join(f"{n}. The water of the lake was clear.\n" for n in range(200)),
    "two counters": "".join(f"{n} mm of rain fell on day {3 * n}, " for n in range(200)),
    "counting": " ".join(map(str, range(3000))),
    "dots": "Contents " + "." * 2000,
    "spaced dots": "Contents " + ". " * 2000,
    "escaped underscores": "\\_" * 2000,
    "zeros": "0" * 3000,
    "line ends": "a" + "\n" * 1000,
    "one box": "".join(f"{BOX}text {number}\n\n" for number in range(6)),
    "Chinese": PROSE + "我们今天去看书" * 80,
    "a long line now and then": "".join(
        f"{'one two three four five six seven'}\n{n * n} other text {n}\n" for n in range(40)
    ),
    "empty cells": "<table><tr>" + "<td></td>" * 600,
    "rows of ever other lengths": "<table><tr><td>Sum</td></tr>"
    + "".join("<tr>" + "<td></td>" * (2 + n * n * n % 23 % 13) + "</tr>" for n in range(60)),
}
SOUND = {
    "prose": PROSE * 3,
    "a form of lines": "\n\n".join("_" * 90 for _ in range(50)),
    "leaders": "\n".join(f"Part {n * n} {'.' * 150} {n}" for n in range(50)),
    "an empty table": "<table>" + ("<tr>" + "<td></td>" * 8 + "</tr>") * 60 + "</table>",
    "a table of zeros": "\n".join("| 0 | 0.00 | 0 |" for _ in range(80)),
    "a form with labels": "".join(
        f"<tr><td>Field {n}</td>" + "<td></td>" * (2 + n * n * n % 23 % 13) + "</tr>"
        for n in range(60)
    ),
    "a numbered form": "\n".join(f"{n}. ____________________" for n in range(1, 60)),
    "a statement": "\n".join(f"| Card payment Market | {n * n % 97}.00 EUR |" for n in range(60)),
    "line numbers": "\n".join(map(str, range(1, 150))),
    "a matrix": "[0, 0, 0, 0], " * 30,
    "a heading twice": BOX + "One\n\n" + BOX + "Two",
}


def fed(reply: str, size: int) -> tuple[str | None, int]:
    """Return why and where a reply was stopped."""
    loop = Loop()
    for start in range(0, len(reply), size):
        if reason := loop.feed(reply[start : start + size]):
            return reason, start
    return loop.end(), len(reply)


@pytest.mark.parametrize("name", LOOPS)
def test_a_loop_is_found(name: str) -> None:
    """Repeats with and without a counter, endless signs and boxes: each has its reason."""
    assert check(LOOPS[name])


@pytest.mark.parametrize("name", LOOPS)
def test_a_loop_is_found_long_before_its_end(name: str) -> None:
    """Were it to go on, nobody would wait for it."""
    reply = LOOPS[name]

    _, at = fed(reply, 4)

    assert at <= max(len(reply) * 0.95, 700)


@pytest.mark.parametrize("name", SOUND)
def test_a_sound_page_is_let_through(name: str) -> None:
    """Forms, leaders, tables of zeros and statements repeat themselves and are no loops."""
    assert check(SOUND[name]) is None


@settings(max_examples=100, deadline=None)
@given(st.sampled_from([*LOOPS.values(), *SOUND.values()]), st.integers(1, 500))
def test_the_size_of_the_pieces_does_not_matter(reply: str, size: int) -> None:
    """Token by token or all at once, the reason is the same."""
    assert fed(reply, size)[0] == check(reply)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=400))
def test_short_text_is_never_a_loop_unless_it_says_the_same_six_times(reply: str) -> None:
    """Text of any letters is read without a failure."""
    assert check(reply) is None or len(set(reply.split())) * 5 < len(reply)


@pytest.mark.parametrize(
    "piece", ["a", "ab <|", "<td ", "0", "0 ", "[1,", "<|det|>[[1,2", "\n", "x1"]
)
def test_the_cost_follows_the_length(piece: str) -> None:
    """A megabyte of one piece is read in seconds."""
    began = time.process_time()

    check(piece * (1_000_000 // len(piece)))

    assert time.process_time() - began < 5


def test_no_reply_makes_a_token_expensive() -> None:
    """Ten times the garbage takes about ten times as long."""
    chance = random.Random(3)  # noqa: S311 - the same in each run

    def seconds(size: int) -> float:
        text = "".join(chance.choices(["a", "b ", "<td>", "|", "1", "[", "]", ".", "\n"], k=size))
        began = time.process_time()
        check(text)
        return time.process_time() - began

    assert seconds(200_000) < 30 * seconds(20_000) + 0.3


def test_a_reason_names_what_goes_round() -> None:
    """A user reads the words that repeat, and how often they came."""
    assert check("background " * 100) == "the same comes 61 times: background"
    assert check(BOX * 9) == "the box 118, 60, 640, 92 comes 5 times"
    assert check("." * 600) == "'.' comes 501 times in a row"
