"""What others send, read as far as it makes sense: no shape of it is an error here; pure."""

import json
from collections.abc import Mapping


def json_of(text: str | bytes) -> object:
    """Return what the JSON says; None where it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def table(holder: object, name: str) -> Mapping[str, object]:
    """Return the table of that name in what may be one; {} where there is none."""
    value = holder.get(name) if isinstance(holder, Mapping) else None
    return value if isinstance(value, Mapping) else {}
