"""Facts about the shipped samples: what a new user sees first has the structure of the print."""

import re
from functools import cache
from pathlib import Path

import pytest

from ocrqueue import api
from ocrqueue.settings.load import load

SAMPLES = Path(__file__).resolve().parents[3] / "samples"
BREAK = "  \n"


@cache
def markdown(name: str) -> str:
    """Return a sample as the real Tesseract reads it."""
    converted = api.convert(SAMPLES / name, settings=load(None, {}, {}))
    return converted.markdown or ""


@pytest.mark.parametrize(
    ("name", "headings"),
    [
        ("letter.pdf", []),
        (
            "reports/river.pdf",
            [
                "# Water quality of the River Alder in 2025",
                "## 1. Where we measured",
                "## 2. What we found",
                "## 3. What comes next",
            ],
        ),
        (
            "reports/newsletter.pdf",
            [
                "# The Orchard Gazette",
                "## A late frost, a good harvest",
                "## How to prune an old tree",
            ],
        ),
        ("scans/receipts.tiff", ["# Corner Hardware", "# Station Bakery"]),
    ],
)
def test_the_headings_are_those_of_the_print(name: str, headings: list[str]) -> None:
    """None is missed, and nothing else is one."""
    assert re.findall(r"^#+ .*$", markdown(name), re.MULTILINE) == headings


def test_the_list_of_the_report_is_whole() -> None:
    """Four items, though the engine sees two paragraphs and other signs than bullets."""
    items = re.findall(r"^- (\w+ \w+|Weaver's Weir)", markdown("reports/river.pdf"), re.MULTILINE)

    assert items == ["Stone Bridge", "Weaver's Weir", "Old Mill", "Long Meadow"]


def test_the_table_of_the_report_is_a_table() -> None:
    """Its head and its four rows of four cells are there, and nothing else."""
    rows = [line for line in markdown("reports/river.pdf").splitlines() if line.startswith("|")]

    assert len(rows) == 6
    assert rows[4] == "| Old Mill | 6.9 | 12.4 | 198 |"


def test_the_addresses_of_the_letter_keep_their_lines() -> None:
    """Sender and recipient stand as they are printed, the date between them."""
    sender, date, recipient, *_ = markdown("letter.pdf").split("\n\n")

    assert sender.split(BREAK) == [
        "Marlow & Finch Bookbinders",
        "14 Tanner Street",
        "Eastbrook EB2 7QD",
    ]
    assert date == "3 March 2026"
    assert len(recipient.split(BREAK)) == 4


def test_the_text_of_the_letter_has_no_breaks() -> None:
    """Behind the addresses each paragraph is one line."""
    body = markdown("letter.pdf").split("Dear Ms Thornbury,")[1]

    assert BREAK not in body


def test_the_items_of_the_receipts_have_lines_of_their_own() -> None:
    """Each thing bought is a line, apart from what stands above."""
    bakery = ("3 rye loaves at 3.80", "6 cheese rolls at 1.80", "1 plum cake at 16.00")

    assert f"\n\n{BREAK.join(bakery)}\n\n" in markdown("scans/receipts.tiff")
