"""What is going on now: pages by state, queues, workers. From the queue where there is one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice

from ocrqueue.broker import connection, document_record, keys, monitor, outbox, queue_ops, scripts
from ocrqueue.broker.connection import Client
from ocrqueue.broker.document_record import Run
from ocrqueue.broker.monitor import Helped, WorkerState
from ocrqueue.broker.outbox import Untold
from ocrqueue.model.money import Caps, Window
from ocrqueue.model.routing import CHECKER
from ocrqueue.pipeline import remote_gate
from ocrqueue.settings.schema_remote import RemoteSettings
from ocrqueue.workspace.store import Store

POOL = "openrouter"
MOST_DOCUMENTS = 50  # whose runs are looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """The queue's view of one workspace at one moment."""

    pending: int = 0
    done: int = 0
    failed: int = 0
    doubtful: int = 0
    documents: int = 0  # not collected yet
    queues: Mapping[str, int] = field(default_factory=dict)  # jobs waiting, of all workspaces
    workers: tuple[WorkerState, ...] = ()
    trouble: str = ""  # why the server takes nothing more
    held: Mapping[str, str] = field(default_factory=dict)  # queue -> why no page of it is read
    awaited: Mapping[str, str] = field(default_factory=dict)  # queue -> why no worker has begun
    helped: tuple[Helped, ...] = ()  # queues from whose end pages were taken
    untold: Untold = field(default_factory=Untold)  # to those who want to know what is done
    checks: int = 0  # pages that wait for a check for which nobody is there, as far as was looked
    unchecked: bool = False  # pages of models settle without their check, as nobody is there

    @property
    def finished(self) -> bool:
        """Return whether nothing of the workspace is left to read or to collect."""
        return not self.documents

    @property
    def standstill(self) -> str:
        """Return why nothing goes on, in words; "" if something does."""
        why = {**self.awaited, **(self.held if self.unread else {})}
        reasons = [why[queue] for queue, count in self.queues.items() if count and queue in why]
        served = {worker.queue for worker in self._able}
        reasons += [one.rests or one.declined for one in self.declining if one.queue not in served]
        reasons += [one.stalled for one in self.stalling if one.queue not in served]
        return self.trouble or (reasons[0] if reasons and not self._is_any_busy else "")

    @property
    def unread(self) -> tuple[str, ...]:
        """Return the queues that keep everything waiting: nobody can read them, none is busy."""
        served = {worker.queue for worker in self._able} | {*self.awaited}
        tried = {one.queue for one in self.stalling if one.state == "busy"}  # by who is in vain
        waiting = tuple(name for name, count in self.queues.items() if count or name in tried)
        return () if self._is_any_busy or served & {*waiting} else waiting

    @property
    def declining(self) -> tuple[WorkerState, ...]:
        """Return the workers that leave pages which wait in their queue to others."""
        return tuple(
            one
            for one in self.workers
            if (one.declined or one.rests) and self.queues.get(one.queue)
        )

    @property
    def is_out_of_sight(self) -> bool:
        """Whether what nobody can read now is waited for: a folder may come back."""
        return any(one.rests for one in self.declining)

    @property
    def stalling(self) -> tuple[WorkerState, ...]:
        """Return the workers whose service lets nothing pass, or cannot be reached from there."""
        return tuple(one for one in self.workers if one.stalled)

    @property
    def may_pass(self) -> bool:
        """Return whether what keeps all waiting may end by itself: it is no want of money."""
        return any(one.queue in self.unread and one.queue not in self.held for one in self.stalling)

    @property
    def _able(self) -> list[WorkerState]:
        return [
            worker
            for worker in self.workers
            if worker.queue not in self.held
            and not worker.stalled
            and not worker.is_waiting_for_others
        ]

    @property
    def _is_any_busy(self) -> bool:
        return any(worker.state == "busy" for worker in self._able)


def now(client: Client, store: Store) -> Now:
    """Look at the queue. Costs the same however many pages there are."""
    workspace = queue_ops.workspace_key(client, store.address)
    queues, workers = monitor.waiting(client), tuple(monitor.workers(client))
    is_served = any(worker.queue == CHECKER for worker in workers)
    return Now(
        **queue_ops.totals(client, workspace),
        documents=queue_ops.live_count(client, workspace),
        queues=queues,
        workers=workers,
        trouble=connection.trouble(client),
        held=_held(client, workspace, queues),
        awaited=monitor.told(client, queues, keys.awaited),
        helped=tuple(monitor.helped(client, queues)),
        untold=outbox.state(client),
        checks=0 if is_served else monitor.checks(client),
        unchecked=not is_served and bool(client.exists(keys.unchecked(CHECKER))),
    )


def _held(client: Client, workspace: str, queues: Iterable[str]) -> dict[str, str]:
    """Return why no page of the workspace is read, of the queues where that is so.

    Where only some of its runs lack money the others go on, and nothing is held.
    """
    why = scripts.standstill(client, workspace, POOL)
    return ({POOL: why} if why else {}) | monitor.told(client, queues, keys.held)


def raise_budgets(
    client: Client, store: Store, settings: RemoteSettings, caps: Caps
) -> list[Window]:
    """Allow more: in the runs of the documents that are not collected yet, today, this month.

    Return these budgets as they are now; the larger cap counts, the one before or the new one.
    """
    runs = _runs(client, store)
    wanted = caps if runs else replace(caps, run=None)
    gates = [remote_gate.gate_of(client, POOL, settings, run) for run in runs or [Run()]]
    for gate in gates:
        gate.raise_caps(wanted)
    for run in runs:
        client.delete(keys.spent(POOL, run.name))
    states = [gate.state() for gate in gates]
    of_runs = [state.window("run") for state in states] if runs else []
    return [*of_runs, states[0].window("day"), states[0].window("month")]


def budgets(client: Client, store: Store, settings: RemoteSettings) -> list[Window]:
    """Return what was spent, is held and may be spent: of the latest runs, the day and the month.

    Empty where nothing was ever spent or held.
    """
    runs = _runs(client, store) or [Run()]
    states = [remote_gate.gate_of(client, POOL, settings, run).state() for run in runs]
    found = [state.window("run") for state in states]
    found += [states[0].window("day"), states[0].window("month")]
    used = any(window.spent_micro_usd or window.held_micro_usd for window in found)
    return [window for window in found if window.label != Run().name] if used else []


def day_and_month(client: Client, settings: RemoteSettings) -> list[Window]:
    """Return what was spent, is held and may be spent today and this month."""
    state = remote_gate.gate_of(client, POOL, settings, Run()).state()
    return [state.window("day"), state.window("month")]


def pause(client: Client, settings: RemoteSettings) -> str:
    """Return for how long no page is sent away, and why, in words; "" where no pause holds."""
    state = remote_gate.gate_of(client, POOL, settings, Run()).state()
    return f"{POOL} sends nothing for {state.paused_s:.0f} s: {state.why}" if state.paused_s else ""


def _runs(client: Client, store: Store) -> list[Run]:
    workspace = queue_ops.workspace_key(client, store.address)
    live = islice(queue_ops.live_documents(client, workspace), MOST_DOCUMENTS)
    return list(dict.fromkeys(document_record.run_of(client, key) for key in live))
