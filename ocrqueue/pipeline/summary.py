"""What came of a set of outputs: counted from the disk, for people, scripts and the exit code."""

import contextlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from ocrqueue import logs
from ocrqueue.inputs.left_out import MOST_TYPES
from ocrqueue.model.errors.base import ExitCode
from ocrqueue.model.json_values import parse
from ocrqueue.model.wire_types import fits
from ocrqueue.pipeline.entry import Action, Entry
from ocrqueue.workspace import descriptors, outputs
from ocrqueue.workspace.ledger import State
from ocrqueue.workspace.outputs import Output
from ocrqueue.workspace.store import Store
from ocrqueue.workspace.written import WrittenOutput

SHOWN_PROBLEMS = 20
LEFT_OUT = "left_out"
_LEFT_OUT_BEGINS = b'{"left_out": '
KEPT_RUNS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something that a person should look at."""

    document: str
    page: int | None  # None: the whole document
    message: str
    remedy: str = ""


@dataclass(slots=True, kw_only=True)
class Summary:
    """Documents and pages by how they ended."""

    inputs: int = 0
    done: int = 0
    partial: int = 0
    failed: int = 0
    waiting: int = 0  # not collected
    unchanged: int = 0  # of all the above: nothing was to be done for them
    pages_done: int = 0
    pages_failed: int = 0
    pages_doubtful: int = 0
    pages_blank: int = 0
    pages_reused: int = 0
    pages_left: int = 0  # the machine
    cost_usd: float = 0.0  # at most
    models: dict[str, int] = field(default_factory=dict)  # to which pages were sent, how often
    left_out: dict[str, int] = field(default_factory=dict)  # files that are not read, by type
    problems: list[Problem] = field(default_factory=list)  # the first ones

    def to_wire(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return asdict(self)

    @property
    def exit_code(self) -> ExitCode:
        """Return how a command that brought this about ends."""
        if not self.inputs:
            return ExitCode.NOTHING_TO_DO
        if self.failed or self.partial or self.waiting:
            return ExitCode.PAGES_FAILED
        return ExitCode.OK


def record(
    store: Store, run: str, entries: Iterable[Entry], left_out: Mapping[str, int] | None = None
) -> Iterator[Entry]:
    """Note each entry in the run's list as it passes; nothing is kept in memory.

    `left_out` is filled meanwhile, and noted at the end; None: no folder is looked through.
    """
    path = store.run_list(run)
    for old in sorted(path.parent.glob("*.jsonl"))[:-KEPT_RUNS]:
        with contextlib.suppress(OSError):  # a folder: none of ours
            descriptors.remove(old, below=store.base)
    with descriptors.to_append(path, below=store.base) as stream:
        for entry in entries:
            stream.write(json.dumps(entry.to_wire(), ensure_ascii=True).encode("ascii") + b"\n")
            stream.flush()
            yield entry
        if left_out is not None:
            stream.write(json.dumps({LEFT_OUT: left_out}, ensure_ascii=True).encode() + b"\n")
    for kind, files in (left_out or {}).items():
        logs.emit(logs.Event.ENQUEUE_LEFT_OUT, type=kind, files=files)


def entries(store: Store, run: str) -> Iterator[Entry]:
    """Yield what a run noted; a line that is none of ours is passed over."""
    with descriptors.to_read(store.run_list(run), below=store.base) as stream:
        for line in stream:
            with contextlib.suppress(ValueError):
                yield Entry.from_wire(parse(line))


def left_out_of(store: Store, run: str) -> dict[str, int] | None:
    """Return what a run left out, by type; None: it noted nothing that makes sense."""
    with descriptors.to_read(store.run_list(run), below=store.base) as stream:
        for line in stream:
            if not line.startswith(_LEFT_OUT_BEGINS):
                continue
            with contextlib.suppress(ValueError, RecursionError):
                told = parse(line).get(LEFT_OUT)
                if fits(told, dict[str, int]) and len(told) <= MOST_TYPES + 1:
                    return dict(told)
    return None


def of_run(store: Store, run: str) -> Summary:
    """Return what came of the inputs of a run."""
    summary = Summary(left_out=left_out_of(store, run) or {})
    for entry in entries(store, run):
        summary.unchanged += entry.action is Action.UNCHANGED
        summary.pages_reused += entry.reused
        _add(summary, store, entry.key, entry)
    return summary


def of_workspace(store: Store) -> Summary:
    """Return what came of everything that was ever asked of a workspace.

    What was left out is what the last command that looked through folders has left out.
    """
    summary = Summary(left_out=_last_left_out(store))
    for key, _ in store.outputs():
        _add(summary, store, key)
    return summary


def _last_left_out(store: Store) -> dict[str, int]:
    lists = sorted(store.run_list("any").parent.glob("*.jsonl"), reverse=True)
    for path in lists[: KEPT_RUNS + 1]:
        with contextlib.suppress(OSError):
            if (found := left_out_of(store, path.stem)) is not None:
                return found
    return {}


def written_paths(store: Store, run: str) -> Iterator[str]:
    """Yield the Markdown files of a run's inputs, as they are on disk."""
    for entry in entries(store, run):
        output = outputs.find(store, entry.key)
        if output is not None and output.markdown.exists():
            yield str(output.markdown)


def _add(summary: Summary, store: Store, key: str, entry: Entry | None = None) -> None:
    summary.inputs += 1
    output, written = outputs.find(store, key), store.written(key)
    if output is None or written is None or written.fingerprint != output.fingerprint:
        summary.waiting += 1
        _tell(summary, _not_finished(output, written, entry))
        return
    state = written.state
    untried = entry.message if entry and entry.error and not output.error else ""
    summary.done += state is State.DONE and not untried
    summary.waiting += state is State.DONE and bool(untried)
    summary.partial += state is State.PARTIAL
    summary.failed += state is State.FAILED
    summary.pages_done += written.counts.done
    summary.pages_failed += written.counts.failed
    summary.pages_doubtful += written.counts.doubtful
    summary.pages_blank += written.counts.blank
    if remote := written.remote:
        summary.pages_left += remote.pages
        summary.cost_usd = round(summary.cost_usd + remote.cost_usd, 6)
        for model, count in remote.models.items():
            summary.models[model] = summary.models.get(model, 0) + count
    _tell_failures(summary, output, written)
    if untried:
        _tell(summary, Problem(document=output.shown, page=None, message=untried))


def _not_finished(
    output: Output | None, written: WrittenOutput | None, entry: Entry | None
) -> Problem:
    """Return why an output is not there: it could not be written, or is still being made."""
    told = written.problem if written else None
    shown = output.shown if output else entry.source if entry else ""
    message = (told and told.message) or (entry and entry.message) or "not finished"
    remedy = told.remedy if told else ""
    return Problem(document=shown, page=None, message=message, remedy=remedy)


def _tell_failures(summary: Summary, output: Output, written: WrittenOutput) -> None:
    if error := output.error:
        message, remedy = error.message, error.remedy
        _tell(summary, Problem(document=output.shown, page=None, message=message, remedy=remedy))
    told = [(page.page, page.message) for page in written.failed]
    told += [(notice.page, notice.message) for notice in written.notices]
    for number, message in told:
        _tell(summary, Problem(document=output.shown, page=number, message=message))


def _tell(summary: Summary, problem: Problem) -> None:
    if len(summary.problems) < SHOWN_PROBLEMS:
        summary.problems.append(problem)
