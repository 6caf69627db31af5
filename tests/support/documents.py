"""Documents of a batch that nobody's process reads, and what became of them in queue and folder."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePath

from redis import Redis

from ocrqueue.broker import bitmaps, keys
from ocrqueue.broker.page_job import PageJob
from ocrqueue.inputs.page_selection import parse_pages
from ocrqueue.inputs.walk import Found
from ocrqueue.model.document import Counted, Document, Kind, RouteStep
from ocrqueue.pipeline import enqueue
from ocrqueue.pipeline.entry import Entry
from ocrqueue.pipeline.feeder import Feeder, document_key
from ocrqueue.pipeline.order import Order
from ocrqueue.settings.schema import OutputSettings
from ocrqueue.workspace import outputs
from ocrqueue.workspace.outputs import Output
from ocrqueue.workspace.store import Store
from tests.support.batch import KEPT
from tests.support.readings import a_reading
from tests.support.stepping import MODEL, Hand, Hands, job_of

ROUTES = {
    "a.pdf": (("scripted", 2),),
    "b.pdf": (("scripted", 2), ("second", 1)),
    "c.pdf": (("scripted", 2), ("far", 1), ("second", 1)),
    "d.pdf": ((MODEL, 2), ("second", 1)),
}
REMOTE = "far"
COUNTS = {"a.pdf": 4, "b.pdf": 3, "c.pdf": 3, "d.pdf": 2}


class Documents:
    """A folder with four documents, their workspace, and workers of this process."""

    client: Redis
    folder: Path
    out: Path
    store: Store
    hands: Hands
    names: set[str]  # of the documents in Redis
    cancelled: set[str]
    overslept: set[str]  # jobs put back before a sleeper that had them began
    allowed: bool  # pages of c.pdf may leave
    left: list[str]  # where pages left that may not

    def feeder(self, dies: object = None) -> Feeder:
        should_stop = dies if callable(dies) else lambda: False
        return Feeder(
            client=self.client,
            store=self.store,
            queue=replace(KEPT, chunk_pages=1),
            should_stop=should_stop,
        )

    def enqueued(self, name: str, only: str | None, feeder: Feeder) -> Sequence[Entry]:
        route = ROUTES[name]
        order = Order(
            folder=self.out,
            reading=a_reading(
                route=tuple(RouteStep(backend=b, tries=t, remote=b == REMOTE) for b, t in route),
                engines={b: "scripted-1" for b, _ in route},
                witness="auto",
            ),
            style=OutputSettings().to_wire(),
            selection=parse_pages(only) if only else None,
            allow_remote=name == "c.pdf" and self.allowed,
        )
        found = Found(source=self.folder / name, relative=PurePath(name))
        return list(enqueue.enqueue([found], order, store=self.store, counter=self, feeder=feeder))

    def count(self, source: Path, *, passwords: Sequence[str] = ()) -> Counted:
        """Count pages, as the renderer does."""
        del passwords
        return Counted(kind=Kind.PDF, pages=COUNTS[source.name], password=None)

    def is_once(self, job_id: str) -> bool:
        """Whether there is one of it at a time: a page's job, neither cancelled nor overslept."""
        usual = job_id not in self.cancelled | self.overslept
        return usual and keys.meant_by(job_id)[1] is not None

    def hand(self, number: int) -> Hand:
        return self.hands.held[number % len(self.hands.held)]

    def step(self, hand: Hand, script: str = "*: ok") -> None:
        """Begin, read or settle, whatever comes next."""
        if not hand.begun:
            hand.begin()
        elif not hand.answered:
            asked = hand.answer(script, remote=hand.queue.name == REMOTE)
            self.left += [name for name in asked if not self.allowed and hand.queue.name == REMOTE]
        else:
            self.hands.let_go(hand)
            hand.settle()

    def finish(self, hand: Hand, script: str = "*: ok") -> None:
        while hand in self.hands.held:
            self.step(hand, script)

    def kill_one(self, hand: Hand) -> None:
        self.hands.let_go(hand)
        hand.die()

    def known(self) -> list[str]:
        """Return the documents that the queue has been told of."""
        return sorted(self.names)

    def states(self, key: str) -> dict[str, list[int]]:
        """Return the pages of each state, all of one moment."""
        with self.client.pipeline() as pipe:
            for state in keys.STATES:
                pipe.getrange(keys.bitmap(key, state), 0, -1)
            found = pipe.execute()
        return {state: bitmaps.pages(bits) for state, bits in zip(keys.STATES, found, strict=True)}

    def output(self, name: str) -> list[Output]:
        """Return what the document has become, if it was ever enqueued."""
        key = outputs.output_key(PurePath(name).with_suffix(""))
        found = outputs.find(self.store, key)
        return [found] if found is not None else []

    def document(self, name: str) -> list[Document]:
        found = [self.store.document(output.document or "") for output in self.output(name)]
        return [document for document in found if document is not None]

    def job(self, name: str, number: int) -> list[PageJob]:
        """Return the job of a page, or of the collector (0), if there is one."""
        for document in self.document(name):
            key = document_key(self.store, document.id)
            job_id = keys.page_job_id(key, number) if number else keys.collect_job_id(key)
            if job := job_of(self.client, job_id):
                return [job]
        return []

    def written(self, output: Output) -> tuple[bytes, bytes]:
        return Path(output.markdown).read_bytes(), Path(output.ledger).read_bytes()
