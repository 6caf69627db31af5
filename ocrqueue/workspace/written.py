"""What was last written for an output, where the workspace says so in our own words."""

from collections.abc import Mapping
from typing import Any

from ocrqueue.model.wire_types import fits
from ocrqueue.workspace.ledger import Counts, Remote, State
from ocrqueue.workspace.store import Store

_WRITTEN: Mapping[str, Any] = {
    "fingerprint": str,
    "sha256": str,
    "state": str,
    "counts": Mapping[str, int],
    "failed": list[Mapping[str, str | int]],
    "doubtful": list[int],
    "figures": list[str],
    "remote": Mapping[str, Any] | None,
    "markdown": bool,
}
_UNWRITTEN: Mapping[str, Any] = {"problem": Mapping[str, str], "sha256": str}


def of(store: Store, key: str) -> dict[str, Any] | None:
    """Return what was last written for an output, or why it was not; None: it is not known."""
    wire = store.written(key)
    try:
        return wire if wire and _is_ours(wire) else None
    except (TypeError, ValueError):
        return None


def _is_ours(wire: Mapping[str, Any]) -> bool:
    expected = _UNWRITTEN if "problem" in wire else _WRITTEN
    if not all(fits(wire.get(name), hint) for name, hint in expected.items()):
        return False
    if expected is _UNWRITTEN:
        return True
    State(wire["state"])
    if set(wire["counts"]) != set(Counts.__dataclass_fields__):
        return False
    notices = wire.get("notices", [])  # earlier versions noted none
    if not fits(notices, list[Mapping[str, str | int]]):
        return False
    is_told = all(
        fits(page.get("page"), int) and fits(page.get("message"), str)
        for page in (*wire["failed"], *notices)
    )
    return is_told and _is_remote(wire["remote"])


def _is_remote(wire: Mapping[str, Any] | None) -> bool:
    return wire is None or (
        fits(Remote(**wire).models, Mapping[str, int])
        and fits(wire["pages"], int)
        and fits(wire["cost_usd"], float)
    )
