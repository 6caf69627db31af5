"""Pages that a worker leaves in its queue for others."""

from pathlib import Path

import pytest
from redis import Redis

from ocrqueue.broker import passed_over
from ocrqueue.broker.passed_over import PassedOver
from tests.support.batch import Batch, make_batch

HOLD_S = 60.0


@pytest.fixture
def batches(tmp_path: Path, client: Redis) -> tuple[Batch, Batch]:
    """Two documents of two pages in one queue, the second behind the first."""
    found = []
    for name in "ab":
        (tmp_path / name).mkdir()
        found.append(make_batch(tmp_path / name, client, count=2, name=name))
        found[-1].queue_pages()
    return found[0], found[1]


def test_a_document_is_passed_over_for_a_while(batches: tuple[Batch, Batch]) -> None:
    """The pages behind it come to the head; when only it is left there is no work, for a time."""
    first, second = batches
    client, now = first.client, [100.0]
    passed = PassedOver(client, "scripted", clock=lambda: now[0])
    passed.add(first.key, HOLD_S)
    for page in (1, 2):
        assert passed.finds_work()
        assert client.lpop("rq:queue:scripted") == f"{second.key}-p{page}".encode()
    assert not passed.finds_work()
    assert first.waiting("scripted") == [f"{first.key}-p1", f"{first.key}-p2"]
    now[0] += HOLD_S
    assert passed.finds_work()


def test_only_so_many_are_remembered(client: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was added first is forgotten first, so that no step of the server grows without end."""
    monkeypatch.setattr(passed_over, "MOST", 3)
    passed = PassedOver(client, "scripted")
    for name in ("a", "b", "a", "c", "d"):
        passed.add(name, HOLD_S)
    assert passed.names == ["a", "c", "d"]
