"""A line of a table for spreadsheets."""

import csv

import pytest

from ocrqueue.cli.spreadsheet import csv_line


@pytest.mark.parametrize("sign", [*"=+-@\t\r", *"\uff1d\uff0b\uff0d\uff20"])
def test_no_cell_is_a_formula(sign: str) -> None:
    """Nor does one begin after a sign at which another spreadsheet parts: each cell is quoted."""
    line = csv_line([f"{sign}cmd;=1", 7, None])
    (cells,) = csv.reader([line])

    assert not cells[0].startswith(sign)
    assert line.startswith('"')
    assert line.endswith(';=1","7",""')
