"""Signs that stand for what is no text until the Markdown is made: ticked boxes and links.

They are private characters, which no text that comes from a page can hold, so nothing on a page can
pass for them, and no escaping touches them.
"""

import re
from collections.abc import Sequence

TICKED, EMPTY = "\ue100", "\ue101"
_BEGIN, _END = "\ue102", "\ue103"
_ZERO = 0xE200  # the link's number is one character
MOST_LINKS = 1_000
BOXES = {TICKED: "[x]", EMPTY: "[ ]"}
_BOX = re.compile(f"[{TICKED}{EMPTY}]")
# A mark stands behind a word's first sign and before its last one, so that the word still looks
# like what it is to those who ask how it begins.
_LINK = re.compile(
    rf"(\\?[^\s\ue102\ue103]){_BEGIN}([\ue200-\ue600])([^\n\ue102\ue103|]*){_END}"
    rf"(\\?[^\s\ue102\ue103])?"
)
_BRACKET = re.compile(r"(?<!\\)[\[\]]")
_LEFT = re.compile(rf"{_BEGIN}[\ue200-\ue600]?|{_END}")
_UNSAFE = re.compile(r"[\s<>()\[\]\\`\"'{}|^*_~$]|[^\x21-\x7e]")


def has_box(text: str) -> bool:
    """Return whether there is a box to tick in a text."""
    return _BOX.search(text) is not None


def begin(number: int) -> str:
    """Return the mark behind the first letter of a link's text."""
    return _BEGIN + chr(_ZERO + number)


def end() -> str:
    """Return the mark before the last letter of a link's text."""
    return _END


def shown(markdown: str, addresses: Sequence[str]) -> str:
    """Return Markdown with boxes and links in place of their marks."""
    markdown = _BOX.sub(lambda found: BOXES[found[0]], markdown)

    def link(found: re.Match[str]) -> str:
        number = ord(found[2]) - _ZERO
        text = _BRACKET.sub(r"\\\g<0>", found[1] + found[3] + (found[4] or ""))
        return f"[{text}]({address(addresses[number])})" if number < len(addresses) else text

    return _LEFT.sub("", _LINK.sub(link, markdown))


def address(given: str) -> str:
    """Return an address in which nothing can end the link, begin another thing, or hide."""
    return _UNSAFE.sub(lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), given)
