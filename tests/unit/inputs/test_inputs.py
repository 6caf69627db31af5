"""Inputs: which files are taken, which pages, and what their output is called."""

import os
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePath

import pytest

from ocrqueue.inputs import sniff as sniff_module
from ocrqueue.inputs import walk
from ocrqueue.inputs.output_names import collision_key, output_candidates
from ocrqueue.inputs.sniff import sniff
from ocrqueue.inputs.walk import Skip, find
from ocrqueue.model.document import Kind
from tests.support.corpus import CORPUS, needs_corpus

PDF = b"%PDF-1.7\n"
PNG = b"\x89PNG\r\n\x1a\n"
NOT_RUNNING_AS_ROOT = pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")


def plant(root: Path, *names: str, content: bytes = PDF) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def found(*roots: Path, **options: object) -> list[str]:
    return [each.relative.as_posix() for each in find(roots, **options)]  # type: ignore[arg-type]


def skipped(*roots: Path, **options: object) -> dict[str, Skip]:
    reasons: dict[str, Skip] = {}

    def note(path: Path, reason: Skip) -> None:
        reasons[path.relative_to(roots[0]).as_posix()] = reason

    list(find(roots, on_skip=note, **options))  # type: ignore[arg-type]
    return reasons


def test_folder_is_walked_in_order(tmp_path: Path) -> None:
    """Files come sorted by name within each folder, with their path below the root."""
    plant(tmp_path, "b.pdf", "a/2.PDF", "a/10.tiff", "c.webp")
    assert found(tmp_path) == ["a/10.tiff", "a/2.PDF", "b.pdf", "c.webp"]
    first = next(find([tmp_path]))
    assert first.source == tmp_path / "a" / "10.tiff"


def test_nothing_is_read_ahead(tmp_path: Path) -> None:
    """The first file comes before the next folder is looked at."""
    plant(tmp_path, "a.pdf")
    (tmp_path / "b").mkdir()
    files = find([tmp_path])
    next(files)
    plant(tmp_path, "b/late.pdf")
    assert next(files).relative == PurePath("b/late.pdf")


def test_content_decides_where_the_extension_says_nothing(tmp_path: Path) -> None:
    """Without a known extension the first bytes decide; with one the file is always taken."""
    plant(tmp_path, "scan", "scan.dat")
    plant(tmp_path, "notes.txt", content=b"We mention %PDF-1.7 here")
    plant(tmp_path, "empty", content=b"")
    plant(tmp_path, "text.pdf", content=b"no PDF at all")
    assert found(tmp_path) == ["scan", "scan.dat", "text.pdf"]
    assert skipped(tmp_path) == {"notes.txt": Skip.NOT_SUPPORTED, "empty": Skip.NOT_SUPPORTED}


def test_heic_is_taken_only_where_it_can_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the extra `heif`, HEIC files in a folder are left out, by name and by content."""
    plant(tmp_path, "a.heic", "b", content=b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")
    assert found(tmp_path) == ["a.heic", "b"]
    for module in (sniff_module, walk):
        monkeypatch.setattr(module, "reads_heic", lambda: False)
    assert skipped(tmp_path) == {"a.heic": Skip.NOT_SUPPORTED, "b": Skip.NOT_SUPPORTED}


def test_debris_is_left_out_and_told(tmp_path: Path) -> None:
    """Hidden files and folders, lock files and unfinished downloads are not inputs."""
    plant(tmp_path, ".a.pdf", ".git/b.pdf", "~$c.pdf", "d.pdf.part", "e.crdownload", "good.pdf")
    assert found(tmp_path) == ["good.pdf"]
    assert skipped(tmp_path) == {
        ".a.pdf": Skip.HIDDEN,
        ".git": Skip.HIDDEN,
        "~$c.pdf": Skip.LOCK_FILE,
        "d.pdf.part": Skip.UNFINISHED,
        "e.crdownload": Skip.UNFINISHED,
    }


def test_output_folder_is_not_an_input(tmp_path: Path) -> None:
    """The output folder is not entered, by whatever spelling, unless it is the root itself."""
    plant(tmp_path, "in.pdf", "out/figure.png")
    (tmp_path / "spelled").symlink_to(tmp_path / "out")
    assert found(tmp_path, skip=[tmp_path / "spelled", tmp_path / "absent"]) == ["in.pdf"]
    assert found(tmp_path / "out", skip=[tmp_path / "out"]) == ["figure.png"]


def test_named_file_is_always_taken(tmp_path: Path) -> None:
    """A file given by name is taken whatever it is called, even if it is missing."""
    plant(tmp_path, ".hidden", content=b"text")
    files = list(find([tmp_path / ".hidden", tmp_path / "missing.pdf"], exclude=["*"]))
    assert [each.relative.name for each in files] == [".hidden", "missing.pdf"]
    assert all(each.source.is_absolute() for each in files)


def test_fifo_is_never_opened(tmp_path: Path) -> None:
    """A FIFO is passed over, in a folder or by name: opening it would wait for ever."""
    os.mkfifo(tmp_path / "pipe.pdf")
    os.mkfifo(tmp_path / "pipe")
    assert skipped(tmp_path) == {"pipe.pdf": Skip.SPECIAL, "pipe": Skip.SPECIAL}
    assert found(tmp_path / "pipe.pdf") == []


def test_links_are_followed_only_when_asked(tmp_path: Path) -> None:
    """Links found in a folder are told apart; a loop ends; a link given as root is followed."""
    plant(tmp_path, "real/a.pdf")
    (tmp_path / "real" / "loop").symlink_to(tmp_path / "real")
    (tmp_path / "real" / "dangling.pdf").symlink_to(tmp_path / "nowhere")
    (tmp_path / "other").symlink_to(tmp_path / "real")
    (tmp_path / "one.pdf").symlink_to(tmp_path / "real" / "a.pdf")

    assert found(tmp_path) == ["real/a.pdf"]
    assert skipped(tmp_path) == {
        "one.pdf": Skip.LINK,
        "other": Skip.LINK,
        "real/dangling.pdf": Skip.BROKEN_LINK,
        "real/loop": Skip.LINK,
    }
    assert found(tmp_path, follow_links=True) == ["one.pdf", "other/a.pdf", "real/a.pdf"]
    assert skipped(tmp_path, follow_links=True)["real/loop"] is Skip.LOOP
    assert found(tmp_path / "other") == ["a.pdf"]


def test_links_between_many_folders_stay_cheap(tmp_path: Path) -> None:
    """Twelve folders that all link to each other are walked once, not twelve factorial times."""
    folders = [tmp_path / f"f{n:02}" for n in range(12)]
    for folder in folders:
        plant(folder, "a.pdf")
    for folder in folders:
        for other in folders:
            (folder / f"to-{other.name}").symlink_to(other)
    assert 12 <= len(found(tmp_path, follow_links=True)) <= 24


def test_deep_folders_do_not_exhaust_the_stack(tmp_path: Path) -> None:
    """Folders nested deeper than Python may call are walked or told, never an exception."""
    plant(tmp_path, "d/d/d/a.pdf")
    with deep_folders(tmp_path, levels=1500):
        assert found(tmp_path) == ["d/d/d/a.pdf"]


@contextmanager
def deep_folders(root: Path, *, levels: int) -> Iterator[None]:
    """Nest folders, and take them away again: pytest's own cleaning would run out of stack."""
    here = os.open(root, os.O_RDONLY)
    for _ in range(levels):
        with suppress(FileExistsError):
            os.mkdir("d", dir_fd=here)
        above, here = here, os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(above)
    os.close(here)
    try:
        yield
    finally:
        subprocess.run(["rm", "-rf", root / "d"], check=True)


def test_file_removed_while_walking_is_passed_over(tmp_path: Path) -> None:
    """What vanishes between listing and looking is told, not raised."""
    plant(tmp_path, "a.pdf", "b")
    files = find([tmp_path])
    next(files)
    (tmp_path / "b").unlink()
    assert list(files) == []


@NOT_RUNNING_AS_ROOT
def test_unreadable_folder_is_told(tmp_path: Path) -> None:
    """A folder that may not be listed is reported, the rest is found."""
    plant(tmp_path, "closed/a.pdf", "open.pdf")
    (tmp_path / "closed").chmod(0)
    try:
        assert found(tmp_path) == ["open.pdf"]
        assert skipped(tmp_path) == {"closed": Skip.UNREADABLE}
    finally:
        (tmp_path / "closed").chmod(0o700)


@pytest.mark.parametrize(
    ("glob", "matches", "differs"),
    [
        ("*.pdf", ["a.pdf", "x/y/B.PDF"], ["a.png", "a.pdf.png"]),
        ("2024-??-*", ["2024-01-x.pdf"], ["2024-1-x.pdf"]),
        ("drafts", ["drafts/a.pdf", "x/drafts/b.pdf"], ["draft/a.pdf"]),
        ("drafts/", ["drafts/a.pdf"], ["mydrafts/a.pdf"]),
        ("x/*.pdf", ["x/a.pdf"], ["x/y/a.pdf", "y/x/a.pdf"]),
        ("x/**/*.pdf", ["x/a.pdf", "x/y/z/a.pdf"], ["a.pdf"]),
        ("**/x/*.pdf", ["x/a.pdf", "y/x/a.pdf"], ["x/y/a.pdf"]),
        ("x/**", ["x/a.pdf", "x/y/a.pdf"], ["xy/a.pdf"]),
        ("./x/a.pdf", ["x/a.pdf"], ["y/x/a.pdf"]),
        ("[ab].pdf", ["a.pdf", "b.pdf"], ["c.pdf"]),
        ("[!ab].pdf", ["c.pdf"], ["a.pdf"]),
        ("a[1.pdf", ["a[1.pdf"], ["a1.pdf"]),
        ("a+(1).pdf", ["a+(1).pdf"], ["aa1.pdf"]),
    ],
)
def test_globs(tmp_path: Path, glob: str, matches: list[str], differs: list[str]) -> None:
    """A glob leaves out exactly what it matches; a folder that matches goes with all it holds."""
    plant(tmp_path, *matches, *differs)
    left_out = set(matches + differs) - set(found(tmp_path, exclude=[glob]))
    assert left_out == set(matches)


def test_include_takes_only_what_matches(tmp_path: Path) -> None:
    """Include looks at files, not at the folders above them; exclude wins over include."""
    plant(tmp_path, "x/a.pdf", "x/b.pdf", "c.png")
    assert found(tmp_path, include=["*.pdf"], exclude=["b.*"]) == ["x/a.pdf"]


@needs_corpus
def test_odd_names_of_the_corpus(tmp_path: Path) -> None:
    """Every oddly named document is found once, and its output can really be written."""
    with tarfile.open(CORPUS / "hostile" / "names.tar") as archive:
        archive.extractall(tmp_path, filter="data")
    files = list(find([tmp_path]))
    assert len(files) >= 25

    taken: set[str] = set()
    for each in files:
        stem = next(s for s in output_candidates(each.relative, each.source) if claim(s, taken))
        target = tmp_path / "out" / f"{stem}.json"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text("{}", encoding="utf-8")
        assert target.resolve().is_relative_to(tmp_path / "out")
    assert len(taken) == len(files)


def claim(stem: PurePath, taken: set[str]) -> bool:
    key = collision_key(stem)
    is_free = key not in taken
    taken.add(key)
    return is_free


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"%PDF-1.4", Kind.PDF),
        (b"\0" * 1019 + b"%PDF-", Kind.PDF),
        (b"\0" * 1020 + b"%PDF-", None),
        (PNG, Kind.PNG),
        (b"\xff\xd8\xff\xe0", Kind.JPEG),
        (b"II*\0", Kind.TIFF),
        (b"MM\0*", Kind.TIFF),
        (b"II+\0", Kind.TIFF),
        (b"MM\0+", Kind.TIFF),
        (b"RIFF\x10\0\0\0WEBPVP8 ", Kind.WEBP),
        (b"RIFF\x10\0\0\0WAVE", None),
        (b"GIF89a", Kind.GIF),
        (b"GIF90a", None),
        (b"", None),
    ],
)
def test_first_bytes_tell_the_kind(head: bytes, kind: Kind | None) -> None:
    """Each supported format is known by its signature, and nothing else is."""
    assert sniff(head) is kind
