"""The live panel of the progress: a bar, and what each worker does."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from ocrqueue.cli.progress import ProgressLine
from ocrqueue.text.terminal import printable

SHOWN_WORKERS = 16
BAR, LEAST_FOR_BAR = 24, 80  # columns


@contextmanager
def live() -> Iterator[Callable[[ProgressLine], None]]:
    """Yield what draws the progress on standard error; it goes away at the end."""
    console = Console(stderr=True)
    with Live(console=console, refresh_per_second=4, transient=True) as shown:
        yield lambda progress: shown.update(drawn(progress, console.width))


def drawn(progress: ProgressLine, columns: int) -> Group:
    """Return the bar and what each worker does, none of it wider than so many columns."""
    settled = progress.done + progress.failed
    total, bar = max(1, settled + progress.left), BAR if columns >= LEAST_FOR_BAR else 0
    first, *rest = progress.fitted(columns - bar - 2)
    table = Table.grid(padding=(0, 1))
    row = [ProgressBar(total=total, completed=settled, width=bar)] if bar else []
    table.add_row(*row, _line(first))
    workers = [_line(f"  {line}", style="dim") for line in progress.workers[:SHOWN_WORKERS]]
    return Group(table, *map(_line, rest), *workers)


def _line(text: str, style: str = "") -> Text:
    return Text(printable(text), style=style, no_wrap=True, overflow="ellipsis")
