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


# Modules that open files themselves, and what: nothing of a workspace or an output folder.
OPENING = {
    "ocrqueue/backends/deepseek_mlx/checkpoint.py": "a model in the user's cache, and a view of it",
    "ocrqueue/backends/deepseek_mlx/verify.py": "a model in the user's cache",
    "ocrqueue/backends/deepseek_mlx/download.py": "a model in the user's cache",
    "ocrqueue/backends/deepseek_mlx/download.py": "a model in the user's cache",
    "ocrqueue/backends/deepseek_mlx/machine_lock.py": "the machine's lease, with checks of its own",
    "ocrqueue/backends/deepseek_mlx/safetensors_header.py": "a model in the user's cache",
    "ocrqueue/broker/embedded_server.py": "the folders of a server, with checks of its own",
    "ocrqueue/broker/gate.py": "a script that is installed along",
    "ocrqueue/broker/places.py": "removes folders of servers, in the user's state",
    "ocrqueue/broker/scripts.py": "a script that is installed along",
    "ocrqueue/evaluation/ground_truth.py": "files that the user named",
    "ocrqueue/workspace/descriptors.py": "it is what opens files for the others",
    "ocrqueue/inputs/fingerprint.py": "the input",
    "ocrqueue/inputs/walk.py": "the input",
    "ocrqueue/logs/setup.py": "a log file that the user named",
    "ocrqueue/backends/prompts.py": "a prompt that is installed along",
    "ocrqueue/render/child.py": "the input",
    "ocrqueue/render/image.py": "the input, opened by child.py",
    "ocrqueue/render/sandbox.py": "a file of the kernel",
    "ocrqueue/settings/load.py": "a configuration file that the user named",
    "ocrqueue/settings/secrets.py": "a key file that the user named",
    "ocrqueue/workspace/store.py": "makes its own folder, after a look",
    "workers/bench.py": "a file of the kernel",
    "workers/broker_server.py": "the lock of a server's folder, and its socket",
}
OPENERS = frozenset(
    {"open", "read_text", "read_bytes", "write_text", "write_bytes", "touch", "mkdir", "makedirs"}
    | {"unlink", "rename", "rmdir", "symlink_to", "hardlink_to", "link", "rmtree", "mkfifo"}
)


@pytest.mark.parametrize("path", SHIPPED, ids=named)
def test_files_are_opened_by_descriptors(path: Path) -> None:
    """The modules listed above, and no others, open, make or remove files by path."""
    nodes = ast.walk(ast.parse(path.read_text("utf-8")))
    found = {ast.unparse(n.func) for n in nodes if isinstance(n, ast.Call) and opens_by_path(n)}

    assert bool(found) == (named(path) in OPENING), (
        f"use ocrqueue.workspace.descriptors, not {found}"
    )


def opens_by_path(call: ast.Call) -> bool:
    """Return whether a call opens, makes or removes a file by its path."""
    match call.func:
        case ast.Name(id="open"):
            return not (call.args and "fileno" in ast.unparse(call.args[0]))
        case ast.Attribute(attr=name, value=ast.Name(id="descriptors" | "Store")):
            return False
        case ast.Attribute(attr=name):
            by_descriptor = any(word.arg and word.arg.endswith("dir_fd") for word in call.keywords)
            return name in OPENERS and not by_descriptor
    return False
