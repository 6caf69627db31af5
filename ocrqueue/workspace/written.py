"""What was last written for an output, as the workspace notes it beside the output's record."""

from dataclasses import dataclass, field

from ocrqueue.model.wire import BRIEF, Record
from ocrqueue.workspace.ledger import Counts, DocumentProblem, Remote, State


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedPage(Record):
    """A page that nobody could read, and why."""

    page: int
    error: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PageNote(Record):
    """A page that was read, and why somebody should look at it, or why it has no text."""

    page: int
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFile(Record):
    """A file in the output folder that somebody has changed, so that it was left as it is."""

    name: str  # path below the output folder
    beside: str  # what the file beside it is called that has the new text; "": there is none


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenOutput(Record):
    """What was last written for an output, or the problem that kept it from being written."""

    fingerprint: str = ""  # of the output; "": it could not be written
    state: State = State.FAILED
    counts: Counts = field(default=Counts())
    failed: tuple[FailedPage, ...] = ()
    doubts: tuple[PageNote, ...] = field(default=(), metadata=BRIEF)
    blanks: tuple[PageNote, ...] = field(default=(), metadata=BRIEF)
    kept: tuple[KeptFile, ...] = field(default=(), metadata=BRIEF)  # the first ones
    remote: Remote | None = None
    markdown: bool = False  # there is one
    sha256: str = ""  # of the Markdown; where it could not be written, of the one before
    # Digest of the corrections that it shows; "": there were none.
    corrections: str = field(default="", metadata=BRIEF)
    figures: tuple[str, ...] = ()  # names of their files
    problem: DocumentProblem | None = field(default=None, metadata=BRIEF)
