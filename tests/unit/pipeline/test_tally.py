"""What came of a whole workspace, from a journal that counts only while the files are the same."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from ocrqueue.pipeline import tally
from ocrqueue.pipeline.summary import Summary
from ocrqueue.workspace import outputs
from ocrqueue.workspace.outputs import Output
from tests.support.desk import Desk, make_desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Three documents, of which one is partial and one cannot be read."""
    desk = make_desk(tmp_path)
    desk.put("good.pdf", "1\n")
    desk.put("bad.pdf", "damaged")
    desk.put("partial.pdf", "1\n2\n3\n")
    desk.feed.failing = {2}
    desk.convert()
    return desk


def journal(desk: Desk) -> Path:
    return desk.store.root / "outputs" / tally.JOURNAL


def an_output(desk: Desk, name: str) -> Output:
    known = (outputs.of_record(key, record) for key, record in desk.store.outputs())
    return next(one for one in known if one and one.name == name)


def from_the_files(desk: Desk) -> Summary:
    journal(desk).unlink(missing_ok=True)
    return tally.of_workspace(desk.store)


def test_with_and_without_the_journal_it_is_the_same(desk: Desk) -> None:
    """What lines say is what the records say, problems included."""
    read = from_the_files(desk)

    assert (read.inputs, read.partial, read.failed, read.pages_failed) == (3, 1, 1, 1)
    assert tally.of_workspace(desk.store) == read
    assert journal(desk).read_bytes().count(b'"key"') == 3


def test_what_was_collected_is_not_read_again(desk: Desk) -> None:
    """The collector adds the line: files that seem unchanged, and are not, are not even opened."""
    place = Path(desk.store.written_path(an_output(desk, "good").key))
    before, found = place.read_bytes(), place.stat()
    place.write_bytes(b"?" * len(before))
    os.utime(place, ns=(found.st_atime_ns, found.st_mtime_ns))

    assert tally.of_workspace(desk.store).done == 1


def test_what_was_written_since_is_read(desk: Desk) -> None:
    """A line of other files than those that lie there counts for nothing."""
    tally.of_workspace(desk.store)
    output = an_output(desk, "good")
    told = desk.store.written(output.key)
    assert told is not None

    desk.store.save_written(output.key, replace(told, fingerprint=""))
    assert (tally.of_workspace(desk.store).done, tally.of_workspace(desk.store).waiting) == (0, 1)
    desk.store.save_written(output.key, told)
    assert (tally.of_workspace(desk.store).done, tally.of_workspace(desk.store).waiting) == (1, 0)


def test_an_output_whose_record_is_gone_is_not_counted(desk: Desk) -> None:
    """A line alone is no output."""
    Path(desk.store.output_path(an_output(desk, "good").key)).unlink()
    assert (tally.of_workspace(desk.store).inputs, tally.of_workspace(desk.store).done) == (2, 0)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b'"numbers":{', b'"numbers":{"done":"x",'),
        (b'"numbers":{', b'"numbers":{"done":NaN,'),
        (b'"concern":"doubtful"', b'"concern":"x"'),
        (b'"message":', b'"message":5,"was":'),
        (b'"stamps":[', b'"stamps":{},"was":['),
        (b'"key":', b"["),
        (b"\n", b"\xff"),
        (b"}", b""),
    ],
)
def test_a_journal_that_makes_no_sense_is_none(desk: Desk, before: bytes, after: bytes) -> None:
    """Torn lines, and lines that others have written, are passed over; the files are read."""
    read = from_the_files(desk)
    journal(desk).write_bytes(journal(desk).read_bytes().replace(before, after))
    assert tally.of_workspace(desk.store) == read


def test_a_link_is_not_followed(desk: Desk, tmp_path: Path) -> None:
    """Where the journal is a link, what it leads to is neither read nor written."""
    read = from_the_files(desk)
    elsewhere = tmp_path / "elsewhere"
    journal(desk).rename(elsewhere)
    elsewhere.write_bytes(elsewhere.read_bytes().replace(b'"done":1', b'"done":7'))
    content = elsewhere.read_bytes()
    journal(desk).symlink_to(elsewhere)

    assert tally.of_workspace(desk.store) == read
    assert elsewhere.read_bytes() == content


def test_old_lines_do_not_pile_up(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A journal with many lines for each that counts is written anew, with these alone."""
    monkeypatch.setattr(tally, "LEAST", 1)
    read, output = from_the_files(desk), an_output(desk, "good")
    for _ in range(tally.SPARE * 3 + 1):
        told = desk.store.written(output.key)
        assert told is not None
        desk.store.save_written(output.key, told)
        tally.note(desk.store, output.key)
    assert journal(desk).read_bytes().count(b'"key"') > 3 * tally.SPARE

    assert tally.of_workspace(desk.store) == read
    assert journal(desk).read_bytes().count(b'"key"') == 3


def test_without_room_for_the_journal_it_is_told_all_the_same(desk: Desk) -> None:
    """Something else in its place costs time, and nothing else."""
    read = from_the_files(desk)
    journal(desk).unlink()
    journal(desk).mkdir()
    assert tally.of_workspace(desk.store) == read
