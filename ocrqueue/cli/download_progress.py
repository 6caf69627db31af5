"""How much of large files has come, on standard error: a bar on a terminal, lines elsewhere."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from ocrqueue.cli.echo import say_less_and_less
from ocrqueue.text.terminal import printable

PLAIN_FIRST_S, PLAIN_MOST_S = 10.0, 60.0
MB = 1e6

Tell = Callable[[str, int, int], None]  # (file, bytes so far of all files, bytes in all)


@contextmanager
def shown(doing: str, *, silent: bool) -> Iterator[Tell]:
    """Yield what to tell how far it is."""
    if silent:
        yield lambda *_: None
    elif sys.stderr.isatty():
        with _bar() as bar:
            task = bar.add_task(doing, total=None)
            yield lambda name, done, total: bar.update(
                task, description=printable(f"{doing} {name}"), completed=done, total=total
            )
    else:
        say = say_less_and_less(PLAIN_FIRST_S, PLAIN_MOST_S)
        yield lambda name, done, total: say(
            f"{doing} {name}: {done / MB:,.0f} of {total / MB:,.0f} MB"
        )


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
