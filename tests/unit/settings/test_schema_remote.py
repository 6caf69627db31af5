"""Settings of what may leave the machine: rules for folders, and which backend is elsewhere."""

from pathlib import Path

import pytest

from ocrqueue.model.errors.operator import SettingsError
from ocrqueue.settings.describe import describe
from ocrqueue.settings.engines import OpenRouterSettings
from ocrqueue.settings.load import load
from ocrqueue.settings.schema_remote import Rule

GOOD = """
[remote]
allowed = true
[[rules]]
folder = "private"
glob = "*.pdf"
allow_remote = false
[[rules]]
glob = "**/scans/**"
route = ["scripted", "tesseract"]
"""
BAD = """
rules = [
    { folder = "x" },
    { allow_remote = true },
    { folder = "x", allow_remote = "no" },
    { folder = "x", allow_remot = true },
    { glob = "x", route = ["tesserakt"] },
    { glob = "x", route = ["scripted", "scripted"] },
]
"""


def write(folder: Path, text: str) -> Path:
    file = folder / "config.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_rules_are_read_in_their_order(tmp_path: Path) -> None:
    """A rule's folder is relative to its file; what it does not say stays open; all are listed."""
    loaded = load(write(tmp_path, GOOD), {}, {})

    assert loaded.rules == (
        Rule(folder=tmp_path / "private", glob="*.pdf", allow_remote=False),
        Rule(glob="**/scans/**", route=("scripted", "tesseract")),
    )
    rows = {row.key: row for row in describe(loaded)}
    assert set(rows) == set(loaded.origins)
    assert rows["rules.2.route"].value == '["scripted", "tesseract"]'
    assert str(tmp_path) in rows["rules.2.route"].origin


def test_every_bad_rule_is_told(tmp_path: Path) -> None:
    """A rule that means no file, says nothing or names what there is not is refused by number."""
    with pytest.raises(SettingsError) as caught:
        load(write(tmp_path, BAD), {}, {})

    told = str(caught.value).splitlines()[1:]
    assert [line.strip(" -").partition(" (file")[0] for line in told] == [
        "rules number 1: it says nothing: neither allow_remote nor a route",
        "rules number 2: it names neither a folder nor a glob",
        "rules number 3: 'no' is no true or false",
        "rules number 4: unknown key allow_remot (known: folder, glob, allow_remote, route)",
        "rules.5.route names an unknown backend tesserakt, did you mean tesseract?",
        "rules.6.route names a backend twice",
    ]


@pytest.mark.parametrize(
    ("base_url", "is_remote"),
    [
        ("", False),
        ("http://localhost:1234/v1", False),
        ("http://127.0.0.1/v1", False),
        ("http://127.8.8.8/v1", False),
        ("http://[::1]:8000/v1", False),
        ("https://openrouter.ai/api/v1", True),
        ("http://192.168.0.9/v1", True),
        ("http://localhost.example.org/v1", True),
        ("http://localhost@example.org/v1", True),
        ("http://127.0.0.1:80@example.org/v1", True),
        ("http://127.0.0.1.example.org/v1", True),
        ("http://mac.local/v1", True),
        ("localhost", True),
        ("http://[", True),
    ],
)
def test_what_is_elsewhere(base_url: str, *, is_remote: bool) -> None:
    """Only an address of this machine sends no page away; one that cannot be read does."""
    candidate = OpenRouterSettings(base_url=base_url)

    assert candidate.is_remote is is_remote
    assert candidate.is_here is not is_remote


def test_a_way_to_openrouter_is_elsewhere() -> None:
    """A proxy or a tunnel to OpenRouter sends pages away, though its address is here."""
    candidate = OpenRouterSettings(base_url="http://127.0.0.1:9000/v1", api="openrouter")

    assert candidate.is_here
    assert candidate.is_remote
