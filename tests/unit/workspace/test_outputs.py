"""Which name an input's output gets: its own, for as long as the input is there."""

import os
import shutil
from pathlib import Path, PurePath

import pytest

from ocrqueue.inputs.output_names import output_candidates
from ocrqueue.inputs.walk import Found
from ocrqueue.model.errors.document import OutputNotWritten
from ocrqueue.workspace import claims, outputs
from ocrqueue.workspace.outputs import Output
from ocrqueue.workspace.store import Store
from ocrqueue.workspace.written import WrittenOutput


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.create(tmp_path / "out" / ".ocrqueue")


def found(tmp_path: Path, name: str) -> Found:
    """Return an input that exists."""
    source = tmp_path / "in" / name
    source.parent.mkdir(parents=True, exist_ok=True)
    source.write_text(name, errors="surrogateescape")
    return Found(source=source, relative=PurePath(name))


def claim(store: Store, tmp_path: Path, name: str) -> Output:
    return claims.claim(store, found(tmp_path, name), tmp_path / "out")


def test_an_input_has_its_own_name_without_the_ending(store: Store, tmp_path: Path) -> None:
    """sub/a.pdf becomes sub/a.md and sub/a.json below the output folder."""
    output = claim(store, tmp_path, "sub/a.pdf")
    assert output.markdown == tmp_path / "out" / "sub" / "a.md"
    assert output.ledger == tmp_path / "out" / "sub" / "a.json"


def test_names_that_differ_by_ending_only(store: Store, tmp_path: Path) -> None:
    """a.png beside a.pdf keeps its ending in its output's name."""
    assert claim(store, tmp_path, "a.pdf").name == "a"
    assert claim(store, tmp_path, "a.png").name == "a.png"


def test_names_that_differ_by_case_or_form_only(store: Store, tmp_path: Path) -> None:
    """No two outputs are taken for one file by a file system that ignores case or forms."""
    names = ["caf\u00e9.pdf", "cafe\u0301.pdf", "CAF\u00c9.pdf", "Caf\u00e9.PDF"]
    claimed = [claim(store, tmp_path, name) for name in names]
    assert len({output.key for output in claimed}) == len(names)


@pytest.mark.parametrize("order", [["a.pdf", "a.png"], ["a.png", "a.pdf"]])
def test_an_input_keeps_its_name(store: Store, tmp_path: Path, order: list[str]) -> None:
    """Asked again in another order, each input has the name that it got first."""
    first = {name: claim(store, tmp_path, name).name for name in ("a.pdf", "a.png")}
    assert {name: claim(store, tmp_path, name).name for name in order} == first


def test_the_name_of_an_input_that_is_gone_is_free(store: Store, tmp_path: Path) -> None:
    """Once a.pdf is deleted, a.png may be a; what a.pdf was is forgotten."""
    claim(store, tmp_path, "a.pdf")
    (tmp_path / "in" / "a.pdf").unlink()
    output = claim(store, tmp_path, "a.png")
    assert output.name == "a"
    assert output.document is None


def test_an_input_keeps_its_name_though_a_nicer_one_is_free_again(
    store: Store, tmp_path: Path
) -> None:
    """Whoever reads a.png.md goes on finding it."""
    claim(store, tmp_path, "a.pdf")
    claim(store, tmp_path, "a.png")
    (tmp_path / "in" / "a.pdf").unlink()
    assert claim(store, tmp_path, "a.png").name == "a.png"


def test_a_name_that_another_producer_takes_meanwhile_is_left_to_it(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have seen that it is free, and one was first: the other one gets the next name."""
    looked, others = list[str](), list[Output]()

    def is_somebody_elses(output: Output) -> bool:
        looked.append(output.name)
        if looked == ["a"]:
            others.append(claim(store, tmp_path, "a.png"))
        return False

    monkeypatch.setattr(outputs, "is_somebody_elses", is_somebody_elses)

    ours = claim(store, tmp_path, "a.pdf")

    assert (others[0].name, ours.name) == ("a", "a.pdf")
    assert outputs.find(store, others[0].key) == others[0]


def test_an_input_that_was_moved_gets_a_name_of_its_own(store: Store, tmp_path: Path) -> None:
    """The same file found elsewhere is another output; both places can come back."""
    first = claim(store, tmp_path, "a.pdf")
    (tmp_path / "in" / "sub").mkdir()
    shutil.move(first.source, tmp_path / "in" / "sub" / "a.pdf")
    moved = claim(store, tmp_path, "sub/a.pdf")
    assert (first.name, moved.name) == ("a", "sub/a")


def test_the_same_name_from_two_folders(store: Store, tmp_path: Path) -> None:
    """Two folders named on the command line may both hold a.pdf."""
    (tmp_path / "other").mkdir()
    other = tmp_path / "other" / "a.pdf"
    other.touch()
    first = claim(store, tmp_path, "a.pdf")
    second = claims.claim(store, Found(source=other, relative=PurePath("a.pdf")), tmp_path / "out")
    assert first.key != second.key
    assert first.markdown != second.markdown


def test_files_of_somebody_else_are_not_overwritten(store: Store, tmp_path: Path) -> None:
    """A Markdown file that we did not write keeps its place."""
    (tmp_path / "out" / "a.md").write_text("mine")
    assert claim(store, tmp_path, "a.pdf").name == "a.pdf"


def test_no_name_is_left(store: Store, tmp_path: Path) -> None:
    """Where files of others have every name, the input is refused with a reason."""
    one = found(tmp_path, "a.pdf")
    for name in output_candidates(one.relative, one.source):
        (tmp_path / "out" / f"{name}.md").write_text("mine")
    with pytest.raises(OutputNotWritten, match="not ours"):
        claims.claim(store, one, tmp_path / "out")


def test_a_preview_claims_nothing_and_knows_the_claimed_name(store: Store, tmp_path: Path) -> None:
    """A dry run says the name an input has, or would get, and leaves no record."""
    assert claims.preview(store, found(tmp_path, "b.pdf"), tmp_path / "out").name == "b"
    assert list(store.outputs()) == []
    for name in ("a.pdf", "a.png"):
        claimed = claim(store, tmp_path, name)
        assert claims.preview(store, found(tmp_path, name), tmp_path / "out") == claimed


def test_a_record_keeps_names_that_are_no_utf8(store: Store, tmp_path: Path) -> None:
    """What is on disk about an output gives back the same output."""
    name = os.fsdecode(b"caf\xe9.pdf")
    output = claim(store, tmp_path, name)
    assert outputs.find(store, output.key) == output
    assert os.fsencode(output.source).endswith(b"caf\xe9.pdf")


def test_a_record_of_a_later_version_with_more_fields(store: Store, tmp_path: Path) -> None:
    """Fields that we do not know are ignored."""
    output = claim(store, tmp_path, "a.pdf")
    assert Output.from_wire({**output.to_wire(), "colour": "red"}) == output


@pytest.mark.parametrize(
    "change",
    [{"document": "f" * 24}, {"pages": "1-2"}, {"style": {"x": 1}}, {"shown": "b"}, {"name": "b"}],
    ids=lambda change: next(iter(change)),
)
def test_whatever_shows_in_the_files_changes_the_fingerprint(
    store: Store, tmp_path: Path, change: dict[str, object]
) -> None:
    """Files are written anew when what they would say has changed, and only then."""
    output = claim(store, tmp_path, "a.pdf")
    wire = output.to_wire()
    assert Output.from_wire({**wire, **change}).fingerprint != output.fingerprint
    assert Output.from_wire({**wire, "stamp": [1, 2]}).fingerprint == output.fingerprint


def test_files_that_were_deleted_are_not_written(store: Store, tmp_path: Path) -> None:
    """An output counts as written only while its ledger and its Markdown are there."""
    output = claim(store, tmp_path, "a.pdf")
    store.save_written(output.key, WrittenOutput(fingerprint=output.fingerprint, markdown=True))
    assert not outputs.is_written(store, output)
    for path in (output.markdown, output.ledger):
        Path(path).touch()
    assert outputs.is_written(store, output)
    Path(output.markdown).unlink()
    assert not outputs.is_written(store, output)
