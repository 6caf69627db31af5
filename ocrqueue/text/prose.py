"""What of a Markdown text is prose: the rest is blanked, so that each word keeps its place; pure.

Takes time that grows with the text alone, whatever it holds.
"""

import re

_UNSPOKEN = re.compile(
    r"</?[A-Za-z][^<>\n]{0,300}>"
    r"|!\[[^\[\]\n]{0,300}\]\([^()\s]{0,2000}\)"  # a picture
    r"|(?<=\])\([^()\s]{0,2000}\)"  # where a link leads
    r"|&(?:[A-Za-z]{2,8}|#\d{1,7}|#x[0-9A-Fa-f]{1,6});"
    r"|\\(?=[!-/:-@\[-`{-~])"
)
# Begin, end and the most letters of a comment or a formula.
_ENCLOSED = (
    ("<!--", "-->", 4000),
    ("$$", "$$", 4000),
    (r"\[", r"\]", 4000),
    (r"\(", r"\)", 600),
    ("$", "$", 600),
)


def without_formulas(text: str) -> str:
    """Return the text with blanks where comments and formulas are; its length stays."""
    for opening, closing, most in _ENCLOSED:
        text = _blanked(text, opening, closing, most)
    return text


def alone(text: str) -> str:
    """Return the text with blanks for all that is no word of it: formulas, tags, addresses."""
    return _UNSPOKEN.sub(lambda found: " " * len(found[0]), without_formulas(text))


def _blanked(text: str, opening: str, closing: str, most: int) -> str:
    parts, done = [], 0
    begin, end = text.find(opening), -1
    while begin >= 0:
        inside = begin + len(opening)
        if end < inside:
            end = text.find(closing, inside)
        if end < 0:
            break
        if end - inside <= most and (opening != "$" or _is_formula(text[inside:end])):
            parts += [text[done:begin], " " * (end + len(closing) - begin)]
            done = inside = end + len(closing)
        begin = text.find(opening, inside)
    return "".join([*parts, text[done:]])


def _is_formula(enclosed: str) -> bool:
    """Whether what stands between two dollars is one: prices have a blank before the second."""
    return bool(enclosed) and "\n" not in enclosed and enclosed == enclosed.strip()
