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
    *sorted(
        p for name in ("tests", "tools", "benchmarks", "demo") for p in (ROOT / name).rglob("*.py")
    ),
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


# Modules that open files themselves, and what: nothing of a workspace or an output folder.
OPENING = {
    "ocrqueue/backends/deepseek_mlx/checkpoint.py": "a model in the user's cache, and a view of it",
    "ocrqueue/backends/deepseek_mlx/verify.py": "a model in the user's cache",
    "ocrqueue/backends/deepseek_mlx/download.py": "a model in the user's cache",
    "ocrqueue/backends/deepseek_mlx/machine_lock.py": "the machine's lease, with checks of its own",
    "ocrqueue/backends/deepseek_mlx/safetensors_header.py": "a model in the user's cache",
    "ocrqueue/broker/embedded_server.py": "the folders of a server, with checks of its own",
    "ocrqueue/broker/gate.py": "a script that is installed along",
    "ocrqueue/broker/places.py": "removes folders of servers, in the user's state",
    "ocrqueue/broker/scripts.py": "a script that is installed along",
    "ocrqueue/backends/tesseract_resident.py": "a temporary folder of its own",
    "ocrqueue/evaluation/compare.py": "files that the user named",
    "ocrqueue/workspace/confirmation.py": "makes the folder of the user's state",
    "ocrqueue/workspace/descriptors.py": "it is what opens files for the others",
    "ocrqueue/inputs/completeness.py": "the input",
    "ocrqueue/inputs/fingerprint.py": "the input",
    "ocrqueue/inputs/walk.py": "the input",
    "ocrqueue/logs/setup.py": "a log file that the user named",
    "ocrqueue/backends/prompts.py": "a prompt that is installed along",
    "ocrqueue/render/child.py": "the input",
    "ocrqueue/render/image.py": "the input, opened by child.py",
    "ocrqueue/render/catalog.py": "the input, opened by child.py",
    "ocrqueue/render/sandbox.py": "a file of the kernel",
    "ocrqueue/cli/one_file.py": "a temporary folder of its own",
    "ocrqueue/settings/load.py": "a configuration file that the user named",
    "ocrqueue/settings/secrets.py": "a key file that the user named",
    "ocrqueue/workspace/sources.py": "copies of inputs, in a private folder of ours",
    "ocrqueue/workspace/ownership.py": "makes a workspace's own folder, after a look",
    "workers/bench.py": "a file of the kernel",
    "workers/broker_server.py": "the lock of a server's folder, and its socket",
}
OPENERS = frozenset(
    {"open", "read_text", "read_bytes", "write_text", "write_bytes", "touch", "mkdir", "makedirs"}
    | {"unlink", "rename", "rmdir", "symlink_to", "hardlink_to", "link", "rmtree", "mkfifo"}
)


def test_files_are_opened_by_descriptors() -> None:
    """The modules listed above, and no others, open, make or remove files by path."""
    opening = {
        named(path)
        for path, tree in trees(SHIPPED)
        if any(isinstance(node, ast.Call) and opens_by_path(node) for node in ast.walk(tree))
    }

    assert opening == set(OPENING), "use ocrqueue.workspace.descriptors"


def opens_by_path(call: ast.Call) -> bool:
    """Return whether a call opens, makes or removes a file by its path."""
    match call.func:
        case ast.Name(id="open"):
            return not (call.args and "fileno" in ast.unparse(call.args[0]))
        case ast.Attribute(attr=name, value=ast.Name(id="descriptors" | "Store" | "client")):
            return False  # `client.unlink` removes a key in Redis
        case ast.Attribute(attr=name):
            by_descriptor = any(word.arg and word.arg.endswith("dir_fd") for word in call.keywords)
            return name in OPENERS and not by_descriptor
    return False


def test_a_class_name_has_one_meaning() -> None:
    """No two classes of the library and its processes share a name."""
    where: dict[str, list[str]] = {}
    for path, tree in trees(SHIPPED):
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                where.setdefault(node.name, []).append(named(path))

    assert {name: paths for name, paths in where.items() if len(paths) > 1} == {}
