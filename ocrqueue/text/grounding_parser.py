"""A reply becomes blocks: label, boxes, text. Nothing in it is executed, nothing in it fails."""

import re
from dataclasses import dataclass, replace
from typing import NamedTuple

SCALE = 999  # a box counts in thousandths of the page: 0 is one edge, 999 the other

_TOKEN = re.compile(r"<\|/?(?:ref|det)\|>")
_OPEN_LABEL = re.compile(r"\s{0,8}([a-z]+(?:_[a-z]+){0,3})[ \t]{0,8}(?:\n|(?=[<\[\\])|\Z)")
_HALF_TOKEN = re.compile(r"<(?:\|(?:/?(?:r(?:ef?)?|d(?:et?)?)?\|?)?)?\Z")
_LONGEST_LABEL = 1000  # letters; some prompts put a line of text where the label belongs
_LONGEST_DET = 8000  # letters between <|det|> and its end
_MOST_BOXES = 64  # of one block
_LIKE_BOXES = re.compile(r"[\s\[\]\d,.]{1,8000}")
_BOX = re.compile(r"\[([^\[\]]{1,80})\]")
_NUMBER = re.compile(r"\s{0,8}(-?\d{1,4})(?:\.\d{0,12})?\s{0,8}")
_SIDES = 4
_NONSENSE = 2 * SCALE  # a number beyond it is no slip of a box at the edge


class GroundedBox(NamedTuple):
    """A place on the page: left, top, right and bottom in thousandths, 0 to 999."""

    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A part of the page. Text that stands outside all blocks has the label ""."""

    label: str = ""
    boxes: tuple[GroundedBox, ...] = ()
    text: str = ""


def parse(reply: str) -> tuple[Block, ...]:
    """Return the blocks of a reply in its order; in linear time, whatever the reply is.

    What is left open is closed; tags at the wrong place and boxes that are none are dropped.
    """
    pieces = _TOKEN.split(reply)
    tokens = [*_TOKEN.findall(reply), ""]
    blocks = [Block(text=pieces[0])]
    at = 0
    while at < len(tokens) - 1:
        here, inside, end = tokens[at], pieces[at + 1], tokens[at + 1]
        if here == "<|ref|>" and end == "<|/ref|>" and len(inside) <= _LONGEST_LABEL:
            blocks.append(Block(label=" ".join(inside.split()), text=pieces[at + 2]))
            at += 2
        elif here == "<|det|>" and end == "<|/det|>" and len(inside) <= _LONGEST_DET:
            _put(blocks, boxes_in(inside), pieces[at + 2])
            at += 2
        else:
            _continue(blocks, here, inside)
            at += 1
    return tuple(block for block in blocks if block.label or block.boxes or block.text.strip())


def _put(blocks: list[Block], boxes: tuple[GroundedBox, ...], text: str) -> None:
    """Give boxes to the block they follow; where it has text by now, they begin another one."""
    last = blocks[-1]
    if last.text.strip() or last.boxes:
        blocks.append(Block(boxes=boxes, text=text))
    else:
        blocks[-1] = replace(last, boxes=boxes, text=text)


def _continue(blocks: list[Block], tag: str, text: str) -> None:
    """Take what follows a tag without its other half for text, numbers of an open box aside."""
    if tag == "<|det|>" and (found := _LIKE_BOXES.match(text)):
        text = text[found.end() :]
    if tag == "<|ref|>" and (found := _OPEN_LABEL.match(text)):
        text = text[found.end() :]
        numbers = _LIKE_BOXES.match(text) if text.startswith("[[") else None
        blocks.append(Block(label=found[1], text=text[numbers.end() :] if numbers else text))
        return
    if text:
        blocks.append(Block(text=text))


def ends_open(reply: str) -> bool:
    """Whether a reply ends within a tag that grounds a block."""
    said = reply.rstrip()
    tags = _TOKEN.findall(said)
    return bool(tags and "/" not in tags[-1]) or _HALF_TOKEN.search(said[-10:]) is not None


def boxes_in(det: str) -> tuple[GroundedBox, ...]:
    """Return the boxes in the text of a `<|det|>`, clamped to the page; what is no box is dropped.

    See https://github.com/deepseek-ai/DeepSeek-OCR for the scale of 0 to 999.
    """
    boxes = (_box(found[1]) for found in _BOX.finditer(det))
    return tuple(box for box in boxes if box is not None)[:_MOST_BOXES]


def _box(text: str) -> GroundedBox | None:
    found = [_NUMBER.fullmatch(part) for part in text.split(",")]
    numbers = [int(match[1]) for match in found if match is not None]
    if len(found) != _SIDES or len(numbers) != _SIDES:
        return None
    if any(abs(number) > _NONSENSE for number in numbers):
        return None
    left, top, right, bottom = (min(max(number, 0), SCALE) for number in numbers)
    if left >= right or top >= bottom:
        return None
    return GroundedBox(left=left, top=top, right=right, bottom=bottom)
