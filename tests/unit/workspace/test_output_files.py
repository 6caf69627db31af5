"""What somebody has changed in the output folder stays; what is new lies beside."""

import hashlib
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ocrqueue.pipeline import collect, correct, retry
from ocrqueue.pipeline.entry import Action
from ocrqueue.settings.schema import OutputSettings
from ocrqueue.workspace import descriptors, ledger, publish
from ocrqueue.workspace.files import write_json
from ocrqueue.workspace.output_files import OutputFiles, digest_of
from ocrqueue.workspace.outputs import Output
from ocrqueue.workspace.written import KeptFile
from tests.support.desk import Desk, make_desk, readable

MARKED = OutputSettings(page_marker="<!-- page {page} -->").to_wire()
SPLIT = OutputSettings(split_pages=True).to_wire()
MINE = "my own words\n"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A desk with a converted document of two pages."""
    desk = make_desk(tmp_path)
    desk.put("a.pdf")
    desk.convert()
    return desk


def the_output(desk: Desk, name: str = "a.pdf") -> Output:
    (output,) = retry.named(desk.store, [name])
    return output


def names(desk: Desk) -> list[str]:
    found = (desk.folder / "out").rglob("*")
    return sorted(path.name for path in found if path.is_file() and ".ocrqueue" not in str(path))


def edit(desk: Desk, name: str = "a.md", text: str = MINE) -> None:
    (desk.folder / "out" / name).write_text(text)


def read_page_again(desk: Desk) -> None:
    """Delete a page's result, as a person may, and let it be read and collected anew."""
    output = the_output(desk)
    document = desk.store.document(output.document or "")
    assert document is not None
    desk.store.forget_page(document.id, 1)
    desk.store.accept(document.id, replace(readable(1), markdown="better"))
    collect.collect(desk.store, document)


def retry_a_failed_page(desk: Desk) -> None:
    output = the_output(desk)
    desk.store.forget_page(output.document or "", 1)
    list(retry.retry([output], store=desk.store, feeder=desk.feed))
    desk.feed.read()


def correct_a_page(desk: Desk) -> None:
    correct.correct(desk.store, the_output(desk).document or "", 1, "better", at="now")


def convert_otherwise(desk: Desk) -> None:
    desk.convert(style=MARKED)


@pytest.mark.parametrize(
    "again", [convert_otherwise, read_page_again, retry_a_failed_page, correct_a_page]
)
def test_what_was_changed_by_hand_is_never_overwritten(desk: Desk, again: Any) -> None:
    """Another style, another reading, a retry, a correction: the person's file stays as it is."""
    edit(desk)

    again(desk)

    assert desk.text("a") == MINE
    if again is not retry_a_failed_page:  # it brings the text that the person had before him
        assert desk.text("a.new") not in ("", MINE)
        told = desk.store.written(the_output(desk).key)
        assert told is not None
        assert told.kept == (KeptFile(name="a.md", beside="a.new.md"),)


def test_what_nobody_changed_is_replaced(desk: Desk) -> None:
    """Then nothing lies beside it."""
    convert_otherwise(desk)

    assert desk.text("a").startswith("<!-- page 1 -->")
    assert names(desk) == ["a.json", "a.md"]


def test_the_text_that_was_changed_is_not_written_beside(desk: Desk) -> None:
    """Whoever changed the file had that very text before him."""
    edit(desk)
    document = desk.store.document(the_output(desk).document or "")
    assert document is not None

    collect.collect(desk.store, document)

    assert names(desk) == ["a.json", "a.md"]


def test_new_texts_that_were_changed_stay_too(desk: Desk) -> None:
    """Whatever a person works on: the newest text gets a name that is free."""
    edit(desk)
    convert_otherwise(desk)
    edit(desk, "a.new.md", "more of mine\n")

    read_page_again(desk)

    assert (desk.text("a"), desk.text("a.new")) == (MINE, "more of mine\n")
    assert "better" in desk.text("a.new2")


@pytest.mark.parametrize("name", ["a.new.md", "a.pages/0001.new.md"])
def test_a_copy_of_our_text_is_whoevers_it_is(desk: Desk, name: str) -> None:
    """Only what we put beside a file is taken away: not what a person called so, by chance."""
    desk.convert(style=SPLIT)
    copy = desk.folder / "out" / name
    copy.write_bytes(copy.with_name(copy.name.replace(".new", "")).read_bytes())

    read_page_again(desk)
    desk.convert(style=MARKED)

    assert copy.exists()
    assert copy.read_text() != (desk.folder / "out" / "a.md").read_text()


def test_a_name_beside_may_be_another_inputs(desk: Desk) -> None:
    """The output of `a.new.pdf` is not taken for a new text of `a.pdf`."""
    desk.put("a.new.pdf", "1\n")
    desk.convert()
    before = desk.text("a.new")
    edit(desk)

    read_page_again(desk)

    assert desk.text("a.new") == before
    assert "better" in desk.text("a.new2")


@pytest.mark.parametrize("way", ["moved", "removed"])
def test_who_takes_the_new_text_is_done(desk: Desk, way: str) -> None:
    """Once the new text is in its place, or the changed one is gone, all is as before."""
    edit(desk)
    convert_otherwise(desk)
    changed, new = desk.folder / "out" / "a.md", desk.folder / "out" / "a.new.md"
    if way == "moved":
        new.replace(changed)
    else:
        changed.unlink()

    desk.convert(style=MARKED)
    read_page_again(desk)

    assert "better" in desk.text("a")
    assert names(desk) == ["a.json", "a.md"]


def test_overwrite_replaces_what_lies_there_now(desk: Desk) -> None:
    """Also where nothing else is to be done; and what is changed later is kept again."""
    edit(desk)
    plain = desk.convert()["a.pdf"].action
    kept = desk.text("a")
    forced = desk.convert(overwrite=True)["a.pdf"].action
    assert (plain, kept) == (Action.UNCHANGED, MINE)
    assert (forced, desk.text("a")) == (Action.ASSEMBLE, "text 1\n\ntext 2\n")

    edit(desk)
    convert_otherwise(desk)
    assert desk.text("a") == MINE
    desk.convert(style=MARKED, overwrite=True)
    assert desk.text("a").startswith("<!-- page 1 -->")
    assert names(desk) == ["a.json", "a.md"]
    assert desk.convert(style=MARKED, overwrite=True)["a.pdf"].action is Action.UNCHANGED


def test_a_ledger_that_was_changed_stays(desk: Desk) -> None:
    """The new one lies beside it; one that is no ledger any more is damage, and replaced."""
    place = desk.folder / "out" / "a.json"
    mine = place.read_text().replace('"state": "done"', '"state": "done", "mine": 1')
    place.write_text(mine)

    read_page_again(desk)

    assert place.read_text() == mine
    assert json.loads((place.parent / "a.new.json").read_text())["state"] == "done"
    place.write_text("{")
    read_page_again(desk)
    assert ledger.read(place, below=place.parent).source.endswith("a.pdf")


def test_a_file_larger_than_any_of_ours_is_not_read(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is somebody else's, whatever is in it: also where nothing is known of what we wrote."""
    desk.convert(style=SPLIT)
    page = desk.folder / "out" / "a.pages" / "0001.md"
    for large in (desk.folder / "out" / "a.md", page):
        os.truncate(large, descriptors.LONGEST + 1)
    hashed = hashlib.file_digest

    def noted(stream: Any, name: str) -> Any:
        assert os.fstat(stream.fileno()).st_size <= descriptors.LONGEST
        return hashed(stream, name)

    monkeypatch.setattr(hashlib, "file_digest", noted)
    publish.give_up_edits(desk.store, the_output(desk))
    read_page_again(desk)
    without_digests(desk)
    read_page_again(desk)

    assert page.stat().st_size > descriptors.LONGEST
    assert desk.text("a.new").startswith("better")


def test_files_of_pages_stay_too(desk: Desk) -> None:
    """One that was changed stays, also where no page files are wanted any more."""
    desk.convert(style=SPLIT)
    edit(desk, "a.pages/0001.md")

    read_page_again(desk)
    assert (desk.folder / "out" / "a.pages" / "0001.new.md").read_text() == "better\n"
    desk.convert()

    assert names(desk) == ["0001.md", "a.json", "a.md"]
    assert (desk.folder / "out" / "a.pages" / "0001.md").read_text() == MINE


def test_the_text_of_a_file_that_cannot_be_read_any_more_stays(desk: Desk) -> None:
    """What we wrote for it is removed, what a person wrote is not."""
    desk.put("b.pdf", "1\n")
    desk.convert()
    edit(desk)
    for name in ("a.pdf", "b.pdf"):
        desk.put(name, "damaged")
    desk.convert()

    assert desk.text("a") == MINE
    assert names(desk) == ["a.json", "a.md", "b.json"]
    told = desk.store.written(the_output(desk).key)
    assert told is not None
    assert told.kept == (KeptFile(name="a.md", beside=""),)


def test_what_a_killed_collector_wrote_is_ours(desk: Desk) -> None:
    """It said what it would write before it did: nobody takes its text for a person's."""
    output = the_output(desk)
    files = OutputFiles.of(desk.store, output)
    half = b"what it had written\n"
    files.begin({digest_of(half)})
    Path(output.markdown).write_bytes(half)

    convert_otherwise(desk)

    assert names(desk) == ["a.json", "a.md"]


# Workspaces of earlier versions, and lost ones


def without_digests(desk: Desk) -> None:
    (kept,) = desk.store.root.glob("outputs/??/*.files")
    kept.unlink()


@pytest.mark.parametrize("is_edited", [False, True])
def test_an_earlier_version_knew_the_markdown(desk: Desk, *, is_edited: bool) -> None:
    """Its digest stands in the workspace: a Markdown that differs is a person's."""
    without_digests(desk)
    place = desk.folder / "out" / "a.json"
    wire = json.loads(place.read_text())
    del wire["markdown_sha256"]
    place.write_text(json.dumps(wire))
    if is_edited:
        edit(desk)

    convert_otherwise(desk)

    assert (desk.text("a") == MINE) == is_edited
    assert names(desk) == ["a.json", "a.md", *["a.new.md"] * is_edited]


@pytest.mark.parametrize("is_edited", [False, True])
def test_without_the_workspace_the_ledger_knows_it(
    desk: Desk, tmp_path: Path, *, is_edited: bool
) -> None:
    """Who deletes the workspace and begins anew loses nothing that he wrote."""
    (tmp_path / "out" / ".ocrqueue").rename(tmp_path / "gone")
    if is_edited:
        edit(desk)
    anew = make_desk(tmp_path)

    anew.convert(style=MARKED)

    assert (anew.text("a") == MINE) == is_edited
    assert names(anew) == ["a.json", "a.md", *["a.new.md"] * is_edited]


def test_the_ledger_knows_files_of_pages_and_pictures_too(desk: Desk) -> None:
    """Those as we wrote them are replaced, those that somebody changed or added stay."""
    desk.convert(style=SPLIT)
    pages, pictures = desk.folder / "out" / "a.pages", desk.folder / "out" / "a.assets"
    edit(desk, "a.pages/0002.md")
    pictures.mkdir()
    (pictures / "p0002-1.png").write_bytes(b"mine")
    without_digests(desk)

    read_page_again(desk)

    assert [(pages / name).read_text() for name in ("0001.md", "0002.md")] == ["better\n", MINE]
    assert names(desk) == ["0001.md", "0002.md", "a.json", "a.md", "p0002-1.png"]


def test_overwriting_begins_with_our_own_files(desk: Desk) -> None:
    """An output whose files nobody tells to be ours is not touched by `--overwrite`."""
    output = the_output(desk)
    edit(desk)
    write_json(output.files, output.ledger, {"of": "somebody"})

    publish.give_up_edits(desk.store, output)

    assert desk.text("a") == MINE
    told = desk.store.written(output.key)
    assert told is not None
    assert told.fingerprint
