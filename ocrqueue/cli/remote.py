"""`remote`: what may leave this machine, and for how much, of what was queued already."""

from collections.abc import Iterator, Sequence
from pathlib import PurePath
from typing import Any

import click

from ocrqueue.cli import options, readiness, session
from ocrqueue.cli.echo import say, say_json
from ocrqueue.cli.output import budget_lines
from ocrqueue.cli.summary import several
from ocrqueue.inputs import rules
from ocrqueue.inputs.walk import Found
from ocrqueue.model.errors.operator import UsageError
from ocrqueue.model.gate import MICRO
from ocrqueue.model.money import Caps, Window
from ocrqueue.model.place import place_of
from ocrqueue.pipeline import privacy, retry, status
from ocrqueue.pipeline.feeder import document_key
from ocrqueue.settings.schema import Settings
from ocrqueue.text.terminal import printable
from ocrqueue.workspace.outputs import Output
from ocrqueue.workspace.store import Store

USD = click.FloatRange(min=0)


@click.command()
@options.documents
@click.option("--all", "everything", is_flag=True, help="All documents of the workspace.")
@click.option(
    "--allow/--forbid", "may_leave", default=None, help="Their pages may leave, or must stay."
)
@click.option("--budget-run", type=USD, metavar="USD", help="Raise it for what is queued now.")
@click.option("--budget-day", type=USD, metavar="USD", help="Raise it for today (UTC).")
@click.option("--budget-month", type=USD, metavar="USD", help="Raise it for this month (UTC).")
@options.as_json
@options.common
def remote(
    settings: Settings,
    *,
    documents: tuple[str, ...],
    everything: bool,
    may_leave: bool | None,
    budget_run: float | None,
    budget_day: float | None,
    budget_month: float | None,
    as_json: bool,
) -> None:
    """Say which documents may leave this machine and what left of them, or change it.

    With --forbid, pages that wait for a remote backend go back to a local one at once; what was
    sent already was sent. A raised budget lets pages go on that wait for money; only one that is
    larger than before counts. Examples:

        ocrqueue remote --forbid letters/march.pdf -o out
        ocrqueue remote --budget-day 10 -o out
    """
    caps = _caps(run=budget_run, day=budget_day, month=budget_month)
    store = Store.open(settings.workspace.folder)
    named = list(retry.named(store, documents))
    if may_leave is not None:
        if bool(documents) == everything:
            raise UsageError("name documents, or --all")
        named = permit(settings, store, named, may_leave=may_leave)
        _tell_queue(settings, store, named)
    if documents or everything or caps == Caps():
        _tell(store, named, as_json=as_json)
    if caps != Caps():
        with session.server(settings) as client:
            budgets = status.raise_budgets(client, store, settings.remote, caps)
        _tell_budgets(budgets, caps, as_json=as_json)


def _caps(*, run: float | None, day: float | None, month: float | None) -> Caps:
    try:
        return Caps.of_usd(run=run, day=day, month=month)
    except ValueError as error:
        raise UsageError(str(error)) from error


def permit(
    settings: Settings, store: Store, named: Sequence[Output], *, may_leave: bool
) -> list[Output]:
    """Write down whether pages of these inputs may leave.

    Raises:
        UsageError: a rule of the settings forbids it.
    """
    if may_leave:
        for output in named:
            found = Found(source=place_of(output.source), relative=PurePath(output.shown))
            if rules.is_forbidden(found, settings):
                raise UsageError(f"a rule of the settings keeps {printable(output.shown)} here")
    return privacy.permit(store, named, may_leave=may_leave)


def _tell_queue(settings: Settings, store: Store, changed: Sequence[Output]) -> None:
    client = readiness.find_at_once(settings)
    if client is None:
        return  # nothing waits; who queues pages next looks into the workspace
    called = 0
    for document_id in {output.document for output in changed if output.document}:
        document = store.document(document_id)
        if document is not None:
            key = document_key(store, document_id)
            called += privacy.tell_queue(client, store, document, key)
    if called:
        say(f"{several(called, 'page')} called back from remote backends", err=True)


def _tell(store: Store, named: Sequence[Output], *, as_json: bool) -> None:
    for output in named:
        sent = list(_sent(store, output))
        if as_json:
            told = {"document": output.document, "source": output.source}
            say_json({**told, "may_leave": output.allow_remote, "sent": sent})
            continue
        word = "may leave" if output.allow_remote else "stays"
        say(f"{word:<9} {printable(output.shown)}")
        for one in sent:
            cost = "" if one["cost_usd"] is None else f", {one['cost_usd']:.6f} USD"
            say(f"          page {one['page']} left for {one['model']} at {one['at']}{cost}")


def _sent(store: Store, output: Output) -> Iterator[dict[str, Any]]:
    """Yield when which page was sent to which model, of those that are settled."""
    document_id = output.document or ""
    accepted, failed = store.settled_pages(document_id) if document_id else (set(), set())
    for page in sorted(accepted | failed):
        result = store.result(document_id, page)
        for one in result.attempts if result else ():
            if one.left:
                told = {"backend": one.backend, "model": printable(one.model)}
                yield {"page": page, **told, "at": one.at, "cost_usd": one.cost_usd}


def _tell_budgets(budgets: Sequence[Window], caps: Caps, *, as_json: bool) -> None:
    """Print the budgets that were to be raised, as they are now."""
    asked: dict[str, int | None] = {"run": caps.run, "day": caps.day, "month": caps.month}
    for one in budgets:
        wish = asked[one.name]
        if wish is None:
            continue
        counts = one.cap_micro_usd == wish
        if as_json:
            say_json(_budget_to_wire(one, wish, counts=counts))
            continue
        say(*budget_lines([one]))
        if not counts:
            say(f"  not {wish / MICRO:.2f} USD: only a larger budget than before counts")
    if caps.run is not None and not any(one.name == "run" for one in budgets):
        say("--budget-run raised nothing: no page of this workspace is queued", err=True)


def _budget_to_wire(budget: Window, asked_micro_usd: int, *, counts: bool) -> dict[str, Any]:
    cap = budget.cap_micro_usd
    return {
        "budget": budget.name,
        "label": budget.label,
        "asked_usd": asked_micro_usd / MICRO,
        "counts": counts,  # False: the budget was larger before, and still is
        "cap_usd": None if cap is None else cap / MICRO,
        "spent_usd": budget.spent_micro_usd / MICRO,
        "held_usd": budget.held_micro_usd / MICRO,
    }
