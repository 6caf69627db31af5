"""`report`: what came of a whole collection, as one HTML file, a table or JSON."""

from collections.abc import Iterator
from dataclasses import asdict, fields
from datetime import UTC, datetime

import click

from ocrqueue.cli import options
from ocrqueue.cli.echo import say, say_json
from ocrqueue.cli.spreadsheet import csv_line
from ocrqueue.model.errors.operator import UsageError
from ocrqueue.model.place import Place
from ocrqueue.pipeline import report as use_case
from ocrqueue.pipeline.accounts import accounts
from ocrqueue.pipeline.report import DocumentRow, Report
from ocrqueue.settings.schema import Settings
from ocrqueue.workspace import storage
from ocrqueue.workspace.store import Store

NAME = "ocrqueue-report.html"
BEGINNING = 1024  # bytes of a report that have its mark


@click.command()
@click.option("--csv", "as_csv", is_flag=True, help="Print a line a document, for spreadsheets.")
@click.option("--json", "as_json", is_flag=True, help="Print all figures as JSON.")
@options.common
def report(settings: Settings, *, as_csv: bool, as_json: bool) -> None:
    """Tell what came of a whole collection: success, speed, reasons, each document.

    Writes ocrqueue-report.html into the output folder, one file that needs nothing else. No text
    of a page is in it.
    """
    if as_csv and as_json:
        raise UsageError("say --csv or --json, not both")
    told = use_case.report(accounts(Store.open(settings.workspace.folder)))
    if as_json:
        say_json(asdict(told), indent=1)
    elif as_csv:
        say(*csv_lines(told))
    else:
        say(*_lines(told), f"Report: {write(settings.workspace.output, told)}")


def write(folder: Place, told: Report) -> Place:
    """Write the page, whole; return where it is.

    Raises:
        UsageError: somebody else's file has its name.
        OSError: it cannot be written.
    """
    from ocrqueue.web import report_page  # noqa: PLC0415 - Jinja is for whom wants the page

    files, path = storage.of_output(folder), folder / NAME
    # A link is no file here, and what it names stays.
    if files.exists(path) and report_page.MARK.encode() not in files.read(path)[:BEGINNING]:
        raise UsageError(f"{path} is no report of ocrqueue, and is not replaced: move it away")
    made = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    page = report_page.html(told, folder=str(folder), made=made)
    files.write(path, page.encode("utf-8", "replace"))
    return path


def csv_lines(told: Report) -> Iterator[str]:
    """Yield the heads and a line for each document; no cell is a formula."""
    yield csv_line(field.name for field in fields(DocumentRow))
    for row in told.rows:
        yield csv_line(asdict(row).values())


def _lines(told: Report) -> list[str]:
    total = told.total
    read = "" if total.success is None else f", {100 * total.success:.1f} % read"
    states = ", ".join(f"{count} {name}" for name, count in told.states.items())
    return [f"Documents: {states or 'none'}", f"Pages: {total.pages}{read}"]
