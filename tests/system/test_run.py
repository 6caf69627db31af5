"""`ocrqueue run` and its neighbours as a user meets them: real processes, exit codes, files."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from signal import Signals

import pytest

from tests.support.folders import (
    is_workspace,
    ledgers,
    make_inputs,
    markdown,
    page_results,
    temporaries,
)
from tests.support.pdfs import write_pdf
from tests.support.processes import QUICK, Ended, Stage
from tests.support.processes import stage as stage_at
from tests.support.servers import server_of, wait_until

SAMPLES = Path(__file__).resolve().parents[2] / "samples"


@pytest.fixture(scope="module")
def crew(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A user's standing server with a scripted worker and a collector: what `up` starts."""
    with stage_at(tmp_path_factory.mktemp("crew"), QUICK) as own:
        up = own.cli("up")
        up.wait_for_event("worker.started", count=2)
        yield own
        assert up.stop() == 0
        assert own.leftovers() == []


@pytest.fixture
def inputs(tmp_path: Path) -> Path:
    """Three PDFs in a small tree."""
    return make_inputs(tmp_path / "in", {"a.pdf": 2, "sub/b.pdf": 3, "sub/deep/c.pdf": 1})


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def convert(stage: Stage, inputs: Path, out: Path, *options: str, **given: str) -> Ended:
    """Run `enqueue --wait --json` and return how it ended."""
    arguments = (str(inputs), "-o", str(out), "--wait", "--json", *options)
    return stage.run("enqueue", *arguments, given=given)


def convert_alone(stage: Stage, inputs: Path, out: Path, *options: str, **given: str) -> Ended:
    """Run `run --json` and return how it ended."""
    return stage.run("run", str(inputs), "-o", str(out), "--json", *options, given=given)


def test_the_samples_are_read_with_tesseract(stage: Stage, out: Path) -> None:
    """The shipped samples become Markdown in the same tree, with a ledger each."""
    ended = stage.run(
        "run", str(SAMPLES), "-o", str(out), given={"OCRQUEUE_READING__ROUTE": "tesseract"}
    )
    assert ended.code == 0, ended.err
    sources = [path for path in SAMPLES.rglob("*.*") if path.suffix != ".md"]
    expected = {str(path.relative_to(SAMPLES).with_suffix(".md")) for path in sources}
    assert set(markdown(out)) == expected
    assert all(text.strip() for text in markdown(out).values())
    assert {book["state"] for book in ledgers(out).values()} == {"done"}
    assert stage.leftovers() == []


def test_the_tree_is_kept_and_nothing_else_is_left(stage: Stage, inputs: Path, out: Path) -> None:
    """Each input has its Markdown and ledger at its own place; no temporary file stays."""
    assert convert_alone(stage, inputs, out).code == 0
    assert set(markdown(out)) == {"a.md", "sub/b.md", "sub/deep/c.md"}
    assert set(ledgers(out)) == {"a.json", "sub/b.json", "sub/deep/c.json"}
    assert ledgers(out)["sub/b.json"]["counts"]["done"] == 3
    assert temporaries(out) == []
    assert stage.leftovers() == []


def test_a_second_run_does_nothing(crew: Stage, inputs: Path, out: Path) -> None:
    """Running again finds everything unchanged and writes no file anew."""
    convert(crew, inputs, out)
    before = {path: (out / path).stat().st_mtime_ns for path in markdown(out)}
    again = convert(crew, inputs, out).json
    assert again["unchanged"] == 3
    assert again["pages_reused"] == 6
    assert {path: (out / path).stat().st_mtime_ns for path in markdown(out)} == before


def test_only_a_missing_page_is_read_again(crew: Stage, inputs: Path, out: Path) -> None:
    """After one page result was deleted, that page alone is read."""
    convert(crew, inputs, out)
    before = markdown(out)
    kept = {path: path.stat().st_mtime_ns for path in page_results(out)}
    lost = page_results(out)[-1]
    lost.unlink()
    again = convert(crew, inputs, out).json
    assert (again["unchanged"], again["pages_reused"]) == (2, 5)
    assert lost.exists()
    assert all(path.stat().st_mtime_ns == time for path, time in kept.items() if path != lost)
    assert markdown(out) == before


def test_a_lost_queue_costs_nothing(stage: Stage, inputs: Path, out: Path) -> None:
    """Without the server's data the same command reads what has no result, and only that."""
    convert_alone(stage, inputs, out)
    before = markdown(out)
    shutil.rmtree(server_of(out, stage.folder).data)
    page_results(out)[0].unlink()
    again = convert_alone(stage, inputs, out)
    assert again.code == 0, again.err
    assert (again.json["unchanged"], again.json["pages_reused"]) == (2, 5)
    assert markdown(out) == before


def test_only_a_changed_file_is_read_again(crew: Stage, inputs: Path, out: Path) -> None:
    """A file with new content is read anew; the others are left alone."""
    convert(crew, inputs, out)
    write_pdf(inputs / "a.pdf", "one", "two", "three")
    again = convert(crew, inputs, out).json
    assert again["unchanged"] == 2
    assert ledgers(out)["a.json"]["counts"]["done"] == 3


def test_a_renamed_file_is_not_read_again(crew: Stage, inputs: Path, out: Path) -> None:
    """A file under another name is only assembled."""
    convert(crew, inputs, out)
    before = markdown(out)["a.md"]
    (inputs / "a.pdf").rename(inputs / "renamed.pdf")
    again = convert(crew, inputs, out).json
    assert (again["pages_reused"], again["done"]) == (6, 3)
    assert len(page_results(out)) == 6
    assert markdown(out)["renamed.md"] == before


def test_two_files_with_the_same_content_are_both_written(
    crew: Stage, inputs: Path, out: Path
) -> None:
    """A copy is read once and written twice."""
    shutil.copy(inputs / "a.pdf", inputs / "copy.pdf")
    assert convert(crew, inputs, out).code == 0
    assert markdown(out)["copy.md"] == markdown(out)["a.md"]
    assert len(page_results(out)) == 6


def test_chosen_pages_only(crew: Stage, inputs: Path, out: Path) -> None:
    """--pages reads just these pages of each document; more of them can follow later."""
    (inputs / "a.pdf").unlink()
    (inputs / "sub" / "deep" / "c.pdf").unlink()
    first = convert(crew, inputs, out, "--pages", "1,3").json
    assert first["pages_done"] == 2
    then = convert(crew, inputs, out).json
    assert (then["pages_done"], then["pages_reused"]) == (3, 2)


def test_pages_that_are_not_there_fail_the_document(crew: Stage, inputs: Path, out: Path) -> None:
    """A document without any chosen page is an error of its own; the others go on."""
    ended = convert(crew, inputs, out, "--pages", "2-3")
    assert ended.code == 3
    assert ledgers(out)["sub/deep/c.json"]["error"]["code"] == "no-pages"
    assert ended.json["done"] == 2


def test_a_dry_run_writes_nothing(stage: Stage, inputs: Path, out: Path) -> None:
    """--dry-run says what would be read and leaves no file, no folder, no process."""
    ended = stage.run("run", str(inputs), "-o", str(out), "--dry-run")
    assert ended.code == 0, ended.err
    assert "6 pages to read" in ended.out
    assert not out.exists()
    assert stage.leftovers() == []


def test_a_dry_run_knows_what_is_done(crew: Stage, inputs: Path, out: Path) -> None:
    """--dry-run after a run has nothing to read, and names what has changed since."""
    convert(crew, inputs, out)
    write_pdf(inputs / "a.pdf", "new", "pages", "here")
    ended = crew.run("run", str(inputs), "-o", str(out), "--dry-run", "--json")
    entries = {Path(e["source"]).name: e for e in map(json.loads, ended.out.splitlines())}
    assert {name: entry["queued"] for name, entry in entries.items()} == {
        "a.pdf": 3,
        "b.pdf": 0,
        "c.pdf": 0,
    }


def test_force_reads_everything_again(crew: Stage, inputs: Path, out: Path) -> None:
    """--force reads and writes what was done before."""
    convert(crew, inputs, out)
    before = {path: path.stat().st_mtime_ns for path in page_results(out)}
    again = convert(crew, inputs, out, "--force").json
    assert (again["unchanged"], again["pages_reused"]) == (0, 0)
    assert all(path.stat().st_mtime_ns != before[path] for path in page_results(out))


def test_quiet_prints_only_paths(stage: Stage, inputs: Path, out: Path) -> None:
    """--quiet prints the Markdown's paths and nothing else, not even to standard error."""
    ended = stage.run("run", str(inputs), "-o", str(out), "--quiet")
    assert sorted(ended.out.splitlines()) == sorted(str(out / path) for path in markdown(out))
    assert ended.err == ""


def test_the_summary_is_for_people(stage: Stage, inputs: Path, out: Path) -> None:
    """Without options the counts and the place of the Markdown are printed."""
    ended = stage.run("run", str(inputs), "-o", str(out))
    assert "Documents: 3 done" in ended.out
    assert "Pages: 6 done" in ended.out
    assert str(out) in ended.out


def test_a_broken_file_costs_nobody_else(stage: Stage, inputs: Path, out: Path) -> None:
    """A file that is no document is told in its ledger; exit 3; the others are done."""
    (inputs / "broken.pdf").write_bytes(b"%PDF-1.4\nnothing of use")
    (inputs / "text.pdf").write_text("just text")
    ended = convert_alone(stage, inputs, out)
    assert ended.code == 3
    assert (ended.json["done"], ended.json["failed"]) == (3, 2)
    assert ledgers(out)["broken.json"]["error"]["code"] == "damaged"
    assert ledgers(out)["text.json"]["error"]["code"] == "not-supported"
    assert "broken.md" not in markdown(out)


def test_a_failed_page_shows_where_it_is_missing(stage: Stage, inputs: Path, out: Path) -> None:
    """A page nobody could read is a placeholder, a ledger line and exit 3."""
    script = {"OCRQUEUE_BACKENDS__SCRIPTED__SCRIPT": "3: refuse"}
    ended = stage.run("run", str(inputs), "-o", str(out), "--json", given=script)
    assert ended.code == 3
    assert ended.json["partial"] == 1
    book = ledgers(out)["sub/b.json"]
    assert book["state"] == "partial"
    assert [page["error"] for page in book["pages"] if page["state"] == "failed"] == [
        "page-damaged"
    ]
    again = stage.run("run", str(inputs), "-o", str(out), "--json", given=script)
    assert again.code == 3  # what failed stays failed until somebody retries
    assert again.json["unchanged"] == 3


def test_nothing_to_do(stage: Stage, tmp_path: Path, out: Path) -> None:
    """A folder without any document ends with 4."""
    (tmp_path / "empty").mkdir()
    ended = stage.run("run", str(tmp_path / "empty"), "-o", str(out))
    assert ended.code == 4


@pytest.mark.parametrize(
    "arguments",
    [["run"], ["run", "missing.pdf"], ["run", ".", "--pages", "x"], ["run", ".", "--no-such"]],
    ids=["no input", "missing input", "bad pages", "unknown option"],
)
def test_bad_usage(stage: Stage, out: Path, arguments: list[str]) -> None:
    """A command line that makes no sense ends with 2 and a reason, and no traceback."""
    ended = stage.run(*arguments, "-o", str(out))
    assert ended.code == 2
    assert "rror" in ended.err
    assert "Traceback" not in ended.err


def test_a_setting_that_makes_no_sense(stage: Stage, inputs: Path, out: Path) -> None:
    """A bad value in the environment ends with 2 and names the key."""
    ended = convert_alone(stage, inputs, out, OCRQUEUE_RENDER__DPI="many")
    assert ended.code == 2
    assert "render.dpi" in ended.err


def test_no_server_answers(stage: Stage, inputs: Path, out: Path) -> None:
    """`enqueue` without a server ends with 5 and leaves no workspace."""
    given = {"OCRQUEUE_QUEUE__CONNECT_TIMEOUT_S": "0.2"}
    ended = stage.run("enqueue", str(inputs), "-o", str(out), given=given)
    assert ended.code == 5
    assert not is_workspace(out / ".ocrqueue")


def test_an_output_folder_that_cannot_be_made(stage: Stage, inputs: Path, tmp_path: Path) -> None:
    """An output folder below a file ends with 6 and a reason."""
    (tmp_path / "file").write_text("in the way")
    ended = convert_alone(stage, inputs, tmp_path / "file" / "out")
    assert ended.code == 6
    assert "Traceback" not in ended.err


def test_two_runs_at_once(stage: Stage, inputs: Path, out: Path) -> None:
    """A second `run` in the same workspace ends with 7 and disturbs nobody."""
    script = {"OCRQUEUE_BACKENDS__SCRIPTED__SCRIPT": "*: slow 0.5"}
    first = stage.cli("run", str(inputs), "-o", str(out), "--quiet", given=script)
    wait_until(lambda: page_results(out), "the first run reads")
    second = convert_alone(stage, inputs, out)
    assert second.code == 7
    assert first.wait() == 0
    assert len(markdown(out)) == 3


def test_an_interrupted_run_goes_on(stage: Stage, inputs: Path, out: Path) -> None:
    """Ctrl-C ends with 130, keeps what was read, stops everything; the next run reads the rest."""
    script = {"OCRQUEUE_BACKENDS__SCRIPTED__SCRIPT": "*: slow 0.3"}
    first = stage.cli("run", str(inputs), "-o", str(out), given=script)
    wait_until(lambda: page_results(out), "the first page is read")
    assert first.stop(Signals.SIGINT) == 130
    assert stage.leftovers() == []
    kept = len(page_results(out))
    assert kept < 6
    again = convert_alone(stage, inputs, out, **script)
    assert again.code == 0
    # What still waits in the queue may be read before its document is looked at.
    assert kept <= again.json["pages_reused"] <= 6, again.out
    assert len(page_results(out)) == 6
    assert len(markdown(out)) == 3


def test_the_output_folder_inside_the_input_folder(crew: Stage, inputs: Path) -> None:
    """What we write is never taken for an input."""
    out = inputs / "out"
    assert convert(crew, inputs, out).code == 0
    again = convert(crew, inputs, out).json
    assert (again["inputs"], again["unchanged"]) == (3, 3)


def test_two_inputs_never_overwrite_each_other(crew: Stage, tmp_path: Path, out: Path) -> None:
    """a.pdf and a.png, and names that differ only by case, get outputs of their own."""
    inputs = make_inputs(tmp_path / "in", {"a.pdf": 1, "A.pdf": 2, "b.PDF": 1})
    shutil.copy(SAMPLES / "scans" / "minutes.png", inputs / "a.png")
    assert convert(crew, inputs, out).code == 0
    names = [name.casefold() for name in markdown(out)]
    assert len(names) == len(set(names)) == 4
    sources = {Path(book["source"]).name for book in ledgers(out).values()}
    assert sources == {"a.pdf", "A.pdf", "b.PDF", "a.png"}
    assert convert(crew, inputs, out).json["unchanged"] == 4


def test_odd_names(crew: Stage, tmp_path: Path, out: Path) -> None:
    """Names with spaces, newlines, quotes, marks of other scripts or no UTF-8 all come out."""
    inputs = tmp_path / "in"
    inputs.mkdir()
    odd = [
        "with space",
        "new\nline",
        "quo'te\"s",
        "Ünïcödé 文書",
        "-dash",
        "{page}",
        "%s",
        "e\u0301",
    ]
    for number, name in enumerate(odd):
        write_pdf(inputs / f"{name}.pdf", f"odd {number}")
    latin = os.fsencode(inputs) + b"/latin-\xe9.pdf"
    shutil.copy(inputs / "-dash.pdf", os.fsdecode(latin))
    ended = convert(crew, inputs, out)
    assert ended.code == 0, ended.err
    assert ended.json["done"] == len(odd) + 1
    assert len(list(out.rglob("*.md"))) == len(odd) + 1
    assert convert(crew, inputs, out).json["unchanged"] == len(odd) + 1


def test_an_output_folder_with_an_odd_name(stage: Stage, inputs: Path, tmp_path: Path) -> None:
    """An output folder with spaces and bytes that are no UTF-8 works."""
    out = Path(os.fsdecode(os.fsencode(tmp_path) + b"/o \xe9 u't"))
    ended = convert_alone(stage, inputs, out)
    assert ended.code == 0, ended.err
    assert len(markdown(out)) == 3
    assert convert_alone(stage, inputs, out).json["unchanged"] == 3


def test_an_output_folder_reached_by_another_path(
    crew: Stage, inputs: Path, tmp_path: Path
) -> None:
    """`-o out` and `-o sub/../out` are one workspace."""
    (tmp_path / "sub").mkdir()
    convert(crew, inputs, tmp_path / "out")
    again = convert(crew, inputs, tmp_path / "sub" / ".." / "out").json
    assert again["unchanged"] == 3


def test_split_pages_and_separators(crew: Stage, inputs: Path, out: Path) -> None:
    """--split-pages writes a file a page; changing the style assembles without reading."""
    convert(crew, inputs, out)
    again = convert(crew, inputs, out, "--split-pages", "--page-marker", "<!-- {page} -->").json
    assert again["pages_reused"] == 6
    assert again["unchanged"] == 0
    assert len(list((out / "sub" / "b.pages").glob("*.md"))) == 3
    assert "<!-- 2 -->" in markdown(out)["sub/b.md"]
