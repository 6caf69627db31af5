"""The library: convert a file or a folder in this process, enqueue a folder, read a ledger."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from ocrqueue.broker import connection, embedded_server
from ocrqueue.inputs.left_out import note
from ocrqueue.inputs.page_selection import parse_pages
from ocrqueue.inputs.walk import Found
from ocrqueue.model.errors.operator import ServerUnreachable, UsageError
from ocrqueue.model.place import Place, place_of
from ocrqueue.pipeline import attempt, enqueue, in_process, summary
from ocrqueue.pipeline.attempt import Progress
from ocrqueue.pipeline.entry import Action, Entry
from ocrqueue.pipeline.order import feeder_of, order_of, renderer_of
from ocrqueue.pipeline.summary import Problem, Summary
from ocrqueue.settings.load import from_environment
from ocrqueue.settings.schema import OnPageError, Settings
from ocrqueue.text.compose import compose
from ocrqueue.text.front_matter import FrontMatter
from ocrqueue.workspace import bucket_walk, ledger, storage
from ocrqueue.workspace.ledger import Ledger
from ocrqueue.workspace.ledger_page import LedgerAttempt, LedgerFigure, LedgerPage, LedgerWitness
from ocrqueue.workspace.store import Store

__all__ = [
    "Action",
    "Converted",
    "Entry",
    "Ledger",
    "LedgerAttempt",
    "LedgerFigure",
    "LedgerPage",
    "LedgerWitness",
    "Problem",
    "Progress",
    "Settings",
    "Summary",
    "convert",
    "convert_folder",
    "enqueue_folder",
    "read_ledger",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Converted:
    """What one file became."""

    markdown: str | None  # None: a page failed, and `output.on_page_error` is fail-document
    ledger: Ledger
    pictures: Mapping[str, bytes]  # PNG files by name; the Markdown links to them by it


def convert(
    source: Place | str,
    *,
    settings: Settings | None = None,
    pages: str | None = None,
    password: str | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Converted:
    """Read one file in this process, page by page; needs no queue and writes nothing.

    Without `settings`, those of the environment count. `pages` is written as `1-3,7,r1`. A page
    that nobody could read raises nothing: the ledger tells of it. `on_progress` is called when the
    reading of a page begins, and after each token where a model reads here.

    Raises:
        DocumentError: the file is no document that can be read, or has none of the pages.
        SettingsError: the settings have problems.
        UsageError: `pages` makes no sense.
        NotReady: the renderer does not start.
    """
    settings = _settled(settings)
    selection = parse_pages(pages) if pages else None
    passwords = () if password is None else (password,)
    order = order_of(settings, selection=selection, passwords=passwords)
    read = in_process.read(_place(source), order, settings, on_progress=on_progress)
    style = settings.output
    book = ledger.of_document(
        read.document,
        read.results,
        selected=[result.page for result in read.results],
        all_or_nothing=style.on_page_error is OnPageError.FAIL_DOCUMENT,
    )
    markdown = compose(read.results, style, FrontMatter.of(read.document, read.results))
    return Converted(markdown=markdown, ledger=book, pictures=read.pictures)


def convert_folder(
    folder: Place | str,
    *,
    settings: Settings | None = None,
    on_document: Callable[[Entry], None] = lambda _: None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Summary:
    """Read what is missing of a folder in this process, to its end; return what came of it.

    Needs no queue and no server: pages are read one after the other, and kept in the workspace, so
    that a second call goes on where the first one ended. The Markdown appears in
    `settings.workspace.output`, document by document. `on_document` hears of each input when it is
    done, `on_progress` as in `convert`. Pages and documents that failed raise nothing: the summary
    tells of them.

    Raises:
        NotReady: the renderer does not start.
        SettingsError: the settings have problems.
        WorkspaceUnusable: the workspace cannot be written.
    """
    settings = _settled(settings)
    store, run = Store.create(settings.workspace.folder), summary.new_run()
    left_out: Counter[str] = Counter()
    with renderer_of(settings) as renderer:
        reader = in_process.OwnReader(
            store=store,
            settings=settings,
            renderer=renderer,
            on_progress=on_progress or attempt.ignore,
        )
        with closing(reader):
            done = enqueue.enqueue(
                _inputs(_place(folder), settings, left_out),
                order_of(settings),
                store=store,
                counter=renderer,
                feeder=reader,
            )
            for entry in summary.record(store, run, done, left_out):
                on_document(entry)
    return summary.of_run(store, run)


def enqueue_folder(
    folder: Place | str, *, settings: Settings | None = None, left_out: Counter[str] | None = None
) -> list[Entry]:
    """Queue what is missing of a folder for workers that run elsewhere; return what was done.

    Waits while the queue is full. The Markdown appears in `settings.workspace.output`. `left_out`
    counts the files that are not read, by type, as in `{"HEIC": 42, "DOCX": 3}`.

    Raises:
        ServerUnreachable: no queue server answers.
        SettingsError: the settings have problems.
        WorkspaceUnusable: the workspace cannot be written.
    """
    settings = _settled(settings)
    places = embedded_server.addresses(settings)
    url = connection.first_answering(places)
    if url is None:
        message = f"no queue server answers at {' or '.join(map(connection.masked, places))}"
        raise ServerUnreachable(message)
    store = Store.create(settings.workspace.folder)
    counts: Counter[str] = Counter() if left_out is None else left_out
    found = _inputs(_place(folder), settings, counts)
    order = order_of(settings)
    with connection.connect(url) as client, renderer_of(settings) as renderer:
        feeder = feeder_of(settings, client, store)
        return list(enqueue.enqueue(found, order, store=store, counter=renderer, feeder=feeder))


def read_ledger(path: Path | str) -> Ledger:
    """Return the ledger in a file, such as `OUT/sub/name.json`.

    Raises:
        LedgerUnreadable: there is none, or it is no ledger of this version.
    """
    real = Path(path).resolve()  # the caller named it, so that it may be a link
    return ledger.read(real, below=real.parent)


def _settled(settings: Settings | None) -> Settings:
    """Return the settings that count, and tell this process what they say of buckets."""
    settings = settings or from_environment()
    storage.settle(settings)
    return settings


def _place(given: Place | str) -> Place:
    """Return a place that was named.

    Raises:
        UsageError: it is an address that makes no sense.
    """
    try:
        return place_of(given) if isinstance(given, str) else given
    except ValueError as error:
        raise UsageError(str(error)) from error


def _inputs(folder: Place, settings: Settings, left_out: Counter[str]) -> Iterator[Found]:
    return bucket_walk.find_anywhere(
        [folder],
        settings.input,
        skip=settings.workspace.places,
        on_skip=lambda path, reason: note(left_out, path, reason),
    )
