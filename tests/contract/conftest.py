"""The gate of a pool, on a real server."""

import pytest
from redis import Redis

from ocrqueue.broker.gate import SharedGate
from ocrqueue.model.money import Caps, Limits
from tests.support.shared_gate import DOLLAR, PLENTY, Open


@pytest.fixture
def opened(client: Redis) -> Open:
    """Open the pool's gate as one more process would."""

    def make(caps: Caps = DOLLAR, limits: Limits = PLENTY, run: str = "run-1") -> SharedGate:
        return SharedGate(client, pool="openrouter", run=run, limits=limits, caps=caps)

    return make


@pytest.fixture
def gate(opened: Open) -> SharedGate:
    """The gate with a budget of one USD for the run."""
    return opened()
