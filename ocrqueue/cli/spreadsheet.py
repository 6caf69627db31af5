"""A line of a table for spreadsheets, of which none computes anything."""

import csv
import io
from collections.abc import Iterable
from typing import Any

from ocrqueue.text.terminal import printable

# What a cell begins with that a spreadsheet would compute; some take the full-width signs too.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def csv_line(cells: Iterable[Any]) -> str:
    """Return the cells as one line of CSV, each of them quoted."""
    line = io.StringIO()
    # Where only some cells are quoted, a spreadsheet that parts at semicolons finds others.
    writer = csv.writer(line, lineterminator="", quoting=csv.QUOTE_ALL)
    writer.writerow([_cell(value) for value in cells])
    return line.getvalue()


def _cell(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    shown = printable(value)
    return f"'{shown}" if shown.startswith(FORMULA) else shown
