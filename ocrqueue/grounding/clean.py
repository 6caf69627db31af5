"""A model's Markdown loses what would act instead of show: control tokens, HTML, images, scripts.

Only fences at the very edge of a line count as code, for those are code to every reader of
Markdown; what stands in them is left as it is. See https://spec.commonmark.org/0.31.2/
"""

import re
from collections.abc import Iterator

from ocrqueue import tables
from ocrqueue.tables import Style

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff]")
_TOKEN = re.compile(r"<\|[^<>|\n]{0,60}\|>|<\uff5c[^<>\uff5c\n]{0,60}\uff5c>")
_IMAGE_TOKEN = re.compile(r"^[ \t]{0,8}<image>[ \t]{0,8}$", re.MULTILINE)
_FENCE = re.compile(r"(`{3,}(?=[^`]*$)|~{3,})")
_MOST_BLANK = re.compile(r"\n(?:[ \t]*\n){2,}")

# What CommonMark takes for the begin of a tag, save for three that only set off letters; these
# must follow a letter, for at the begin of a line they would let all HTML below them through.
_TAG = re.compile(r"(?<!\\)(\\*)<(?=[A-Za-z/!?])")
_KEPT_TAG = re.compile(r"/?(?:br|su[bp])[ \t]{0,4}/?>", re.IGNORECASE)
_AFTER = ",;:)%"
_PICTURE = re.compile(r"!(?=\[)")
_LINK = re.compile(r"(?<!\\)(\\*)\](?=:|\((?!https?://|mailto:))", re.IGNORECASE)
_CENTERED = re.compile(r"^[ \t]{0,3}<center>([^<\n]{1,2000})</center>[ \t]*$", re.MULTILINE)
_CENTER = re.compile(r"</?center>", re.IGNORECASE)
_NOT_PLAIN = re.compile(r"[*_`$\\\n\[\]<]")

# Formulas. Each scan ends at the next delimiter, so that a text of openings takes linear time; none
# runs over an end tag, so that prices in cells make no formula.
_DISPLAY = re.compile(r"(?<!\\)\\\[((?:[^\\]|\\[^\[\]])*)\\\]", re.DOTALL)
_INLINE = re.compile(r"(?<!\\)\\\(((?:[^\\\n<]|<(?!/)|\\[^()\n])*)\\\)")
_DOLLARS = re.compile(r"(?<![\\$])(\$\$?)(?!\$)((?:[^$\n<]|<(?!/)){1,2000})\1(?!\$)")
_LESS = re.compile(r"<(?=[A-Za-z/!?])")


def clean(text: str, style: Style = Style.MARKDOWN) -> str:
    """Return a reply's text that shows what it says; formulas stand between dollars."""
    text = without_tokens(text)
    parts = (part if is_code else _prose(part, style) for is_code, part in _parts(text))
    # An HTML block ends with a blank line: without one it would take in the code below it.
    spaced = (f"{part}\n" if part.endswith("</table>") else part for part in parts)
    return "\n".join(spaced).strip("\n")


def without_tokens(text: str) -> str:
    """Return printable text without what steers a model, such as `<|end|>`."""
    return _IMAGE_TOKEN.sub("", _TOKEN.sub("", printable(text)))


def caption(text: str) -> str:
    """Return a caption in italics, where nothing in it stands against that."""
    text = _CENTER.sub("", text).strip()
    return text if not text or _NOT_PLAIN.search(text) else f"*{text}*"


def formula(latex: str) -> str:
    """Return LaTeX without blank lines, in which nothing can pass for the begin of a tag."""
    lines = (line.rstrip() for line in latex.strip().split("\n"))
    latex = "\n".join(line for line in lines if line)
    return _LESS.sub("< ", latex).replace("](", "] (")


def printable(text: str) -> str:
    """Return whole UTF-8 with plain line ends and no control characters."""
    text = text.encode("utf-8", "replace").decode("utf-8")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROL.sub("", text)


def _parts(text: str) -> Iterator[tuple[bool, str]]:
    """Yield fences, the last one closed if it is not, and what stands between them."""
    held: list[str] = []
    end = ""
    for line in text.split("\n"):
        fence = _FENCE.match(line)
        if not end and fence:
            yield False, "\n".join(held)
            held, end = [line], fence[1]
        elif end and _closes(line, end):
            yield True, "\n".join([*held, line])
            held, end = [], ""
        else:
            held.append(line)
    yield bool(end), "\n".join([*held, end] if end else held)


def _closes(line: str, end: str) -> bool:
    bare = line.rstrip()
    return len(bare) >= len(end) and not bare.strip(end[0])


def _prose(text: str, style: Style) -> str:
    text = _DISPLAY.sub(lambda found: f"$${_one_line(found[1])}$$", text)
    text = _INLINE.sub(lambda found: f"${_one_line(found[1])}$", text)
    text = _DOLLARS.sub(lambda found: f"{found[1]}{_LESS.sub('< ', found[2])}{found[1]}", text)
    return tables.replace_all(text, style, _harmless)


def _harmless(text: str) -> str:
    text = _CENTERED.sub(lambda found: caption(found[1]), text)
    text = _TAG.sub(_escaped, _CENTER.sub("", text))
    text = _PICTURE.sub(r"\\!\\", _LINK.sub(_escaped_link, text))
    return _MOST_BLANK.sub("\n\n", text)


def _escaped(tag: re.Match[str]) -> str:
    before = tag.string[max(tag.start() - 1, 0) : tag.start()]
    sets_off = _KEPT_TAG.match(tag.string, tag.end()) and not tag[1]
    if sets_off and before and (before.isalnum() or before in _AFTER):
        return tag[0]
    return tag[0] if len(tag[1]) % 2 else f"{tag[1]}\\<"


def _escaped_link(link: re.Match[str]) -> str:
    return link[0] if len(link[1]) % 2 else f"{link[1]}\\]"


def _one_line(latex: str) -> str:
    return " ".join(formula(latex).split())
