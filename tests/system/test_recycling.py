"""Workers that are renewed in the middle of a batch."""

from pathlib import Path

import pytest

from tests.support.folders import ledgers, make_inputs
from tests.support.processes import Stage, log_events

PAGES = 7


@pytest.mark.parametrize(
    ("given", "least"),
    [
        ({"OCRQUEUE_WORKERS__RECYCLE_PAGES": "2"}, 3),
        ({"OCRQUEUE_WORKERS__MEMORY_CEILING_MB": "1"}, PAGES - 1),
    ],
    ids=["after so many pages", "above a ceiling"],
)
def test_workers_are_renewed(
    given: dict[str, str], least: int, stage: Stage, tmp_path: Path
) -> None:
    """A worker ends between two pages, another goes on, and each page is read exactly once."""
    inputs = make_inputs(tmp_path / "in", {"a.pdf": PAGES})
    out = tmp_path / "out"

    ended = stage.run("run", str(inputs), "-o", str(out), "--json", given=given)

    events = [event["event"] for event in log_events(out / ".ocrqueue" / "log.jsonl")]
    assert ended.code == 0, ended.err
    assert events.count("worker.recycled") >= least
    assert events.count("page.attempt") == PAGES
    assert ledgers(out)["a.json"]["counts"]["done"] == PAGES
    assert stage.leftovers() == []
