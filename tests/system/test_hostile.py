"""Hostile documents in one run: it ends, nothing dies, each outcome can be understood.

By default one document of each kind and way to go wrong, but for some that take the engine as long
as all others; and all odd names in a run of their own by the scripted backend: what a page says has
no part in its name. With `-m slow` all in one run.
"""

import contextlib
import os
import re
import shutil
import subprocess
import tarfile
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from ocrqueue.inputs.walk import Found, find
from ocrqueue.model.errors import document as of_documents
from ocrqueue.model.errors import operator as of_operators
from ocrqueue.model.errors import page as of_pages
from ocrqueue.model.errors.base import ExitCode, OcrqueueError
from ocrqueue.workspace import ledger
from ocrqueue.workspace.outputs import Output
from ocrqueue.workspace.store import Store
from tests.support.corpus import HOSTILE, hostile_documents, needs_corpus, one_of_each_kind
from tests.support.processes import QUICK, Ended, Stage, log_events, stage

pytestmark = [needs_corpus, pytest.mark.timeout(900)]

MEMORY_MB = 1024
LIMITS = {
    "OCRQUEUE_RENDER__TIMEOUT_S": "2",
    "OCRQUEUE_RENDER__MEMORY_MB": str(MEMORY_MB),
    "OCRQUEUE_BACKENDS__TESSERACT__TIMEOUT_S": "20",
}
SOON = {**LIMITS, "OCRQUEUE_BACKENDS__TESSERACT__TIMEOUT_S": "5"}  # where one page takes it all
# What a process of ours takes at most without a page, in MB: measured 60 to 110. A Tesseract worker
# may hold a sheet of 80 million pixels: 230, and for a moment, which looks seldom meet, 375.
IDLE_MB = 200
SHEET_MB = 200
MARKER, NOTE = "<!-- page {page} -->", "<!-- page {page}: {verdict}"
NOTED = ("doubtful", "blank")


# Full of print or noise, or a second sheet as large as a sheet may be.
LONG = {
    HOSTILE / f"{name}.pdf"
    for name in (
        *("damaged/http-chunked-noise", "ocr-output/huge-table", "ocr-output/very-dense-6pt"),
        *("ocr-output/repetition-trap-digits", "ocr-output/repetition-trap-same-line"),
        *("synthetic/mediabox-14400x14400", "synthetic/mediabox-200000x200000"),
    )
}
# What is wrong with a document, and how that must be told.
REASONS = {
    "encrypted/aes-256.pdf": "password-needed",
    "synthetic/text-renamed.pdf": "not-supported",
    "synthetic/empty-0-bytes.pdf": "not-supported",
    "damaged/truncated-50pct.pdf": "damaged",
    "synthetic/parser-quadratic-obj.pdf": "open-timed-out",
    "synthetic/content-clip-bomb.pdf": "render-timed-out",
    # Whichever limit it meets first: that depends on how fast the machine is.
    "synthetic/form-billion-laughs-10x9.pdf": "render-out-of-memory|render-timed-out",
    "images/bomb-gray.png": "page-too-large",
    "images/truncated.jpg": "page-damaged",
}


@dataclass(slots=True)
class Peaks:
    """The most memory that each kind of process took, looked at all the time."""

    folder: str
    mb: Counter[str] = field(default_factory=Counter)
    over: threading.Event = field(default_factory=threading.Event)

    def watch(self) -> None:
        """Look until told to stop."""
        while not self.over.wait(0.3):
            for process in psutil.process_iter(["cmdline"]):
                with contextlib.suppress(psutil.Error):
                    command = " ".join(process.info["cmdline"] or [])
                    kind = next((k for k in KINDS if k in command), None)
                    if kind and process.environ().get("HOME") == self.folder:
                        taken = process.memory_info().rss >> 20
                        self.mb[kind] = max(self.mb[kind], taken)


KINDS = {
    "ocrqueue.render.child": MEMORY_MB + IDLE_MB,
    "workers.tesseract_worker": IDLE_MB + SHEET_MB,
    "workers.collector": IDLE_MB,
    "workers.supervisor": IDLE_MB,
    "-m ocrqueue run": IDLE_MB,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Least:
    """How many of each there must be, at least."""

    inputs: int
    done: int
    failed: int
    attempts: int


SOME = Least(inputs=60, done=35, failed=25, attempts=50)
ALL = Least(inputs=350, done=150, failed=80, attempts=250)


@dataclass(frozen=True, slots=True, kw_only=True)
class HostileRun:
    """What the run over everything left behind."""

    source: Path
    out: Path
    ended: Ended
    before: dict[str, tuple[int, int]]
    peaks: Peaks
    least: Least

    @property
    def outputs(self) -> list[Output]:
        """Return every output of the run."""
        return [Output.from_wire(record) for _, record in Store(self.out / ".ocrqueue").outputs()]

    def of(self, name: str) -> Output:
        """Return the output of one input."""
        (found,) = [output for output in self.outputs if output.shown == name]
        return found


@pytest.fixture(
    scope="module",
    params=[SOME, pytest.param(ALL, marks=pytest.mark.slow)],
    ids=["one of each kind", "all"],
)
def hostile(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[HostileRun]:
    """One run over them, two pages a document at most, at a low resolution."""
    folder, least = tmp_path_factory.mktemp("hostile"), request.param
    source = folder / "in"
    copy(hostile_documents() if least is ALL else some_documents(), source)
    if least is ALL:
        unpack_names(source)
    options = ("--max-pages", "2", "--dpi", "72", "--front-matter", "--page-marker", MARKER)
    limits = LIMITS if least is ALL else SOON
    with stage(folder / "home", limits, launch=subprocess.Popen) as own:  # its memory is measured
        yield run_over(source, own, least, *options)


@pytest.fixture(scope="module")
def named(hostile: HostileRun, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostileRun]:
    """One run over the odd names."""
    if hostile.least is ALL:
        yield hostile
        return
    folder = tmp_path_factory.mktemp("names")
    unpack_names(folder / "in")
    with stage(folder / "home", QUICK) as own:
        yield run_over(folder / "in", own, hostile.least)


def run_over(source: Path, own: Stage, least: Least, *options: str) -> HostileRun:
    """Run over a folder to the end, looking at the memory of all processes."""
    out = source.with_name("out")
    peaks = Peaks(own.environment["HOME"])
    watcher = threading.Thread(target=peaks.watch)
    watcher.start()
    try:
        before = snapshot(source)
        ended = own.run("run", str(source), "-o", str(out), "--json", *options, seconds=840)
    finally:
        peaks.over.set()
        watcher.join()
    assert own.leftovers() == []
    return HostileRun(source=source, out=out, ended=ended, before=before, peaks=peaks, least=least)


def some_documents() -> set[Path]:
    """Return one document of each kind, and those of which we know what must be told."""
    return {*one_of_each_kind(without=LONG), *(HOSTILE / name for name in REASONS)}


def copy(documents: Iterable[Path], folder: Path) -> None:
    """Copy the documents to where they lie in the corpus."""
    for document in documents:
        own = folder / document.relative_to(HOSTILE)
        own.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(document, own)


def unpack_names(folder: Path) -> None:
    """Unpack the odd names, as the corpus says."""
    for archive, below in (
        (HOSTILE / "names.tar", folder),
        (folder / "names" / "odd-names.tar", folder / "names" / "odd"),
    ):
        below.mkdir(parents=True, exist_ok=True)
        with tarfile.open(archive, encoding="utf-8", errors="surrogateescape") as tar:
            tar.extractall(below, filter="fully_trusted")  # noqa: S202 - the corpus is ours
    (folder / "names" / "odd-names.tar").unlink()


def snapshot(folder: Path) -> dict[str, tuple[int, int]]:
    """Return size and time of each file, following no link."""
    found = {}
    for path in folder.rglob("*"):
        state = path.lstat()
        found[os.fsdecode(path)] = (state.st_size, state.st_mtime_ns)
    return found


def expected(run: HostileRun) -> list[Found]:
    """Return the inputs that the folder has."""
    return list(find([run.source]))


def test_it_ends_and_says_that_some_failed(hostile: HostileRun) -> None:
    """The run ends by itself with the exit code for failed pages and counts every input."""
    summary, least = hostile.ended.json, hostile.least

    assert hostile.ended.code == ExitCode.PAGES_FAILED
    assert summary["inputs"] == len(expected(hostile)) > least.inputs
    assert summary["waiting"] == 0
    assert summary["done"] > least.done
    assert summary["failed"] > least.failed


def test_every_document_has_an_outcome(hostile: HostileRun) -> None:
    """Each input has a ledger; what failed has a known code, a message and what to do next."""
    known = {
        kind.code
        for family in (of_documents, of_operators, of_pages)
        for kind in vars(family).values()
        if isinstance(kind, type) and issubclass(kind, OcrqueueError)
    }
    foreseen = known - {"unexpected", "error", "page", "document", "worker-died", "result-missing"}

    for output in hostile.outputs:
        book = ledger.read(Path(output.ledger), below=Path(output.ledger).parent)
        if book.error is not None:
            assert book.error.code in foreseen, output.shown
            assert book.error.message
            assert book.error.remedy
        for page in book.results:
            if page["state"] == "failed":
                assert page["error"] in foreseen, (output.shown, page)
                assert page["message"]
                assert page["remedy"]
        assert (book.state is ledger.State.FAILED) or Path(output.markdown).exists()


@pytest.mark.parametrize(("name", "code"), REASONS.items())
def test_the_reason_is_the_right_one(hostile: HostileRun, name: str, code: str) -> None:
    """A document of each kind fails for what is wrong with it."""
    path = hostile.of(name).ledger
    book = ledger.read(Path(path), below=Path(path).parent)

    assert codes_of(book) & set(code.split("|"))


@pytest.mark.slow
@pytest.mark.parametrize("hostile", [ALL], ids=["all"], indirect=True)
def test_one_of_each_kind_shows_each_way_to_fail(hostile: HostileRun) -> None:
    """What fails in any way among all documents fails so among those of the default run."""
    books = {
        output.source: ledger.read(Path(output.ledger), below=Path(output.ledger).parent)
        for output in hostile.outputs
    }
    names = {document.relative_to(HOSTILE) for document in some_documents()}
    chosen = {str(hostile.source / name) for name in names}

    shown = {code for source, book in books.items() if source in chosen for code in codes_of(book)}

    assert {code for book in books.values() for code in codes_of(book)} - shown == set()


def codes_of(book: ledger.Ledger) -> set[str]:
    """Return the codes of all that failed in a document."""
    if book.error is not None:
        return {book.error.code}
    return {page["error"] for page in book.results if page["state"] == "failed"}


def test_no_worker_died(hostile: HostileRun) -> None:
    """No worker, collector or server was restarted, hung, or taken for dead."""
    names = Counter(event["event"] for event in log_events(hostile.out / ".ocrqueue/log.jsonl"))

    assert names["page.attempt"] > hostile.least.attempts
    assert names["supervisor.child_restarted"] == 0
    assert names["worker.hung"] == 0
    assert names["worker.recovered"] == 0


def test_memory_stays_within_its_limits(hostile: HostileRun) -> None:
    """No process took more memory than its stated limit."""
    for kind, limit_mb in KINDS.items():
        assert 0 < hostile.peaks.mb[kind] <= limit_mb, (kind, hostile.peaks.mb)


def test_nothing_is_written_elsewhere(hostile: HostileRun) -> None:
    """The inputs are as they were, and beside the output folder there is nothing new."""
    assert snapshot(hostile.source) == hostile.before
    assert {path.name for path in hostile.out.parent.iterdir()} == {"in", "out", "home"}
    assert all(
        path.resolve().is_relative_to(hostile.out.resolve()) for path in hostile.out.rglob("*")
    )


def test_odd_names_survive(named: HostileRun) -> None:
    """Names that differ by case or Unicode form, or are no UTF-8, each have their own output."""
    assert named.ended.json["waiting"] == 0
    assert snapshot(named.source) == named.before
    odd = [output for output in named.outputs if output.shown.startswith("names/")]

    assert len({str(output.markdown).casefold() for output in odd}) == len(odd) > 25
    assert {output.source for output in odd} == {
        str(found.source) for found in expected(named) if str(found.relative).startswith("names/")
    }
    assert any(
        "\udce9" in output.name or "\udcff" in output.name or _is_odd(output) for output in odd
    )


def _is_odd(output: Output) -> bool:
    try:
        output.name.encode()
    except UnicodeEncodeError:
        return True
    return False


def test_text_does_not_break_the_markdown(hostile: HostileRun) -> None:
    """What pages say is text: one front matter, one marker a page, no tag comes through raw."""
    tricky = [output for output in hostile.outputs if output.shown.startswith("ocr-output/")]
    assert len(tricky) >= 13

    for output in tricky:
        text = Path(output.markdown).read_text("utf-8")
        book = ledger.read(Path(output.ledger), below=Path(output.ledger).parent)
        lines = text.splitlines()
        head = lines.index("---", 1)
        assert lines[0] == "---"
        assert "source:" in "".join(lines[1:head])
        assert "---" not in lines[head + 1 :]
        marks = [line for line in lines if line.startswith("<!--")]
        notes = [NOTE.format(**page) for page in book.results if page.get("verdict") in NOTED]
        assert [line for line in marks if not line.startswith(tuple(notes))] == [
            MARKER.format(page=page["page"]) for page in book.results
        ], output.shown
        assert len(marks) == len(book.results) + len(notes), output.shown
        assert re.search(r"(?<!\\)<script", text, re.IGNORECASE) is None


def test_page_counts_that_lie_do_not_flood_the_queue(tmp_path: Path) -> None:
    """A million claimed pages are refused before one is queued, and the reason names the limit."""
    source, out = tmp_path / "in", tmp_path / "out"
    source.mkdir()
    for name in ("pages-count-lies-1000000", "pages-exponential-tree-10e5", "pages-zero"):
        shutil.copy(HOSTILE / "synthetic" / f"{name}.pdf", source)

    with stage(tmp_path / "home", LIMITS) as own:
        ended = own.run("run", str(source), "-o", str(out), "--json")

    assert ended.code == ExitCode.PAGES_FAILED
    told = {problem["document"]: problem["message"] for problem in ended.json["problems"]}
    assert "1,000,000" in told["pages-count-lies-1000000.pdf"]
    assert "20,000" in told["pages-exponential-tree-10e5.pdf"]
    assert not list((out / ".ocrqueue" / "documents").glob("*/*/pages/*"))
