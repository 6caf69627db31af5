"""What lies in a folder and is not read is counted by type, with what to do about it."""

from collections import Counter
from pathlib import Path

import pytest

from ocrqueue.inputs import left_out, sniff, walk
from ocrqueue.inputs.left_out import remedies, told, type_of
from ocrqueue.inputs.walk import Skip, find

HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"


def counted(folder: Path, **options: object) -> Counter[str]:
    counts: Counter[str] = Counter()
    hear = lambda path, reason: left_out.note(counts, path, reason)  # noqa: E731 - as commands do
    list(find([folder], on_skip=hear, **options))  # type: ignore[arg-type]
    return counts


@pytest.mark.parametrize(
    ("name", "content", "told_as"),
    [
        ("a.docx", b"PK\x03\x04....[Content_Types].xml", "DOCX"),
        ("a", b"PK\x03\x04....word/document.xml", "DOCX"),
        ("a.bin", b"PK\x03\x04....mimetypeapplication/vnd.oasis.opendocument.text", "ODT"),
        ("b.zip", b"PK\x03\x04....holiday.txt", "ZIP"),
        ("b", b"PK\x03\x04....holiday.txt", "ZIP"),
        ("c.txt", HEIC, "HEIC"),
        ("d.djvu", b"AT&TFORM\0\0", "DJVU"),
        ("mail.eml", b"From: a@b", "EML"),
        ("e.mp3", b"ID3", "MP3"),
        ("f.7z", b"?", "7Z"),
        ("g.DWG", b"AC1027", "DWG"),
        ("h.docx", b"", "empty"),
        ("scan.2024", b"x", left_out.NAMELESS),
        ("i.\x1b[31m", b"x", left_out.NAMELESS),
        ("j.ending-of-a-stranger", b"x", left_out.NAMELESS),
        ("k", b"x", left_out.NAMELESS),
    ],
)
def test_a_type_is_what_a_person_calls_it(
    tmp_path: Path, name: str, content: bytes, told_as: str
) -> None:
    """The content decides where it is plain, else the ending, if it is one at all."""
    (tmp_path / name).write_bytes(content)
    assert type_of(tmp_path / name) == told_as


def test_only_surprises_are_counted(tmp_path: Path) -> None:
    """Hidden files, those of systems, excluded ones and our own output surprise nobody."""
    for name in (".DS_Store", "Thumbs.db", "desktop.ini", "draft.docx", "a.docx", "b.docx"):
        (tmp_path / name).write_bytes(b"PK\x03\x04")
    (tmp_path / "old.pages").mkdir()
    for name in ("old.md", "old.pages/0001.md", "notes.md"):
        (tmp_path / name).write_text("# Text")
    (tmp_path / "old.json").write_text('{\n "version": 1,\n "source": "/in/old.pdf"\n}\n')
    (tmp_path / "other.json").write_text("{}")
    (tmp_path / "link").symlink_to("a.docx")
    assert counted(tmp_path, exclude=["draft*"]) == {
        "DOCX": 2,
        "MD": 1,
        "JSON": 1,
        Skip.LINK.value: 1,
    }


def test_a_folder_of_many_endings_keeps_the_count_small(tmp_path: Path) -> None:
    """Beyond a number of types the rest are one, and nothing is lost of the sum."""
    for number in range(left_out.MOST_TYPES + 20):
        (tmp_path / f"a.e{number}").write_bytes(b"x")
    counts = counted(tmp_path)
    assert len(counts) == left_out.MOST_TYPES + 1
    assert counts[left_out.OTHER] == 20


def test_counts_are_told_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """The most come first; each type has a remedy, and the one of HEIC is the extra."""
    for module in (sniff, walk, left_out):
        monkeypatch.setattr(module, "reads_heic", lambda: False)
    counts = {"DOCX": 3, "XYZ": 1, "HEIC": 42, "EML": 3}
    assert told(counts) == "42 HEIC, 3 DOCX, 3 EML, 1 XYZ"
    heic, office, mail, rest = remedies(counts)
    assert heic.startswith("HEIC: `pip install '.[heif]'`")
    assert office.startswith("DOCX: make PDFs")
    assert mail.startswith("EML: ")
    assert "--exclude" in rest
    assert remedies([Skip.LINK.value]) == [
        "symbolic link: to follow links, set `input.follow_links`"
    ]
    assert remedies([]) == []
