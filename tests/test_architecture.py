"""The rules of the house that no linter knows: small files, and a sentence in each."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
LONGEST, LONGEST_TEST = 300, 400  # lines

SHIPPED = sorted(p for name in ("ocrqueue", "workers") for p in (ROOT / name).rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("test_*.py"))
EVERYTHING = [
    *SHIPPED,
    *sorted(p for name in ("tests", "tools", "benchmarks") for p in (ROOT / name).rglob("*.py")),
]


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_the_rules_look_at_something() -> None:
    """There are files to judge: an empty list would make every rule below pass."""
    assert {"ocrqueue", "workers"} == {named(path).split("/")[0] for path in SHIPPED}
    assert Path(__file__) in TESTS


def test_source_files_are_short() -> None:
    """No file of the library or of the processes has more than 300 lines."""
    lengths = {named(path): len(path.read_text("utf-8").splitlines()) for path in SHIPPED}

    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def test_files_of_tests_are_short() -> None:
    """No file of tests has more than 400 lines."""
    lengths = {named(path): len(path.read_text("utf-8").splitlines()) for path in TESTS}

    assert {name: length for name, length in lengths.items() if length > LONGEST_TEST} == {}


def test_modules_say_what_they_are_for() -> None:
    """Each module opens with a sentence."""
    first = {named(path): (ast.get_docstring(tree) or "") for path, tree in trees(EVERYTHING)}
    sentences = {name: text.split("\n\n")[0].rstrip() for name, text in first.items()}

    assert [name for name, text in sentences.items() if not text.endswith((".", "?", "!"))] == []


def test_tests_state_the_fact_they_prove() -> None:
    """Each test function has a docstring."""
    silent = [
        f"{named(path)}::{node.name}"
        for path, tree in trees(TESTS)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        and node.name.startswith("test_")
        and not ast.get_docstring(node)
    ]

    assert silent == []


def trees(paths: list[Path]) -> Iterator[tuple[Path, ast.Module]]:
    for path in paths:
        yield path, ast.parse(path.read_text("utf-8"))


def test_imports_point_down() -> None:
    """Every module has its layer, and the import contracts in pyproject.toml hold."""
    run = subprocess.run(
        [BIN / "lint-imports", "--no-logo", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 0, run.stdout + run.stderr
