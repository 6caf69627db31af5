"""What a PDF says about one page itself: its characters, rulings, form fields and links."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple, Self

MOST_CHARACTERS = 100_000  # of a page; the fullest newspaper page has 30,000
UNIT = 10  # parts of a pixel on the wire
_NUMBERS = 9  # for each character on the wire


# How a character looks: a sum of these. Plain numbers, for there are thousands on a page.
BOLD = 1
HIDDEN = 2  # drawn invisibly, or below a picture of the whole page
BELOW = 4  # a picture of a part of the page is drawn over it, which may be transparent
SPACED = 16  # a blank comes before it
UNSHOWN = 32  # its place in the picture is empty
PIECE = 64  # a ligature stands for it and the one before

MISSING = "\ufffd"  # stands for a sign that nothing in the file explains


class Rect(NamedTuple):
    """A rectangle in pixels from the top left corner of the page as it is shown."""

    left: float
    top: float
    right: float
    bottom: float


class Character(NamedTuple):
    """One character; all lengths in pixels of the page as it is shown.

    `x` and `y` are where it stands on its baseline, `size` is the height of its font. `angle` is
    the direction of its baseline in degrees clockwise, 0 to 359.
    """

    sign: str
    left: float
    top: float
    right: float
    bottom: float
    x: float
    y: float
    size: float
    angle: int
    look: int  # a sum of BOLD, HIDDEN and so on


class FieldKind(StrEnum):
    """What a form field is to a reader."""

    TEXT = "text"  # typed or chosen
    CHECK = "check"  # a box or a button that is ticked or not


class Field(NamedTuple):
    """A form field as it is filled in."""

    kind: FieldKind
    box: Rect
    text: str  # of a text field; "" where it is empty
    ticked: bool
    size: float  # height of its font in pixels; 0: not told


class Link(NamedTuple):
    """A place of the page that leads to an address of the web or of mail."""

    box: Rect
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """All that the file says about a page; `width` and `height` are those of its picture."""

    width: int
    height: int
    characters: tuple[Character, ...] = ()
    crowded: bool = False  # there are more characters than a page holds: they are left out
    rulings: tuple[Rect, ...] = ()  # straight lines, level or upright, with their thickness
    fields: tuple[Field, ...] = ()
    links: tuple[Link, ...] = ()
    lacks_notes: bool = False  # the text of notes or stamps that it shows is not among these

    @property
    def has_text(self) -> bool:
        """Whether there is anything to read, or a blank page."""
        filled = any(field.text for field in self.fields)
        return bool(self.characters or self.crowded or filled)

    def to_wire(self) -> dict[str, Any]:
        """Return plain JSON values; the numbers of all characters in one row."""
        numbers: list[int] = []
        for c in self.characters:
            places = (c.left, c.top, c.right, c.bottom, c.x, c.y, c.size)
            numbers += [round(place * UNIT) for place in places]
            numbers += (c.angle, c.look)
        return {
            "width": self.width,
            "height": self.height,
            "signs": [c.sign for c in self.characters],
            "numbers": numbers,
            "crowded": self.crowded,
            "rulings": self.rulings,
            "fields": self.fields,
            "links": self.links,
            "lacks_notes": self.lacks_notes,
        }

    @classmethod
    def from_wire(cls, wire: Mapping[str, Any]) -> Self:
        """Rebuild a sheet."""
        numbers = wire["numbers"]
        places = [number / UNIT for number in numbers]
        columns = [places[at::_NUMBERS] for at in range(_NUMBERS - 2)]
        angles, looks = numbers[_NUMBERS - 2 :: _NUMBERS], numbers[_NUMBERS - 1 :: _NUMBERS]
        return cls(
            width=wire["width"],
            height=wire["height"],
            characters=tuple(map(Character, wire["signs"], *columns, angles, looks)),
            crowded=wire["crowded"],
            rulings=tuple(Rect(*box) for box in wire["rulings"]),
            fields=tuple(
                Field(FieldKind(kind), Rect(*box), *rest) for kind, box, *rest in wire["fields"]
            ),
            links=tuple(Link(Rect(*box), address) for box, address in wire["links"]),
            lacks_notes=wire["lacks_notes"],
        )
