"""Facts about what a model's Markdown may hold, and that code in it stays as it is."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocrqueue.text import sanitize
from ocrqueue.text.grounding import page
from tests.support.shown import acts

NESTED = "- a\n  - b:\n    ```py\n    <b>\n      c\n    ```\n  - d"
HARMLESS = re.compile(
    r"</?(?:table|tr|td|th|caption|br|sub|sup)(?: (?:col|row)span=\"\d{1,3}\")*[ \t]*/?>",
    re.IGNORECASE,
)

INDENT = st.integers(0, 7).map(lambda width: " " * width) | st.just("\t")
MARK = st.sampled_from(["", "", "", "- ", "* ", "1. ", "2. ", "10. ", "> ", "# "])
REST = st.sampled_from(
    [
        *(
            "```",
            "```",
            "~~~",
            "````",
            "```x",
            "```\u00a0",
            "- ```x",
            "`",
            "a ` b",
            "a",
            "",
            "\\```",
        ),
        *(
            "<script>",
            "<script>",
            "<img src=x onerror=a>",
            "`<script>`",
            "``<script>``",
            "|---|---|",
        ),
        *(
            "`a` <script>",
            "a `b\\`c` <script>",
            "| a | `b | <script>` |",
            "`$`<script>` $",
            "---",
            "~~~<b>|",
        ),
        *("<br>", "<sup>", "<sup>1</sup>", "<center>", "</center>", "<center>x</center>"),
        *("<table>", "</table>", "<td colspan=2>", "\\[", "\\]", "[x](https://a`b) ` `<script>`"),
    ]
)
LINES = st.lists(st.tuples(INDENT, MARK, REST).map("".join), min_size=2, max_size=9).map("\n".join)
FENCES = st.lists(
    st.tuples(
        st.sampled_from(["", "", "", "  ", "   ", "    "]),
        st.sampled_from(["", "", "", "", "- ", "1. ", "> "]),
        st.sampled_from(
            ["```", "```", "```", "~~~", "```x", "```\u00a0", "<script>", "<script>", "a"]
        ),
    ).map("".join),
    min_size=3,
    max_size=7,
).map("\n".join)
TICKS = st.lists(
    st.sampled_from(
        ["`", "`", "``", "<script>", "a", "\n", "\\", "|", "\n|-|\n", "](https://a", ")"]
    ),
    max_size=14,
).map("".join)
LABELS = st.sampled_from(["text", "title", "equation", "caption", "code", "x"])
BLOCKS = st.lists(
    st.tuples(LABELS, LINES).map(lambda block: "<|ref|>{}<|/ref|>\n{}".format(*block)), max_size=3
).map("".join)


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("<script>alert(1)</script>", "\\<script>alert(1)\\</script>"),
        ("\\<script>", "\\<script>"),
        ("\\\\<script>", "\\\\\\<script>"),
        ("![x](http://a/b.png)", "\\!\\[x](http://a/b.png)"),
        ("[x](javascript:alert(1))", "[x\\](javascript:alert(1))"),
        ("[x](https://a.example)", "[x](https://a.example)"),
        ('[x](https://a.example/b_(c) "d")', '[x](https://a.example/b_(c) "d")'),
        ("[1]: data:text/html", "[1\\]: data:text/html"),
        ("https://a.example<script>", "https://a.example \\<script>"),
        ("a < b, x<3", "a < b, x<3"),
        ("prices: $5 and $6", "prices: $5 and $6"),
    ],
)
def test_a_page_shows_what_it_says_and_does_nothing(text: str, markdown: str) -> None:
    """Tags, remote pictures and scripts become text; plain links stay."""
    assert sanitize.clean(text) == markdown


@pytest.mark.parametrize(
    "text",
    [
        "H<sub>2</sub>O<br>x",
        'old.<sup>1</sup> "So"<sup>2</sup> [see]<sup>3</sup>',
        "<sup>1</sup> See Smith.",
        "10 <sup>-3</sup> m and CO <SUB>2</SUB>",
        "\u7ae0\u3002<sup>1</sup>",
        "- <sup>a<sub>b</sub></sup>",
        "x <br> y",
        "<br/>x",
        "$5<br>and $6",
    ],
)
def test_letters_are_set_off_and_lines_break(text: str) -> None:
    """Whatever stands before them: pairs within a line, and breaks that are not alone on one."""
    assert sanitize.clean(text) == text


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("<br>\n<script>", "\\<br>\n\\<script>"),
        ("> - <br>\n<script>", "> - \\<br>\n\\<script>"),
        ("<sup>\n1</sup>", "\\<sup>\n1\\</sup>"),
        ("a<sup>1", "a\\<sup>1"),
        ("a</sup>", "a\\</sup>"),
        ("<sup>a</sub>", "\\<sup>a\\</sub>"),
        ("<sup onclick=x>1</sup>", "\\<sup onclick=x>1\\</sup>"),
        ("`<sup>` 1</sup>", "`<sup>` 1\\</sup>"),
    ],
)
def test_a_tag_without_its_other_half_is_text(text: str, markdown: str) -> None:
    """So is a break alone on its line: it would begin a block of HTML."""
    assert sanitize.clean(text) == markdown


@pytest.mark.parametrize(
    "text",
    [
        "Use `vector<int>` and `a[i](b)`.",
        "`` ` <b> `` and `<table>` and `</table>`",
        "`\\(x\\)` costs `$a` or `$b<c>`",
        "a `<b>|c`",
        "```\n<b>\n```",
        "~~~\n<b>\n~~~",
        "1. Run:\n   ```python\n   if a<b: print('<x>')\n\n   ![x](y)\n   ```\n2. done",
        "10. a\n    ```\n    <b>\n    ```",
        "- ```py\n  <b>\n  ```",
        NESTED,
    ],
)
def test_code_stays_as_it_is(text: str) -> None:
    """Within a line, at the edge and in lists."""
    assert sanitize.clean(text) == text


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("a ` b <x>", "a ` b \\<x>"),
        ("a `\n`<x>`", "a `\n`\\<x>`"),
        ("\\`<x>`", "\\`\\<x>`"),
        ("| a | b |\n| --- | --- |\n| `c | <x>` |", "| a | b |\n| --- | --- |\n| `c | \\<x>` |"),
        ("[a](https://b`c) d` e `<x>`", "[a\\](https://b`c) d` e `\\<x>`"),
        ("```\n<b>", "```\n<b>\n```"),
        ("```\n  ```\n<b>", "```\n  ```\n\\<b>"),
        ("- a\n  ```\n<b>\n  ```", "- a\n  \\`\\`\\`\n\\<b>\n  \\`\\`\\`"),
        ("- a\n  ```\n  <b>", "- a\n  \\`\\`\\`\n  \\<b>"),
        ("  ```\n```\n<b>\n```", "  \\`\\`\\`\n```\n<b>\n```"),
        ("> ~~~\n~~~\n<b>", "> \\~\\~\\~\n~~~\n<b>\n~~~"),
        ("~~~<b>|\n|---|", "\\~\\~\\~\\<b>|\n|---|"),
        ("a\n2. b\n     ```\n     <b>\n     ```", None),
    ],
)
def test_what_some_reader_takes_for_text_is_no_code(text: str, markdown: str | None) -> None:
    """Backticks and fences count only where all agree; a fence that does not count is text."""
    cleaned = sanitize.clean(text)

    assert cleaned == markdown or (markdown is None and "\\<b>" in cleaned)
    assert acts(cleaned).tags == set()


@settings(max_examples=400, deadline=None)
@given(FENCES | TICKS | LINES | BLOCKS)
def test_no_code_lets_anything_act(reply: str) -> None:
    """Fences and backticks in lists, quotes, tables and headings, closed or not."""
    assert_harmless(reply)


@pytest.mark.slow
@settings(max_examples=3000, deadline=None)
@given(FENCES | TICKS | LINES | BLOCKS)
def test_no_code_of_many_lets_anything_act(reply: str) -> None:
    """The same with as much of it as nobody waits for each time."""
    assert_harmless(reply)


def assert_harmless(reply: str) -> None:
    """Nothing of a page with this reply is more than text, or a link to elsewhere."""
    found = acts(page(reply, number=3).markdown)

    assert [tag for tag in found.tags if not HARMLESS.fullmatch(tag)] == []
    assert [u for u in found.links if not u.startswith("https://")] == []
    assert found.pictures == set()


def test_a_formula_opens_no_fence() -> None:
    """It would turn the code of the next block into text; nor does it hold a link's address."""
    code = "<|ref|>code<|/ref|>\n```\n<script>\n```\n[x]"

    found = acts(page(f"<|ref|>equation<|/ref|>a\n```\n- [x]: data:1{code}").markdown)

    assert found.tags == set()
    assert found.links == set()
