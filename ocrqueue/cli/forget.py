"""`forget`: documents are taken out of the workspace."""

import click

from ocrqueue.cli import options, readiness
from ocrqueue.cli.echo import say
from ocrqueue.cli.summary import several
from ocrqueue.model.errors.operator import UsageError
from ocrqueue.pipeline import forget as use_case
from ocrqueue.pipeline import retry
from ocrqueue.settings.schema import Settings
from ocrqueue.text.terminal import printable
from ocrqueue.workspace.store import Store


@click.command()
@options.documents
@click.option("--prune-missing", is_flag=True, help="All whose input was moved or deleted.")
@click.option("--delete-files", is_flag=True, help="Markdown, ledgers and pictures go, too.")
@click.option(
    "--discard-corrections", is_flag=True, help="What people corrected of them goes, too."
)
@options.common
def forget(
    settings: Settings,
    *,
    documents: tuple[str, ...],
    prune_missing: bool,
    delete_files: bool,
    discard_corrections: bool,
) -> None:
    """Take documents out of the workspace: what was read of them is removed.

    Their Markdown and ledgers stay unless --delete-files is there; what somebody has changed stays
    always. DOC is an input, an output, or the beginning of a document's id.
    """
    if bool(documents) == prune_missing:
        raise UsageError("name documents, or --prune-missing")
    store = Store.open(settings.workspace.folder)
    chosen = list(retry.named(store, documents))
    if prune_missing:
        chosen = [output for output in chosen if not retry.has_input(output)]
    client = readiness.find_at_once(settings)
    if client is not None:
        use_case.require_idle(chosen, client=client, store=store)
    named = [str(settings.workspace.output)]
    for output in chosen:
        kept = use_case.delete_files(output, store, named) if delete_files else []
        if discard_corrections:
            use_case.discard_corrections(output, store)
        elif use_case.has_corrections(output, store):
            told = "what was corrected of it is kept (--discard-corrections)"
            say(f"{printable(output.shown)}: {told}", err=True)
        use_case.forget(output, store)
        say(f"forgotten: {printable(output.shown)}")
        say(*(f"  kept, as somebody has changed it: {printable(name)}" for name in kept))
    say(f"{several(len(chosen), 'document')} forgotten", err=True)
