"""Breaks the heart of the code in small ways and counts how many of them the tests notice.

    python -m benchmarks.mutants [--tree FOLDER] [--number N] [--seed N] [--only NAME]

A mutant is one comparison turned round, one condition negated, one number off by one, one `and`
made `or`, or one `return` emptied. The same seed picks the same mutants of a function wherever it
lies, so that two layouts of the code can be compared. A mutant that hangs counts as noticed.
"""

import argparse
import ast
import collections
import copy
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

LONGEST_S = 300
TESTS = {  # where a module lies, or lay -> the tests that are to notice
    "routing": (("model/routing", "routing"), ("test_routing",)),
    "quality": (("text/quality", "quality"), ("test_quality",)),
    "store": (("workspace/store", "store"), ("test_store", "test_outputs")),
    "attempt": (("pipeline/attempt", "attempt"), ("test_figures", "test_api", "test_pool")),
    "gate": (("broker/gate",), ("test_gate",)),
    "page_job": (("broker/page_job",), ("test_rq", "test_queue")),
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
    for name, mutants in picked.items():
        for mutant in mutants[:each]:
            noticed = _is_noticed(mutant, given.tree)
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
    mutants = list(_mutants(name, source))
    return sorted(mutants, key=lambda one: random.Random(f"{given.seed} {one.where}").random())  # noqa: S311


def _module(name: str, tree: Path) -> Path:
    places = [tree / "ocrqueue" / f"{place}.py" for place in TESTS[name][0]]
    return next(place for place in places if place.exists())


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


def _is_noticed(mutant: Mutant, tree: Path) -> bool:
    path = _module(mutant.module, tree)
    with tempfile.TemporaryDirectory() as folder:
        copied = Path(folder) / "tree"
        ignored = shutil.ignore_patterns(".git", ".venv", "__pycache__", ".*_cache", "build")
        shutil.copytree(tree, copied, symlinks=True, ignore=ignored)
        (copied / path.relative_to(tree)).write_text(mutant.source, "utf-8")
        tests = [str(one) for name in TESTS[mutant.module][1] for one in _tests(copied, name)]
        return _fails(copied, tests)


def _tests(tree: Path, name: str) -> Iterator[Path]:
    """Yield the files of a test, which may have been split since: test_gate, test_gate_budget."""
    for kind in ("unit", "contract"):
        yield from sorted((tree / "tests" / kind).rglob(f"{name}*.py"))


def _fails(tree: Path, tests: Sequence[str]) -> bool:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-x",
        "-q",
        "-p",
        "no:randomly",
        "-p",
        "no:cacheprovider",
    ]
    environ = {**os.environ, "PYTHONPATH": str(tree)}  # noqa: TID251 - passed on to the tests
    try:
        run = subprocess.run(
            [*command, *tests],
            cwd=tree,
            env=environ,
            capture_output=True,
            check=False,
            timeout=LONGEST_S,
        )
    except subprocess.TimeoutExpired:
        return True
    return run.returncode != 0


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
