"""Two doors of the house: who starts a program, and who prints, does it in one place."""

import ast
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
SHIPPED = sorted(p for name in ("ocrqueue", "workers") for p in (ROOT / name).rglob("*.py"))
STARTER = ROOT / "ocrqueue" / "settings" / "programs.py"
PRINTER = ROOT / "ocrqueue" / "cli" / "echo.py"
COMMANDS = sorted((ROOT / "ocrqueue" / "cli").glob("*.py"))
STARTS = {
    "shutil.which",
    "sys.executable",
    *(f"subprocess.{name}" for name in ("Popen", "run", "call", "check_call", "check_output")),
    *(f"subprocess.{name}" for name in ("getoutput", "getstatusoutput")),
    *(f"os.{name}" for name in ("system", "popen", "fork", "forkpty", "posix_spawn")),
    *(f"os.exec{ending}" for ending in ("l", "le", "lp", "lpe", "v", "ve", "vp", "vpe")),
    *(f"os.spawn{ending}" for ending in ("l", "le", "lp", "lpe", "v", "ve", "vp", "vpe")),
}
FORKERS = {"multiprocessing", "concurrent.futures.process", "pty", "asyncio.subprocess", "runpy"}
PRINTS = {"click.echo", "click.secho", "click.echo_via_pager", "print"}


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def used_in(path: Path) -> Iterator[str]:
    """Yield what a module names as `module.name`, what it imports, and which built-ins it calls.

    What stands in an annotation as text is no use of it.
    """
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.Attribute(value=ast.Name(id=module), attr=name):
                yield f"{module}.{name}"
            case ast.ImportFrom(module=str(module)):
                yield module
                yield from (f"{module}.{alias.name}" for alias in node.names)
            case ast.Import():
                yield from (alias.name for alias in node.names)
            case ast.Call(func=ast.Name(id=name)):
                yield name


def users_of(names: set[str], paths: Sequence[Path]) -> list[str]:
    """Return the modules that use one of the names."""
    return [named(path) for path in paths if names.intersection(used_in(path))]


def test_a_program_is_started_in_one_place() -> None:
    """No module but `programs` starts one, looks for one, or knows which Python runs."""
    assert users_of(STARTS | FORKERS, SHIPPED) == [named(STARTER)]


def test_the_place_itself_is_seen() -> None:
    """The rule above would notice: it sees what `programs` does."""
    assert {"subprocess.Popen", "subprocess.run", "shutil.which", "os.execve"} <= {
        *used_in(STARTER)
    }


def test_a_command_prints_in_one_place() -> None:
    """What a command prints goes through `echo`, which makes it harmless."""
    assert users_of(PRINTS, COMMANDS) == [named(PRINTER)]


def test_the_printer_is_seen() -> None:
    """The rule above would notice: it sees what `echo` does."""
    assert "click.echo" in {*used_in(PRINTER)}
