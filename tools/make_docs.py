"""Writes the tables of the documentation that come from the code; a test compares.

python -m tools.make_docs
"""

import importlib
import inspect
import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import click

from ocrqueue.cli import COMMANDS, cli
from ocrqueue.model.errors.base import OcrqueueError
from ocrqueue.model.errors.document import DocumentError
from ocrqueue.model.errors.operator import OperatorError
from ocrqueue.model.errors.page import PageError
from tools.settings_tables import as_markdown

DOCS = Path(__file__).resolve().parents[1] / "docs"
ELSEWHERE = ("ocrqueue.broker.job_validation",)  # modules that have errors of their own
FAMILIES = (OperatorError, DocumentError, PageError)


def main() -> None:
    """Write every generated block anew."""
    for name in PAGES:
        path = DOCS / name
        path.write_text(renewed(name, path.read_text("utf-8")), "utf-8")


def renewed(name: str, text: str) -> str:
    """Return a page of the documentation with its blocks as the code has them now.

    Raises:
        ValueError: the page has no such block.
    """
    for block, make in PAGES[name].items():
        begin, end = f"<!-- {block}: begin -->\n", f"<!-- {block}: end -->"
        if begin not in text or end not in text:
            message = f"docs/{name} has no block {block!r}"
            raise ValueError(message)
        head, _, rest = text.partition(begin)
        text = head + begin + make() + end + rest.partition(end)[2]
    return text


def command_names() -> list[str]:
    """Return all commands, those of a group as `group name`."""
    found = {name: command_named(name) for name in COMMANDS}
    groups = {name: one for name, one in found.items() if isinstance(one, click.Group)}
    below = [f"{name} {own}" for name, group in groups.items() for own in group.commands]
    return [*(name for name in COMMANDS if name not in groups), *below]


def command_named(name: str) -> click.Command:
    """Return the command with this name."""
    command = cli.get_command(click.Context(cli), name)
    if command is None:
        raise LookupError(name)
    return command


def options_of(name: str) -> list[click.Option]:
    """Return a command's options, without `--help`."""
    first, *rest = name.split()
    command = command_named(first)
    if rest and isinstance(command, click.Group):
        command = command.commands[rest[0]]
    return [param for param in command.params if isinstance(param, click.Option)]


def spelled(option: click.Option) -> str:
    """Return an option as it is written: `-j, --workers N`."""
    names = ", ".join(option.opts)
    if option.secondary_opts:
        names += f" / {', '.join(option.secondary_opts)}"
    if option.is_flag or option.count:
        return names
    value = option.metavar or option.type.name
    if isinstance(option.type, click.Choice):
        value = "|".join(str(choice) for choice in option.type.choices)
    return f"{names} {value}"


def common_options() -> str:
    """Return the table of the options that every command has."""
    return _table([option for option in options_of("check") if option.name in _common()])


def _common() -> set[str]:
    return {str(option.name) for option in options_of("check")} & {
        str(option.name) for option in options_of("server")
    }


def own_options(name: str) -> str:
    """Return the table of the options that not every command has."""
    return _table([option for option in options_of(name) if option.name not in _common()])


def beside_run(command: str) -> str:
    """Return what a command has more and less than `run`."""
    run = {option.name: option for option in options_of("run")}
    own = {option.name: option for option in options_of(command)}
    less = [f"`{spelled(run[name])}`" for name in run if name not in own]
    more = [own[name] for name in own if name not in run]
    return f"All options of `run` but {', '.join(less)}, and:\n\n{_table(more)}"


def errors_of(family: type[OcrqueueError]) -> str:
    """Return the table of one family of errors, in the order of the code."""
    ending = "exit code" if family is OperatorError else "tried again"
    if family is DocumentError:
        ending = ""
    head = ["code", "message", "what to do", *filter(None, [ending])]
    rows = [_error_row(kind) for kind in kinds_below(family)]
    return _lines(head, rows)


def other_errors() -> str:
    """Return the table of the errors that belong to no family."""
    known = {kind for family in FAMILIES for kind in (family, *kinds_below(family))}
    rows = [_error_row(kind) for kind in kinds_below(OcrqueueError) if kind not in known]
    return _lines(["code", "message", "what to do"], rows)


def kinds_below(kind: type[OcrqueueError]) -> list[type[OcrqueueError]]:
    """Return all errors below one, wherever they are defined."""
    for module in ELSEWHERE:
        importlib.import_module(module)
    below = kind.__subclasses__()
    return [each for one in below for each in (one, *kinds_below(one))]


def _error_row(kind: type[OcrqueueError]) -> list[str]:
    row = [f"`{kind.code}`", _first_paragraph(kind), kind.remedy or "-"]
    if issubclass(kind, OperatorError):
        return [*row, str(int(kind.exit_code))]
    if issubclass(kind, PageError):
        tried = [("by the same backend", kind.again), ("by the next backend", kind.hand_over)]
        return [*row, ", ".join(words for words, true in tried if true) or "no"]
    return row


def _first_paragraph(kind: type) -> str:
    return " ".join((inspect.getdoc(kind) or "").split("\n\n")[0].split())


def _table(options: list[click.Option]) -> str:
    return _lines(["option", "meaning"], ([f"`{spelled(o)}`", o.help or ""] for o in options))


def _lines(head: list[str], rows: "Iterator[list[str]] | list[list[str]]") -> str:
    lines = [head, ["---"] * len(head), *(list(map(_escaped, row)) for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _escaped(cell: str) -> str:
    if "`" not in cell:
        cell = cell.replace("<", r"\<")  # else a comment such as the page marker would not show
    return re.sub(r"\s+", " ", cell.replace("|", r"\|")).strip()


def _own(name: str) -> Callable[[], str]:
    return lambda: own_options(name)


PAGES: dict[str, dict[str, Callable[[], str]]] = {
    "configuration.md": {"keys": as_markdown},
    "cli.md": {
        "common": common_options,
        **{name: _own(name) for name in ("run", "status", "report", "retry", "correct")},
        **{
            name: _own(name)
            for name in ("cancel", "forget", "remote", "up", "server", "worker", "check")
        },
        **{name: _own(name) for name in ("models list", "models pull", "models verify")},
        **{name: partial(beside_run, name) for name in ("enqueue", "watch")},
        **{name: _own(name) for name in ("bench", "dashboard", "review", "config", "compare")},
    },
    "errors.md": {
        "operator errors": lambda: errors_of(OperatorError),
        "document errors": lambda: errors_of(DocumentError),
        "page errors": lambda: errors_of(PageError),
        "other errors": other_errors,
    },
}


if __name__ == "__main__":
    main()
