"""What comes on standard input: a list of paths, or with `-o -` a document; never the other."""

import io
import sys
from collections import Counter
from pathlib import Path

import pytest

from ocrqueue.cli import arguments, one_file
from ocrqueue.cli.manner import Manner
from ocrqueue.model.errors.operator import UsageError
from ocrqueue.settings.schema import Settings

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))


def say(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    stream = io.TextIOWrapper(io.BufferedReader(io.BytesIO(content)))
    monkeypatch.setattr(sys, "stdin", stream)


def listed(monkeypatch: pytest.MonkeyPatch, content: bytes) -> list[str]:
    """Return the names of the inputs that a list means."""
    say(monkeypatch, content)
    left_out: Counter[str] = Counter()
    asked = {"paths": [Path("-")]}
    return [found.source.name for found in arguments.inputs_of(Settings(), asked, left_out)]


@pytest.mark.parametrize(
    "content",
    [b"a.pdf\nb \xe9.pdf\n", b"a.pdf\0b.pdf\0", "\ufeffa.pdf\n".encode("utf-16"), b"%PDF.pdf\n"],
    ids=["lines", "NUL", "UTF-16", "a name"],
)
def test_lists_are_read_as_before(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    """Looking at its beginning takes nothing from a list."""
    assert listed(monkeypatch, content)[0] in ("a.pdf", "%PDF.pdf")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (PNG, "is a document"),
        (b"%PDF-1.7\n1 0 obj", "is a document"),
        (b"\x7fELF\x02\x01\x01\0\0", "unknown binary data"),
    ],
    ids=["an image", "a PDF", "a program"],
)
def test_a_document_is_no_list(monkeypatch: pytest.MonkeyPatch, content: bytes, told: str) -> None:
    """Nobody reads a file that happens to be called as some of its bytes."""
    with pytest.raises(UsageError, match=told):
        listed(monkeypatch, content)


@pytest.mark.parametrize(
    ("paths", "content"),
    [(["-"], b"a.pdf\n"), (["a.pdf", "b.pdf"], b""), (["."], b""), ([], b"")],
    ids=["a list", "two files", "a folder", "nothing"],
)
def test_one_document_is_printed(
    monkeypatch: pytest.MonkeyPatch, paths: list[str], content: bytes
) -> None:
    """Anything else is refused before a process is started."""
    say(monkeypatch, content)
    asked = {"paths": tuple(map(Path, paths))}
    with pytest.raises(UsageError):
        one_file.convert(Settings(), asked, Manner())


def test_json_is_not_printed_beside_markdown() -> None:
    """One of the two goes to standard output."""
    with pytest.raises(UsageError, match="--json"):
        one_file.convert(Settings(), {"paths": (Path("a.pdf"),)}, Manner(as_json=True))
