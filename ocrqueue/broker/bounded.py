"""A job as it comes from Redis, held to the size of ours: RQ would inflate whatever it finds.

A megabyte can be what is left of a gigabyte of zeros, and a few kilobytes of brackets end a process
that goes through them. What is too large or too deep is dropped; the job then fails like any other
that somebody else wrote.
"""

import zlib
from base64 import b64decode
from collections.abc import Mapping
from typing import Any

from rq.job import Job
from rq.results import Result
from rq.utils import as_text

MOST_BYTES = 64 << 10  # of a call, or of any other field: a path has 4 kB, six times that in JSON
MOST_META_BYTES = 1 << 20  # a route, and a hundred attempts with their messages
MOST_TRACE_BYTES = 1 << 20
DEEPEST = 8  # levels of lists and tables; ours have three
LATEST = 10  # results of a job; ours have one

Fields = Mapping[Any, Any]  # of a hash: names and values as bytes or text


class BoundedJob(Job):
    """Takes from Redis no more than a job of ours has."""

    def restore(self, raw_data: Fields) -> Any:
        """Take what Redis has; meta that is no JSON is dropped, nothing is ever unpickled."""
        super().restore(fields_of_a_job(raw_data))
        readable = self._unreadable_meta is None and isinstance(self.meta, dict)
        if not readable or not _is_shallow(self.meta, DEEPEST):
            self._unreadable_meta, self.meta = None, {}

    def results(self) -> list[Result]:
        """Return how its latest runs ended."""
        return self._results(LATEST)

    def latest_result(self, timeout: int = 0) -> Result | None:  # noqa: ARG002 - RQ's signature
        """Return how its last run ended."""
        return next(iter(self._results(1)), None)

    def _results(self, count: int) -> list[Result]:
        found: Any = self.connection.xrevrange(f"rq:results:{self.id}", count=count)
        kept = [(as_text(name), fields_of_a_result(told)) for name, told in found]
        return [
            Result.restore(self.id, name, told, self.connection, self.serializer)
            for name, told in kept
        ]


def fields_of_a_job(fields: Fields) -> dict[str, Any]:
    """Return the fields of a job without those that are larger than ours are."""
    kept = {as_text(name): value for name, value in fields.items()}
    call = kept.pop("data", None)
    meta, trace = kept.pop("meta", b""), kept.pop("exc_info", b"")
    kept = {name: value for name, value in kept.items() if len(value) <= MOST_BYTES}
    if call is not None:
        kept["data"] = call if _inflates_within(call, MOST_BYTES) else b""
    if len(meta) <= MOST_META_BYTES:
        kept["meta"] = meta
    if _inflates_within(trace, MOST_TRACE_BYTES):
        kept["exc_info"] = trace
    return kept


def fields_of_a_result(fields: Fields) -> dict[str, Any]:
    """Return the fields of a result without those that are larger than ours are."""
    kept = {as_text(name): value for name, value in fields.items()}
    trace = kept.pop("exc_string", b"")
    kept = {name: value for name, value in kept.items() if len(value) <= MOST_BYTES}
    if trace and _inflates_within(b64decode(trace), MOST_TRACE_BYTES):
        kept["exc_string"] = trace
    return kept


def _inflates_within(value: bytes, most: int) -> bool:
    """Return whether a value has at most so many bytes, compressed or not; inflates no more."""
    if len(value) > most:
        return False
    try:
        return len(zlib.decompressobj().decompress(value, most + 1)) <= most
    except zlib.error:
        return True  # it is not compressed: RQ takes it as it is


def _is_shallow(value: Any, levels: int) -> bool:
    if not isinstance(value, dict | list):
        return True
    inner = value.values() if isinstance(value, dict) else value
    return levels > 0 and all(_is_shallow(one, levels - 1) for one in inner)
