"""Who sees the key: workers that need it, and no process for longer than it must."""

import os
import resource
import subprocess
import sys

import pytest

from ocrqueue.cli import processes
from ocrqueue.settings import programs, secrets
from ocrqueue.settings.load import load

KEY = "sk-or-v1-0123456789"


def test_a_key_goes_along_and_is_in_no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is read once, by who gives it to workers."""
    environment, along = secrets.passed_on({"PATH": "/bin", secrets.OPENROUTER: KEY})
    monkeypatch.setenv(secrets.PASSED, environment[secrets.PASSED])

    assert KEY not in str(environment)
    assert len(along) == 1
    assert secrets.received() == {secrets.OPENROUTER: KEY}
    assert secrets.received() == {}  # nor is it known any more that there was one
    assert secrets.passed_on({"PATH": "/bin"}) == ({"PATH": "/bin"}, ())


@pytest.mark.parametrize(
    ("module", "arguments", "passes"),
    [
        ("supervisor", ["openrouter=4", "collector=1"], True),
        ("supervisor", ["tesseract=4", "collector=1"], False),
        ("dashboard", [], False),
        ("broker_server", ["--standing"], False),
    ],
)
def test_a_process_that_only_starts_or_shows_has_no_key(
    monkeypatch: pytest.MonkeyPatch, module: str, arguments: list[str], *, passes: bool
) -> None:
    """Not in its environment; and not at all where none of its children needs it."""
    monkeypatch.setenv(secrets.OPENROUTER, KEY)
    kept: list[int] = []
    seen: dict[str, str] = {}

    def become(command: list[str], environment: dict[str, str], *, keep: tuple[int, ...]) -> None:
        assert command
        seen.update(environment)
        kept.extend(keep)

    monkeypatch.setattr(programs, "become", become)
    processes.become(load(None, {}, {}), module, *arguments)

    assert KEY not in str(seen)
    assert bool(kept) is passes
    for descriptor in kept:
        os.close(descriptor)


def test_no_process_of_ours_leaves_a_core_file() -> None:
    """Nor do its children: it would hold pages, and the key."""
    if resource.getrlimit(resource.RLIMIT_CORE)[1] == 0:
        pytest.skip("nothing here may leave a core file, whatever we do")
    told = "import resource; print(resource.getrlimit(resource.RLIMIT_CORE))"
    begun = "from workers import startup; startup.begin(); import subprocess, sys; "
    child = f"sys.exit(subprocess.call([sys.executable, '-c', '{told}']))"
    ended = subprocess.run(
        [sys.executable, "-c", begun + child],
        capture_output=True,
        text=True,
        check=True,
    )

    assert ended.stdout.strip() == "(0, 0)"


def test_who_opens_files_of_strangers_has_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the one of the pool nor those of buckets; the rest of the environment it has."""
    names = ["OPENROUTER_API_KEY", "AWS_SECRET_ACCESS_KEY", "OCRQUEUE_STORAGE__SESSION_TOKEN", "OF"]
    for name in names:
        monkeypatch.setenv(name, "x")

    assert {*names} & {*secrets.environ_without_key()} == {"OF"}
