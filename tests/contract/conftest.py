"""What tests of several seams begin with: pages in the queue, the dashboard's owner, a service."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis

from ocrqueue.broker.gate import SharedGate
from ocrqueue.model.money import Caps, Limits
from tests.support.batch import Batch, make_batch
from tests.support.onlookers import make_app, owner_of
from tests.support.remote import KEY, Runs
from tests.support.servers import Server
from tests.support.shared_gate import DOLLAR, PLENTY, Open


@pytest.fixture
def batch(tmp_path: Path, client: Redis) -> Batch:
    """Two pages in the queue."""
    made = make_batch(tmp_path, client, count=2)
    made.queue_pages()
    return made


@pytest.fixture
def app(server: Server) -> Flask:
    """The dashboard of an empty server."""
    return make_app(server.url)


@pytest.fixture
def browser(app: Flask) -> Iterator[FlaskClient]:
    """Its owner, who looks at it."""
    with owner_of(app) as one:
        yield one


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Iterator[Runs]:
    """Start runs with a key in the environment."""
    monkeypatch.setenv("OPENROUTER_API_KEY", KEY)
    runs = Runs()
    yield runs
    runs.end()


@pytest.fixture
def opened(client: Redis) -> Open:
    """Open the gate of a pool as one more process would."""

    def make(caps: Caps = DOLLAR, limits: Limits = PLENTY, run: str = "run-1") -> SharedGate:
        return SharedGate(client, pool="openrouter", run=run, limits=limits, caps=caps)

    return make


@pytest.fixture
def gate(opened: Open) -> SharedGate:
    """The gate with a budget of one USD for the run."""
    return opened()
