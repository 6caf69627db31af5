"""What is going on now: pages by state, queues, workers. From the queue where there is one."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from ocrqueue.broker import census, connection, keys, pages
from ocrqueue.broker.census import WorkerState
from ocrqueue.broker.connection import Client
from ocrqueue.store import Store


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

    def to_wire(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return asdict(self)

    @property
    def finished(self) -> bool:
        """Return whether nothing of the workspace is left to read or to collect."""
        return not self.documents

    @property
    def unread(self) -> tuple[str, ...]:
        """Return the queues that keep everything waiting: no worker reads them, none is busy."""
        served = {worker.queue for worker in self.workers}
        waiting = tuple(name for name, count in self.queues.items() if count)
        busy = any(worker.state == "busy" for worker in self.workers)
        return () if busy or served & {*waiting} else waiting


def now(client: Client, store: Store) -> Now:
    """Look at the queue. Costs the same however many pages there are."""
    workspace = keys.workspace_key(store.root)
    return Now(
        **pages.totals(client, workspace),
        documents=pages.live_count(client, workspace),
        queues=census.waiting(client),
        workers=tuple(census.workers(client)),
        trouble=connection.trouble(client),
    )
