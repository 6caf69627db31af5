"""Reading without a queue: how long a page waits for a service that asks for patience."""

from pathlib import Path
from typing import Any

from ocrqueue import api
from ocrqueue.model.errors.page import PageError, PoolPaused, RemoteFailed, ServiceAway
from ocrqueue.model.page import Attempt, PageResult, Verdict
from ocrqueue.pipeline.attempt import Accepted, Rejected
from ocrqueue.pipeline.in_process import WaitingRoom
from ocrqueue.settings.load import load
from tests.support.fault_server import FaultServer, error
from tests.support.pdfs import write_pdf


def rejected(why: PageError) -> Rejected:
    return Rejected(attempt=Attempt(backend="b", seconds=0.0, at=""), error=why)


def test_a_service_that_lets_nobody_in_ends_a_folder(tmp_path: Path) -> None:
    """Its pages fail once it was waited for as long as the settings say; they are not lost."""
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("a.pdf", "b.pdf"):
        write_pdf(folder / name, f"{name}, and what else is printed on this page")
    with FaultServer([error(429, headers={"retry_after": "20"})]) as service:
        backend = "backends.openrouter"
        flags: dict[str, Any] = {f"{backend}.base_url": service.url, f"{backend}.model": "m"}
        flags |= {"workspace.output": tmp_path / "out", "reading.route": "openrouter"}
        flags["reading.text_layer"] = "never"
        told = api.convert_folder(
            folder, settings=load(None, {}, {**flags, "remote.patience_s": 1})
        )

        assert len(service.posts) == 1
    assert (told.inputs, told.pages_failed) == (2, 2)
    assert {one.remedy for one in told.problems} == {ServiceAway.remedy}


def test_nobody_waits_longer_than_told() -> None:
    """What is read in between gives all the patience back; who is not to be asked again is not."""
    now = [0.0]

    def nap(seconds: float) -> None:
        now[0] += seconds

    patience = WaitingRoom(limit_s=60, nap=nap, clock=lambda: now[0])
    page = PageResult(page=1, markdown="", verdict=Verdict.GOOD)
    busy = rejected(PoolPaused("busy", wait_s=25))

    assert [patience.waits(busy) for _ in range(3)] == [True, True, False]
    assert now == [50.0]
    assert not patience.waits(Accepted(result=page))
    assert patience.waits(rejected(PoolPaused("it does not say for how long")))
    assert now == [51.0]
    assert not patience.waits(rejected(ServiceAway("away")))
    assert not patience.waits(rejected(RemoteFailed("failed")))
    assert now == [51.0]
