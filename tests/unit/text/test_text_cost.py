"""Facts about the time that a page's text takes: it grows with the text, and no faster."""

import time
from collections.abc import Callable

import pytest

from ocrqueue.evaluation import similarity
from ocrqueue.text import (
    chatter,
    code_lines,
    compose_blocks,
    escape,
    habits,
    marks,
    prose,
    quality,
    repetition,
)
from ocrqueue.text.grounding import formula, page, table
from ocrqueue.text.html_tables import Style
from ocrqueue.text.layer import trust, words
from ocrqueue.text.witness.agreement import Witness, agreement

SMALL, LARGE = 500, 8_000  # letters
STEEP = 4  # times as fast as the text; what looks back at all of it: 16
LEAST_S = 0.01  # what takes less is not measured
ENDLESS_S = 5.0  # for few letters
TRIES = 3

READERS: dict[str, Callable[[str], object]] = {
    "a page": page,
    "a page with HTML tables": lambda text: page(text, tables=Style.HTML),
    "a table": table,
    "a formula": formula,
    "what a chat says": chatter.cleaned,
    "a refusal": chatter.refuses,
    "a torn table": chatter.is_torn,
    "a loop": repetition.check,
    "plain words": similarity.plain,
    "odd words": quality.odd_share,
    "a word of a text layer": words.spelt,
    "links of a text layer": lambda text: marks.shown(text, ["https://a"]),
    "words of a text layer": trust.looks_like_words,
    "prose": prose.alone,
    "habits of a model": habits.mended,
    "lines of code": code_lines.fenced,
    "a witness": lambda text: agreement(text, Witness(text=text[::-1])),
    "a passage": escape.passage,
    "a cell": escape.cell,
    "a line": escape.line,
    "an open end": lambda text: compose_blocks.closed(compose_blocks.clean(text)),
    "a page break": lambda text: compose_blocks.joint(text, text),
}
PARTS = [
    *("<", "<b>", "<br>", "<br>\n", "</br>", "<!--", "<table>", "<table><tr><td>", "<td>", "<sup>"),
    *("://", "://<a", "www.", "https://a<b ", "|", "| - ", "| a |\n", "\n", " \n", "\t", "-\n"),
    *("-", "- ", "- a\n", "---\n", "> ", "1. ", "1.", "a", "a ", "a-\n", "*a", "_", "#", "# a\n"),
    *(
        "`",
        "`a",
        "``",
        "```\n",
        "```x\n",
        "  ```\n",
        "~~~\n",
        "$",
        "$a",
        "$a$ ",
        "$$",
        "\\(",
        "\\[",
    ),
    *(
        "\\",
        "\\href",
        "\\frac{",
        "[",
        "](",
        "[a](",
        "[a](https://b(",
        "[1]:",
        "![",
        "&",
        "&#",
        "&bsol;",
    ),
    *("{{", "<%", "<|ref|>", "<|det|>", "<|ref|>text<|/ref|>", "<|det|>[[1,2,3,4]]<|/det|>", "<|"),
    *(
        "<center>",
        "</center>",
        "\u202e",
        "\ufe0f",
        "\ufffe",
        ":::",
        "\x061\x06",
        "\u4e00",
        "7 ",
        "7",
    ),
]


def seconds(read: Callable[[str], object], text: str) -> float:
    began = time.thread_time()
    read(text)
    return time.thread_time() - began


def least(read: Callable[[str], object], text: str) -> float:
    return min(seconds(read, text) for _ in range(TRIES))


@pytest.mark.parametrize("name", READERS)
def test_no_text_takes_longer_than_it_grows(name: str) -> None:
    """Many lines, one long line, and many of each sign that means something somewhere."""
    read, found = READERS[name], {}
    for part in PARTS:
        small, large = (part * (size // len(part)) + "x" for size in (SMALL, LARGE))
        if seconds(read, small) > ENDLESS_S:
            found[part] = "endless"
        elif (taken := seconds(read, large)) > LEAST_S:
            most = max(least(read, small), 1e-5) * STEEP * LARGE / SMALL
            if taken > most and (taken := least(read, large)) > most:
                found[part] = f"{taken:.2f} s and not {most:.2f} s"

    assert found == {}
