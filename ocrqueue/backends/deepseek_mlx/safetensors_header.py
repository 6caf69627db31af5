"""Reads the headers of safetensors files: which tensors a file has, and whether it is whole.

Eight bytes say how long the header is, the header is JSON, what follows are the tensors; see
https://huggingface.co/docs/safetensors. Nothing else of the file is read.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LONGEST_HEADER = 100_000_000  # bytes; the format allows no more
LENGTH = 8  # bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """What a file of weights says of itself."""

    tensors: frozenset[str] = frozenset()
    size: int = 0  # bytes of the file
    problem: str = ""  # "": the file is as long as its header says


def read(file: Path) -> Weights:
    """Return what the header says; a file that is torn or no weights comes with its problem."""
    size = 0
    try:
        size = file.stat().st_size
        with file.open("rb") as stream:
            length = int.from_bytes(stream.read(LENGTH), "little")
            if not 0 < length <= min(LONGEST_HEADER, size - LENGTH):
                return Weights(size=size, problem=f"{file.name} has no header: it is torn or empty")
            header = json.loads(stream.read(length))
        spans = {name: _span(told) for name, told in header.items() if name != "__metadata__"}
    except OSError as error:
        return Weights(problem=f"{file.name} cannot be read: {error.strerror}")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Weights(size=size, problem=f"{file.name} has a header that makes no sense")
    problem = _gap(spans, size - LENGTH - length)
    return Weights(
        tensors=frozenset(spans), size=size, problem=f"{file.name} {problem}" if problem else ""
    )


def _span(told: Any) -> tuple[int, int]:
    begin, end = told["data_offsets"]
    return int(begin), int(end)


def _gap(spans: dict[str, tuple[int, int]], room: int) -> str:
    """Return what is wrong with where the tensors lie: the format wants them side by side."""
    at = 0
    for name, (begin, end) in sorted(spans.items(), key=lambda item: item[1]):
        if begin != at or end < begin:
            return f"has a gap before {name}"
        at = end
    if at > room:
        return f"is torn: {at - room:,} bytes are missing at its end"
    return f"has {room - at:,} bytes too many" if at < room else ""
