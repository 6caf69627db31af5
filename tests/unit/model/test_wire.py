"""What lies in workspaces and in Redis reads, and is written, as it always was.

`tests/data/wires.json` holds what the first release wrote, byte by byte, and what it refused.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from ocrqueue.model.document import Document, Reading
from ocrqueue.model.page import Attempt, PageResult
from ocrqueue.settings.schema import OutputSettings
from ocrqueue.workspace.ledger import Ledger
from ocrqueue.workspace.outputs import Output

WIRES = json.loads((Path(__file__).parents[2] / "data" / "wires.json").read_text("ascii"))
KINDS: dict[str, Any] = {
    "Reading": Reading,
    "Document": Document,
    "Attempt": Attempt,
    "PageResult": PageResult,
    "Ledger": Ledger,
    "Output": Output,
    "OutputSettings": OutputSettings,
}


def changed(wire: dict[str, Any], change: dict[str, Any]) -> Any:
    return {k: v for k, v in wire.items() if k not in change["without"]} | change["with"]


@pytest.mark.parametrize("name", KINDS)
def test_what_was_written_comes_back_to_the_byte(name: str) -> None:
    """A record of an earlier version is read, and written again as it was, keys in order."""
    indent = 1 if name == "Ledger" else None
    for text in WIRES[name]["written"]:
        again = KINDS[name].from_wire(json.loads(text)).to_wire()
        assert json.dumps(again, indent=indent) == text


@pytest.mark.parametrize("name", KINDS)
def test_what_was_refused_is_refused(name: str) -> None:
    """A record that misses a field, or has one that makes no sense, is an error."""
    whole = json.loads(WIRES[name]["written"][0])
    for change in WIRES[name]["refused"]:
        with pytest.raises((ValueError, TypeError, KeyError, AttributeError)):
            KINDS[name].from_wire(changed(whole, change))
