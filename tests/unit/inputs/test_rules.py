"""Which rules hold for a file, and that no way to name a private file gets around one."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path, PurePath

import pytest

from ocrqueue.inputs.rules import may_leave, route_of
from ocrqueue.inputs.walk import Found
from ocrqueue.settings.load import load
from ocrqueue.settings.schema import Settings
from ocrqueue.settings.schema_remote import Rule


@pytest.fixture
def private(tmp_path: Path) -> Path:
    """A file in the folder `scans/private`."""
    file = tmp_path / "scans" / "private" / "a.pdf"
    file.parent.mkdir(parents=True)
    file.touch()
    return file


def settings(*rules: Rule, flags: Mapping[str, object] | None = None) -> Settings:
    return replace(load(None, {}, flags or {}), rules=rules)


def found(source: Path, relative: str = "") -> Found:
    return Found(source=source, relative=PurePath(relative or source.name))


def test_nothing_leaves_unless_somebody_allows_it(private: Path, tmp_path: Path) -> None:
    """The default is no; a rule, the settings or the command line may allow it."""
    allow = Rule(folder=tmp_path / "scans", allow_remote=True)

    assert not may_leave(found(private), settings())
    assert may_leave(found(private), settings(allow))
    assert may_leave(found(private), settings(flags={"remote.allowed": "true"}))
    assert not may_leave(found(tmp_path / "b.pdf"), settings(allow))


def test_a_rule_that_forbids_wins(private: Path, tmp_path: Path) -> None:
    """No other rule and no flag opens what one rule has closed, in whatever order they stand."""
    allow = Rule(folder=tmp_path / "scans", allow_remote=True)
    forbid = Rule(folder=private.parent, allow_remote=False)
    flags = {"remote.allowed": "true"}

    for rules in ((allow, forbid), (forbid, allow)):
        assert not may_leave(found(private), settings(*rules, flags=flags))
        assert may_leave(found(tmp_path / "scans" / "b.pdf"), settings(*rules))


def test_local_only_wins_over_rules_that_allow(private: Path) -> None:
    """`--local-only` keeps everything here."""
    allow = Rule(folder=private.parent, allow_remote=True)

    assert not may_leave(found(private), settings(allow, flags={"remote.allowed": "false"}))


@pytest.mark.parametrize("way", ["itself", "link to the file", "link to the folder", "dots"])
def test_a_file_is_private_by_whichever_way_it_is_reached(
    way: str, private: Path, tmp_path: Path
) -> None:
    """Links and detours do not lead around a rule, whether it names a folder or a glob."""
    link = tmp_path / "link"
    if way.startswith("link"):
        link.symlink_to(private if way == "link to the file" else private.parent)
    path = {
        "itself": private,
        "link to the file": link,
        "link to the folder": link / "a.pdf",
        "dots": tmp_path / "scans" / ".." / "scans" / "private" / "a.pdf",
    }[way]
    rules = (
        Rule(folder=private.parent, allow_remote=False),
        Rule(folder=tmp_path / "scans" / ".." / "scans", allow_remote=False),
        Rule(glob="**/private/**", allow_remote=False),
        Rule(glob="A.*", folder=tmp_path, allow_remote=False),
    )
    for rule in rules:
        chosen = settings(rule, flags={"remote.allowed": "true"})
        assert not may_leave(found(path), chosen)


def test_a_rule_that_names_a_link(private: Path, tmp_path: Path) -> None:
    """A rule's folder may be a link to the real one."""
    (tmp_path / "alias").symlink_to(private.parent)
    chosen = settings(
        Rule(folder=tmp_path / "alias", allow_remote=False), flags={"remote.allowed": "true"}
    )

    assert not may_leave(found(private), chosen)


def test_the_first_rule_with_a_route_gives_it(private: Path, tmp_path: Path) -> None:
    """Rules without a route are passed over; where none has one, the settings' route holds."""
    rules = (
        Rule(folder=private.parent, allow_remote=False),
        Rule(glob="*.tiff", route=("deepseek-mlx",)),
        Rule(folder=private.parent, route=("scripted",)),
        Rule(glob="*.pdf", route=("openrouter",)),
    )

    assert route_of(found(private), settings(*rules)) == ("scripted",)
    assert route_of(found(tmp_path / "b.pdf"), settings(*rules)) == ("openrouter",)
    assert route_of(found(tmp_path / "b.png"), settings(*rules)) == ("tesseract",)
    flags = {"reading.route": "tesseract,scripted"}
    asked = settings(*rules, flags=flags)
    assert route_of(found(private), asked) == ("tesseract", "scripted")
