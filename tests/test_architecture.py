"""The rules of the house that no linter knows: small files, and a sentence in each."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
LONGEST = 300  # lines

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


@pytest.mark.parametrize("path", SHIPPED, ids=named)
def test_a_source_file_is_short(path: Path) -> None:
    """A file of the library or of the processes has at most 300 lines."""
    assert len(path.read_text("utf-8").splitlines()) <= LONGEST


@pytest.mark.parametrize("path", EVERYTHING, ids=named)
def test_a_module_says_what_it_is_for(path: Path) -> None:
    """Each module opens with a sentence."""
    docstring = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""

    assert docstring.split("\n\n")[0].rstrip().endswith((".", "?", "!"))


@pytest.mark.parametrize("path", TESTS, ids=named)
def test_a_test_states_the_fact_it_proves(path: Path) -> None:
    """Each test function has a docstring."""
    functions = [
        node
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]

    silent = [function.name for function in functions if not ast.get_docstring(function)]

    assert not silent


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
