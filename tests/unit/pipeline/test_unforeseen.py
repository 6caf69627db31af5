"""A fault of our own costs a page, and can be found by the log alone."""

import io
import json
from pathlib import Path
from typing import Any, cast

from ocrqueue import logs
from ocrqueue.inputs import fingerprint
from ocrqueue.model.document import Counted, Kind
from ocrqueue.pipeline import attempt
from ocrqueue.pipeline.attempt import Rejected, Request, Tools
from ocrqueue.settings.engines import ScriptedSettings
from tests.support.readings import a_reading

SECRET = "what stands on the page"


class Faulty:
    """Draws and reads nothing."""

    name = model = ""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(SECRET)


def test_the_log_says_where_a_fault_began_and_nothing_of_the_page(tmp_path: Path) -> None:
    """Kind, file, line and function of each call; what the fault says is told by the ledger."""
    stream = io.StringIO()
    logs.configure(stream=stream, format="json")
    source = tmp_path / "a.pdf"
    source.write_bytes(b"x")
    counted = Counted(kind=Kind.PDF, pages=1, password=None)
    document, _ = fingerprint.identify(source, a_reading(), lambda *_, **__: counted)
    faulty: Any = Faulty()
    tools = Tools(
        renderer=faulty, backend=faulty, own=ScriptedSettings(), limit_s=1, worker="", engine=None
    )

    outcome = attempt.run(Request(document=document, page=1), tools)

    assert cast("Rejected", outcome).error.code == "unexpected"
    (told,) = (json.loads(line) for line in stream.getvalue().splitlines())
    assert (told["event"], told["kind"], told["page"]) == ("page.unexpected", "RuntimeError", 1)
    assert told["where"].startswith(f"{Path(__file__).name}:")
    assert "__getattr__ < " in told["where"]
    assert "attempt.py:" in told["where"]
    assert SECRET not in stream.getvalue()
