"""Blocks of pieces -> lines and paragraphs, as the code for an engine's words wants them."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from ocrqueue.text import marks
from ocrqueue.text.hocr.layout import Box, Line, Paragraph, Word, around, split_where
from ocrqueue.text.languages import is_right_to_left
from ocrqueue.text.layer.rows import Piece
from ocrqueue.text.layer.words import LayerWord

SURE = 96.0  # confidence of a word that is not guessed
LARGER = 1.12  # times the size; a change of it begins a paragraph
FAR = 1.35  # times the usual step from line to line; more begins a paragraph
INDENTED = (0.6, 4.0)  # sizes right of the block's edge
SHORT = 1.5  # sizes left free at the end of a line that ends its paragraph
LITTLE = 5  # pixels that a full line may lack
BOLD_SHARE = 0.9  # of a line's letters
_ENDS = tuple('.!?:”"')


def line(words: Sequence[LayerWord], *, turned: bool | None = None) -> Line:
    """Return words of one row as a line; its size is that of most letters.

    `turned`: whether its text is written from right to left; None: as most of its letters are.
    """
    if turned is None:
        turned = is_right_to_left("".join(word.text for word in words))
    ordered = _as_read(sorted(words, key=lambda word: word.left), turned=turned)
    made = tuple(
        Word(word.text, Box(*map(round, (word.left, word.top, word.right, word.bottom))), SURE)
        for word in ordered
    )
    sizes: Counter[float] = Counter()
    for word in ordered:
        sizes[round(word.size, 1)] += len(word.text)
    letters = sum(sizes.values())
    heavy = sum(len(word.text) for word in ordered if word.bold)
    return Line(
        made,
        around([word.box for word in made]),
        max(1.0, sizes.most_common(1)[0][0]),
        bold=heavy > BOLD_SHARE * letters,
        exact=True,
    )


def _as_read(ordered: list[LayerWord], *, turned: bool) -> list[LayerWord]:
    """Return words that stand from left to right as they are read, be there two directions."""
    each = [is_right_to_left(word.text) for word in ordered]
    if not turned and not any(each):
        return ordered
    groups: list[list[LayerWord]] = []  # words of the other direction are together
    at = 0
    while at < len(ordered):
        end = at + 1
        if _is_letters(ordered[at]) and each[at] != turned:
            for place in range(end, len(ordered)):
                is_other = _is_letters(ordered[place])
                if is_other and each[place] == turned:
                    break
                if is_other or (place == end and turned and ordered[place].text.isdigit()):
                    end = place + 1
        groups.append(ordered[at:end])
        at = end
    if turned:
        groups.reverse()
        return [word for group in groups for word in group]
    return [word for group in groups for word in reversed(group)]


def _is_letters(word: LayerWord) -> bool:
    return any(map(str.isalpha, word.text))


def paragraphs(block: Sequence[Piece]) -> list[Paragraph]:
    """Return the paragraphs of a block, cut where size, weight, distance or indent change."""
    texts = ["".join(word.text for word in one.words) for one in block]
    turned = [False, *map(is_right_to_left, texts), False]
    has_turned = [any(is_right_to_left(word.text) for word in one.words) for one in block]
    lines = [  # one with a word from right to left goes the way of those above and below
        line(one.words, turned=any(turned[at : at + 3]) if has_turned[at] else None)
        for at, one in enumerate(block)
    ]
    steps = sorted(
        below.box.top - above.box.top
        for above, below in pairwise(lines)
        if below.box.top > above.box.top
    )
    pitch = steps[len(steps) // 3] if steps else 0
    edge = _edge(lines)
    usual = median(one.size for one in lines)

    def is_parted(above: Line, below: Line) -> bool:
        step = pitch * max(1.0, max(above.size, below.size) / usual)
        large = below.size > LARGER * usual  # a title may be centred
        return _changes(above, below, step) or (not large and _begins(above, below, edge))

    return [Paragraph(tuple(part)) for part in split_where(lines, is_parted)]


def _edge(lines: Sequence[Line]) -> Box:
    """Return the box of the block, its left edge where most lines begin."""
    whole = around([one.box for one in lines])
    left = Counter(round(one.box.left / 4) for one in lines).most_common(1)[0][0] * 4
    return whole._replace(left=left)


def _changes(above: Line, below: Line, step: float) -> bool:
    small, large = sorted((above.size, below.size))
    far = below.box.top - above.box.top > FAR * step
    box = below.words[0].text[0] in marks.BOXES
    return far or box or large > LARGER * small or above.bold != below.bold


def _begins(above: Line, below: Line, edge: Box) -> bool:
    """Whether a line is the first one of a paragraph, which is set in or has the others set in."""
    least, most = (share * below.size for share in INDENTED)
    short = above.box.right < edge.right - SHORT * above.size
    if least < below.box.left - edge.left < most:
        flush = abs(above.box.left - edge.left) < 0.5 * above.size
        return flush and (short or above.text.endswith(_ENDS))
    centred = abs(sum(above.box[::2]) - sum(below.box[::2])) < below.size
    hangs = short and above.box.left - edge.left < least  # most lines are set in
    ended = hangs or (above.text.endswith(_ENDS) and above.box.right < edge.right - LITTLE)
    return ended and least < above.box.left - below.box.left < most and not centred
