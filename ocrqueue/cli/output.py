"""What commands print on standard output when they are done."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, NoReturn

from ocrqueue.broker.monitor import WorkerState
from ocrqueue.cli.echo import say, say_json
from ocrqueue.inputs import left_out as inputs_left_out
from ocrqueue.model.gate import MICRO
from ocrqueue.model.money import Window
from ocrqueue.pipeline.entry import Action, Entry
from ocrqueue.pipeline.status import Now
from ocrqueue.pipeline.summary import SHOWN_PROBLEMS, Summary, entries, of_run, written_paths
from ocrqueue.settings.schema import Settings
from ocrqueue.text.terminal import printable
from ocrqueue.workspace.store import Store


def end(store: Store, run: str, settings: Settings, *, quiet: bool, as_json: bool) -> NoReturn:
    """Print what came of a run and end with its exit code.

    That is a summary, JSON, or just the paths of the Markdown.
    """
    summary = of_run(store, run)
    if as_json:
        told = {**documents_wire(summary), "output": str(settings.workspace.output)}
        say_json({**told, "exit_code": int(summary.exit_code)}, indent=1)
    elif quiet:
        say(*left_out_lines(summary.left_out), err=True)
        for path in written_paths(store, run):
            say(printable(path))
    else:
        say(*summary_lines(summary, settings))
    raise SystemExit(summary.exit_code)


def documents_wire(summary: Summary) -> dict[str, Any]:
    """Return the summary as plain JSON values, with what to do about what was left out."""
    remedies = inputs_left_out.remedies(summary.left_out)
    return {**summary.to_wire(), "left_out_remedies": remedies}


def summary_lines(summary: Summary, settings: Settings) -> list[str]:
    """Return the summary as a person reads it."""
    if not summary.inputs:
        nothing = "No PDF and no image that can be read was found: nothing to do."
        return [nothing, *left_out_lines(summary.left_out)]
    documents = parts(
        (summary.done, "done"),
        (summary.partial, "with failed pages"),
        (summary.failed, "failed"),
        (summary.waiting, "not finished"),
    )
    pages = parts((summary.pages_done, "done"), (summary.pages_failed, "failed"))
    special = parts((summary.pages_doubtful, "doubtful"), (summary.pages_blank, "blank"))
    unchanged = f" ({summary.unchanged} unchanged)" if summary.unchanged else ""
    lines = [
        f"Documents: {documents}{unchanged}",
        f"Pages: {pages or 'none read'}" + (f" ({special})" if special else ""),
    ]
    if summary.pages_left:
        models = ", ".join(f"{printable(name)} {count}" for name, count in summary.models.items())
        lines.append(
            f"Left this machine: {summary.pages_left} pages ({models}), "
            f"at a cost of {summary.cost_usd:.4f} USD"
        )
    lines += [*problem_lines(summary), *left_out_lines(summary.left_out)]
    lines.append(f"Markdown: {printable(str(settings.workspace.output))}")
    if summary.pages_failed or summary.failed:
        lines.append(
            f"Try what failed again: ocrqueue retry -o {printable(str(settings.workspace.output))}"
        )
    if summary.waiting:
        lines.append("The same command goes on with what is not finished.")
    return lines


def problem_lines(summary: Summary) -> list[str]:
    """Return one line for each of the first problems, and the distinct remedies."""
    lines = []
    for problem in summary.problems:
        page = f" page {problem.page}" if problem.page else ""
        lines.append(f"  {printable(problem.document)}{page}: {printable(problem.message)}")
    if len(summary.problems) == SHOWN_PROBLEMS:
        lines.append("  ... (`ocrqueue status` lists more)")
    lines += [
        f"  -> {remedy}" for remedy in dict.fromkeys(p.remedy for p in summary.problems) if remedy
    ]
    return lines


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
    ]
    return [*held, *declined]


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
        say(f"{queued} pages to read; documents: {told or 'none'}")
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
    )
    why = entry.message or f"{entry.pages} pages: {counts}"
    return f"{entry.action:<9} {printable(entry.source)}: {printable(why)}"


def tell_interrupted(store: Store, run: str) -> None:
    """Say that nothing is lost."""
    count = sum(1 for _ in entries(store, run)) if store.run_list(run).exists() else 0
    say(f"interrupted after {count} documents were looked at; what was read is kept", err=True)
    say(f"Run the same command again to go on. Log: {store.root / 'log.jsonl'}", err=True)


def left_out_lines(counts: Mapping[str, int]) -> list[str]:
    """Return what was found and not read, by type, and what can be done about it."""
    if not counts:
        return []
    lines = [f"Left out: {printable(inputs_left_out.told(counts))}"]
    return lines + [f"  -> {remedy}" for remedy in inputs_left_out.remedies(counts)]


def activity(worker: WorkerState) -> str:
    """Return what a worker does, and how far a model is with its page."""
    pace = f", {worker.tokens_per_s:.0f} tok/s" if worker.tokens_per_s else ""
    first = f", the first after {worker.first_token_s:.1f} s" if worker.first_token_s else ""
    tokens = f" ({worker.tokens} tokens{pace}{first})" if worker.tokens else ""
    return f"{printable(worker.doing) or worker.state}{tokens}"


def parts(*counted: tuple[int, str]) -> str:
    """Return `3 done, 1 failed`, leaving out what is none."""
    return ", ".join(f"{count} {name}" for count, name in counted if count)
