"""Facts about tokens that become text one by one, with DeepSeek's own vocabulary."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.vocabulary import deepseek, deepseek_ocr, spelled
from ocrqueue.backends.deepseek_mlx.letters import Letters
from ocrqueue.text.repetition import Loop
from tests.support import tiny_model

pytestmark = tiny_model.needs_mlx

SOON = 300  # tokens
LOOPS = {
    "empty cells": "<td></td>",
    "cells of a number": "<td>0.00</td>",
    "other cells of a number": "<td>0,00</td>",
    "cells of a dash": "<td>-</td>",
    "rows of one cell": "<tr><td></td></tr>",
    "rows of a number": "<tr><td>0</td></tr>",
    "dots": ".",
    "spaced dots": " .",
    "underscores": "_",
    "escaped underscores": "\\_",
    "signs of an empty list": "\n-",
    "a pipe table without words": "| - |\n",
    "line breaks": "<br>",
    "zeros": "0 ",
    "one Chinese word": "的",
    "Chinese": "我们今天去看书",
    "a Chinese sentence": "根据本手册的规定操作人员应当在使用前检查设备的安全状态。",
}
HEAD = "The station took 418 samples.\n\n"


def pieces(tokenizer: object, tokens: list[int]) -> Iterator[str]:
    letters = Letters(getattr(tokenizer, "decode"))  # noqa: B009 - it has no types
    for token in tokens:
        yield letters.add(token)
    yield letters.end()


@pytest.mark.parametrize("name", LOOPS)
@pytest.mark.parametrize("tokenizer", [deepseek, deepseek_ocr], ids=["plain", "ocr"])
def test_a_loop_without_spaces_is_found_soon(tokenizer: object, name: str) -> None:
    """Within 300 tokens of its begin, whether or not a tag is one token."""
    assert callable(tokenizer)
    spell = tokenizer()
    loop = Loop()
    loop.feed(HEAD)

    looped = spelled(spell, LOOPS[name] * (8000 // len(LOOPS[name])))[: SOON + 1]
    found = [bool(loop.feed(piece)) for piece in pieces(spell, looped)]

    assert found.index(True) < SOON


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60))
def test_no_letter_is_lost(text: str) -> None:
    """Whatever it is, in whatever script: the pieces are the text."""
    tokens = spelled(deepseek(), text)

    assert "".join(pieces(deepseek(), tokens)) == text


def test_a_letter_in_parts_is_told_when_it_is_whole() -> None:
    """This one has two tokens; nothing of it is told after the first."""
    tokens = spelled(deepseek(), "𠀋!")

    told = list(pieces(deepseek(), tokens))

    assert len(tokens) > 2
    assert [piece for piece in told if piece] == ["𠀋", "!"]


def test_bytes_that_are_no_letter_do_not_wait_for_ever() -> None:
    """A reply of broken letters is told as it comes, as garbage."""
    (part, *_) = spelled(deepseek(), "𠀋")

    told = "".join(list(pieces(deepseek(), [part] * 40))[:40])

    assert len(told) >= 20
