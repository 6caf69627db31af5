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


@contextmanager
def live() -> Iterator[Callable[[ProgressLine], None]]:
    """Yield what draws the progress on standard error; it goes away at the end."""
    with Live(console=Console(stderr=True), refresh_per_second=4, transient=True) as shown:
        yield lambda progress: shown.update(drawn(progress))


def drawn(progress: ProgressLine) -> Group:
    """Return the bar and what each worker does."""
    settled = progress.done + progress.failed
    total = max(1, settled + progress.left)
    bar = ProgressBar(total=total, completed=settled, width=24)
    table = Table.grid(padding=(0, 1))
    table.add_row(bar, Text(printable(str(progress))))
    workers = [Text(printable(f"  {line}"[:120]), style="dim") for line in progress.workers]
    return Group(table, *workers[:SHOWN_WORKERS])
