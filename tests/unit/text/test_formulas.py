"""Facts about what may stand in a formula, and what becomes of a formula that may do more."""

import pytest

from ocrqueue.text import escape, formulas
from ocrqueue.text.grounding import page
from ocrqueue.text.html_tables import Style

MATHS = [
    r"\frac{a}{b} \cdot \sqrt[3]{x^2} \leq \sum_{i=1}^{n} \vec{v}_i \quad \text{for }",
    r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix} \left\{ \begin{array}{l} a \end{array} \right.",
    r"\begin{aligned} a &= b \\[2pt] \operatorname{rank} A &= 2 \tag{1} \end{aligned}",
    r"5\,\% \text{ of } \$ 3 \& \{x\} \| y_\alpha \xrightarrow{k} \overline{z}",
]
ATTACKS = [
    r"\href{javascript:alert(1)}{x}",
    r"\url{javascript:x}",
    r"\includegraphics{https://a.example/b.png}",
    r"\input{/etc/passwd}",
    r"\write18{id}",
    r"\immediate\write18{id}",
    r"\htmlId{a}{b}",
    r"\html@mathml{a}{b}",
    r"\def\a{b}",
    r"\newcommand{\a}{b}",
    r"\catcode`\a=1",
    r"\csname input\endcsname",
    r"\require{html}",
    r"\unicode{x41}",
    r"\class{a}{b}",
    r"\style{color:red}{b}",
    r"\bbox[url(x)]{b}",
    r"\cssId{a}{b}",
    r"\data{a=b}{c}",
    r"\begin{filecontents}{a}\end{filecontents}",
    r"\text{\href{javascript:alert(1)}{x}}",
    r"a \\ \href{b}{c}",
    r"^^5cinput{a}",
    r"\frac@{a}{b}",
    r"\fracinput{a}",
]


@pytest.mark.parametrize("latex", MATHS)
def test_mathematics_is_a_formula(latex: str) -> None:
    """Within a line, on lines of its own, in a block and in a cell, it stays as it is."""
    line = page(f"so \\({latex}\\) is").markdown
    block = page(f"<|ref|>equation<|/ref|>{latex}").markdown

    assert formulas.is_safe(latex)
    assert line == f"so ${latex}$ is"
    assert block == f"$$\n{latex}\n$$"


@pytest.mark.parametrize("latex", ATTACKS)
def test_any_other_command_makes_it_code(latex: str) -> None:
    """No reader takes it for a formula: within a line, over lines and in a block."""
    assert not formulas.is_safe(latex)
    for opening, closing in ((r"\(", r"\)"), (r"\[", r"\]"), ("$", "$"), ("$$\n", "\n$$")):
        shown = page(f"so {opening}{latex}{closing} is").markdown
        assert "$" not in shown.replace("\\$", "")
    block = page(f"<|ref|>equation<|/ref|>{latex}").markdown
    assert block.startswith("```\n")
    assert block.endswith("\n```")


@pytest.mark.parametrize("style", Style)
@pytest.mark.parametrize("span", ["", " colspan=2"])
def test_a_cell_holds_no_command(style: Style, span: str) -> None:
    """Neither in a pipe table nor in HTML, where a backslash is no escape."""
    table = f"<table><tr><td{span}>$\\href{{javascript:a}}{{b}}$</td><td>$x^2$</td></tr></table>"

    shown = page(table, tables=style).markdown

    assert "\\href" not in shown
    assert "&#92;href" not in shown
    assert "$x^2$" in shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (r"C:\Users\me", r"C:\\Users\\me"),
        (r"\input{a}", r"\\input{a}"),
        (r"\\input{a}", r"\\input{a}"),
        (r"$5 \input{a}", r"$5 \\ input{a}"),
        (r"$5 \\input{a}", r"$5 \\ input{a}"),
        (r"\alpha and \frac", r"\alpha and \frac"),
        (r"\begin{a}", r"\\ begin{a}"),
    ],
)
def test_a_command_outside_of_formulas_is_text(text: str, shown: str) -> None:
    """It looks the same; where a formula may be near, a space parts it from its backslash."""
    assert formulas.as_text(text) == shown
    assert formulas.as_text(shown) == shown


@pytest.mark.parametrize(
    "reply",
    [
        "$$\n\n```\n\\href{javascript:a}{b}\n```\n\n$$",
        "costs $5 or `\\href{javascript:a}{b}` or 6$ now",
        "&dollar;&bsol;href{javascript:a}{b}&dollar;",
        "<|ref|>text<|/ref|>$$\n<|ref|>code<|/ref|>\n```\n\\href{a}{b}\n```\n",
    ],
)
def test_no_formula_takes_in_code(reply: str) -> None:
    """A dollar that opens one before code with a command is a dollar."""
    shown = page(reply).markdown

    assert "$" not in shown.replace("\\$", "")


def test_a_backslash_has_no_other_name() -> None:
    """A page would make a command of it, in text or in a formula."""
    latex = "&bsol;href{javascript:a}{b}"

    assert not formulas.is_safe(latex)
    assert page(f"so ${latex}$").markdown == r"so $\\ href{javascript:a}{b}$"


def test_read_text_holds_no_command() -> None:
    """What Tesseract read or a file holds is no formula; prices stay."""
    assert escape.inline(r"$\href{a}{b}$ for $5") == r"$\\ href{a}{b}$ for $5"
    assert escape.passage("\\input{a}\n[a]: b") == "\\\\ input{a}\n\\[a]: b"
