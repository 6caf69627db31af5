"""Whether a file is still being written, by the system and by its end."""

import os
import sys
from pathlib import Path, PurePath

import pytest

from ocrqueue.inputs import completeness
from ocrqueue.inputs.walk import Found


def found(path: Path, content: bytes) -> Found:
    path.write_bytes(content)
    return Found(source=path, relative=PurePath(path.name))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who writes")
def test_a_file_that_is_open_for_writing_is_told(tmp_path: Path) -> None:
    """Open for writing counts, open for reading does not, and nothing is left behind."""
    one = found(tmp_path / "a.pdf", b"%PDF-")
    assert not completeness.is_open(one)

    with Path(one.source).open("ab"):
        assert completeness.is_open(one)
    with Path(one.source).open("rb"):
        assert not completeness.is_open(one)
    with Path(one.source).open("ab"):  # were our lease still there, this would wait for it
        assert completeness.is_open(one)


def test_what_is_gone_or_no_file_is_not_open(tmp_path: Path) -> None:
    """Neither a name without a file nor a FIFO is waited for."""
    os.mkfifo(tmp_path / "a.pdf")
    for name in ("a.pdf", "gone.pdf"):
        one = Found(source=tmp_path / name, relative=PurePath(name))
        assert not completeness.is_open(one)
        assert not completeness.lacks_end(one) or name == "a.pdf"


@pytest.mark.parametrize(
    ("content", "lacks"),
    [
        (b"", True),
        (b"%PDF-1.7\n" + b"x" * 5000, True),
        (b"%PDF-1.7\n" + b"\0" * 5000, True),
        (b"%PDF-1.7\n" + b"x" * 5000 + b"%%EOF\n" + b"\0" * 500, False),
        (b"%PDF-1.7\n%%EOF\n" + b"x" * 5000, True),
        (b"\x89PNG\r\n\x1a\n" + b"x" * 5000, True),
        (b"\x89PNG\r\n\x1a\n" + b"x" * 5000 + b"\0\0\0\0IEND\xaeB`\x82", False),
        (b"\xff\xd8\xff\xe0" + b"x" * 5000, True),
        (b"\xff\xd8\xff\xe0" + b"x" * 5000 + b"\xff\xd9", False),
        (b"II*\0" + b"x" * 5000, False),
        (b"some text", False),
    ],
)
def test_what_lacks_its_end(tmp_path: Path, content: bytes, *, lacks: bool) -> None:
    """Empty files, and PDFs, PNGs and JPEGs without what ends them; of others nobody can tell."""
    assert completeness.lacks_end(found(tmp_path / "a", content)) is lacks
