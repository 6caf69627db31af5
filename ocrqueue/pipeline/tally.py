"""What came of everything in a workspace, without reading the records of each output again.

Beside them lies a journal: a line says what one output adds to a summary, and by their stamps of
which two files that was read. A line whose files are others by now counts for nothing: they are
read, and a new line is added. So the journal may be torn, old or lost.
"""

import contextlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypedDict

from ocrqueue.model.json_values import parse
from ocrqueue.model.wire_types import fits
from ocrqueue.pipeline import summary
from ocrqueue.pipeline.summary import NUMBERS, Problem, Summary
from ocrqueue.workspace import descriptors, outputs, ownership, sources
from ocrqueue.workspace.atomic import write_whole
from ocrqueue.workspace.store import Store

JOURNAL = "tally.jsonl"
LONGEST = 1 << 16  # bytes of a line; an output with more to say is read each time
SPARE, LEAST = 6, 500  # old lines for each of so many that count: then it is written anew
_RECORD, _WRITTEN = ".json", ".written.json"
_Stamps = tuple[str, ...]


class _Line(TypedDict):
    key: str
    stamps: list[str]
    source: str
    shown: str
    numbers: dict[str, float]  # fields of a summary that are not 0
    models: dict[str, int]
    problems: list[dict[str, Any]]


def of_workspace(store: Store) -> Summary:
    """Return what came of everything that was ever asked of a workspace.

    What was left out is what the last command that looked through folders has left out.
    """
    found = Summary(left_out=summary.last_left_out(store))
    stamps = _all_stamps(store)
    known, is_long = _known(store, stamps)
    fresh = []
    for key in stamps:
        line, added = known.get(key) or _look(store, key)
        found.add(added)
        if line is None:
            continue
        if key not in known:
            fresh.append(line)
        if sources.is_gone(line["source"]):
            found.gone += 1
            message = f"its input is gone from {line['source']}"
            found.problems.append(summary.gone(line["shown"], message))
    with contextlib.suppress(OSError):  # it is only slower without
        if is_long:
            whole = b"".join(_spelled([*(line for line, _ in known.values()), *fresh]))
            write_whole(_journal(store), whole, below=store.base)
        elif fresh:
            _append(store, fresh)
    return found


def note(store: Store, key: str) -> None:
    """Add a line for an output that was just written, so that nobody has to read it."""
    line, _ = _look(store, key)
    with contextlib.suppress(OSError):
        _append(store, [line] if line else [])


def _known(
    store: Store, stamps: Mapping[str, _Stamps]
) -> tuple[dict[str, tuple[_Line, Summary]], bool]:
    """Return the lines that still count with what they add; are there too many others?"""
    known: dict[str, tuple[_Line, Summary]] = {}
    old = 0
    with (
        contextlib.suppress(OSError),
        descriptors.to_read(_journal(store), below=store.base) as stream,
    ):
        while text := stream.readline(LONGEST):
            if text == b"\n":
                continue
            with contextlib.suppress(ValueError):  # torn, or somebody else wrote it
                line = parse(text)
                if fits(line, _Line) and stamps.get(line["key"]) == tuple(line["stamps"]):
                    known[line["key"]] = line, _added(line)
                    continue
            old += 1
    return known, old > SPARE * max(len(known), LEAST)


def _look(store: Store, key: str) -> tuple[_Line | None, Summary]:
    """Return what the records of an output say, and add; None: they are no output's."""
    # Whoever writes meanwhile makes others of them: then the line will not count.
    stamps, output = _stamps(store, key), outputs.find(store, key)
    one = summary.of_output(output, store.written(key))
    if output is None:
        return None, one
    line = _Line(
        key=key,
        stamps=list(stamps),
        source=output.source,
        shown=output.shown,
        numbers={name: +getattr(one, name) for name in NUMBERS if getattr(one, name)},
        models=one.models,
        problems=[problem.to_wire() for problem in one.problems],
    )
    return line, one


def _added(line: _Line) -> Summary:
    """Return what a line adds.

    Raises:
        ValueError: it tells of no problem that we know.
    """
    numbers: dict[str, Any] = {name: line["numbers"].get(name, 0) for name in NUMBERS}
    problems = [Problem.from_wire(problem) for problem in line["problems"]]
    return Summary(**numbers, models=line["models"], problems=problems)


def _all_stamps(store: Store) -> dict[str, _Stamps]:
    """Return each output's key, in their order, with the stamps of its two files."""
    told = dict(store.files.filed(store.place / "outputs", _RECORD))
    keys = [name.removesuffix(_RECORD) for name in told if name.count(".") == 1]
    return {key: _both(told.get(key + _RECORD), told.get(key + _WRITTEN)) for key in keys}


def _stamps(store: Store, key: str) -> _Stamps:
    record = store.output_path(key)
    return _both(store.files.stamp(record), store.files.stamp(record.with_suffix(_WRITTEN)))


def _both(*stamps: str | None) -> _Stamps:
    return tuple(stamp for stamp in stamps if stamp)


def _append(store: Store, lines: Iterable[_Line]) -> None:
    ownership.require_there(store.place)
    with descriptors.to_append(_journal(store), below=store.base) as stream:
        stream.write(b"\n")  # somebody may have been killed while he wrote
        stream.writelines(_spelled(lines))


def _spelled(lines: Iterable[_Line]) -> Iterator[bytes]:
    for line in lines:
        text = json.dumps(line, ensure_ascii=True, separators=(",", ":")).encode("ascii")
        if len(text) < LONGEST - 1:
            yield text + b"\n"


def _journal(store: Store) -> Path:
    return store.root / "outputs" / JOURNAL  # of a bucket, on each machine that asks
