"""How far what somebody wrote into Redis is unpacked: never to much more than it takes there.

A job of 1 MB could inflate to 1 GB, a line of brackets nest deeper than Python follows, a bitmap
of one set bit be 512 MB long.
"""

import re
import zlib
from collections.abc import Mapping
from typing import Any

from rq.serializers import JSONSerializer

from ocrqueue.broker.connection import text
from ocrqueue.model import json_values

MOST_BYTES = 4 << 20  # of one value once it is inflated; ours have some kilobytes
PACKED = (b"data", b"exc_info")  # fields of a job that RQ inflates
# Fields of a job that RQ parses by itself; none of ours has one.
UNUSED = frozenset(
    {b"dependency_id", b"dependency_ids", b"repeat_intervals", b"retry_intervals", b"webhooks"}
)
_NUMBER = re.compile(r"-?[0-9]{1,15}")
_DECIMAL = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,20})?")


class ShallowJSON(JSONSerializer):
    """JSON of a size and a depth that whoever handles it can follow."""

    @staticmethod
    def loads(s: bytes, *args: Any, **kwargs: Any) -> Any:  # noqa: ARG004 - RQ's signature
        """Return the values.

        Raises:
            ValueError: it is no JSON, too long, or nested too deeply.
        """
        if len(s) > MOST_BYTES:
            raise ValueError(f"more than {MOST_BYTES} bytes")
        return json_values.parse(s)


def bounded(fields: Mapping[bytes, bytes]) -> dict[bytes, bytes]:
    """Return a job's fields as RQ may unpack them; what would inflate to too much is empty."""
    kept = {name: value for name, value in fields.items() if name not in UNUSED}
    return kept | {name: b"" for name in PACKED if name in kept and not is_small(kept[name])}


def is_small(packed: bytes) -> bool:
    """Return whether it can be inflated; what is not packed at all is taken as it is."""
    unpacker = zlib.decompressobj()
    try:
        unpacker.decompress(packed, MOST_BYTES)
    except zlib.error:
        return len(packed) <= MOST_BYTES
    return not unpacker.unconsumed_tail


def number(value: bytes | str | None) -> int:
    """Return a number that the server has; 0 where it has none, or nothing of ours."""
    told = text(value)
    return int(told) if _NUMBER.fullmatch(told) else 0


def decimal(value: bytes | str | None) -> float:
    """Return a number with a fraction that the server has; 0 as above."""
    told = text(value)
    return float(told) if _DECIMAL.fullmatch(told) else 0.0
