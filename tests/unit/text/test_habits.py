"""Facts about what DeepSeek-OCR does to each text, and how it is put right."""

import pytest

from ocrqueue.text import habits
from ocrqueue.text.grounding import page


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("for year- round use", "for year-round use"),
        ("by GC- EI- MS, see [13- 17]", "by GC-EI-MS, see [13-17]"),
        ("Vor- und Nachteile", "Vor- und Nachteile"),
        ("pre- and post-war", "pre- and post-war"),
        ("a word - and a dash", "a word - and a dash"),
        (r"\(x- y\) stays", r"\(x- y\) stays"),
    ],
)
def test_a_hyphen_has_no_blank_behind_it_unless_a_word_is_left_open(said: str, meant: str) -> None:
    """A hyphen has no blank behind it unless a word is left open."""
    assert habits.mended(said) == meant


def test_each_item_of_a_list_has_a_line_of_its_own() -> None:
    """Each item of a list has a line of its own."""
    said = "- Common focus.- Trust.- Self-organization."
    assert habits.mended(said) == "- Common focus.\n- Trust.\n- Self-organization."


def test_prose_that_is_no_list_is_not_cut_into_items() -> None:
    """Prose that is no list is not cut into items."""
    said = "He came late.- So did I."
    assert habits.mended(said) == said


def test_an_empty_formula_before_a_number_is_a_dollar() -> None:
    r"""`\(\) 5,000\(and less than\) \ \(750\)`: the page says $5,000 and less than $750."""
    said = r"receipts of \(\) 5,000,000\(and producers of less than\) \ \(750,000\) each"
    shown = page(said).markdown
    assert r"\$5,000,000 and producers of less than" in shown
    assert "$$" not in shown


def test_an_empty_formula_elsewhere_leaves_nothing() -> None:
    """An empty formula elsewhere leaves nothing."""
    assert page(r"one \(\)two \[ \] three").markdown.split() == ["one", "two", "three"]


def test_a_formula_stays_one() -> None:
    """A formula stays one."""
    said = r"with \(a \le b\), 5\(x\) and \(\text{for all of them}\)"
    assert habits.mended(said) == said


def test_no_blank_stands_between_a_formula_and_its_stop() -> None:
    """No blank stands between a formula and its stop."""
    assert habits.mended(r"to \(1\mathrm{ml}\) . The") == r"to \(1\mathrm{ml}\). The"
