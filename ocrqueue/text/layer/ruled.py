"""Words in a drawn grid -> a table."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, islice
from statistics import fmean

from ocrqueue.text.hocr.layout import Paragraph
from ocrqueue.text.hocr.paragraphs import joined
from ocrqueue.text.layer.blocks import line
from ocrqueue.text.layer.rows import Piece, rows
from ocrqueue.text.layer.rulings import Grid, grids, strokes
from ocrqueue.text.layer.sheet import Rect
from ocrqueue.text.layer.stacks import open_grids, parts
from ocrqueue.text.layer.words import LayerWord

LEAST_FILLED = 4  # cells with text
LEAST_SHARE = 0.25  # of the cells; the grid of a chart has fewer
MOST_WORDS = 40.0  # in a cell with text: above it the lines frame a page of prose
MOST_CELLS = 20_000
MOST_GRIDS = 100  # of a page
MOST_IN_HEAD = 3  # lines of its first cell
OPEN_ROWS = 4  # rows of text in a band whose rows no line parts
OPEN_SHARE = 0.7  # of these rows have text in two columns or more
FEW_BANDS = 4  # a table whose rows are parted has more

Place = tuple[int, int]
Cells = dict[int, list[LayerWord]]  # of a row, by column


@dataclass(frozen=True, slots=True)
class RuledTable:
    """A table whose cells are parted by drawn lines."""

    box: Rect
    words: tuple[LayerWord, ...]
    cells: tuple[tuple[str, ...], ...]

    def piece(self, number: int) -> Piece:
        """Return it as what is put in order on the page."""
        size = fmean(word.size for word in self.words)
        return Piece(*self.box, size=size, words=self.words, table=number)

    def paragraph(self) -> Paragraph:
        """Return it as a paragraph of its own."""
        return Paragraph(tuple(line(row.words) for row in rows(self.words)), cells=self.cells)


def tables(words: Sequence[LayerWord], rulings: Sequence[Rect]) -> list[RuledTable]:
    """Return the tables that lines are drawn for; a word is in one of them at most."""
    found: list[RuledTable] = []
    taken: set[int] = set()
    level, upright = strokes(rulings)
    drawn = sorted(grids(level, upright), key=_area)
    for grid in islice(chain(drawn, open_grids(level, words)), MOST_GRIDS):
        inside = [word for word in words if id(word) not in taken and _place(word, grid)]
        if table := _table(inside, grid):
            found.append(table)
            taken.update(map(id, inside))
    return found


def _area(grid: Grid) -> float:
    return (grid.rows[-1] - grid.rows[0]) * (grid.columns[-1] - grid.columns[0])


def _place(word: LayerWord, grid: Grid) -> Place | None:
    """Return the row and column of a word; None outside the grid."""
    across, down = (word.left + word.right) / 2, word.base - 0.3 * word.size
    row, column = bisect_right(grid.rows, down) - 1, bisect_right(grid.columns, across) - 1
    inside = 0 <= row < len(grid.rows) - 1 and 0 <= column < len(grid.columns) - 1
    return (row, column) if inside else None


def _table(words: Sequence[LayerWord], grid: Grid) -> RuledTable | None:
    high, wide = len(grid.rows) - 1, len(grid.columns) - 1
    if high * wide > MOST_CELLS or not words:
        return None
    first = _first_cells(grid)
    held: dict[Place, list[LayerWord]] = {}
    for word in words:
        if place := _place(word, grid):
            held.setdefault(first[place], []).append(word)
    counts = [len(cell) for cell in held.values()]
    known = len(set(first.values()))
    if len(held) < LEAST_FILLED or len(held) < LEAST_SHARE * known or fmean(counts) > MOST_WORDS:
        return None
    cells: list[tuple[str, ...]] = []
    for row in range(high):
        band = {column: held.get((row, column), []) for column in range(wide)}
        if not grid.upright:
            is_head = row == 0 and len(rows(band[0])) <= MOST_IN_HEAD
            cells += [_texts(band)] if is_head else _rows_between_lines(band)
        else:
            cells += _open_rows(band) if high <= FEW_BANDS else [_texts(band)]
    cells = [row for row in cells if any(row)]
    if len(cells) < 2 or sum(any(row[at] for row in cells) for at in range(wide)) < 2:  # noqa: PLR2004
        return None
    box = Rect(grid.columns[0], grid.rows[0], grid.columns[-1], grid.rows[-1])
    return RuledTable(box, tuple(words), tuple(cells))


def _first_cells(grid: Grid) -> dict[Place, Place]:
    """Return for each cell the first one of those that no line parts from it."""
    first: dict[Place, Place] = {}
    for row in range(len(grid.rows) - 1):
        for column in range(len(grid.columns) - 1):
            left, above = (row, column - 1), (row - 1, column)
            if column and not grid.is_cut_right(row, column - 1):
                first[row, column] = first[left]
            elif row and not grid.is_cut_below(row - 1, column):
                first[row, column] = first[above]
            else:
                first[row, column] = (row, column)
    return first


def _open_rows(band: Cells) -> list[tuple[str, ...]]:
    """Return the rows of text in a band of cells, where they are rows of a table."""
    split = _split(band)
    full = sum(sum(map(bool, row.values())) > 1 for row in split)
    if len(split) < OPEN_ROWS or full < OPEN_SHARE * len(split):
        return [_texts(band)]
    return [_texts(row) for row in split]


def _rows_between_lines(band: Cells) -> list[tuple[str, ...]]:
    """Return the rows of a band whose columns nothing but blanks part.

    A row begins in the first column or has (almost) as many cells as any; a line with fewer goes
    on in the cells above it, unless it begins with a capital and has the first alone. All is one
    row where the first column has one line, and of the others one as little and another more.
    """
    found: list[Cells] = []
    split = _split(band)
    first, *others = (sum(bool(row[column]) for row in split) for column in band)
    if first <= 1 == min(filter(None, others), default=0):
        return [_texts(band)]
    most = max((sum(map(bool, row.values())) for row in split), default=0)
    for row in split:
        words = [word for cell in row.values() for word in cell]
        filled = [column for column, cell in row.items() if cell]
        if len(filled) > 1 == len(parts(words)):  # it goes over several columns
            filled = filled[:1]
        alone = filled == [0] and not words[0].text[0].islower()
        if not found or alone or (len(filled) > 1 and (row[0] or len(filled) >= most - 1)):
            found.append({column: [] for column in band})
        for column in filled:
            found[-1][column] += row[column] if len(filled) > 1 else words
    return [_texts(row) for row in found]


def _split(band: Cells) -> list[Cells]:
    """Return the lines of text in a band, each with its words by column."""
    column_of = {id(word): column for column, cell in band.items() for word in cell}
    lines = rows([word for cell in band.values() for word in cell])
    return [
        {column: [w for w in row.words if column_of[id(w)] == column] for column in band}
        for row in lines
    ]


def _texts(band: Cells) -> tuple[str, ...]:
    return tuple(_text(cell) for cell in band.values())


def _text(cell: Sequence[LayerWord]) -> str:
    return joined([line(row.words) for row in rows(cell)]) if cell else ""
