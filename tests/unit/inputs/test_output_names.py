"""What the output of an input is called."""

import os
import unicodedata
from pathlib import Path, PurePath

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocrqueue.inputs.output_names import MAX_NAME_BYTES, collision_key, output_candidates


def stems(name: str, source: str = "/in/x") -> list[str]:
    return [path.as_posix() for path in output_candidates(PurePath(name), Path(source))]


def test_output_names_in_order_of_preference() -> None:
    """The plain name first, then with its extension, then with a hash of the source."""
    plain, full, unique = stems("sub/name.pdf", "/in/sub/name.pdf")
    assert (plain, full) == ("sub/name", "sub/name.pdf")
    assert unique.startswith("sub/name.pdf-")
    assert len(unique) == len("sub/name.pdf-") + 8
    assert stems("sub/name.pdf", "/elsewhere/name.pdf")[2] != unique


def test_output_name_keeps_what_is_no_extension() -> None:
    """Only an extension of a supported format is dropped from the plain name."""
    assert stems("report.v2")[0] == "report.v2"
    assert stems("report.v2.pdf")[0] == "report.v2"


def test_folders_named_like_outputs_get_out_of_the_way() -> None:
    """A folder `a.md` must not bar the file `a.md`, nor `a.pages` hold two documents' pages."""
    assert stems("a.md/b.pdf")[0] == "a.md_/b"
    assert stems("a.PAGES/x.assets/b.pdf")[0] == "a.PAGES_/x.assets_/b"


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "..", "/", "a/../../b", "."])
def test_output_never_leaves_the_folder(name: str) -> None:
    """No name leads out of the output folder."""
    for stem in output_candidates(PurePath(name), Path("/in/x")):
        assert not stem.is_absolute()
        assert ".." not in stem.parts
        assert stem.name


names = st.binary(min_size=1, max_size=255).map(lambda raw: os.fsdecode(raw.replace(b"\0", b"x")))


@settings(deadline=None)
@given(st.lists(names, min_size=1, max_size=3).map(lambda parts: PurePath(*parts)))
def test_any_name_becomes_one_that_can_be_written(relative: PurePath) -> None:
    """Whatever bytes a name has, each part fits the file system and holds no control character."""
    candidates = output_candidates(relative, Path("/in") / "x")
    assert 2 <= len(candidates) <= 3
    for part in (part for stem in candidates for part in stem.parts):
        assert len(os.fsencode(part)) <= MAX_NAME_BYTES
        assert not any(unicodedata.category(char) == "Cc" for char in part)


def test_long_names_stay_apart() -> None:
    """Two long names with the same beginning get different outputs."""
    first, second = stems("ü" * 120 + "1.pdf")[0], stems("ü" * 120 + "2.pdf")[0]
    assert first != second
    assert first.startswith("ü" * 90)


@pytest.mark.parametrize("lead", ["", "a"])
def test_long_names_are_cut_between_letters(lead: str) -> None:
    """Cutting a long name leaves no half letter."""
    assert stems(lead + "ü" * 120 + ".pdf")[0].encode("utf-8").startswith(lead.encode())


@pytest.mark.parametrize(
    ("one", "other"),
    [("A/b", "a/B"), ("caf\u00e9", "cafe\u0301"), ("STRASSE", "straße"), ("\u2126", "\u03c9")],
)
def test_alike_names_collide(one: str, other: str) -> None:
    """Names that differ by case or Unicode form only have one key."""
    assert collision_key(PurePath(one)) == collision_key(PurePath(other))


@settings(deadline=None)
@given(names | st.text())
def test_collision_key_is_stable(name: str) -> None:
    """The key of a name, of its forms and of its key are the same; bytes make no error."""
    key = collision_key(name)
    assert collision_key(key) == key
    assert collision_key(unicodedata.normalize("NFD", name)) == key
    assert collision_key(unicodedata.normalize("NFC", name)) == key
