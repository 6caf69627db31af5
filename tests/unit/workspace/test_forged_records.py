"""What stands in the files of a workspace may be anything: it is read as missing, and told."""

import json
import math
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from click.testing import CliRunner

from ocrqueue.cli.status import status
from ocrqueue.model.errors.document import OutputNotWritten
from ocrqueue.model.errors.operator import UsageError
from ocrqueue.model.place import BucketPath
from ocrqueue.pipeline import collect, retry, summary, tally
from ocrqueue.pipeline.feeder import Feeder
from ocrqueue.workspace import buckets, ledger, storage
from tests.support.desk import Desk, make_desk

MARKER = "here"
DEEP = '{"a":' * 900 + "1" + "}" * 900
ODD = ["null", "[]", "{}", '"\\u0000"', "7", "-1", "true", "NaN", "-Infinity", "1e999", "9" * 4000]
ODD += [DEEP, '[{"page": "x"}]', '{"a": 1e999}', "99999999999"]
FILES = {
    "a manifest": "documents/*/*/document.json",
    "a page": "documents/*/*/pages/000001.json",
    "a page that failed": "documents/*/*/pages/000002.failed.json",
    "an output": "outputs/??/*[0-9a-f].json",
    "what was written": "outputs/??/*.written.json",
    "the digests of files": "outputs/??/*.files",
}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Two documents with a page that failed; the files of the first are forged."""
    made = make_desk(tmp_path)
    made.put("a.pdf")
    made.feed.failing = {2}
    made.convert()
    return made


def forgeries(wire: Any) -> Iterator[str]:
    """Yield the text of a file with one of its values, or all of it, replaced by something odd."""
    for number, spelled in enumerate(_marked(wire)):
        for odd in ODD[number % 5 :: 5]:  # each value meets some, all of them together all
            yield spelled.replace(f'"{MARKER}"', odd)


def _marked(wire: Any) -> Iterator[str]:
    yield json.dumps(MARKER)
    inside = wire.items() if isinstance(wire, dict) else enumerate(wire)
    for name, value in list(inside):
        if isinstance(value, dict | list):
            for spelled in _marked(value):
                yield json.dumps({**wire, name: "?"} if isinstance(wire, dict) else ["?"]).replace(
                    '"?"', spelled, 1
                )
        elif isinstance(wire, dict):
            yield json.dumps({**wire, name: MARKER})


@pytest.mark.parametrize("pattern", FILES.values(), ids=FILES)
def test_no_file_ends_a_command(desk: Desk, pattern: str) -> None:
    """`status`, `retry`, the collector and `run` go on, whatever any value of a file says."""
    (path,) = desk.store.root.glob(pattern)
    before, kept = path.read_text(), desk.folder / "kept"
    shutil.copytree(desk.folder / "out", kept)
    for forged in forgeries(json.loads(before)):
        path.write_text(forged)
        use(desk)
        shutil.rmtree(desk.folder / "out")
        shutil.copytree(kept, desk.folder / "out")


def use(desk: Desk) -> None:
    """Do what commands and processes do with a workspace; its files end as plain JSON."""
    json.dumps(tally.of_workspace(desk.store).to_wire(), allow_nan=False)
    chosen = retry.worth_it(list(retry.named(desk.store, ())), desk.store)
    retry.refused(chosen)
    list(retry.retry(chosen, store=desk.store, feeder=cast("Feeder", desk.feed)))
    for document in {fed[0].id: fed[0] for fed in desk.feed.fed}.values():
        if document.pages <= len("ab"):
            try_to_collect(desk, document.id)
    desk.enqueue()
    desk.feed.fed.clear()
    for path in (desk.folder / "out").glob("*.json"):
        ledger.read(path, below=path.parent)


def try_to_collect(desk: Desk, document_id: str) -> None:
    document = desk.store.document(document_id)
    assert document is not None
    try:
        collect.collect(desk.store, document)
    except OutputNotWritten:
        return


@pytest.mark.parametrize("number", ["NaN", "1e999", "-Infinity"])
def test_no_number_that_is_none_gets_into_a_ledger(desk: Desk, number: str) -> None:
    """A page with such a confidence counts as missing, and the ledger is JSON for everybody."""
    (path,) = desk.store.root.glob(FILES["a page"])
    path.write_text(path.read_text().replace('"confidence":null', f'"confidence":{number}'))
    ((_, record),) = desk.store.outputs()
    try_to_collect(desk, record["document"])
    text = (desk.folder / "out" / "a.json").read_text()
    values = json.loads(text, parse_constant=lambda _: math.nan)
    assert "NaN" not in text
    assert "Infinity" not in text
    assert values["pages"][0]["error"] == "result-missing"


@pytest.mark.parametrize("text", ["x", "{}", '{"page": 2}', "[]", DEEP, "\x00"])
def test_a_result_that_is_none_is_read_anew(desk: Desk, text: str) -> None:
    """The collector that meets it tells of the page as missing; the next run reads it."""
    (path,) = desk.store.root.glob(FILES["a page"])
    path.write_text(text)
    desk.feed.failing = set()
    assert desk.convert(style={**desk.order.style, "page_separator": "---"})["a.pdf"].queued == 0
    assert "result-missing" in (desk.folder / "out" / "a.json").read_text()
    assert desk.convert(style={**desk.order.style, "page_separator": "---"})["a.pdf"].queued == 1
    assert "text 1" in desk.text("a")


def test_a_result_stands_for_its_own_page(desk: Desk) -> None:
    """The result of another page, under this one's name, is none."""
    (path,) = desk.store.root.glob(FILES["a page"])
    path.write_text(path.read_text().replace('"page":1', '"page":2'))
    ((_, record),) = desk.store.outputs()
    assert desk.store.result(record["document"], 1) is None


@pytest.mark.parametrize(
    "line", ["", "{", "[]", "null", DEEP, '{"action": "queued"}', '{"source": 1}']
)
def test_odd_lines_of_a_run_are_passed_over(desk: Desk, line: str) -> None:
    """The summary of a run tells of the entries that can be read."""
    entries = list(summary.record(desk.store, "r", desk.enqueue().values()))
    with desk.store.run_list("r").open("a") as stream:
        stream.write(f"{line}\n")
    assert list(summary.entries(desk.store, "r")) == entries
    assert summary.of_run(desk.store, "r").inputs == len(entries)


def test_no_record_makes_us_speak_to_a_bucket(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bucket that only a record names is asked by no command: the files are where it lies."""
    asked = list[str]()
    monkeypatch.setattr(buckets, "store", asked.append)
    ((key, record),) = desk.store.outputs()
    desk.store.save_output(key, {**record, "folder": "s3://of-others/x"}, None)

    told = CliRunner().invoke(status, ["-o", str(desk.folder / "out"), "--csv"])
    (meant,) = retry.named(desk.store, ())
    use(desk)

    assert told.exit_code == 0, told.output
    assert meant.folder == str(desk.folder / "out")
    desk.store.save_output(key, {**record, "folder": "s3://of-others/x"}, None)
    try_to_collect(desk, record["document"])
    assert asked == []
    with pytest.raises(UsageError, match="name it with -o"):
        storage.of_output(BucketPath("s3:", "of-others", "x"))
