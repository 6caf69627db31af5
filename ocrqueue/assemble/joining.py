"""Does a paragraph run over a page break? Only where that is as good as certain."""

import re

_HYPHENS = "-\u2010\u00ad"
_MIN_WORDS_BEFORE = 4  # fewer: more likely a page number, a heading or a running title
_MIN_WORDS_AFTER = 2
_STRUCTURE = re.compile(
    r"[\s#>|<\\!$~`*_=+-]"  # heading, quote, table, HTML, escaped sign, image, formula, code, list
    r"|\d{1,9}[.)](?:\s|$)"  # numbered list
    r"|\[[^\]]*\]:"  # link definition, footnote
)
_NOT_PLAIN = re.compile(r"```|~~~|\$\$|\s\|\s|<[A-Za-z/!]")


def joint(before: str, after: str) -> tuple[str, str] | None:
    """Return the end of one page and the beginning of the next as they join, or None.

    Both must be plain paragraphs: the first ends in a letter, a comma or a hyphenated part of a
    word, the second begins with a small letter. Scripts without small letters are never joined.
    """
    last = before[before.rfind("\n\n") + 2 if "\n\n" in before else 0 :]
    first = after.split("\n\n", 1)[0]
    if not _runs_on(last) or not _continues(first):
        return None
    if before[-1] in _HYPHENS:
        return before[:-1] if _splits_a_word(last) else before, after
    return before + " ", after


def _runs_on(paragraph: str) -> bool:
    if len(paragraph.split()) < _MIN_WORDS_BEFORE or not _is_plain(paragraph):
        return False
    end = paragraph[-1]
    return end.isalpha() or end == "," or (end in _HYPHENS and paragraph[-2].isalpha())


def _continues(paragraph: str) -> bool:
    if len(paragraph.split()) < _MIN_WORDS_AFTER or not _is_plain(paragraph):
        return False
    return paragraph[0].islower()


def _is_plain(paragraph: str) -> bool:
    lines = paragraph.split("\n")
    return not _NOT_PLAIN.search(paragraph) and not any(_STRUCTURE.match(line) for line in lines)


def _splits_a_word(paragraph: str) -> bool:
    """Tell `continu-` from `state-of-the-`: a compound keeps its hyphen."""
    word = paragraph.rsplit(maxsplit=1)[-1][:-1]
    return not any(sign in word for sign in _HYPHENS)
