"""The Markdown of a page as HTML: no markup of its own, no link that leads anywhere; pure."""

import re
from collections.abc import Mapping

from markdown_it import MarkdownIt
from markupsafe import Markup, escape

LONGEST = 20_000  # letters that are shown as they will look; of more, the source
MOST_WORDS = 80  # of a run that is marked
_BEGIN, _END = "\ue000", "\ue001"  # private signs, which are taken out of a text first
_PRIVATE = re.compile("[\ue000\ue001]")
_WORD = re.compile(r"\w+")


def rendered(markdown: str, pictures: Mapping[str, str], doubted: str = "") -> Markup:
    """Return the text as it will look, doubted words marked.

    `pictures` has the address of each figure that may be shown, by its name.
    """
    if len(markdown) > LONGEST:
        return source(markdown, doubted)
    reader = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    # Both are asked of each link and picture, one after the other.
    reader.normalizeLink = lambda url: pictures.get(url, "")  # type: ignore[method-assign]
    reader.validateLink = lambda url: url != ""  # type: ignore[method-assign]
    shown = str(reader.render(_signed(markdown, doubted)))
    return Markup(shown.replace(_BEGIN, "<mark>").replace(_END, "</mark>"))  # noqa: S704 - escaped


def source(markdown: str, doubted: str = "") -> Markup:
    """Return the text as it is written, doubted words marked."""
    signed = str(escape(_signed(markdown, doubted)))
    marked = signed.replace(_BEGIN, "<mark>").replace(_END, "</mark>")
    return Markup("<pre>{}</pre>").format(Markup(marked))  # noqa: S704 - escaped above


def plain(markdown: str) -> Markup:
    """Return the text as it is, line by line, for a field; half a sign becomes a question mark."""
    return escape(_whole(markdown))


def has(markdown: str, doubted: str) -> bool:
    """Return whether the text has the doubted words."""
    return bool((run := _run(doubted)) and run.search(markdown))


def _signed(markdown: str, doubted: str) -> str:
    """Return the text with a sign before and after each word of a doubted run.

    Each word by itself, for markup may stand between two of them.
    """
    text = _PRIVATE.sub("", _whole(markdown))
    run = _run(doubted)
    if run is None:
        return text
    return run.sub(lambda found: _WORD.sub(rf"{_BEGIN}\g<0>{_END}", found[0]), text)


def _whole(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def _run(doubted: str) -> re.Pattern[str] | None:
    """Return what finds the words, whatever stands between two of them."""
    words = _WORD.findall(doubted)[:MOST_WORDS]
    if not words:
        return None
    run = r"\W++".join(map(re.escape, words))
    return re.compile(rf"(?<!\w){run}(?!\w)")
