"""`cancel`: pages that no worker has begun are taken back."""

from datetime import UTC, datetime

import click

from ocrqueue.cli import options, readiness
from ocrqueue.cli.echo import say
from ocrqueue.cli.summary import several
from ocrqueue.model.errors.operator import UsageError
from ocrqueue.pipeline import retry
from ocrqueue.settings.schema import Settings
from ocrqueue.workspace.store import Store


@click.command()
@options.documents
@click.option("--all", "everything", is_flag=True, help="All documents of the workspace.")
@options.common
def cancel(settings: Settings, *, documents: tuple[str, ...], everything: bool) -> None:
    """Take back the pages that no worker has begun; `retry` reads them after all."""
    if bool(documents) == everything:
        raise UsageError("name documents, or --all")
    store = Store.open(settings.workspace.folder)
    named = list(retry.named(store, documents))
    now = datetime.now(UTC).isoformat(timespec="seconds")
    count = retry.cancel(named, client=readiness.find(settings), store=store, now=now)
    say(f"{several(count, 'page')} cancelled")
