"""Where folders lie on this machine that others call by another name."""

from pathlib import Path, PurePath

import pytest

from ocrqueue.model.errors.operator import SettingsError
from ocrqueue.settings import schema_roots
from ocrqueue.settings.load import load
from ocrqueue.settings.schema_roots import Root

ROOTS = (
    Root(name="scans", path=Path("/mnt/scans")),
    Root(name="/Volumes/Box", path=Path("/mnt/box")),
)


def test_roots_are_read_in_their_order(tmp_path: Path) -> None:
    """A path may be relative to the file in which it stands."""
    file = tmp_path / "config.toml"
    file.write_text('[[roots]]\nname = "scans"\npath = "share"\n', encoding="utf-8")
    assert load(file, {}, {}).roots == (Root(name="scans", path=tmp_path / "share"),)


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ('name = "a"', "it has no path"),
        ('path = "a"', "it has no name"),
        ('name = "a"\npath = "b"\nat = 1', "unknown key at"),
        ('name = 1\npath = "b"', "1 is no text"),
    ],
)
def test_a_root_that_is_none_is_told(tmp_path: Path, table: str, problem: str) -> None:
    """Each needs a name and a path, and has nothing else."""
    file = tmp_path / "config.toml"
    file.write_text(f"[[roots]]\n{table}\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=f"roots number 1: {problem}"):
        load(file, {}, {})


def test_others_call_what_lies_below_a_root_by_its_name() -> None:
    """What lies below none has no such name; a root itself is no file."""
    assert schema_roots.name_of(Path("/mnt/scans/x/a.pdf"), ROOTS) == ("scans", PurePath("x/a.pdf"))
    assert schema_roots.name_of(Path("/mnt/scans"), ROOTS) is None
    assert schema_roots.name_of(Path("/mnt/scans2/a.pdf"), ROOTS) is None


def test_a_path_of_another_machine_is_found_by_the_root_that_is_called_so() -> None:
    """Only whole names of folders count; a word is no path."""
    place = schema_roots.place_of
    assert place("/Volumes/Box/x/a.pdf", ROOTS) == (Path("/mnt/box"), PurePath("x/a.pdf"))
    assert place("/Volumes/Boxes/a.pdf", ROOTS) is None
    assert place("scans/a.pdf", ROOTS) is None
