"""What leaves with a page, what it may cost, and what is never told: over real sockets."""

import base64
import io
import time
from pathlib import Path

import pytest
from PIL import Image

from ocrqueue.backends.openrouter.backend import OpenRouter
from ocrqueue.model.document import Document, Kind
from ocrqueue.model.errors.page import (
    BackendTimedOut,
    OutOfMoney,
    PageError,
    PoolPaused,
    PoolStopped,
)
from ocrqueue.model.gate import Refused, Wait, Why
from ocrqueue.model.page import PageImage, Verdict
from ocrqueue.pipeline import attempt
from ocrqueue.pipeline.attempt import Accepted, Request, Tools
from ocrqueue.text import repetition
from tests.support import fault_server as fs
from tests.support.desk import READING
from tests.support.fault_server import Answer, Move, chunked, error, said
from tests.support.gates import OpenGate
from tests.support.remote import (
    COST,
    FIRST,
    GOOD,
    KEY,
    LOOP,
    SECOND,
    TEXT,
    Runs,
    candidate,
    failure_of,
    picture,
)


def test_a_pause_in_flight_asks_for_fewer_requests(run: Runs) -> None:
    """The service holds money for each request under way."""
    here = run(error(402, limit_source="openrouter_in_flight_budget"), GOOD)
    here.read()

    assert here.gate.pauses == [(5.0, True)]


def test_tries_are_apart_and_hotter(run: Runs) -> None:
    """After a failure we wait, longer each time; after a circle we ask at another temperature."""
    here = run(error(500), fs.page(LOOP * 40), GOOD)
    here.read()

    assert here.naps == [2.0]
    assert [request.json["temperature"] for request in here.server.posts] == [0.0, 0.0, 0.3]


def test_a_longer_answer_is_asked_for_where_there_is_one_model(run: Runs) -> None:
    """Once, with twice the room."""
    here = run(fs.page(finish="length"), GOOD, fallbacks="")
    here.read()

    assert [request.json["max_tokens"] for request in here.server.posts] == [2000, 4000]
    assert here.gate.admitted[1][0] > here.gate.admitted[0][0]


def test_a_circle_is_left_at_once(run: Runs) -> None:
    """The connection is closed while the service still writes: that ends the work, and the bill."""
    endless = chunked(*[said(LOOP)] * 60, Move.HANG)
    here = run(endless, GOOD)

    assert here.read().text == TEXT
    assert here.server.left.wait(10)
    assert here.gate.settled == [None, COST]


def test_what_is_sent(run: Runs) -> None:
    """The model, our prompt, the pixels as a bare JPEG, parameters and the privacy we ask for.

    Usage too, which OpenRouter tells in any case: a proxy on the way to it may tell it only then.
    """
    here = run(GOOD)
    here.read(picture(width=300, height=500))
    (request,) = here.server.posts
    wire = request.json

    assert set(request.headers) == {
        *("host", "user-agent", "accept", "accept-encoding", "content-type", "content-length"),
        "authorization",
    }
    assert (request.headers["user-agent"], request.headers["accept-encoding"]) == (
        "ocrqueue",
        "identity",
    )
    assert request.headers["authorization"] == f"Bearer {KEY}"
    (message,) = wire.pop("messages")
    text, image = message["content"]
    assert text["text"].startswith("Transcribe this page")
    assert wire == {
        "model": FIRST,
        "temperature": 0.0,
        "max_tokens": 2000,
        "stream": True,
        "stream_options": {"include_usage": True},
        "reasoning": {"effort": "minimal", "exclude": True},
        "provider": {
            "data_collection": "deny",
            "zdr": True,
            "max_price": {"prompt": 0.6, "completion": 3.2},
        },
        "user": "ocrqueue",
    }
    kind, _, data = image["image_url"]["url"].partition(",")
    file = base64.b64decode(data)
    assert kind == "data:image/jpeg;base64"
    with Image.open(io.BytesIO(file)) as shown:
        assert (shown.format, shown.size) == ("JPEG", (300, 500))
        assert not shown.getexif()
        assert set(shown.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_a_smaller_picture_after_it_was_too_large(run: Runs) -> None:
    """Seven tenths of the long side, and less is reserved for it."""
    here = run(error(413), GOOD, side_px=1000, image_tokens=0)
    here.read(picture(width=1200, height=1600))
    urls = [r.json["messages"][0]["content"][1]["image_url"]["url"] for r in here.server.posts]
    files = [base64.b64decode(url.partition(",")[2]) for url in urls]
    sizes = [Image.open(io.BytesIO(file)).size for file in files]

    assert sizes == [(750, 1000), (525, 700)]
    assert here.gate.admitted[0][0] > here.gate.admitted[1][0]


def test_a_stopped_pool_sees_that_it_was_mended(run: Runs, tmp_path: Path) -> None:
    """List, models and key are looked at anew a minute later, and nothing is sent before."""
    gone, key, now = (
        error(404, availability={"code": "privacy_restricted"}),
        tmp_path / "key",
        [0.0],
    )
    here = run(gone, gone, error(401), GOOD)
    key.touch(0o600)
    key.write_text("sk-or-v1-old0old0old0")
    chosen = candidate(here.server.url, key_file=key)
    backend = OpenRouter(chosen, clock=lambda: now[0])
    backend.use_gate(here.gate)

    assert "privacy_restricted" in str(failure_of(backend))
    now[0] = 59.0
    assert "privacy_restricted" in str(failure_of(backend))
    assert here.asked == "12"
    now[0] = 61.0
    assert "status 401" in str(failure_of(backend))
    key.write_text("sk-or-v1-new0new0new0")
    now[0] = 122.0
    assert backend.page_to_markdown(picture(), deadline=time.monotonic() + 60).text == TEXT
    backend.close()
    keys = [request.headers["authorization"][-12:] for request in here.server.posts]
    assert keys == ["old0old0old0"] * 3 + ["new0new0new0"]


def test_a_blank_page_never_leaves(run: Runs) -> None:
    """Nothing is connected, nothing is spent."""
    here = run(GOOD)
    reply = here.read(picture(ink=0.0001))

    assert (reply.text, reply.cost_usd, here.server.requests) == ("", 0.0, [])
    assert not here.gate.admitted


def test_pages_share_a_connection(run: Runs) -> None:
    """Until it is closed; what another process opened is not used by its child."""
    here = run(GOOD)
    backend = here.made()
    for step in ("first", "second", "close", "third", "fork", "fourth"):
        if step == "close":
            backend.close()
        elif step == "fork":
            backend._made_by = 0
        else:
            backend.page_to_markdown(picture(), deadline=time.monotonic() + 60)
    backend.close()

    assert [request.connection for request in here.server.posts] == [1, 1, 2, 3]


def test_every_page_is_within_its_estimate(run: Runs) -> None:
    """What is reserved follows from the price that the service is told not to exceed."""
    here = run(GOOD)
    here.read()
    ((estimate, _),) = here.gate.admitted

    assert estimate > 6000 * 0.6 + 2000 * 3.2
    assert estimate < 9000 * 0.6 + 2000 * 3.2


@pytest.mark.parametrize(
    ("answer", "ends", "models"),
    [
        (Refused(why=Why.BUDGET), OutOfMoney, ""),
        (Refused(why=Why.CLOSED), PoolStopped, ""),
        (Refused(why=Why.MODEL), None, "2"),
        (Wait(seconds=3, why=Why.RATE), None, "1"),
        (Wait(seconds=20, why=Why.PAUSED), PoolPaused, ""),
    ],
)
def test_the_gate_decides(
    run: Runs, answer: Refused | Wait, ends: type[PageError] | None, models: str
) -> None:
    """Short waits are waited for, long ones send the page back, a model left alone is passed by."""
    here = run(GOOD)
    here.gate = OpenGate(answer)

    if ends is None:
        assert here.read().text == TEXT
    else:
        with pytest.raises(ends) as caught:
            here.read()
        assert not caught.value.counts
        assert caught.value.cost_usd is None
        assert getattr(caught.value, "wait_s", 20) == 20
    asked = [request.json["model"] for request in here.server.posts]
    assert asked == [{"1": FIRST, "2": SECOND}[one] for one in models]
    assert here.naps == ([3] if answer == Wait(seconds=3, why=Why.RATE) else [])


def test_nobody_waits_past_the_pages_time(run: Runs) -> None:
    """Neither for the gate nor between two tries."""
    here = run(error(500))
    here.gate = OpenGate(Wait(seconds=3, why=Why.RATE))
    with pytest.raises(PoolPaused):
        here.read(seconds=2.5)
    with pytest.raises(BackendTimedOut, match="status 500"):
        here.read(seconds=2.5)

    assert here.naps == []
    assert here.asked == "1"


def test_a_signal_settles_with_the_most(run: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    """What ends the process while a request is under way passes through; the lease is not lost."""
    here = run(chunked(said("half"), Move.HANG))

    def interrupt(*_: object) -> None:
        raise SystemExit(3)

    monkeypatch.setattr(repetition.Loop, "feed", interrupt)
    with pytest.raises(SystemExit):
        here.read()

    assert here.gate.settled == [None]
    assert here.server.left.wait(10)


def test_the_cost_of_a_failure_is_told(run: Runs) -> None:
    """With what is known, and with the most where nothing is."""
    here = run(fs.page(finish="length"), chunked(said("half")), fallbacks="")
    with pytest.raises(PageError) as caught:
        here.read()

    most = here.gate.admitted[1][0] + here.gate.admitted[2][0]
    assert here.gate.settled == [COST, None, None]
    assert caught.value.cost_usd == pytest.approx((COST + most) / 1e6)


class Drawn:
    """A renderer that has one picture."""

    def page(self, *_: object, **__: object) -> PageImage:
        return picture()

    def sheet(self, *_: object, **__: object) -> None:
        return None


@pytest.mark.parametrize(
    ("answer", "verdict", "cost"),
    [
        (GOOD, Verdict.GOOD, 0.0012),
        (fs.page("%&/() " * 50), None, 0.0012),
        (error(401), None, None),
    ],
    ids=["read", "garbage", "no answer"],
)
def test_an_attempt_tells_what_it_cost(
    run: Runs, tmp_path: Path, answer: Answer, verdict: Verdict | None, cost: float | None
) -> None:
    """Read, or paid for all the same, or not sent at all."""
    source = tmp_path / "page.png"
    source.write_bytes(b"not looked at")
    found = source.stat()
    document = Document(
        id="ab" * 12,
        sha256="cd" * 32,
        kind=Kind.PNG,
        pages=1,
        source=str(source),
        size=found.st_size,
        mtime_ns=found.st_mtime_ns,
        reading=READING,
    )
    asked = run(answer, fallbacks="")
    backend = asked.made()
    own = candidate(asked.server.url, fallbacks="")
    tools = Tools(renderer=Drawn(), backend=backend, own=own, limit_s=60, worker="w")

    outcome = attempt.run(Request(document=document, page=1), tools)
    backend.close()

    told = outcome.result.attempts[-1] if isinstance(outcome, Accepted) else outcome.attempt
    assert (told.verdict, told.cost_usd) == (verdict, cost)
    assert told.to_wire().get("cost_usd") == cost
