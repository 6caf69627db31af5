"""A short soak: random kills of workers, collector and server while pages are read."""

from benchmarks.soak import Plan, soak


def test_nothing_is_lost_or_doubled_whatever_is_killed() -> None:
    """Under a SIGKILL about twice a second every page is in the Markdown once, nothing is left."""
    outcome = soak(Plan(pages=60, seed=7, page_s=0.08, limit_s=100))
    assert outcome.kills.total() >= 4  # a fast machine leaves time for few
    assert outcome.clean, outcome
