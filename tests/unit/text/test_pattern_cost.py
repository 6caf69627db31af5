"""Facts about the time that regular expressions take: it grows with the text, and no faster."""

import time
from typing import Any

import pytest

from ocrqueue.text.sanitize import _BREAK_ALONE as BREAK_ALONE
from tests.support.patterns import Pattern, attacks, busy, patterns

FIRST, SMALL, LARGE = 24, 256, 4096  # letters
STEEP = 4  # times as fast as the text; a pattern that looks back at all of it: 16
LEAST_S = 0.0005  # what takes less is not measured
ENDLESS_S = 0.2  # for few letters
TRIES = 4


def seconds(pattern: Pattern, way: str, text: Any) -> float:
    began = time.thread_time()
    busy(pattern, way, text)
    return time.thread_time() - began


def least(pattern: Pattern, way: str, text: Any) -> float:
    return min(seconds(pattern, way, text) for _ in range(TRIES))


def steep(pattern: Pattern, way: str, attack: tuple[Any, Any, Any]) -> str:
    """Return what grows faster than the text; "" for nothing."""
    start, part, end = attack
    few, small, large = (
        start + part * (size // len(part) + 1) + end for size in (FIRST, SMALL, LARGE)
    )
    told = f"{pattern.place} {way} {start!r} {part!r} {end!r}"
    if seconds(pattern, way, few) > ENDLESS_S and least(pattern, way, few) > ENDLESS_S:
        return f"{told}: endless"
    if seconds(pattern, way, small) > ENDLESS_S:
        return f"{told}: endless"
    if seconds(pattern, way, large) < LEAST_S:
        return ""
    grown = least(pattern, way, large) / max(least(pattern, way, small), 1e-6)
    return f"{told}: {grown:.0f} times" if grown > STEEP * LARGE / SMALL else ""


@pytest.mark.parametrize("part", range(4))
def test_no_pattern_takes_longer_than_its_text_grows(part: int) -> None:
    """Each is used, as the project uses it, on texts made of its own letters and classes."""
    found = [
        why
        for pattern in patterns()[0][part::4]
        for attack in attacks(pattern.compiled)
        for way in sorted(pattern.ways)
        if (why := steep(pattern, way, attack))
    ]

    assert found == []


@pytest.mark.parametrize("part", [" ", "> ", "- ", "1. ", "<br ", "<br>"])
@pytest.mark.parametrize("way", ["search", "sub", "fullmatch"])
def test_a_break_alone_is_looked_for_at_the_begin_only(way: str, part: str) -> None:
    """However it is used, a line of marks without a break is gone through once."""
    pattern = Pattern(place="a break alone", compiled=BREAK_ALONE, ways=frozenset())

    assert steep(pattern, way, ("", part, "\x00")) == ""


def test_all_patterns_are_known() -> None:
    """None is made at run time but of few known words: globs, keys, settings, a doubt, a word."""
    found, at_run_time = patterns()

    assert len(found) > 100
    assert {place.partition(":")[0] for place in at_run_time} == {
        "ocrqueue/broker/key_kinds.py",
        "ocrqueue/inputs/globs.py",
        "ocrqueue/settings/engine_text.py",
        "ocrqueue/text/layer/ligatures.py",
        "ocrqueue/web/page_text.py",
        "tools/install.py",
    }
