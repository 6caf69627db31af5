"""Limits and caps: what makes no sense is refused, and no fraction of a budget is made up."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocrqueue.model.money import Caps, Limits


@pytest.mark.parametrize(
    "wrong",
    [
        {"requests": 0},
        {"fails": 0},
        {"per_minute": -1.0},
        {"lease_s": 0.0},
        {"lease_s": 601.0},
        {"fails_within_s": 0.0},
        {"open_s": -1.0},
        {"open_s": math.nan},
        {"open_s": 90_000.0},
    ],
    ids=str,
)
def test_limits_that_make_no_sense_are_refused(wrong: dict[str, float]) -> None:
    """No limit is below what lets one request out, or longer than the gate can keep."""
    sound: dict[str, float] = {"requests": 8, "per_minute": 60.0}
    Limits(**sound)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="make no sense"):
        Limits(**{**sound, **wrong})  # type: ignore[arg-type]


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
