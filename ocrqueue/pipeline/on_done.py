"""Tells who wants to know that a document or a batch is done: at least once, never in the way.

The collector puts what is to be told into the queue, with the step that ends the document there; a
thread of it tells. What cannot be told is tried again for a day; no document fails for it.
"""

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from ocrqueue import logs
from ocrqueue.broker import outbox, queue_ops, scripts
from ocrqueue.broker.connection import Client, Unreachable
from ocrqueue.broker.outbox import Loan
from ocrqueue.broker.page_job import PageJob
from ocrqueue.model import json_values
from ocrqueue.model.address import Address
from ocrqueue.model.errors.operator import OperatorError, StorageAway
from ocrqueue.model.wire import Record
from ocrqueue.pipeline import hook as hooks
from ocrqueue.pipeline import job_document
from ocrqueue.settings.schema_told import OnDoneSettings
from ocrqueue.workspace.outputs import Output
from ocrqueue.workspace.store import Store

LOOK_S = 1.0
AGAIN_S, LONGEST_S = 10.0, 600.0  # before something is told again; twice as long each time
GIVEN_UP = timedelta(days=1)
SPARE_S = 5.0  # that who tells may take beside the hooks themselves
END_S = 20.0  # how long a process that is to end goes on telling
PAGES = ("done", "failed", "doubtful", "blank")  # of which it is told how many there are


@dataclass(frozen=True, slots=True, kw_only=True)
class DoneEvent(Record):
    """What is told: names and numbers, no text of a page."""

    versioned: ClassVar[bool] = True

    event: str  # document or batch
    workspace: str  # its folder; of a batch that may be done soon its address
    at: str = ""  # when it was done, UTC in ISO 8601; "": a batch that may be done soon
    document: str = ""  # as the user named its file
    state: str = ""  # done, partial or failed, as in the ledger
    problem: str = ""  # code of what kept it from being written
    markdown: str = ""  # file, absolute; "": there is none
    ledger: str = ""
    pages: Mapping[str, int] = field(default_factory=dict)  # done, failed, doubtful, blank
    documents: Mapping[str, int] = field(default_factory=dict)  # of a batch: by state

    @property
    def text(self) -> str:
        """Return it as it lies in the queue, and as it is told."""
        return json.dumps(self.to_wire(), ensure_ascii=True)


@dataclass(slots=True)
class _Hook:
    """Of this process: RQ calls functions by name, so it must be reachable."""

    hook: OnDoneSettings = field(default_factory=OnDoneSettings)


_here = _Hook()


def install(hook: OnDoneSettings) -> None:
    """Say who is told by this process."""
    _here.hook = hook


@contextlib.contextmanager
def noted(
    job: PageJob | None, store: Store, shown: Iterable[Output], address: str
) -> Iterator[None]:
    """Let it be told when a job ends that these outputs were written meanwhile, or could not be."""
    try:
        yield
    finally:
        if job is not None:
            job.events = list(_events(store, shown, address))


def _events(store: Store, shown: Iterable[Output], address: str) -> Iterator[tuple[str, float]]:
    """Yield what is to be told, and in how many seconds."""
    for output in shown if _here.hook.of_documents else ():
        if event := _of_output(store, output, address):
            yield event.text, 0.0
    if _here.hook.of_batches and _here.hook.quiet_s:
        yield _of_batch(address), _here.hook.quiet_s


def tell_of_batch(client: Client, store: Store, hook: OnDoneSettings) -> None:
    """Let it be told that nothing is left of a workspace: who asks has seen to that."""
    if hook.of_batches:
        scripts.add_events(client, [(_of_batch(str(store.address)), 0.0)])


def tell_on(client: Client, hook: OnDoneSettings, end: threading.Event) -> None:
    """Tell what is to be told, until asked to end; for a thread of its own."""
    pause_s = 0.0
    while not end.wait(pause_s or LOOK_S):
        failed = _tell_all(client, hook, lambda: not end.is_set())
        pause_s = min(max(2 * pause_s, AGAIN_S), LONGEST_S) if failed else 0.0


def tell_rest(client: Client, hook: OnDoneSettings, *, limit_s: float = END_S) -> None:
    """Tell what is due, for so long at most; what is left is told by whoever comes next."""
    until = time.monotonic() + limit_s
    short = replace(hook, timeout_s=min(hook.timeout_s, limit_s))
    _tell_all(client, short, lambda: time.monotonic() < until)
    with contextlib.suppress(*Unreachable):
        if left := outbox.state(client).waiting:
            logs.emit(logs.Event.HOOKS_LEFT, waiting=left)


def _tell_all(client: Client, hook: OnDoneSettings, may_go_on: Callable[[], bool]) -> bool:
    """Tell what is due; return whether it was ended by a failure."""
    try:
        while may_go_on():
            loan = outbox.take(client, lease_s=2 * hook.timeout_s + SPARE_S)
            if loan is None:
                return False
            if not _tell(client, hook, loan, datetime.now(UTC)):
                return True
    except Unreachable:
        return True  # it is lent until its loan is over, and told then
    return False


def _tell(client: Client, hook: OnDoneSettings, loan: Loan, now: datetime) -> bool:
    """Tell one thing; return whether the next one may be told at once."""
    try:
        event = DoneEvent.from_wire(json_values.parse(loan.text))
        began = datetime.fromisoformat(event.at) if event.at else now
        age = now - began
    except (OverflowError, TypeError, ValueError) as error:  # somebody else wrote it
        logs.emit(logs.Event.HOOK_GIVEN_UP, document="", message=f"none of ours: {error!r:.200}")
        outbox.give_up(client, loan)
        return True
    if not event.at:
        _settle_batch(client, loan, event, now)
        return True
    why = hooks.call(hook, event.text.encode(), limit_s=hook.timeout_s)
    if not why:
        outbox.told(client, loan)
        return True
    logs.emit(logs.Event.HOOK_FAILED, document=event.document, message=why)
    if age > GIVEN_UP:
        logs.emit(logs.Event.HOOK_GIVEN_UP, document=event.document, message=why)
        outbox.give_up(client, loan, "hooks given up")
    else:
        wait_s = min(max(AGAIN_S, age.total_seconds()), LONGEST_S)
        outbox.put_off(client, loan, why, wait_s=wait_s)
    return False


def _settle_batch(client: Client, loan: Loan, event: DoneEvent, now: datetime) -> None:
    """Let it be told what came of a batch, if nothing of it is left; else it is done later."""
    key = queue_ops.workspace_key(client, Address.of(event.workspace))
    if not queue_ops.live_count(client, key):
        try:
            told = _came_of(event, now)
        except (OSError, StorageAway) as error:
            outbox.put_off(client, loan, f"a batch: {error}", wait_s=LONGEST_S)
            return
        except OperatorError as error:  # it was deleted, or is none of this machine
            logs.emit(logs.Event.HOOK_GIVEN_UP, document="", message=f"a batch: {error}")
        else:
            scripts.add_events(client, [(told.text, 0.0)])
    outbox.give_up(client, loan)


def _came_of(event: DoneEvent, now: datetime) -> DoneEvent:
    from ocrqueue.pipeline import tally  # noqa: PLC0415 - a collector starts without producers

    store = job_document.workspace(event.workspace)
    found = tally.of_workspace(store)
    documents = {state: getattr(found, state) for state in ("done", "partial", "failed")}
    pages = {state: getattr(found, f"pages_{state}") for state in PAGES}
    return replace(
        event, at=_in_words(now), workspace=str(store.place), documents=documents, pages=pages
    )


def _of_batch(address: str) -> str:
    return DoneEvent(event="batch", workspace=address).text


def _of_output(store: Store, output: Output, address: str) -> DoneEvent | None:
    told = store.written(output.key)
    if told is None or (not told.problem and told.fingerprint != output.fingerprint):
        return None  # it shows another document by now
    return DoneEvent(
        event="document",
        at=_in_words(datetime.now(UTC)),
        workspace=Address.of(address).path,
        document=output.shown,
        state=told.state,
        problem=told.problem.code if told.problem else "",
        markdown=str(output.markdown) if told.markdown else "",
        ledger=str(output.ledger),
        pages={state: getattr(told.counts, state) for state in PAGES},
    )


def _in_words(now: datetime) -> str:
    return now.isoformat(timespec="milliseconds")
