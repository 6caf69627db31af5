"""Characters by the direction they are written in, each turned upright in a frame of its own.

Chinese and Japanese that runs from top to bottom, in columns from right to left, is told by signs
that stand below each other, and counts as written in lines that are turned by 90 degrees.
"""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from ocrqueue.text.hocr.layout import split_where
from ocrqueue.text.layer.sheet import Character

NEAR = 10  # degrees from a quarter turn that still count as it
STEP = 5  # degrees; other directions are told apart by so much
ADVANCE = 0.55  # of the size; how wide a letter of a slanting line is taken to be
DOWN = 90  # the direction of columns of signs that stand upright
IDEOGRAPHS = "\u2e80"  # the first sign of scripts that are written so, and of their full stops
BESIDE = 0.35  # of the size; what stands below another sign is no further to a side
BELOW = (0.5, 1.35)  # of the size, from one sign to the next; lines of a table are further apart
COLUMN = 3  # signs


@dataclass(frozen=True, slots=True)
class Frame:
    """All characters of one direction, as if the page were turned until they stand upright."""

    angle: int  # degrees clockwise, 0 to 359
    characters: list[Character]
    downward: bool = False  # most signs stand upright below each other


def frames(characters: Sequence[Character], width: int, height: int) -> list[Frame]:
    """Return a frame for each direction, that of most characters first."""
    by_angle: dict[int, list[Character]] = defaultdict(list)
    # Signs that stand below each other are together, any other character is alone.
    runs = list(split_where(characters, lambda above, one: not _is_below(above, one)))
    standing = sum(len(run) for run in runs if len(run) >= COLUMN)
    upright = sum(one.sign >= IDEOGRAPHS and not one.angle for one in characters)
    least = 1 if 2 * standing > upright else COLUMN
    for run in runs:
        if len(run) >= least and run[0].sign >= IDEOGRAPHS and not run[0].angle:
            by_angle[DOWN] += run
            continue
        for one in run:
            by_angle[_direction(one.angle)].append(one)
    return [
        Frame(
            angle,
            [_turned(one, angle, width, height) for one in those] if angle else those,
            downward=angle == DOWN and 2 * standing > len(those),
        )
        for angle, those in sorted(by_angle.items(), key=lambda item: -len(item[1]))
    ]


def _is_below(above: Character, one: Character) -> bool:
    if one.sign < IDEOGRAPHS or above.sign < IDEOGRAPHS or one.angle != above.angle:
        return False
    least, most = BELOW
    level = abs(one.x - above.x) <= BESIDE * one.size
    return level and least * one.size <= one.y - above.y <= most * one.size


def _direction(angle: int) -> int:
    quarter = round(angle / 90) * 90
    if abs(angle - quarter) <= NEAR:
        return quarter % 360
    return round(angle / STEP) * STEP % 360


def _turned(one: Character, angle: int, width: int, height: int) -> Character:
    """Return a character where it stands once the page is turned back by its angle."""
    match angle:
        case 90:
            sides = (one.top, width - one.right, one.bottom, width - one.left)
            return _at(one, sides, one.y, width - one.x)
        case 180:
            sides = (width - one.right, height - one.bottom, width - one.left, height - one.top)
            return _at(one, sides, width - one.x, height - one.y)
        case 270:
            sides = (height - one.bottom, one.left, height - one.top, one.right)
            return _at(one, sides, height - one.y, one.x)
    turn = math.radians(angle)
    x = one.x * math.cos(turn) + one.y * math.sin(turn)
    y = one.y * math.cos(turn) - one.x * math.sin(turn)
    return _at(one, (x, y - one.size, x + ADVANCE * one.size, y), x, y)


def _at(one: Character, sides: tuple[float, float, float, float], x: float, y: float) -> Character:
    left, top, right, bottom = sides
    return one._replace(left=left, top=top, right=right, bottom=bottom, x=x, y=y, angle=0)
