"""Breaks the heart of the code in small ways and counts how many of them the tests notice.

    python -m benchmarks.mutants [--tree FOLDER] [--number N] [--seed N] [--only NAME]

A mutant is one comparison turned round, one condition negated, one number off by one, one `and`
made `or`, or one `return` emptied. The same seed picks the same mutants of a function, or of a
line of Lua, wherever it lies, so that two layouts of the code can be compared. A mutant that hangs
counts as noticed.

Each is tried in a copy of the tree, by a fork of this process, which has imported what does not
change: an exec takes longer than most of these tests.
"""

import argparse
import ast
import collections
import copy
import os
import random
import re
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis  # noqa: F401 - for the forks
import rq  # noqa: F401

LONGEST_S = 300
PLAIN = ("-x", "-q", "-n0", "-p", "no:randomly", "-p", "no:cacheprovider")
TESTS = {  # where a module lies, or lay -> the tests that are to notice, the fast ones first
    "routing": (("model/routing", "routing"), ("test_routing",)),
    "readings": (("model/readings", "readings"), ("test_readings", "test_checks")),
    "quality": (("text/quality", "quality"), ("test_quality",)),
    "store": (("workspace/store", "store"), ("test_store", "test_outputs", "test_prepared_work")),
    "attempt": (
        ("pipeline/attempt", "attempt"),
        (
            *("test_attempt", "test_figures", "test_text_first", "test_api", "test_checks"),
            *("test_pool", "test_queue"),
        ),
    ),
    "check": (("pipeline/check", "check"), ("test_check",)),
    "gate": (("broker/gate",), ("test_gate",)),
    "page_job": (("broker/page_job",), ("test_page_job", "test_rq", "test_queue", "test_checks")),
    "recovery": (("broker/recovery",), ("test_recovery", "test_rq_rescue", "test_sight")),
    "settle": (("broker/settle.lua",), ("test_rq", "test_queue")),
    "turns": (("broker/turns.lua",), ("test_turns",)),
    "outbox": (("broker/outbox.lua",), ("test_outbox", "test_on_done")),
    "on_done": (("pipeline/on_done",), ("test_on_done",)),
    "sight": (("pipeline/sight",), ("test_sight", "test_job_document")),
    "claims": (("workspace/claims",), ("test_outputs",)),
    "files": (("workspace/files",), ("test_files",)),
    "folder_files": (("workspace/folder_files",), ("test_folder_files", "test_files")),
    "bucket_files": (
        ("workspace/bucket_files",),
        ("test_bucket_files", "test_files", "test_bucket_faults"),
    ),
}
SWAPS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
LUA = re.compile(r"'[^']*'|--.*|(?P<what>[=~<>]=|[<>]|\b(?:and|or|not|\d+)\b)")
LUA_SWAPS = {"==": "~=", "~=": "==", "<": "<=", "<=": "<", ">": ">=", ">=": ">"} | {
    "and": "or",
    "or": "and",
    "not": "",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One way to break a module."""

    module: str
    where: str  # function and number of the place in it
    what: str
    source: str  # of the whole broken module


def main() -> None:
    """Print a line for each mutant that nobody noticed, and a table."""
    given = _arguments()
    picked = {name: _picked(name, given) for name in TESTS if given.only in ("", name)}
    each = given.number // len(picked)
    counts: collections.Counter[tuple[str, bool]] = collections.Counter()
    with _copied(given.tree) as tree:
        for name, mutants in picked.items():
            if _is_noticed(name, _module(name, tree).read_text("utf-8"), tree):
                sys.exit(f"{name}: its tests fail as it is")
            for mutant in mutants[:each]:
                noticed = _is_noticed(name, mutant.source, tree)
                counts[name, noticed] += 1
                if not noticed:
                    print(f"not noticed: {name} {mutant.where}: {mutant.what}", flush=True)
    print("| module | mutants | noticed |\n|---|---|---|")
    for name in picked:
        print(f"| {name} | {counts[name, True] + counts[name, False]} | {counts[name, True]} |")
    all_noticed = sum(number for (_, seen), number in counts.items() if seen)
    print(f"| all | {sum(counts.values())} | {all_noticed} |")


def _picked(name: str, given: argparse.Namespace) -> list[Mutant]:
    """Return all mutants of a module in an order that depends on its functions alone."""
    source = _module(name, given.tree).read_text("utf-8")
    breaking = _mutants if _module(name, given.tree).suffix == ".py" else _lua_mutants
    mutants = list(breaking(name, source))
    return sorted(mutants, key=lambda one: random.Random(f"{given.seed} {one.where}").random())  # noqa: S311


def _module(name: str, tree: Path) -> Path:
    paths = [tree / "ocrqueue" / place for place in TESTS[name][0]]
    return next(
        path for path in (p if p.suffix else p.with_suffix(".py") for p in paths) if path.exists()
    )


def _mutants(name: str, source: str) -> Iterator[Mutant]:
    tree = ast.parse(source)
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef):
            continue
        for number, node in enumerate(ast.walk(function)):
            for what, broken in _breaks(node):
                changed = copy.deepcopy(tree)
                _put(changed, function, number, broken)
                yield Mutant(
                    module=name,
                    where=f"{function.name} {number}",
                    what=what,
                    source=ast.unparse(ast.fix_missing_locations(changed)),
                )


def _lua_mutants(name: str, source: str) -> Iterator[Mutant]:
    lines = source.splitlines(keepends=True)
    for place, line in enumerate(lines):
        for found in LUA.finditer(line):
            if what := found["what"]:
                other = LUA_SWAPS[what] if what in LUA_SWAPS else str(int(what) + 1)
                broken = f"{line[: found.start()]}{other}{line[found.end() :]}"
                yield Mutant(
                    module=name,
                    where=f"{line.strip()} {found.start()}",
                    what=f"{what} made {other}",
                    source="".join([*lines[:place], broken, *lines[place + 1 :]]),
                )


def _breaks(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """Yield what may stand in place of a node, each with a word for it."""
    match node:
        case ast.Compare(left, [op], rest) if type(op) in SWAPS:
            swapped = SWAPS[type(op)]()
            yield f"{ast.unparse(node)} turned round", ast.Compare(left, [swapped], rest)
        case ast.BoolOp(op, values):
            other = ast.Or() if isinstance(op, ast.And) else ast.And()
            yield f"{ast.unparse(node)} with the other word", ast.BoolOp(other, values)
        case ast.UnaryOp(ast.Not(), inner):
            yield f"{ast.unparse(node)} without not", inner
        case ast.If(test, body, orelse):
            negated = ast.UnaryOp(ast.Not(), test)
            yield f"if {ast.unparse(test)} negated", ast.If(negated, body, orelse)
        case ast.Constant(int() as value) if not isinstance(value, bool):
            yield f"{value} + 1", ast.Constant(value + 1)
        case ast.Return(value) if value is not None and not isinstance(value, ast.Constant):
            yield f"{ast.unparse(node)} emptied", ast.Return(ast.Constant(None))


def _put(tree: ast.AST, function: ast.FunctionDef, number: int, broken: ast.AST) -> None:
    """Replace the node of that number in the copy of a function."""
    own = next(
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.lineno == function.lineno
    )
    target = list(ast.walk(own))[number]
    for parent in ast.walk(own):
        for field, value in ast.iter_fields(parent):
            if value is target:
                setattr(parent, field, broken)
            elif isinstance(value, list) and any(one is target for one in value):
                setattr(parent, field, [broken if one is target else one for one in value])


@contextmanager
def _copied(tree: Path) -> Iterator[Path]:
    """Yield a copy of the tree, beside which the shared documents lie as beside itself."""
    with tempfile.TemporaryDirectory(prefix="oq-mutants-") as folder:
        copied = Path(folder) / "tree"
        ignored = shutil.ignore_patterns(".git", ".venv", "__pycache__", ".*_cache", "build")
        shutil.copytree(tree, copied, symlinks=True, ignore=ignored)
        if (tree.parent / "shared").exists():
            copied.with_name("shared").symlink_to((tree.parent / "shared").resolve())
        yield copied


def _is_noticed(name: str, source: str, tree: Path) -> bool:
    path = _module(name, tree)
    before = path.read_bytes()
    tests = [str(one) for test in TESTS[name][1] for one in _tests(tree, test)]
    try:
        path.write_text(source, "utf-8")
        for kept in path.parent.glob(f"__pycache__/{path.stem}.*"):
            kept.unlink()  # byte code is told from newer one by the second only
        return _fails(tree, tests)
    finally:
        path.write_bytes(before)


def _tests(tree: Path, name: str) -> Iterator[Path]:
    """Yield the files of a test, which may have been split since: test_gate, test_gate_budget."""
    for kind in ("unit", "contract"):
        yield from sorted((tree / "tests" / kind).rglob(f"{name}*.py"))


def _fails(tree: Path, tests: Sequence[str]) -> bool:
    child = os.fork()
    if child == 0:
        _become_pytest(tree, tests)
    until = time.monotonic() + LONGEST_S
    while time.monotonic() < until:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status) != 0
        time.sleep(0.05)
    for number in (signal.SIGTERM, signal.SIGKILL):  # the tests end what they started
        with suppress(ProcessLookupError):
            os.killpg(child, number)
            time.sleep(5)
    os.waitpid(child, 0)
    return True


def _become_pytest(tree: Path, tests: Sequence[str]) -> None:
    """Run the tests in this process, and end it."""
    os.setsid()
    os.chdir(tree)
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nothing, stream)
    os.environ["PYTHONPATH"] = str(tree)  # noqa: TID251 - passed on to what the tests start
    sys.dont_write_bytecode = False
    sys.path[0] = str(tree)
    for name in [name for name in sys.modules if name.partition(".")[0] == "benchmarks"]:
        del sys.modules[name]
    os._exit(pytest.main([*PLAIN, *tests]))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tree", type=Path, default=Path(__file__).resolve().parents[1])
    parser.add_argument("--number", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", choices=["", *TESTS])
    given = parser.parse_args()
    given.tree = given.tree.resolve()
    return given


if __name__ == "__main__":
    main()
