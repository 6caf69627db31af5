"""Which backends read where nobody said so."""

import platform
from pathlib import Path

import pytest

from ocrqueue.cli import auto_route
from ocrqueue.settings.describe import describe
from ocrqueue.settings.load import load, to_environ
from ocrqueue.settings.schema import Settings
from tests.unit.backends.deepseek_mlx.test_checkpoint import make

BOTH = ("deepseek-mlx", "tesseract")
PLAIN = ("tesseract",)


@pytest.mark.parametrize(
    ("system", "machine", "problems", "route"),
    [
        ("Darwin", "arm64", [], BOTH),
        ("Darwin", "arm64", ["the model m is not on this disk"], PLAIN),
        ("Darwin", "x86_64", [], PLAIN),  # Intel, or a Python that runs under Rosetta
        ("Linux", "aarch64", [], PLAIN),
        ("Linux", "x86_64", ["the model m is not on this disk"], PLAIN),
    ],
)
def test_the_model_reads_on_apple_silicon_if_it_is_there(
    system: str, machine: str, problems: list[str], route: tuple[str, ...]
) -> None:
    """Where it could be and is not, and only there, a hint says why."""
    found, hint = auto_route.choose(system=system, machine=machine, problems=problems)

    assert found == route
    could_be = (system, machine) == ("Darwin", "arm64")
    assert bool(hint) == (could_be and bool(problems))
    if hint:
        assert "the model m is not on this disk" in hint
        assert len(hint.splitlines()) == 1


@pytest.fixture
def _mac(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "system", lambda: "Darwin")
    monkeypatch.setattr(platform, "machine", lambda: "arm64")


def chosen(tmp_path: Path, model: Path, *, route: str = "", variable: str = "") -> Settings:
    """Return settings with a model, as a file, the environment and a flag make them."""
    file = tmp_path / "own.toml"
    line = f'[reading]\nroute = ["{route}"]\n' if route else ""
    entry = f'[[backends.candidates]]\nname = "deepseek-mlx"\nmodel = "{model}"\n'
    file.write_text(line + entry)
    environ = {"OCRQUEUE_READING__ROUTE": variable} if variable else {}
    return load(file, environ, {})


@pytest.mark.usefixtures("_mac")
def test_what_somebody_asked_for_stays(tmp_path: Path) -> None:
    """A route in a file or a variable wins, the same as the default too."""
    model = make(tmp_path / "m")

    for asked in (
        chosen(tmp_path, model, route="tesseract"),
        chosen(tmp_path, model, variable="tesseract"),
    ):
        assert auto_route.settle(asked) == (asked, "")


@pytest.mark.mlx
@pytest.mark.usefixtures("_mac")
def test_children_are_told_the_route(tmp_path: Path) -> None:
    """The choice is a setting like any other: processes get it, and `config` says why."""
    pytest.importorskip("huggingface_hub")
    settled, hint = auto_route.settle(chosen(tmp_path, make(tmp_path / "m")))

    assert (settled.reading.route, hint) == (BOTH, "")
    assert to_environ(settled)["OCRQUEUE_READING__ROUTE"] == '["deepseek-mlx", "tesseract"]'
    (row,) = (row for row in describe(settled) if row.key == "reading.route")
    assert row.origin == auto_route.ORIGIN
