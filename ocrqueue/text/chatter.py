"""What a chat model says around a page is taken off; what is no page at all is told; pure.

Models that were made to talk greet, fence, apologise and say "null". Only what stands at the very
begin or end, and is a sentence of a small list, is taken off: rather a model's word too many than
a word of the page too few. Models that were made to read say nothing of their own.
"""

import re
import unicodedata

BLANK = "<!-- blank -->"  # what our prompts ask for where a page is empty

LONGEST_REFUSAL = 400  # letters; who says more has read something
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u2060\ufeff"))  # joiners stay: scripts need them
_THOUGHT = re.compile(r"\s*<think(?:ing)?>", re.IGNORECASE)
_THOUGHT_END = re.compile(r"</think(?:ing)?>", re.IGNORECASE)
_FENCE = re.compile(r"(`{3,}|~{3,})[ \t]*+([\w+-]{0,20})[ \t]*+")
_OF_WHOLE_PAGES = frozenset({"markdown", "md", "html"})
_NOTHING = frozenset(
    {
        *(BLANK, "null", "none", "n/a", "empty", "blank", "blank page", "empty page"),
        *("there is no text", "there is no text in the image", "no text", "no text found"),
        *("the page is blank", "this page is blank", "the image is blank", "no visible text"),
    }
)
_WORK = r"(?:transcri\w{2,10}|markdown|ocr|latex|(?:text|contents?) (?:in|from|of|on))"
_GREETING = re.compile(
    r"(?:(?:sure|certainly|of course|okay|ok|absolutely)[,!.]?\s{0,2})?"
    r"(?:here(?:'s| is| are)|below (?:is|are)|the following is|this is) (?:the|a|your)\b"
    rf"[^\n]{{0,60}}\b{_WORK}\b[^\n]{{0,80}}:\**",
    re.IGNORECASE,
)
_MORE = r"(?:any(?:thing)? |more |further |else |other )*"
_FAREWELL = re.compile(
    r"\**(?:please )?note\b[^\n]{0,200}\b(?:transcri\w{2,10}|ocr)\b[^\n]{0,200}"
    r"|i hope (?:this|that) helps[.!]?"
    rf"|let me know if (?:you need {_MORE}(?:else|help|assistance|changes|adjustments)"
    rf"|you have {_MORE}questions|you(?:'d| would) like [^\n.]{{0,80}})[.!]?"
    r"|feel free to (?:ask|reach out)"
    rf"(?: if you (?:have|need) {_MORE}(?:questions|help|else))?[.!]?",
    re.IGNORECASE,
)
_RULE = re.compile(r"-{3,}|\*{3,}|_{3,}")
_SORRY = (
    r"(?:(?:i'm |i am |we're |we are )?(?:very |so )?(?:sorry|afraid)|i apologi[sz]e|unfortunately)"
)
_CANNOT = (
    r"(?:as an ai\b|(?:i|we) (?:cannot|can't|can not)\b"
    r"|(?:i'm|i am|we're|we are) (?:unable|not able)\b)"
)
_THAT = (
    r"(?:assist|help with|transcrib|process|extract|comply|fulfil|reproduce|view|access|see any)"
)
_REFUSAL = re.compile(
    rf"{_SORRY}?[,.]?\s{{0,3}}(?:but )?{_CANNOT}[^\n.]{{0,60}}\b{_THAT}", re.IGNORECASE
)
_TABLE_EDGE = re.compile(r"<(/?)table\b", re.IGNORECASE)


def tidied(said: str) -> str:
    """Return what a model that only reads has said, with plain line ends and no fence around it."""
    return _unfenced(_normal(said))


def cleaned(said: str) -> str:
    """Return what a chat model said without what it said around it; "" where it says "nothing".

    Takes linear time. Control signs, HTML and scripts are the business of `grounding.clean`.
    """
    text = _unfenced(_without_talk(_without_thoughts(_normal(said))))
    text = _without_talk(text)
    return "" if _says_nothing(text) else text


def refuses(text: str) -> bool:
    """Whether a short reply says that the model does not want to, or cannot."""
    text = text.strip()
    return len(text) < LONGEST_REFUSAL and _REFUSAL.match(_plain(text)) is not None


def is_torn(text: str) -> bool:
    """Whether a table begins and does not end."""
    edges = [found[1] for found in _TABLE_EDGE.finditer(text)]
    return edges.count("") > edges.count("/")


def _normal(said: str) -> str:
    text = said.replace("\r\n", "\n").replace("\r", "\n").translate(_INVISIBLE)
    return unicodedata.normalize("NFC", text)


def _without_thoughts(text: str) -> str:
    if not _THOUGHT.match(text):
        return text
    end = _THOUGHT_END.search(text)
    return text[end.end() :] if end else ""


def _without_talk(text: str) -> str:
    """Return the text without a greeting as its first and a farewell as its last paragraph."""
    text = text.strip("\n")
    first, has_more, rest = text.partition("\n")
    if has_more and rest.strip() and _GREETING.fullmatch(_plain(first.strip())):
        text = rest.lstrip("\n")
    rest, has_more, last = text.rstrip().rpartition("\n\n")
    if has_more and rest.strip() and _FAREWELL.fullmatch(_plain(last.strip())):
        text = rest.rstrip()
        before, _, rule = text.rpartition("\n")
        text = before.rstrip() if _RULE.fullmatch(rule.strip()) else text
    return text


def _plain(text: str) -> str:
    """Return the text with plain apostrophes, of the same length."""
    return text.replace("\u2019", "'")


def _unfenced(text: str) -> str:
    """Return what one fence around the whole text holds; fences of code in the text stay."""
    first, *lines = text.strip().split("\n")
    outer = _FENCE.fullmatch(first)
    if outer is None or outer[2].lower() not in _OF_WHOLE_PAGES:
        return text
    closed_at = _closing_line(outer[1], lines)
    if closed_at is None:
        return "\n".join(lines)
    return "\n".join(lines[:closed_at]) if closed_at == len(lines) - 1 else text


def _closing_line(outer: str, lines: list[str]) -> int | None:
    """Return the line that ends the outer fence; None where none does."""
    inner = ""
    for number, line in enumerate(lines):
        fence = _FENCE.fullmatch(line.rstrip())
        if fence is None:
            continue
        marks, info = fence[1], fence[2]
        if inner:
            inner = "" if _closes(marks, info, inner) else inner
        elif _closes(marks, info, outer):
            return number
        else:
            inner = marks
    return None


def _closes(marks: str, info: str, opening: str) -> bool:
    return not info and marks[0] == opening[0] and len(marks) >= len(opening)


def _says_nothing(text: str) -> bool:
    bare = text.strip().casefold()
    return bare in _NOTHING or bare.strip("[]().!*\"' ") in _NOTHING
