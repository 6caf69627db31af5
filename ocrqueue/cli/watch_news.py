"""What `watch` tells: each document once it is written, and what keeps others waiting."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from itertools import islice
from queue import SimpleQueue

from ocrqueue.cli import output
from ocrqueue.cli.echo import say, say_json
from ocrqueue.cli.manner import Manner
from ocrqueue.cli.summary import left_out_lines, parts, problem_lines, several
from ocrqueue.inputs.walk import Skip
from ocrqueue.model.finding import Concern
from ocrqueue.pipeline.entry import Action, Entry
from ocrqueue.pipeline.status import Now
from ocrqueue.pipeline.summary import left_behind, problems_of
from ocrqueue.text.terminal import printable
from ocrqueue.workspace import outputs
from ocrqueue.workspace.outputs import Output
from ocrqueue.workspace.store import Store
from ocrqueue.workspace.written import WrittenOutput

LOOKED_AT = 50  # documents a look, or so many that all had their turn after `TURNS` looks
TURNS = 240
TOLD = (Concern.FAILED, Concern.KEPT, Concern.GONE)


@dataclass(slots=True, kw_only=True)
class News:
    """Tells what came of files: one thread queues them, another one looks what became of them."""

    store: Store
    manner: Manner
    out: str  # the option that names the output folder
    left_out: Counter[str] = field(default_factory=Counter)  # of the look that goes on
    _left_out_told: Counter[str] = field(default_factory=Counter)
    _unchanged: int = 0
    _queued: "SimpleQueue[str]" = field(default_factory=SimpleQueue)  # keys of outputs
    _awaited: dict[str, None] = field(default_factory=dict)
    _gone: set[str] = field(default_factory=set)  # inputs that were told to be gone
    _trouble: tuple[str, ...] = ()

    def noted(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        """Pass on what was done with each file; tell what cannot be read."""
        for entry in entries:
            if entry.action is Action.FAILED:
                self._tell_refused(entry)
            elif entry.action is Action.UNCHANGED:
                self._unchanged += 1
            else:
                self._queued.put(entry.key)
            yield entry

    def after_look(self) -> None:
        """Tell what else was found, where that is not what it was at the last look."""
        if self._unchanged:
            self.talk(f"{several(self._unchanged, 'document')} as before")
        del self.left_out[Skip.UNFINISHED]  # it is read when it is complete
        if self.left_out != self._left_out_told and not self.manner.silent:
            say(*left_out_lines(self.left_out), err=True)
        self._left_out_told, self.left_out = self.left_out, Counter()
        self._unchanged = 0

    def talk(self, line: str) -> None:
        """Say something that is not about one document, unless nothing is to be said."""
        if not self.manner.silent:
            say(line, err=True)

    def take_over(self) -> None:
        """Await what was queued meanwhile; before the queue is looked at, which knows it then."""
        while not self._queued.empty():
            self._awaited[self._queued.get()] = None

    def tell(self, now: Now) -> None:
        """Tell which documents have been written, and what keeps all others waiting."""
        turn = max(LOOKED_AT, len(self._awaited) // TURNS)
        for key in list(islice(self._awaited, None if now.finished else turn)):
            del self._awaited[key]
            self._look_at(key, now)
        lines = (now.standstill, *output.held_lines(now)) if now.pending else ()
        trouble = tuple(line.strip() for line in lines if line)
        if trouble and trouble != self._trouble:
            say(*trouble, err=True)
        self._trouble = trouble

    def _look_at(self, key: str, now: Now) -> None:
        one, told = outputs.find(self.store, key), self.store.written(key)
        if one is None:
            return
        if told and (told.fingerprint == one.fingerprint or (now.finished and told.problem)):
            self._tell_written(one, told)
        elif not now.finished:
            self._awaited[key] = None  # its turn comes again, after all others

    def _tell_written(self, one: Output, told: WrittenOutput) -> None:
        gone = [left for left in left_behind(one, self.store) if left.document not in self._gone]
        self._gone.update(left.document for left in gone)
        problems = [*problems_of(one, told, self.store), *gone]
        is_written = told.problem is None
        state = str(told.state) if is_written else "failed"
        markdown = str(one.markdown) if is_written and told.markdown else ""
        counts = {name: getattr(told.counts, name) for name in ("done", "failed", "doubtful")}
        if self.manner.as_json:
            messages = [asdict(problem) for problem in problems]
            document = {"source": one.source, "state": state, "markdown": markdown or None}
            say_json({**document, "pages": counts, "problems": messages})
            return
        if self.manner.quiet:
            say(*([printable(markdown)] if markdown else []))
        else:
            pages = parts(*((count, name) for name, count in counts.items()))
            where = f" -> {printable(markdown)}" if markdown else ""
            say(f"{state:<9} {printable(one.source)}: {pages or 'no page'}{where}")
        say(*problem_lines(problems, TOLD, self.out), err=True)

    def _tell_refused(self, entry: Entry) -> None:
        if self.manner.as_json:
            document = {"source": entry.source, "state": "failed", "markdown": None}
            say_json({**document, "error": entry.error, "message": entry.message})
        else:
            say(output.entry_line(entry), err=self.manner.quiet)
