"""From the command line to what the use cases want: which inputs, and what of them."""

import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ocrqueue.inputs.page_selection import parse_pages
from ocrqueue.inputs.walk import Found, Skip, find, read_list
from ocrqueue.model.errors.document import FileUnreadable
from ocrqueue.model.errors.operator import UsageError
from ocrqueue.pipeline import order
from ocrqueue.pipeline.enqueue import Order
from ocrqueue.settings.schema import Settings

STANDARD_INPUT = Path("-")


def order_of(settings: Settings, asked: Mapping[str, Any]) -> Order:
    """Return what the user wants of every input.

    Raises:
        UsageError: `--pages` makes no sense.
    """
    listed = asked.get("password_file")
    pages = asked.get("pages")
    return order.order_of(
        settings,
        selection=parse_pages(pages) if pages else None,
        first=asked.get("max_pages"),
        passwords=(*asked.get("password", ()), *(listed.read().splitlines() if listed else ())),
        force=bool(asked.get("force")),
    )


def inputs_of(
    settings: Settings, asked: Mapping[str, Any], left_out: Counter[Skip]
) -> Iterator[Found]:
    """Return the inputs, streaming; `left_out` counts what is not taken.

    Raises:
        UsageError: none was named, or a path that was named is not there.
    """
    paths: Sequence[Path] = asked["paths"]
    roots = [path for path in paths if path != STANDARD_INPUT]
    lists = [sys.stdin.buffer] if STANDARD_INPUT in paths else []
    if asked.get("from_file"):
        lists.append(asked["from_file"])
    if not roots and not lists:
        message = "no input: name a folder, files, --from-file LIST, or - for standard input"
        raise UsageError(message)
    missing = [str(root) for root in roots if not root.exists() and not root.is_symlink()]
    if missing:
        message = f"there is no {', '.join(missing)}"
        raise UsageError(message)
    return _walk_all(roots, lists, settings, left_out)


def _walk_all(
    roots: Sequence[Path], lists: Sequence[Any], settings: Settings, left_out: Counter[Skip]
) -> Iterator[Found]:
    yield from _walk(roots, settings, left_out)
    for stream in lists:
        for path in read_list(stream):
            yield from _walk([path], settings, left_out)


def _walk(roots: Sequence[Path], settings: Settings, left_out: Counter[Skip]) -> Iterator[Found]:
    try:
        yield from find(
            roots,
            include=settings.input.include,
            exclude=settings.input.exclude,
            skip=[settings.workspace.output, settings.workspace.folder],
            follow_links=settings.input.follow_links,
            on_skip=lambda _, reason: left_out.update([reason]),
        )
    except FileUnreadable as error:
        raise UsageError(str(error)) from error
