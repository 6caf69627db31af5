"""Caps: what makes no sense is refused, and no fraction of a budget is made up."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocrqueue.model.money import Caps


@given(st.integers(0, 10**12))
def test_a_budget_is_kept_to_the_micro_usd(micro_usd: int) -> None:
    """Whatever has at most six decimals becomes exactly that many micro-USD."""
    assert Caps.of_usd(day=micro_usd / 1_000_000).day == micro_usd


def test_a_budget_is_never_rounded_up() -> None:
    """What is less than a micro-USD is left out; what is not given stays without a cap."""
    assert Caps.of_usd(run=0.1234569, month=0) == Caps(run=123_456, day=None, month=0)


@pytest.mark.parametrize("usd", [-0.01, math.nan, math.inf, 1_000_001.0])
def test_amounts_that_are_none_are_refused(usd: float) -> None:
    """A budget is neither negative nor without end."""
    with pytest.raises(ValueError, match=r"USD|money"):
        Caps.of_usd(day=usd)
