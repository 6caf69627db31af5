"""A summary as a person reads it: what there is, then what he should look at, the gravest first."""

import shlex
import sys
from collections.abc import Iterable, Mapping, Sequence

from ocrqueue.inputs import left_out
from ocrqueue.model.document import spell_pages
from ocrqueue.model.finding import Concern
from ocrqueue.model.place import Place
from ocrqueue.pipeline.summary import Problem, Summary
from ocrqueue.settings.schema import Settings
from ocrqueue.text.terminal import printable

SHOWN = 20  # lines of a kind after a run; `status` has no such limit
HEADS = {
    Concern.FAILED: "Failed:",
    Concern.DOUBTFUL: "Doubtful, to be looked at:",
    Concern.BLANK: "Without text:",
    Concern.KEPT: "Changed by hand:",
    Concern.GONE: "Without their input:",
}
AGAIN = "ocrqueue retry"
CURES = {Concern.DOUBTFUL: "See each beside its page, and correct it: `ocrqueue review`."}
OF_DOCUMENTS = ("cancel", "forget", "remote", "retry", "review", "status")
OPTIONS = {Concern.FAILED: "--failed", Concern.DOUBTFUL: "--doubtful"}
MINUTE_S = 60


def summary_lines(summary: Summary, settings: Settings, again: str = AGAIN) -> list[str]:
    """Return what came of a run: counts, pace, the first problems, what to do next.

    `again` is the command that tries what failed once more.
    """
    if not summary.inputs:
        nothing = "No PDF and no image that can be read was found: nothing to do."
        return [nothing, *left_out_lines(summary.left_out)]
    out = output_option(settings.workspace.output)
    lines = count_lines(summary)
    for concern in Concern:
        every = f"ocrqueue status {OPTIONS.get(concern, '--all')} {out}"
        lines += problem_lines(summary.problems, [concern], out, SHOWN, every)
    lines += left_out_lines(summary.left_out)
    lines.append(f"Markdown: {printable(str(settings.workspace.output))}")
    if summary.pages_failed:
        lines.append(f"Try what failed again: {again} {out}")
    if summary.waiting:
        lines.append("The same command goes on with what is not finished.")
    return lines


def count_lines(summary: Summary) -> list[str]:
    """Return how many documents and pages there are in each state, and how fast they were read."""
    documents = parts(
        (summary.done, "done"),
        (summary.partial, "with failed pages"),
        (summary.failed, "failed"),
        (summary.waiting, "not finished"),
    )
    pages = parts((summary.pages_done, "done"), (summary.pages_failed, "failed"))
    special = parts((summary.pages_doubtful, "doubtful"), (summary.pages_blank, "blank"))
    of_these = parts((summary.unchanged, "unchanged"), (summary.gone, "without their input"))
    unchanged = f" ({of_these})" if of_these else ""
    lines = [
        f"Documents: {documents or 'none'}{unchanged}",
        f"Pages: {pages or 'none read'}" + (f" ({special})" if special else ""),
    ]
    if summary.seconds is not None:
        pace = summary.pages_per_minute
        lines.append(
            f"Time: {spell_time(summary.seconds)}" + (f", {pace:g} pages/min" if pace else "")
        )
    if summary.pages_checked or summary.pages_unwitnessed:
        witnessed = parts(
            (summary.pages_checked, "checked"),
            (summary.pages_disagreed, "disagreed"),
            (summary.pages_unwitnessed, "unwitnessed"),
        )
        lines.append(f"Second reading: {witnessed}")
    if summary.pages_withdrawn:
        taken = several(summary.pages_withdrawn, "page")
        lines.append(f"Taken back: {taken} of an earlier command, for the same files")
    if summary.pages_sent:
        models = ", ".join(f"{printable(name)} {count}" for name, count in summary.models.items())
        lines.append(
            f"Left this machine: {several(summary.pages_sent, 'page')} ({models}), "
            f"at a cost of {summary.cost_usd:.4f} USD"
        )
    return lines


def problem_lines(
    problems: Iterable[Problem],
    concerns: Sequence[Concern],
    out: str,
    most: int = sys.maxsize,
    every: str = "",
) -> list[str]:
    """Return a line for each document and reason, each kind below its head, then what cures them.

    `out` is the option that names the output folder; "" where nothing is kept. Of a kind there
    are at most so many, and `every` is the command that lists all; what cures those that are not
    listed is told as well.
    """
    pages: dict[tuple[Concern, str, str], list[int]] = {}
    cures: dict[Concern, dict[str, dict[tuple[Concern, str, str], None]]] = {}
    for one in problems:
        key = one.concern, one.document, one.message
        pages.setdefault(key, []).extend([one.page] if one.page else [])
        cure = one.remedy or (CURES.get(one.concern, "") if out else "")
        cures.setdefault(one.concern, {}).setdefault(cure, {})[key] = None
    lines = []
    for concern in concerns:
        cured = cures.get(concern, {})
        groups = {
            cure: sorted(found, key=lambda key: (key[1], pages[key]))
            for cure, found in cured.items()
        }
        lines += [HEADS[concern]] if groups else []
        left, hidden = most, list[str]()
        for cure, found in sorted(groups.items(), key=lambda group: group[1][0][1]):
            lines += [_line(key[1], pages[key], key[2]) for key in found[:left]]
            told = [f"  -> {_placed(cure, out)}"] if cure else []
            lines += told if left else []
            hidden += [] if left else told
            left = max(left - len(found), 0)
        more = sum(map(len, groups.values())) - most
        lines += [f"  ... {more} more: {every}"] if more > 0 else []
        lines += hidden
    return lines


def _placed(cure: str, out: str) -> str:
    """Return it with the output folder in the commands that need one to find their documents."""
    for command in OF_DOCUMENTS:
        cure = cure.replace(f"`ocrqueue {command}", f"`ocrqueue {command} {out}".rstrip())
    return cure


def left_out_lines(counts: Mapping[str, int]) -> list[str]:
    """Return what was found and not read, by type, and what can be done about it."""
    if not counts:
        return []
    lines = [f"Left out: {printable(left_out.told(counts))}"]
    return lines + [f"  -> {remedy}" for remedy in left_out.remedies(counts)]


def output_option(folder: Place) -> str:
    """Return how a command names this output folder."""
    return f"-o {shlex.quote(printable(str(folder)))}"


def parts(*counted: tuple[int, str]) -> str:
    """Return `3 done, 1 failed`, leaving out what is none."""
    return ", ".join(f"{count} {name}" for count, name in counted if count)


def several(count: int, noun: str) -> str:
    """Return `1 page` or `2 pages`."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def spell_time(seconds: float) -> str:
    """Return a duration as a person says it."""
    minutes, rest = divmod(round(seconds), MINUTE_S)
    hours, minutes = divmod(minutes, MINUTE_S)
    if hours:
        return f"{hours} h {minutes:02d} min"
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"


def _line(document: str, pages: Sequence[int], message: str) -> str:
    numbers = spell_pages(sorted(pages))
    where = f" page{'s' if len(pages) > 1 else ''} {numbers}" if pages else ""
    why = f": {printable(message)}" if message else ""
    return f"  {printable(document)}{where}{why}"
