"""What commands print on standard output when they are done."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, NoReturn

from ocrqueue.broker.monitor import WorkerState
from ocrqueue.cli.echo import say, say_json
from ocrqueue.cli.manner import Manner
from ocrqueue.cli.summary import (
    AGAIN,
    left_out_lines,
    output_option,
    parts,
    problem_lines,
    several,
    summary_lines,
)
from ocrqueue.inputs import left_out as inputs_left_out
from ocrqueue.model.errors.base import ExitCode
from ocrqueue.model.errors.page import ServiceAway
from ocrqueue.model.finding import Concern
from ocrqueue.model.gate import MICRO
from ocrqueue.model.money import Window
from ocrqueue.model.routing import CHECKER
from ocrqueue.pipeline.entry import Action, Entry
from ocrqueue.pipeline.status import Now
from ocrqueue.pipeline.summary import Summary, entries, of_run, written_paths
from ocrqueue.settings.schema import Settings
from ocrqueue.text.terminal import printable
from ocrqueue.workspace.store import Store


def end(
    store: Store,
    run: str,
    settings: Settings,
    manner: Manner,
    *,
    seconds: float | None = None,
    again: str = AGAIN,
) -> NoReturn:
    """Print what came of a run and end with its exit code.

    That is a summary, JSON, or just the paths of the Markdown. `again` is the command that tries
    what failed once more.
    """
    summary = of_run(store, run)
    summary.seconds = seconds and round(seconds, 1)
    code = exit_code(summary, manner)
    if manner.as_json:
        told = {**documents_wire(summary), "output": str(settings.workspace.output)}
        say_json({**told, "exit_code": int(code)}, indent=1)
    elif manner.quiet:
        out = output_option(settings.workspace.output)
        say(*problem_lines(summary.problems, [Concern.FAILED, Concern.KEPT], out), err=True)
        say(*left_out_lines(summary.left_out), err=True)
        for path in written_paths(store, run):
            say(printable(path))
    else:
        say(*summary_lines(summary, settings, again))
    raise SystemExit(code)


def exit_code(summary: Summary, manner: Manner) -> ExitCode:
    """Return how a command ends that brought this about."""
    code = summary.exit_code
    if code is ExitCode.OK and manner.fail_on_doubtful and summary.pages_doubtful:
        return ExitCode.PAGES_FAILED
    return code


def documents_wire(summary: Summary) -> dict[str, Any]:
    """Return the summary as plain JSON values, with what to do about what was left out."""
    remedies = inputs_left_out.remedies(summary.left_out)
    return {**summary.to_wire(), "left_out_remedies": remedies}


def held_lines(now: Now) -> list[str]:
    """Return why pages wait: one line for each queue of which none is read, and each worker."""
    held = [
        f"  nothing of {queue} is read: {printable(why)}"
        for queue, why in {**now.awaited, **now.held}.items()
        if now.queues.get(queue)
    ]
    declined = [
        f"  left to others by {worker.queue} worker {worker.pid}: {printable(worker.declined)}"
        for worker in now.declining
        if worker.declined
    ]
    resting = [
        f"  {one.queue} worker {one.pid} on {printable(one.host)} rests, and goes on when it can: "
        f"{printable(one.rests)}"
        for one in now.declining
        if one.rests
    ]
    return [*held, *declined, *resting, *_stalled_lines(now), *_unchecked_lines(now)]


def _stalled_lines(now: Now) -> list[str]:
    """Return what keeps workers waiting, once a machine and reason, and what may help."""
    told = {(one.queue, one.host, one.stalled): None for one in now.stalling}
    lines = [f"  {queue} on {printable(host)} waits: {printable(why)}" for queue, host, why in told]
    return lines + [f"  -> {ServiceAway.remedy}" for _ in lines[:1]]


def _unchecked_lines(now: Now) -> list[str]:
    """Return what becomes of pages that models read, where nobody is there who checks them."""
    start = f"no worker of {CHECKER} is there (`ocrqueue worker {CHECKER}` starts one)"
    lines = [f"  not checked yet: {several(now.checks, 'page')}; {start}"] if now.checks else []
    return lines + ([f"  pages settle without their check: {start}"] if now.unchecked else [])


def budget_lines(windows: Sequence[Window]) -> list[str]:
    """Return what was spent, is held and may be spent."""
    return [
        f"Budget of the {one.name} {one.label}: {one.spent_micro_usd / MICRO:.4f} spent, "
        f"{one.held_micro_usd / MICRO:.4f} held, of {_usd(one.cap_micro_usd)}"
        for one in windows
    ]


def _usd(micro_usd: int | None) -> str:
    return "any amount" if micro_usd is None else f"{micro_usd / MICRO:.2f} USD"


def tell_entries(
    entries: Iterable[Entry],
    *,
    as_json: bool,
    quiet: bool = False,
    each: bool = False,
    left_out: Mapping[str, int] | None = None,
) -> Counter[Action]:
    """Print what enqueueing did with each input, or only how much it was.

    `left_out` is filled meanwhile, and told at the end.
    """
    actions: Counter[Action] = Counter()
    queued = 0
    for entry in entries:
        actions[entry.action] += 1
        queued += entry.queued
        if as_json:
            say_json(asdict(entry))
        elif each or (entry.error and not quiet):
            say(entry_line(entry))
    if not as_json and not quiet:
        told = parts(*((count, action) for action, count in sorted(actions.items())))
        say(f"{several(queued, 'page')} to read; documents: {told or 'none'}")
    if as_json and left_out:
        remedies = inputs_left_out.remedies(left_out)
        say_json({"action": "left out", "left_out": left_out, "left_out_remedies": remedies})
    elif not as_json:
        say(*left_out_lines(left_out or {}), err=quiet)
    return actions


def entry_line(entry: Entry) -> str:
    """Return one line about one input."""
    counts = parts(
        (entry.queued, "to read"),
        (entry.reused, "read before"),
        (entry.failed_before, "failed before"),
        (entry.withdrawn, "of an earlier command taken back"),
    )
    why = entry.message or f"{several(entry.pages, 'page')}: {counts}"
    return f"{entry.action:<9} {printable(entry.source)}: {printable(why)}"


def tell_stopping(in_hand: int) -> None:
    """Say at once that an interrupt was heard, and what it waits for."""
    pages = f"finishing {several(in_hand, 'page')}" if in_hand else "stopping"
    say(f"{pages}; Ctrl-C again to stop now", err=True)


def tell_interrupted(store: Store, run: str) -> None:
    """Say that nothing is lost."""
    count = sum(1 for _ in entries(store, run)) if store.run_list(run).exists() else 0
    say(
        f"interrupted after a look at {several(count, 'document')}; what was read is kept", err=True
    )
    say(f"Run the same command again to go on. Log: {store.root / 'log.jsonl'}", err=True)


def activity(worker: WorkerState) -> str:
    """Return what a worker does, and how far a model is with its page."""
    pace = f", {worker.tokens_per_s:.0f} tok/s" if worker.tokens_per_s else ""
    first = f", the first after {worker.first_token_s:.1f} s" if worker.first_token_s else ""
    tokens = f" ({worker.tokens} tokens{pace}{first})" if worker.tokens else ""
    return f"{printable(worker.doing) or worker.state}{tokens}"
