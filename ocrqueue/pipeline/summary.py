"""What came of a set of outputs: counted from the disk, for people, scripts and the exit code."""

import contextlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from typing import Any, ClassVar

from ocrqueue import logs
from ocrqueue.inputs.left_out import MOST_TYPES
from ocrqueue.model.errors.base import ExitCode
from ocrqueue.model.finding import Concern
from ocrqueue.model.json_values import parse
from ocrqueue.model.wire import Record
from ocrqueue.model.wire_types import fits
from ocrqueue.pipeline import forget
from ocrqueue.pipeline.entry import Action, Entry
from ocrqueue.workspace import descriptors, outputs, ownership
from ocrqueue.workspace.ledger import State
from ocrqueue.workspace.ledger_page import remedy_of
from ocrqueue.workspace.outputs import Output
from ocrqueue.workspace.store import Store
from ocrqueue.workspace.written import WrittenOutput

LEFT_OUT = "left_out"
_LEFT_OUT_BEGINS = b'{"left_out": '
KEPT_RUNS = 20
MINUTE_S = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem(Record):
    """Something that a person should look at."""

    brief: ClassVar[bool] = True

    document: str
    page: int | None  # None: the whole document
    message: str
    remedy: str = ""
    concern: Concern = Concern.FAILED


@dataclass(slots=True, kw_only=True)
class Summary:
    """Documents and pages by how they ended."""

    inputs: int = 0
    done: int = 0
    partial: int = 0
    failed: int = 0
    waiting: int = 0  # not collected yet
    gone: int = 0  # of all the above: their inputs were moved or deleted
    unchanged: int = 0  # of all the above: nothing was to be done for them
    pages_done: int = 0
    pages_failed: int = 0
    pages_doubtful: int = 0
    pages_blank: int = 0
    pages_checked: int = 0  # held against a second reading
    pages_disagreed: int = 0  # of these
    pages_unwitnessed: int = 0  # nobody could check what a model, or the page itself, says
    pages_reused: int = 0
    pages_queued: int = 0  # by this command
    pages_withdrawn: int = 0  # of earlier commands, for the same outputs
    pages_sent: int = 0  # to other machines
    cost_usd: float = 0.0  # at most
    models: dict[str, int] = field(default_factory=dict)  # to which pages were sent, how often
    left_out: dict[str, int] = field(default_factory=dict)  # files that are not read, by type
    seconds: float | None = None  # that the command took
    problems: list[Problem] = field(default_factory=list)

    def add(self, more: "Summary") -> None:
        """Count what came of other outputs, too."""
        for name in NUMBERS:
            setattr(self, name, getattr(self, name) + getattr(more, name))
        self.cost_usd = round(self.cost_usd, 6)
        for model, count in more.models.items():
            self.models[model] = self.models.get(model, 0) + count
        self.problems += more.problems

    def to_wire(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {**asdict(self), "pages_per_minute": self.pages_per_minute}

    @property
    def pages_per_minute(self) -> float | None:
        """Return how fast the command read; None where it read nothing."""
        read = min(self.pages_queued, self.pages_done + self.pages_failed)
        return round(read / self.seconds * MINUTE_S, 1) if self.seconds and read else None

    @property
    def exit_code(self) -> ExitCode:
        """Return how a command that brought this about ends."""
        if not self.inputs:
            return ExitCode.NOTHING_TO_DO
        if self.failed or self.partial or self.waiting:
            return ExitCode.PAGES_FAILED
        return ExitCode.OK


NUMBERS = tuple(field.name for field in fields(Summary) if field.default == 0)


def new_run() -> str:
    """Return a name for a run that sorts by time."""
    return datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")


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
    ownership.require_there(store.place)
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
        summary.pages_queued += entry.queued
        summary.pages_withdrawn += entry.withdrawn
        output = outputs.find(store, entry.key)
        summary.add(of_output(output, store.written(entry.key), entry))
        summary.problems += left_behind(output, store) if output else []
    return summary


def last_left_out(store: Store) -> dict[str, int]:
    """Return what the last command that looked through folders has left out."""
    lists = sorted(store.run_list("any").parent.glob("*.jsonl"), reverse=True)
    for path in lists[: KEPT_RUNS + 1]:
        with contextlib.suppress(OSError):
            if (found := left_out_of(store, path.stem)) is not None:
                return found
    return {}


def written_paths(store: Store, run: str) -> Iterator[str]:
    """Yield the Markdown files of a run's inputs in which more than placeholders stands."""
    for entry in entries(store, run):
        output, told = outputs.find(store, entry.key), store.written(entry.key)
        if output and output.files.is_taken(output.markdown) and told and told.counts.done:
            yield str(output.markdown)


def states(store: Store) -> Iterator[tuple[Output, WrittenOutput | None]]:
    """Yield each output with what was written for it; None: it is not finished."""
    for key, record in store.outputs():
        if output := outputs.of_record(key, record):
            told = store.written(key)
            yield output, told if told and told.fingerprint == output.fingerprint else None


def of_output(
    output: Output | None, written: WrittenOutput | None, entry: Entry | None = None
) -> Summary:
    """Return what came of one output; None: its record is no output's."""
    refused = _refused(output, entry)
    if output is None or written is None or written.fingerprint != output.fingerprint:
        problem = refused or _unwritten(output, written)
        return Summary(
            inputs=1,
            failed=problem is not None,
            waiting=problem is None,
            problems=[problem] if problem else [],
        )
    state, counts, remote = written.state, written.counts, written.remote
    return Summary(
        inputs=1,
        done=state is State.DONE and not refused,
        partial=state is State.PARTIAL and not refused,
        failed=state is State.FAILED or refused is not None,
        **{f"pages_{state}": number for state, number in asdict(counts).items()},
        pages_sent=remote.pages if remote else 0,
        cost_usd=remote.cost_usd if remote else 0.0,
        models=dict(remote.models) if remote else {},
        problems=[*([refused] if refused else []), *_of_pages(output, written)],
    )


def left_behind(output: Output, store: Store) -> list[Problem]:
    """Return what is left of inputs that are called otherwise by now, or lie elsewhere."""
    message = f"{output.shown} is the same file, and this input is gone"
    return [gone(one.shown, message) for one in forget.left_behind(output, store)]


def gone(shown: str, message: str) -> Problem:
    """Return what is said of an output whose input is gone."""
    remedy = (
        "`ocrqueue forget --prune-missing` takes out what has no input any more; "
        "with --delete-files its Markdown, too."
    )
    return Problem(document=shown, page=None, message=message, remedy=remedy, concern=Concern.GONE)


def _refused(output: Output | None, entry: Entry | None) -> Problem | None:
    """Return why a command could not begin with an input whose output says nothing of it."""
    told = output.error.code if output and output.error else ""
    if entry is None or not entry.error or entry.error == told:
        return None
    shown = output.shown if output else entry.source
    remedy = remedy_of(entry.error)
    return Problem(document=shown, page=None, message=entry.message, remedy=remedy)


def _unwritten(output: Output | None, written: WrittenOutput | None) -> Problem | None:
    """Return why an output could not be written; None: it is still being made."""
    told = written.problem if written else None
    if told is None or output is None:
        return None
    return Problem(document=output.shown, page=None, message=told.message, remedy=told.remedy)


def problems_of(output: Output, told: WrittenOutput | None, store: Store) -> Iterator[Problem]:
    """Yield what is to be said of one output; `told` as `states` yields it."""
    if told is not None:
        yield from _of_pages(output, told)
    elif problem := _unwritten(output, store.written(output.key)):
        yield problem


def _of_pages(output: Output, written: WrittenOutput) -> Iterator[Problem]:
    """Yield what is to be said of a document that was written, the gravest first."""
    shown = output.shown
    if error := output.error:
        yield Problem(document=shown, page=None, message=error.message, remedy=error.remedy)
    for one in written.failed:
        remedy = remedy_of(one.error)
        yield Problem(document=shown, page=one.page, message=one.message, remedy=remedy)
    noted = {Concern.DOUBTFUL: written.doubts, Concern.BLANK: written.blanks}
    for concern, notes in noted.items():
        for note in notes:
            yield Problem(document=shown, page=note.page, message=note.message, concern=concern)
    for file in written.kept:
        new = f"; the new text is in {file.beside}" if file.beside else ""
        message = f"{file.name} was changed by hand and stays{new}"
        yield Problem(
            document=shown,
            page=None,
            message=message,
            remedy="`ocrqueue run` with --overwrite replaces what was changed by hand.",
            concern=Concern.KEPT,
        )
