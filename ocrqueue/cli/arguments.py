"""From the command line to what the use cases want: which inputs, and what of them.

What `run` and `enqueue` share, with and without `--dry-run`, is their batch.
"""

import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from ocrqueue.broker.connection import Client
from ocrqueue.cli import output, readiness, sampling
from ocrqueue.inputs import sniff
from ocrqueue.inputs.left_out import note
from ocrqueue.inputs.page_selection import parse_pages
from ocrqueue.inputs.path_list import read_list
from ocrqueue.inputs.walk import Found
from ocrqueue.model.errors.document import FileUnreadable
from ocrqueue.model.errors.operator import UsageError
from ocrqueue.model.place import Place, absolute
from ocrqueue.pipeline import enqueue as use_case
from ocrqueue.pipeline import order
from ocrqueue.pipeline.entry import Entry
from ocrqueue.pipeline.order import Order
from ocrqueue.settings.schema import Settings
from ocrqueue.workspace import bucket_walk
from ocrqueue.workspace.store import Store

STANDARD_INPUT = Path("-")
_NO_TEXT = re.compile(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f]")  # NUL parts names, and UTF-16 has it
Produce = Callable[..., Iterable[Entry]]  # (client, what the feeder must call)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """The inputs of a command and what is wanted of them."""

    settings: Settings
    order: Order
    found: Iterator[Found]
    left_out: Counter[str]  # what was found and not taken, so far, by type

    @classmethod
    def asked_for(cls, settings: Settings, asked: Mapping[str, Any]) -> Self:
        """Return what the command line asks for.

        Raises:
            UsageError: it makes no sense, or nobody may read the pages.
        """
        left_out: Counter[str] = Counter()
        found = sampling.sampled(inputs_of(settings, asked, left_out), asked)
        return cls.of(found, settings, asked, left_out)

    @classmethod
    def of(
        cls,
        found: Iterator[Found],
        settings: Settings,
        asked: Mapping[str, Any],
        left_out: Counter[str],
    ) -> Self:
        """Return what the command line asks for of these inputs.

        Raises:
            UsageError: it makes no sense, or nobody may read the pages.
        """
        wanted = order_of(settings, asked)
        readiness.require_reader(wanted, settings)
        readiness.require_folders_of_rules(settings)
        readiness.require_money(settings)
        return cls(settings=settings, order=wanted, found=found, left_out=left_out)

    def preview(self, *, as_json: bool) -> None:
        """Tell what would be done; writes nothing and needs no server."""
        store = Store(absolute(self.settings.workspace.folder))
        with order.renderer_of(self.settings) as renderer:
            entries = use_case.preview(self.found, self.order, store=store, counter=renderer)
            output.tell_entries(entries, as_json=as_json, each=True, left_out=self.left_out)

    @contextmanager
    def producing(self, store: Store) -> Iterator[Produce]:
        """Yield what queues the pages."""
        with order.renderer_of(self.settings) as renderer:

            def produce(client: Client, **hooks: Any) -> Iterable[Entry]:
                feeder = order.feeder_of(self.settings, client, store, **hooks)
                return use_case.enqueue(
                    self.found, self.order, store=store, counter=renderer, feeder=feeder
                )

            yield produce


def order_of(settings: Settings, asked: Mapping[str, Any]) -> Order:
    """Return what the user wants of every input.

    Raises:
        UsageError: `--pages` or `--discard-corrections` makes no sense.
    """
    listed = asked.get("password_file")
    if asked.get("discard_corrections") and not asked.get("force"):
        message = "--discard-corrections goes with --force: it reads these pages again as well"
        raise UsageError(message)
    pages = asked.get("pages")
    return order.order_of(
        settings,
        selection=parse_pages(pages) if pages else None,
        first=asked.get("max_pages"),
        passwords=(*asked.get("password", ()), *(listed.read().splitlines() if listed else ())),
        force=bool(asked.get("force")),
        discard_corrections=bool(asked.get("discard_corrections")),
        overwrite=bool(asked.get("overwrite")),
    )


def inputs_of(
    settings: Settings, asked: Mapping[str, Any], left_out: Counter[str]
) -> Iterator[Found]:
    """Return the inputs, streaming; `left_out` counts what is not taken.

    Raises:
        UsageError: none was named, or a path that was named is not there.
    """
    paths: Sequence[Place] = asked["paths"]
    roots = [path for path in paths if path != STANDARD_INPUT]
    lists = []
    if STANDARD_INPUT in paths:
        _require_list(head_of_input())
        lists.append(sys.stdin.buffer)
    if asked.get("from_file"):
        lists.append(asked["from_file"])
    if not roots and not lists:
        message = "no input: name a folder, files, --from-file LIST, or - for standard input"
        raise UsageError(message)
    require_there(one for one in roots if isinstance(one, Path) and not one.is_symlink())
    return _walk_all(roots, lists, settings, left_out)


def head_of_input() -> bytes:
    """Return the first bytes of standard input, which are read again by whoever comes next."""
    peek = getattr(sys.stdin.buffer, "peek", None)
    head: bytes = peek(sniff.HEAD_SIZE) if peek else b""
    return head[: sniff.HEAD_SIZE]


def _require_list(head: bytes) -> None:
    """Refuse what is no list of paths.

    Raises:
        UsageError: it is a document, or some other data.
    """
    if sniff.is_plainly(head):
        message = "standard input is a document, not a list of paths: its Markdown goes to -o -"
        raise UsageError(message)
    if _NO_TEXT.search(head):
        raise UsageError("standard input is no list of paths, but unknown binary data")


def require_there(paths: Iterable[Path]) -> None:
    """Refuse paths that were named and are not there.

    Raises:
        UsageError: it names them.
    """
    if missing := [str(path) for path in paths if not path.exists()]:
        raise UsageError(f"there is no {', '.join(missing)}")


def _walk_all(
    roots: Sequence[Place], lists: Sequence[Any], settings: Settings, left_out: Counter[str]
) -> Iterator[Found]:
    yield from walk(roots, settings, left_out)
    for stream in lists:
        for path in read_list(stream):
            yield from walk([path], settings, left_out)


def walk(roots: Sequence[Place], settings: Settings, left_out: Counter[str]) -> Iterator[Found]:
    """Yield the inputs below the roots as the settings want them; count what is left out.

    Raises:
        UsageError: a root cannot be read.
    """
    try:
        yield from bucket_walk.find_anywhere(
            roots,
            settings.input,
            skip=settings.workspace.places,
            on_skip=lambda path, reason: note(left_out, path, reason),
        )
    except FileUnreadable as error:
        raise UsageError(str(error)) from error
