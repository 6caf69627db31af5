"""`run`: everything in one command, from the first page to the summary."""

from typing import Any

import click

from ocrqueue.cli import auto_route, conversion, file_options, one_file, options, sampling
from ocrqueue.cli.arguments import Batch
from ocrqueue.cli.manner import Manner, how_to_tell
from ocrqueue.cli.sections import Sectioned
from ocrqueue.settings.schema import Settings
from ocrqueue.workspace.store import Store


@click.command(cls=Sectioned)
@file_options.which_files
@sampling.how_many
@options.workers
@options.how_to_read
@options.what_is_read_again
@options.priority
@click.option("--dry-run", is_flag=True, help="Say what would be done; do nothing.")
@how_to_tell
@options.common
def run(settings: Settings, *, manner: Manner, dry_run: bool, **asked: Any) -> None:
    """Convert folders and files to Markdown: server, workers, progress, all in one.

    Safe to repeat: only what is missing or changed is read. Example:

        ocrqueue run scans letters/march.pdf -o out

    With `-o -` it prints the Markdown of one document, which may come from standard input.
    """
    settings = auto_route.settle_and_tell(settings, quiet=manner.quiet)
    if click.get_current_context().params["output"] == options.STANDARD_OUTPUT:
        one_file.convert(settings, asked, manner)
        return
    batch = Batch.asked_for(settings, asked)
    if dry_run:
        batch.preview(as_json=manner.as_json)
        return
    store = Store.create(settings.workspace.folder)
    with batch.producing(store) as produce:
        conversion.convert(settings, store, produce, manner=manner, left_out=batch.left_out)
