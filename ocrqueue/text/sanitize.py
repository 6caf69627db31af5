"""A model's Markdown loses what would act instead of show: control tokens, HTML, images, scripts.

What stands in code is left as it is, but only where it is code to every reader of Markdown.
See https://spec.commonmark.org/0.31.2/
"""

import html
import re

from ocrqueue.text import escape, fences, formulas, html_tables
from ocrqueue.text.html_tables import Style
from ocrqueue.text.inline_code import Aside, apart, without_queries

_TOKEN = re.compile(r"<\|[^<>|\n]{0,60}\|>|<\uff5c[^<>\uff5c\n]{0,60}\uff5c>")
_IMAGE_TOKEN = re.compile(r"^[ \t]{0,8}<image>[ \t]{0,8}$", re.MULTILINE)
_MOST_BLANK = re.compile(r"\n(?:[ \t]*\n){2,}")

# What CommonMark takes for the begin of a tag. Three that only set off letters or break a
# line stay, but not alone on a line: there they would let all HTML below them through.
_TAG = re.compile(r"(?<!\\)(\\*)<(?=[A-Za-z/!?])")
_BREAK = re.compile(r"/?br[ \t]{0,4}/?>", re.IGNORECASE)
_RAISED = re.compile(r"(/?)(su[bp])[ \t]{0,4}>", re.IGNORECASE)
_BREAK_ALONE = re.compile(
    r"\A(?:[ \t>]|[-+*](?=[ \t])|\d{1,9}[.)](?=[ \t]))*+</?br[ \t]*+/?>[ \t]*+", re.IGNORECASE
)
# Readers that make links of bare addresses take a backslash for a part of them.
_BARE_ADDRESS = re.compile(r"(?:://|www\.)[^\s<]*", re.IGNORECASE)
_PICTURE = re.compile(r"!(?=\[)")
# A link's address and title hold no backtick: a reader would not join it with those outside.
_ADDRESS = r"(?:https?://|mailto:)(?:[^\s`()\\]|\\[^\s`()\\])*(?:\([^\s`()\\]*\)[^\s`()\\]*)*"
_TITLE = r"(?:[ \t]{1,8}(?:\"[^\"\n`\\]*\"|'[^'\n`\\]*'))?"
_LINK = re.compile(rf"(?<!\\)(\\*)\](?=:|\((?!{_ADDRESS}{_TITLE}[ \t]{{0,8}}\)))", re.IGNORECASE)
_CENTERED = re.compile(r"^([ \t]{0,3})<center>([^<\n]{1,2000})</center>[ \t]*$", re.MULTILINE)
_CENTER = re.compile(r"(?<!`)</?center>", re.IGNORECASE)
_NOT_PLAIN = re.compile(r"[*_`$\\\n\[\]<]")

# Formulas. Each scan ends at the next delimiter, so that a text of openings takes linear time; none
# runs over an end tag, so that prices in cells make no formula.
_DISPLAY = re.compile(r"(?<!\\)\\\[((?:[^\\]|\\[^\[\]])*)\\\]", re.DOTALL)
_INLINE = re.compile(r"(?<!\\)\\\(((?:[^\\\n<]|<(?!/)|\\[^()\n])*)\\\)")
_DOLLARS = re.compile(r"(?<![\\$])(\$\$?)(?!\$)((?:[^$\n<]|<(?!/|br[ />])){1,2000})\1(?!\$)")
_COLONS = re.compile(r"(?<![:\\]):::")  # for some readers they begin what is to be run
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][\da-fA-F]{1,6}|[A-Za-z]\w{1,31});", re.ASCII)
_LESS = re.compile(r"<(?=[A-Za-z/!?])")


def clean(text: str, style: Style = Style.MARKDOWN) -> str:
    """Return a reply's text that shows what it says; formulas stand between dollars."""
    text = without_tokens(text)
    strictly = not formulas.is_safe(text)
    parts = (
        part if is_code else _prose(part, style, strictly=strictly)
        for is_code, part in fences.split(text)
    )
    # An HTML block ends with a blank line: without one it would take in the code below it.
    spaced = (f"{part}\n" if part.endswith("</table>") else part for part in parts)
    return escape.unrun("\n".join(spaced).strip("\n"))


def without_tokens(text: str) -> str:
    """Return printable text without what steers a model, such as `<|end|>`."""
    return _IMAGE_TOKEN.sub("", _TOKEN.sub("", escape.printable(text)))


def caption(text: str) -> str:
    """Return a caption in italics, where nothing in it stands against that."""
    text = text.strip()
    return text if not text or _NOT_PLAIN.search(text) else f"*{text}*"


def formula(latex: str) -> str:
    """Return LaTeX without blank lines and fences; nothing in it can pass for a tag or a link."""
    lines = (line.rstrip() for line in fences.dropped(latex).strip().split("\n"))
    latex = "\n".join(line for line in lines if line)
    latex = _LESS.sub("< ", latex).replace("](", "] (").replace("]:", "] :")
    return escape.unfilled(latex)


def _prose(text: str, style: Style, *, strictly: bool) -> str:
    aside = Aside(text)
    text = _DISPLAY.sub(lambda found: f"$${_one_line(found[1])}$$", aside.text)
    text = _INLINE.sub(lambda found: f"${_one_line(found[1])}$", text)
    text = _DOLLARS.sub(lambda found: f"{found[1]}{_LESS.sub('< ', found[2])}{found[1]}", text)
    return html_tables.replace_all(
        text,
        style,
        lambda part: _harmless(aside.put_back(part), strictly=strictly),
        source=aside.put_back,
    )


def _harmless(text: str, *, strictly: bool) -> str:
    """Return text between tables as text.

    All that could move a backtick comes first; code is told anew after it, and what follows only
    puts backslashes before other signs. So what is code here is code to a reader of the result.
    """
    text = _CENTERED.sub(lambda found: found[1] + caption(found[2]), text)
    aside = Aside(text)
    text = formulas.priced(_ENTITY.sub(_without_entity, aside.text), strictly=strictly)
    text = aside.put_back(without_queries(_CENTER.sub("", text)))
    aside = Aside(fences.defused(text))
    text = _COLONS.sub(r"\\:::", escape.unfilled(formulas.as_text(apart(aside.text))))
    text = "\n".join(_without_tags(line) for line in text.split("\n"))
    text = _LINK.sub(lambda link: link[0] if len(link[1]) % 2 else f"{link[1]}\\]", text)
    text = _PICTURE.sub(r"\\!\\", text)
    return aside.put_back(_MOST_BLANK.sub("\n\n", text))


def _without_entity(entity: re.Match[str]) -> str:
    """Return what stands for a character by its name; one that may not stand there has none."""
    sign = html.unescape(entity[0])
    if sign in ("\\", "$"):
        return "\\" + sign
    return entity[0] if escape.printable(sign) == sign else ""


def _without_tags(line: str) -> str:
    kept = set() if _BREAK_ALONE.fullmatch(line) else _kept_tags(line)
    addressed = {found.end() for found in _BARE_ADDRESS.finditer(line)}

    def spelt(tag: re.Match[str]) -> str:
        if tag.start() in kept:
            return tag[0]
        return " " * (tag.end() - 1 in addressed) + _escaped(tag)

    return _TAG.sub(spelt, line)


def _kept_tags(line: str) -> set[int]:
    """Return where breaks are, and the tags of what begins and ends as raised or lowered."""
    kept: set[int] = set()
    open_tags: list[tuple[int, str]] = []
    for tag in _TAG.finditer(line):
        if tag[1]:
            continue
        if _BREAK.match(line, tag.end()):
            kept.add(tag.start())
        elif (raised := _RAISED.match(line, tag.end())) and not raised[1]:
            open_tags.append((tag.start(), raised[2].lower()))
        elif raised and open_tags and open_tags[-1][1] == raised[2].lower():
            kept |= {open_tags.pop()[0], tag.start()}
    return kept


def _escaped(tag: re.Match[str]) -> str:
    return tag[0] if len(tag[1]) % 2 else f"{tag[1]}\\<"


def _one_line(latex: str) -> str:
    return " ".join(formula(latex).split())
