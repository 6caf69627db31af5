"""Facts about code that a model took for text: it is shown as code, and prose is not."""

import pytest

from ocrqueue.text import code_lines
from ocrqueue.text.grounding import page

BOX = "<|det|>[[100, {0}, 800, {1}]]<|/det|>"
CODE = [
    "# Parameter",
    "import numpy as np;",
    "x=np.linspace(0,1);",
    "for k in range(9):",
    "print(x)",
]


def grounded(texts: list[str]) -> str:
    """Return a reply in which each text is a block of its own."""
    blocks = (
        f"<|ref|>text<|/ref|>{BOX.format(at * 20, at * 20 + 15)}\n{text} \n"
        for at, text in enumerate(texts)
    )
    return "\n".join(blocks)


def test_a_comment_is_no_heading() -> None:
    """A comment is no heading."""
    assert page(grounded(["# Parameter"])).markdown == r"\# Parameter"


def test_lines_of_code_stay_lines() -> None:
    """Lines of code stay lines."""
    shown = page(grounded(["With Sympy:\n" + "\n".join(CODE) + "\nwhich shows it."])).markdown
    code = "\n".join(CODE)
    assert shown == f"With Sympy:\n\n```\n{code}\n```\n\nwhich shows it."


def test_code_with_a_block_for_each_line_is_one_block() -> None:
    """Code with a block for each line is one block."""
    shown = page(grounded(["a)", *CODE, "So it is."])).markdown
    assert "\n".join(["```", *CODE, "```"]) in shown
    assert shown.count("```") == 2


@pytest.mark.parametrize(
    "text",
    [
        "a = 3\nb = 4\nc = 5\nd = 6",
        "f(x)\ng(x)\nh(x)",
        "return to sender\nif you can:\nwhile stocks last:",
        "the first;\nthe second;\nand the third;",
    ],
)
def test_mathematics_and_prose_are_no_code(text: str) -> None:
    """Mathematics and prose are no code."""
    assert code_lines.fenced(text) is None


def test_a_heading_of_a_model_stays_one() -> None:
    """A heading of a model stays one."""
    reply = f"<|ref|>sub_title<|/ref|>{BOX.format(1, 20)}\n# Results"
    assert page(reply).markdown == "# Results"
