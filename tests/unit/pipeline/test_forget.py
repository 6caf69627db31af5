"""Documents leave a workspace, with or without their files; what people did stays."""

from dataclasses import replace
from pathlib import Path

import pytest

from ocrqueue.model.errors.operator import UsageError
from ocrqueue.model.finding import Concern
from ocrqueue.pipeline import correct, forget, retry, summary, tally
from ocrqueue.pipeline.entry import Action
from ocrqueue.workspace.outputs import Output
from tests.support.desk import Desk, make_desk
from tests.support.folders import markdown


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A desk with two converted documents."""
    desk = make_desk(tmp_path)
    desk.put("a.pdf", "1\n2\n")
    desk.put("b.pdf", "x\n")
    desk.convert()
    return desk


def the_output(desk: Desk, name: str = "a.pdf") -> Output:
    (output,) = retry.named(desk.store, [name])
    return output


def test_a_forgotten_document_is_read_anew(desk: Desk) -> None:
    """Nothing of it is left but an empty lock; its Markdown stays, and other documents do."""
    output = the_output(desk)

    forget.forget(output, desk.store)

    assert desk.store.document(output.document or "") is None
    left = [path for path in desk.store.root.rglob("*") if output.key in path.name]
    assert [(path.suffix, path.stat().st_size) for path in left] == [(".lock", 0)]
    assert set(markdown(desk.folder / "out")) == {"a.md", "b.md"}
    entries = desk.enqueue()
    assert (entries["a.pdf"].queued, entries["b.pdf"].action) == (2, Action.UNCHANGED)


def test_a_document_that_another_output_shows_stays(desk: Desk) -> None:
    """What was read belongs to the content; a copy still shows it."""
    desk.put("copy.pdf", "1\n2\n")
    desk.convert()
    output = the_output(desk)

    forget.forget(output, desk.store)

    assert desk.store.document(output.document or "") is not None
    assert desk.convert()["copy.pdf"].action is Action.UNCHANGED


def test_files_are_deleted_unless_somebody_changed_them(desk: Desk) -> None:
    """Ours go; a person's file stays, and is named."""
    (desk.folder / "out" / "b.md").write_text("mine")

    kept = [forget.delete_files(the_output(desk, name), desk.store) for name in ("a.pdf", "b.pdf")]

    assert kept == [[], ["b.md"]]
    assert [path.name for path in (desk.folder / "out").glob("*.*") if path.is_file()] == ["b.md"]


def test_files_are_deleted_only_in_a_folder_that_the_command_names(
    desk: Desk, tmp_path: Path
) -> None:
    """A record that was prepared names any folder; what lies there stays, also if it looks ours."""
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    for name in ("a.md", "a.json"):
        (foreign / name).write_bytes((desk.folder / "out" / name).read_bytes())
    forged = replace(the_output(desk), folder=str(foreign))

    with pytest.raises(UsageError, match=f"-o {foreign}"):
        forget.delete_files(forged, desk.store)

    assert sorted(path.name for path in foreign.iterdir()) == ["a.json", "a.md"]
    assert forget.delete_files(forged, desk.store, named=[str(foreign)]) == []
    assert list(foreign.iterdir()) == []


def test_corrections_outlive_a_document(desk: Desk) -> None:
    """Whoever reads the same file again finds them, until they are discarded."""
    output = the_output(desk)
    correct.correct(desk.store, output.document or "", 1, "by hand", at="now")
    assert forget.has_corrections(output, desk.store)
    forget.forget(output, desk.store)
    desk.convert()
    assert "by hand" in desk.text("a")

    forget.discard_corrections(the_output(desk), desk.store)
    forget.forget(the_output(desk), desk.store)
    desk.convert()
    assert "by hand" not in desk.text("a")


def test_what_a_renamed_input_leaves_behind_is_named(desk: Desk) -> None:
    """The run that finds it under its new name says which output is the old one."""
    inputs = desk.folder / "in"
    (inputs / "a.pdf").rename(inputs / "c.pdf")
    noted = summary.record(desk.store, "run", desk.enqueue().values())
    assert len(list(noted)) == 2
    desk.feed.read()

    (problem,) = summary.of_run(desk.store, "run").problems

    assert (problem.concern, problem.document) == (Concern.GONE, "a.pdf")
    assert problem.message == "c.pdf is the same file, and this input is gone"


def test_inputs_that_are_gone_are_counted_apart(desk: Desk) -> None:
    """They are no failures: their Markdown is there."""
    (desk.folder / "in" / "a.pdf").unlink()

    told = tally.of_workspace(desk.store)

    assert (told.done, told.failed, told.gone) == (2, 0, 1)
    assert [problem.concern for problem in told.problems] == [Concern.GONE]
    assert not retry.has_input(the_output(desk))


def test_the_lock_of_a_forgotten_output_stays(desk: Desk) -> None:
    """Who waits for it, and who comes later, wait for the same file."""
    (output,) = retry.named(desk.store, ["a.pdf"])
    lock = Path(desk.store.output_path(output.key)).with_suffix(".lock")
    with desk.store.output_lock(output.key):
        before = lock.stat().st_ino

    forget.forget(output, desk.store)

    assert lock.stat().st_ino == before
