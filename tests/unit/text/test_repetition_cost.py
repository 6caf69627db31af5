"""Facts about the time that looking for loops takes, in replies that nearly are some."""

import random
import time
from collections.abc import Callable, Iterable, Sequence
from itertools import count

import pytest

from ocrqueue.text.repetition import LONGEST_REPLY, check

SMALL = LONGEST_REPLY // 16
STEEP = 4  # times as fast as the text; what looks at a whole period for each unit: 16
TRIES = 3


def signs(chance: random.Random) -> str:
    return chance.choice("|[](){}.,;:=+*&%$#@")


def words(chance: random.Random) -> str:
    return "".join(chance.choices("abcdefghij", k=4)) + " "


def rows(chance: random.Random) -> str:
    return f"<tr><td>{words(chance)}</td><td>{chance.randrange(99)}</td></tr>\n"


def once_long(units: Sequence[str], size: int) -> str:
    """Return one period that fills a fifth of the reply."""
    return _up_to(size // 5, units) * 5


def growing(units: Sequence[str], size: int) -> str:
    """Return each period twice, each a unit longer than the one before."""
    ends = (length * (length + 1) // 2 for length in count(1))
    periods = ("".join(units[end - length : end]) for length, end in zip(count(1), ends))
    return _up_to(size, (period * 2 for period in periods))


def nested(units: Sequence[str], size: int) -> str:
    """Return what comes twice, in what comes twice, and so on."""
    text = ""
    for unit in units:
        if len(text) >= size:
            break
        text += text + unit
    return text[:size]


def broken(units: Sequence[str], size: int) -> str:
    """Return one long period, again and again, with another sign between."""
    period = "".join(units[:1000])
    return _up_to(size, (f"{period * 4}{chr(0xAC00 + part % 9000)}" for part in count()))


def _up_to(size: int, parts: Iterable[str]) -> str:
    text, length = [], 0
    for part in parts:
        text.append(part)
        length += len(part)
        if length >= size:
            break
    return "".join(text)[:size]


def seconds(text: str) -> float:
    began = time.thread_time()
    check(text)
    return time.thread_time() - began


@pytest.mark.parametrize("shape", [once_long, growing, nested, broken])
@pytest.mark.parametrize("unit", [signs, rows])
def test_what_nearly_loops_takes_as_long_as_any_other_text(
    unit: Callable[[random.Random], str], shape: Callable[[Sequence[str], int], str]
) -> None:
    """Periods of all lengths, up to a fifth of the longest reply, are looked at once each time."""
    chance = random.Random(5)  # noqa: S311 - the same in each run
    units = [unit(chance) for _ in range(LONGEST_REPLY)]
    small, large = (shape(units, size) for size in (SMALL, LONGEST_REPLY))

    assert min(map(len, (small, large))) >= SMALL * 0.99
    grown = seconds(large) / max(min(seconds(small) for _ in range(TRIES)), 1e-3)

    assert grown < STEEP * LONGEST_REPLY / SMALL
