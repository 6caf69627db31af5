"""`correct`: a person's own text for a page, or his word that it is right as it is."""

from datetime import UTC, datetime
from pathlib import Path

import click

from ocrqueue.cli import options
from ocrqueue.cli.arguments import STANDARD_INPUT
from ocrqueue.cli.echo import say, say_text
from ocrqueue.model.errors.operator import UsageError
from ocrqueue.pipeline import correct as use_case
from ocrqueue.pipeline import retry
from ocrqueue.settings.schema import Settings
from ocrqueue.text.terminal import printable
from ocrqueue.workspace.store import Store

BYTES = 4  # of a character, at most
DONE = {"accept": "accepted", "withdraw": "as it was read", "text": "corrected"}


@click.command()
@click.argument("document", metavar="DOC")
@click.argument("page", type=click.IntRange(min=1), metavar="PAGE")
@click.argument("text", required=False, type=click.Path(path_type=Path), metavar="[FILE|-]")
@click.option("--show", "wish", flag_value="show", help="Print what the page says, and no more.")
@click.option("--accept", "wish", flag_value="accept", help="It is right as it is.")
@click.option("--withdraw", "wish", flag_value="withdraw", help="Back to what was read.")
@options.common
def correct(
    settings: Settings, *, document: str, page: int, text: Path | None, wish: str | None
) -> None:
    """Replace what was read of a page by a text of yours; it stays whoever reads the page again.

    DOC is an input, an output, or the beginning of a document's id. Example:

        ocrqueue correct march.pdf 3 page3.md -o out
    """
    if (text is None) is (wish is None):
        message = "give a file with the page's Markdown (or -), or --show, --accept, --withdraw"
        raise UsageError(message)
    store = Store.open(settings.workspace.folder)
    document_id, shown = _meant(store, document)
    if wish == "show":
        say_text(use_case.text_of(store, document_id, page))
        return
    at = datetime.now(UTC).isoformat(timespec="seconds")
    named = [str(settings.workspace.output)]
    if wish == "accept":
        written = use_case.accept(store, document_id, page, at=at, named=named)
    elif wish == "withdraw":
        written = use_case.withdraw(store, document_id, page, named=named)
    else:
        written = use_case.correct(
            store, document_id, page, _read(text or STANDARD_INPUT), at=at, named=named
        )
    say(f"{printable(shown)}: page {page} is {DONE[wish or 'text']}", err=True)
    for output in written:
        say(printable(str(output.markdown)))
    if not written:
        say("The document is written when all its pages are read.", err=True)


def _meant(store: Store, name: str) -> tuple[str, str]:
    """Return the id of the one document that a name means, and what it is called.

    Raises:
        UsageError: it means none, or several.
    """
    found = {
        output.document: output.shown for output in retry.named(store, [name]) if output.document
    }
    if len(found) != 1:
        told = f"there are {len(found)} of this name" if found else "its file cannot be read"
        raise UsageError(f"{name} means no single document: {told}")
    return next(iter(found.items()))


def _read(text: Path) -> str:
    """Return the text of a file, or of standard input.

    Raises:
        UsageError: it is no UTF-8.
    """
    with click.open_file(str(text), "rb") as stream:
        content: bytes = stream.read(BYTES * use_case.LONGEST + 1)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"the text is no UTF-8: {error}") from error
