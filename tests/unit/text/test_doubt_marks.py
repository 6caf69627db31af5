"""Facts about the comment at the place where a second reading says something else."""

from dataclasses import replace

import pytest

from ocrqueue.model import page as model
from ocrqueue.settings.schema import OutputSettings
from ocrqueue.text.compose import compose
from tests.unit.text.test_compose import FRONT

TEXT = """# Report

The first paragraph says
what it says.

```
code

more code
```

| a | b |
| - | - |
| 1 | 2 |"""
TOLD = model.Testimony(by="tesseract", doubt="9 words are not in the text", words="nine words")


def shown(text: str, told: model.Testimony | None, *, marks: bool = True) -> str:
    page = model.PageResult(page=1, markdown=text, verdict=model.Verdict.DOUBTFUL, witness=told)
    return compose([page], OutputSettings(mark_doubts=marks, page_notes=False), FRONT) or ""


@pytest.mark.parametrize(
    ("at", "before"),
    [
        (0, "# Report"),
        (TEXT.index("what it"), "The first paragraph"),
        (TEXT.index("more code"), "```\ncode"),
        (TEXT.index("| 1 |"), "| a | b |"),
        (len(TEXT), "| a | b |"),
        (10_000, "| a | b |"),
        (None, "# Report"),
    ],
)
def test_the_comment_stands_before_the_block(at: int | None, before: str) -> None:
    """A paragraph, a table and a fence stay what they are; nothing else changes."""
    comment = "<!-- 9 words are not in the text: nine words -->\n"
    text = shown(TEXT, replace(TOLD, at=at))

    assert comment + before in text
    assert text.replace(comment, "") == TEXT + "\n"


def test_without_a_doubt_or_a_wish_there_is_none() -> None:
    """It is off unless somebody wants it, and only doubts are marked."""
    assert shown(TEXT, TOLD, marks=False) == TEXT + "\n"
    assert shown(TEXT, replace(TOLD, doubt="")) == TEXT + "\n"
    assert shown(TEXT, None) == TEXT + "\n"


@pytest.mark.parametrize(
    "words",
    [
        "a --> <script>x</script>",
        "--!> b",
        "a\n\n# b",
        "\x1b[2J--",
        "<!-- a -->",
        "----",
        "-\u202e-",
    ],
)
def test_words_never_end_the_comment(words: str) -> None:
    """What stands on a page, whoever wrote it, stays one line within the comment."""
    text = shown("Text.", replace(TOLD, words=words))
    first, rest = text.split("\n", 1)

    assert rest == "Text.\n"
    assert first.startswith("<!-- ")
    assert first.endswith(" -->")
    assert "--" not in first[4:-3]
    assert first.isprintable()
