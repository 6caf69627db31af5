"""The twelve pages: what is printed on each, as a PDF, and what the model is to say about it."""

import textwrap
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.make_samples import A4, Sheet, pdf

EMPTY, LOOP = "empty", "loop"
SIZES = {"title": 20.0, "sub_title": 15.0, "equation": 15.0, "image_caption": 10.0}  # points
SIZE = 11.0  # of everything else
LETTER = 0.5  # width of one, in sizes; about
LOOP_ROWS = 60  # that are written out when the loop is learnt or shown


Box = tuple[int, int, int, int]  # left, top, right, bottom, in thousandths of the page


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A stretch of a page, with its place."""

    label: str
    box: Box
    text: str  # what the model says
    drawn: str  # what is printed, unless there are rows
    rows: tuple[tuple[str, ...], ...] = ()

    @property
    def grounded(self) -> str:
        """What the model says when it is asked for labels and boxes."""
        box = ", ".join(map(str, self.box))
        return f"<|ref|>{self.label}<|/ref|><|det|>[[{box}]]<|/det|>\n{self.text}".rstrip("\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What stands on a page."""

    name: str
    blocks: tuple[Block, ...]
    bar: Box | None = None  # drawn in black

    def said(self, *, grounded: bool) -> str:
        """Return what the model is to say; of the loop, the part that is written out."""
        if self.name == EMPTY:
            return ""
        if self.name == LOOP:
            head, row, *_ = (_html_row(row) for row in self.blocks[0].rows)
            return f"<table>{head}{row * LOOP_ROWS}"
        if grounded:
            return "\n\n".join(block.grounded for block in self.blocks)
        return "\n\n".join(block.text for block in self.blocks if block.text)


def pages() -> Mapping[str, Page]:
    """Return the pages by name, in their order."""
    plain = tomllib.loads(Path(__file__).with_name("pages.toml").read_text("utf-8"))["page"]
    made = (
        Page(
            name=page["name"],
            blocks=tuple(_block(block) for block in page["block"]),
            bar=tuple(page["bar"]) if "bar" in page else None,
        )
        for page in plain
    )
    return {page.name: page for page in made}


def document() -> bytes:
    """Return the PDF of all pages."""
    return pdf([_sheet(page) for page in pages().values()], A4)


def _block(plain: Mapping[str, Any]) -> Block:
    rows = tuple(tuple(row.split("|")) for row in plain.get("rows", ()))
    text = plain.get("text", "").strip("\n")
    if rows:
        text = "<table>" + "".join(map(_html_row, rows)) + "</table>"
    return Block(
        label=plain["label"],
        box=tuple(plain["box"]),
        text=text,
        drawn=plain.get("drawn", text.lstrip("# ")).strip("\n"),
        rows=rows,
    )


def _html_row(cells: tuple[str, ...]) -> str:
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _sheet(page: Page) -> Sheet:
    sheet = Sheet(y=0, x=0)
    if page.bar:
        left, top, right, bottom = _points(page.bar)
        sheet.commands.append(f"{left:.2f} {bottom:.2f} {right - left:.2f} {top - bottom:.2f} re f")
    for block in page.blocks:
        if block.rows:
            _draw_table(sheet, block)
        elif block.label == "image":
            _draw_tower(sheet, block)
        else:
            _draw_text(sheet, block)
    return sheet


def _points(box: Box) -> tuple[float, float, float, float]:
    """Return left, top, right and bottom, counted from the lower left corner as PDF does."""
    left, top, right, bottom = (part / 999 for part in box)
    return left * A4[0], (1 - top) * A4[1], right * A4[0], (1 - bottom) * A4[1]


def _draw_text(sheet: Sheet, block: Block) -> None:
    left, top, right, _ = _points(block.box)
    size = SIZES.get(block.label, SIZE)
    font = "head" if block.label in {"title", "sub_title"} else "roman"
    sheet.x, sheet.y = left, top - size
    for paragraph in block.drawn.split("\n"):
        for line in textwrap.wrap(paragraph, int((right - left) / (size * LETTER))):
            sheet.line(line, font, size)
            sheet.y -= size * 1.35


def _draw_table(sheet: Sheet, block: Block) -> None:
    left, top, right, bottom = _points(block.box)
    high = (top - bottom) / len(block.rows)
    wide = (right - left) / len(block.rows[0])
    for number in range(len(block.rows) + 1):
        y = top - number * high
        sheet.commands.append(f"{left:.2f} {y:.2f} m {right:.2f} {y:.2f} l S")
    for number in range(len(block.rows[0]) + 1):
        x = left + number * wide
        sheet.commands.append(f"{x:.2f} {top:.2f} m {x:.2f} {bottom:.2f} l S")
    for down, row in enumerate(block.rows, start=1):
        for across, cell in enumerate(row):
            sheet.x, sheet.y = left + across * wide + 6, top - (down - 0.5) * high - 4
            sheet.line(cell, "roman", SIZE)


def _draw_tower(sheet: Sheet, block: Block) -> None:
    left, top, right, bottom = _points(block.box)
    sheet.commands += [
        f"0.85 g {left:.2f} {bottom:.2f} {right - left:.2f} {top - bottom:.2f} re f",
        f"0.45 g {left + 130:.2f} {bottom:.2f} 84 190 re f",
        f"{left + 118:.2f} {bottom + 190:.2f} 108 26 re f 0 g",
    ]
