"""Whom the backend `openrouter` talks to, and what it never tells: over real sockets."""

import io
import logging
import ssl
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import trustme

from ocrqueue import logs
from ocrqueue.model.errors.page import PoolStopped, ServiceAway
from tests.support import fault_server as fs
from tests.support.fault_server import DONE, Answer, FaultServer, Move, chunked, said
from tests.support.remote import (
    GOOD,
    KEY,
    LOOP,
    TEXT,
    Run,
    Runs,
    failure_of,
)

WORD = "Zebrafinkenkanarienvogel"  # stands on the page, and in what a service repeats of it


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """Who signs the certificates of these tests."""
    return trustme.CA()


def tls_server(authority: trustme.CA, name: str, **options: Any) -> FaultServer:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name, **options).configure_cert(context)
    return FaultServer([GOOD], tls=context)


@pytest.mark.parametrize(
    ("name", "options", "is_trusted"),
    [
        ("127.0.0.1", {}, True),
        ("127.0.0.1", {}, False),
        ("elsewhere.example", {}, True),
        ("127.0.0.1", {"not_after": datetime(2020, 1, 1, tzinfo=UTC)}, True),
    ],
    ids=["good", "unknown authority", "another host", "expired"],
)
def test_certificates_are_verified(
    authority: trustme.CA,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    options: dict[str, Any],
    *,
    is_trusted: bool,
) -> None:
    """Whoever is not who they say gets neither page nor key."""
    monkeypatch.setenv("OPENROUTER_API_KEY", KEY)
    trusted = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(trusted))
    with tls_server(authority, name, **options) as server:
        here = Run(server=server, options={"ca_file": str(trusted)} if is_trusted else {})
        if is_trusted and (name, options) == ("127.0.0.1", {}):
            assert here.read().text == TEXT
            return
        with pytest.raises(PoolStopped, match="the certificate is not trusted"):
            here.read()
        assert server.requests == []
        assert here.gate.settled == [0]


def test_nobody_listens(run: Runs) -> None:
    """It is tried again, soon; the page has not left, costs nothing and is not to blame.

    Other machines may reach the service: no pause is asked of them.
    """
    here = run(GOOD)
    here.server.end()
    with pytest.raises(ServiceAway, match="no connection") as caught:
        here.read()

    assert not caught.value.counts
    assert here.gate.left == []
    assert here.gate.settled == [0] * 3
    assert here.naps == [2, 4]
    assert (here.gate.pauses, here.gate.failed) == ([], [])


@pytest.fixture
def log(tmp_path: Path) -> Iterator[io.StringIO]:
    """All that is logged, also into a file."""
    root = logging.getLogger()
    level, before = root.level, list(root.handlers)
    stream = io.StringIO()
    logs.configure(level="debug", stream=stream, file=tmp_path / "log")
    yield stream
    for handler in [handler for handler in root.handlers if handler not in before]:
        root.removeHandler(handler)
        handler.close()
    root.setLevel(level)


def test_neither_key_nor_page_is_ever_told(run: Runs, tmp_path: Path, log: io.StringIO) -> None:
    """Not in logs, messages, representations or tracebacks with all local variables."""
    repeated = {"raw": WORD, "flagged_input": WORD, "provider_name": WORD, "error_type": WORD}
    told = {"message": f"{WORD} {KEY}", "code": WORD, "metadata": repeated}
    told |= {"availability": {"code": WORD}}
    answers = [
        fs.as_json(status, {"error": told, "user_id": WORD}, x_generation_id=WORD)
        for status in (200, 400, 401, 402, 403, 404, 413, 429, 500, 503)
    ]
    answers += [
        chunked(said(f"{WORD} {LOOP}" * 40, "stop"), DONE),
        chunked(said(WORD, WORD), said(WORD, "length"), DONE),
        chunked(fs.event({"id": WORD, "choices": [{"finish_reason": "length"}]}), DONE),
        chunked(said(WORD), fs.event({"error": told, "choices": [{"error": told}]})),
        chunked(said(WORD), f"data: {WORD}\n\n".encode()),
        fs.plain(200, WORD.encode()),
        fs.page(f"I'm sorry, I cannot transcribe {WORD}."),
        Answer(moves=[f"HTTP/1.1 {WORD}\r\n\r\n".encode(), Move.CLOSE]),
        Answer(moves=[fs.head(500, **{WORD: KEY}), Move.RESET]),
    ]
    for answer in answers:
        here = run(answer, fallbacks="")
        backend = here.made()
        seen = [repr(backend), repr(backend._service)]
        failure = failure_of(backend)
        whole = traceback.TracebackException.from_exception(failure, capture_locals=True)
        seen += [str(failure), repr(failure), *whole.format()]
        assert failure.__context__ is None
        logging.getLogger("ocrqueue").error("it failed", exc_info=failure)
        seen += [repr(backend._models), repr(backend._client)]
        backend.close()
        assert [text for text in seen if KEY in text or WORD in text] == []
    logged = log.getvalue() + (tmp_path / "log").read_text()
    assert "remote.answer" in logged
    assert KEY not in logged
    assert WORD not in logged
