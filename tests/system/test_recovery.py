"""Pages are read again by themselves after a death, with the settings everybody has."""

from benchmarks.recovery_time import LIMIT_S, restart, server_down


def test_a_supervised_worker_that_is_killed_has_a_successor() -> None:
    """A page whose worker was killed is being read again; the benchmark says how soon."""
    assert 0 < restart() < LIMIT_S


def test_everybody_outlives_a_server_that_is_down_for_seconds() -> None:
    """Worker and collector are the same processes after the server was down, and read all pages."""
    assert server_down(5.0) < LIMIT_S
