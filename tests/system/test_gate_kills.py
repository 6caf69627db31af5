"""Processes that are killed while they spend: no cap is overdrawn, and the books hold all of it."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.support.processes import Stage
from tests.support.servers import Server, serve, wait_until
from tests.support.spenders import CAPS, LIMITS, open_gate


@pytest.fixture
def own() -> Iterator[Server]:
    """A server of the test's own, which may be killed and then forgets nothing it has said."""
    with serve(fsync="always") as server:
        yield server


def test_a_budget_survives_kills(
    stage: Stage, own: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Processes and the server are killed at random: billed <= booked <= cap, few at a time."""
    book = tmp_path / "book"
    book.touch()
    spenders = stage.module("tests.support.spenders", own.url, str(book), "1")
    wait_until(lambda: len(_lines(book, "billed")) > 50, "some of the budget is spent")
    own.kill()
    own.start()

    code = spenders.wait(60)

    assert code == 0, spenders.tail()
    gate = open_gate(own.url)
    wait_until(
        lambda: not any(window.held_micro_usd for window in gate.state().windows),
        "the leases of the dead have run out",
    )
    state = gate.state()
    run = state.window("run")
    billed = sum(int(cost) for _, cost in _lines(book, "billed"))
    most = _most_at_a_time(book)
    with capsys.disabled():
        sys.stdout.write(
            f"\n{len(_lines(book, 'begin'))} requests, {len(_lines(book, 'killed'))} processes "
            f"and the server killed, {most} of {LIMITS.requests} slots used: "
            f"billed {billed} <= booked {run.spent_micro_usd} <= cap {CAPS.run} micro-USD\n"
        )
    assert CAPS.run is not None
    assert billed <= run.spent_micro_usd <= CAPS.run
    assert run.spent_micro_usd > CAPS.run * 0.9
    assert [w.held_micro_usd for w in state.windows] == [0, 0, 0]
    assert {w.spent_micro_usd for w in state.windows} == {run.spent_micro_usd}
    assert len(_lines(book, "killed")) >= 10
    assert most <= LIMITS.requests


def _lines(book: Path, word: str) -> list[Sequence[str]]:
    """Return the rest of all whole lines that begin with a word."""
    whole = book.read_text("utf-8").splitlines()
    return [line.split()[1:] for line in whole if line.startswith(f"{word} ")]


def _most_at_a_time(book: Path) -> int:
    """Return how many requests were under way at a time, each as long as its lease surely held."""
    ends = {name: float(end) for name, end in _lines(book, "end")}
    moments = []
    for name, asked, began in _lines(book, "begin"):
        surely = float(asked) + LIMITS.lease_s
        end = min(ends.get(name, surely), surely)
        if float(began) < end:
            moments += [(float(began), 1), (end, -1)]
    most = now = 0
    for _, change in sorted(moments):
        now += change
        most = max(most, now)
    return most
