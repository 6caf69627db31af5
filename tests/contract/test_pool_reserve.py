"""A budget that pays for no page: told, and not waited for."""

from pathlib import Path

import pytest
from redis import Redis

from ocrqueue.broker.passed_over import PassedOver
from ocrqueue.model.errors.page import BudgetTooSmall, OutOfMoney
from ocrqueue.pipeline.remote_gate import Pool
from ocrqueue.settings.schema_remote import RemoteSettings
from tests.support.batch import Batch, make_batch
from tests.support.pools import begun, book, spend

RESERVE = 30_000  # micro-USD


@pytest.fixture
def batch(tmp_path: Path, client: Redis) -> Batch:
    made = make_batch(tmp_path, client, route=(("far", 1, True),), allow_remote=True)
    made.queue_pages()
    return made


def make(client: Redis, **settings: float) -> Pool:
    """Return a pool whose pages reserve three cents."""
    money = RemoteSettings(**settings)  # type: ignore[arg-type]
    passed = PassedOver(client, "far")
    return Pool(client, "far", money, rest_s=5, passed=passed, reserves=lambda: RESERVE)


@pytest.mark.parametrize("cap", [0, RESERVE - 1])
def test_a_budget_below_one_page_ends_its_page(batch: Batch, cap: int) -> None:
    """Nothing comes free of it by waiting: the page goes on along its route, or has its last word.

    That counts as its try there, so that it does not come back.
    """
    book(batch, "poor", cap=cap)
    with pytest.raises(BudgetTooSmall) as caught:
        begun(batch, make(batch.client))

    error = caught.value
    assert (error.counts, error.hand_over, error.again) == (True, True, False)
    assert "budget of the run" in str(error)


def test_a_rest_below_one_page_is_waited_for(batch: Batch) -> None:
    """More may be given: what is left is told with what a page needs, before it is drawn."""
    book(batch, "first", cap=2 * RESERVE - 100)
    pool = make(batch.client)
    spend(begun(batch, pool), RESERVE)

    told = "a page reserves 0.0300 USD, 0.0299 is left of the budget of the run"
    with pytest.raises(OutOfMoney, match=told):
        begun(batch, pool)


def test_no_queue_is_helped_where_the_day_pays_for_no_page(batch: Batch) -> None:
    """Pages taken from it would only come back."""
    assert make(batch.client).may_help()
    assert not make(batch.client, budget_day_usd=0.01).may_help()
