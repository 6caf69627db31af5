"""Facts about replies that are longer than a page: they cost one request and no time."""

import random
import string
from pathlib import Path

import pytest

from demo.scripted import Scripted
from ocrqueue.backends.base import NO_IMAGE
from ocrqueue.model.document import Document, Kind
from ocrqueue.model.errors.page import ReplyHopeless
from ocrqueue.model.page import ImageMode, PageImage, Reply
from ocrqueue.pipeline import attempt
from ocrqueue.pipeline.attempt import Rejected, Request, Tools
from ocrqueue.settings.engines import ScriptedSettings
from ocrqueue.text import repetition
from tests.support import fault_server as fs
from tests.support.desk import READING
from tests.support.fault_server import DONE, chunked, said, used
from tests.support.remote import KEY, Run, candidate, picture

LIMIT_S = 20.0
WORST = ["$a `\\href ", "<br>\n"]


def garbled(part: str, letters: int) -> str:
    """Return text that is no loop and keeps a reader busy."""
    chance = random.Random(7)  # noqa: S311 - the same in each run
    words = ("".join(chance.choices(string.ascii_lowercase, k=5)) for _ in range(letters // 5))
    return "".join(word + part for word in words)[:letters]


class Drawn:
    """A renderer that has one picture."""

    def page(self, *_: object, **__: object) -> PageImage:
        return picture()

    def sheet(self, *_: object, **__: object) -> None:
        return None


class Talker(Scripted):
    """Says what it is told to."""

    image_mode: ImageMode | None = None

    def __init__(self, text: str) -> None:
        super().__init__(ScriptedSettings())
        self.text = text

    def page_to_markdown(self, image: PageImage, *, deadline: float, page: int = 0) -> Reply:
        del deadline, page
        assert image is NO_IMAGE
        return Reply(
            text="", raw=self.text, backend=self.name, model="m", finish_reason="stop", chats=True
        )


def request_in(folder: Path) -> Request:
    source = folder / "page.png"
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
    return Request(document=document, page=1)


@pytest.mark.parametrize("part", WORST)
def test_a_service_that_says_too_much_is_asked_once(
    tmp_path: Path, part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """400,000 letters, a few at a time: the page's time is kept, and nobody asks for them again."""
    monkeypatch.setenv("OPENROUTER_API_KEY", KEY)
    text = garbled(part, 400_000)
    pieces = [said(text[place : place + 20]) for place in range(0, len(text), 20)]
    answer = chunked(*pieces, said("", "stop"), used(), DONE)
    with fs.FaultServer([answer]) as server:
        backend = Run(server=server, options={"fallbacks": ""}).made()
        tools = Tools(
            renderer=Drawn(),
            backend=backend,
            own=candidate(server.url, fallbacks=""),
            limit_s=LIMIT_S,
            worker="w",
        )

        outcome = attempt.run(request_in(tmp_path), tools)
        backend.close()

        assert isinstance(outcome, Rejected)
        assert "too large" in outcome.attempt.message
        assert outcome.attempt.seconds < LIMIT_S
        assert not outcome.attempt.again
        assert len(server.posts) == 1


@pytest.mark.parametrize("part", WORST)
def test_a_reply_as_long_as_may_be_keeps_the_time(tmp_path: Path, part: str) -> None:
    """It is judged and cleaned while the page's time runs."""
    tools = Tools(
        renderer=Drawn(),
        backend=Talker(garbled(part, repetition.LONGEST_REPLY)),
        own=ScriptedSettings(),
        limit_s=LIMIT_S,
        worker="w",
    )

    outcome = attempt.run(request_in(tmp_path), tools)

    seconds = outcome.attempt if isinstance(outcome, Rejected) else outcome.result.attempts[-1]
    assert seconds.seconds < LIMIT_S


def test_no_backend_says_more_than_a_page(tmp_path: Path) -> None:
    """Whichever it is, what it says is neither cleaned nor asked for again."""
    backend = Talker(garbled(" ", repetition.LONGEST_REPLY + 1))
    tools = Tools(
        renderer=Drawn(), backend=backend, own=ScriptedSettings(), limit_s=LIMIT_S, worker="w"
    )

    outcome = attempt.run(request_in(tmp_path), tools)

    assert isinstance(outcome, Rejected)
    assert isinstance(outcome.error, ReplyHopeless)
