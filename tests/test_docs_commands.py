"""What the documentation tells a reader to type, to set or to look for is there."""

import plistlib
import re
import shlex
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import click

from ocrqueue.backends.deepseek_mlx import models
from ocrqueue.backends.deepseek_mlx.models import PROFILES
from ocrqueue.model.errors.base import OcrqueueError
from ocrqueue.settings import load
from ocrqueue.settings.engines import Candidate
from ocrqueue.settings.schema import Settings
from tests.support.commands import accepted
from tests.test_docs import DOCS, PAGES, ROOT, cells, named, text_of
from tools import make_docs

BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`([^`\n]+)`")
BEFORE = r"(?:\$ |[^|#]*\| |caffeinate -is |[A-Z_]+=\S+ )?"  # a prompt, a pipe, a variable
OURS = re.compile(rf"^{BEFORE}(?:\.venv/bin/)?ocrqueue ([^|&#\n]*)")
IN_CONFIG = re.compile(r"^#   ocrqueue (.*?)(?:   |$)", re.MULTILINE)
KEY = re.compile(r"[a-z]+\.[a-z_]+")
VARIABLE = re.compile(r"OCRQUEUE_(\w+?)__(\w+)")
SCRIPT = re.compile(r"^(?:sudo )?(scripts/\w+\.sh)(?: ([a-z]\w+))?", re.MULTILINE)
# What others say when they fail; all else in the first column of the table is ours.
FOREIGN = {
    *("Insufficient Memory", "completeMemory() prepare count underflow", "NSRangeException"),
    *("kIOGPUCommandBufferCallbackErrorOutOfMemory", "mlx::core::metal::Device"),
    *("Operation not permitted", "mlx", "run"),
}
SETUP = text_of(DOCS / "MLX_SETUP.md")
TUNING = text_of(DOCS / "PERFORMANCE_TUNING.md")
DEPLOYMENT = text_of(DOCS / "MAC_DEPLOYMENT.md")
MAC = load.load(ROOT / "configs" / "mac-m2-air.toml", {}, {})
SECTIONS = {field.name for field in fields(Settings)}


def blocks(page: Path, language: str = "") -> list[str]:
    return [block for kind, block in BLOCK.findall(text_of(page)) if kind == language]


def typed(page: Path) -> Iterator[str]:
    """Yield the words after `ocrqueue`, in blocks and within lines, that a reader may type."""
    shown = "\n".join(blocks(page)).replace("\\\n", " ")  # a line may go on in the next
    for line in [*shown.splitlines(), *codes(text_of(page))]:
        if (found := OURS.search(line)) and "COMMAND" not in line:
            yield found[1]


def problem_of(line: str) -> str:
    """Return why the command line would not take these words."""
    try:
        accepted(shlex.split(line))
    except click.UsageError as error:
        if "does not exist" in str(error):  # a folder of the reader's, told in the text before
            return ""
        return f"{line.strip()}: {error.format_message()}"
    return ""


def value_of(settings: Settings, key: str) -> Any:
    section, name = key.split(".")
    return getattr(getattr(settings, section), name)


def codes(text: str) -> list[str]:
    return CODE.findall(text)


def test_what_pages_tell_to_type_is_taken() -> None:
    """Whatever is written as code and begins with `ocrqueue` is a command with options it takes."""
    lines = [(named(page), line) for page in PAGES for line in typed(page)]

    assert [(page, problem) for page, line in lines if (problem := problem_of(line))] == []


def test_there_is_something_to_type() -> None:
    """The pages hold many such lines, behind a pipe too, and a wrong one would be found."""
    lines = [line.strip() for page in PAGES for line in typed(page)]

    assert len(lines) > 80
    assert "run - -o out" in lines
    assert problem_of("wrker mlx")
    assert problem_of("worker mlx --no-such-option")


def test_what_configurations_tell_to_type_is_taken() -> None:
    """The commands in the comments of a configuration file are commands of ours."""
    paths = sorted((ROOT / "configs").glob("*.toml"))
    lines = [(named(path), line) for path in paths for line in IN_CONFIG.findall(text_of(path))]
    given = [(name, line.replace("COMMAND", "config").strip(". ")) for name, line in lines]

    assert given
    assert [(name, problem) for name, line in given if (problem := problem_of(line))] == []


def test_configurations_shown_are_taken(tmp_path: Path) -> None:
    """What a page shows as configuration holds only sections, keys and values that there are."""
    path = tmp_path / "shown.toml"
    shown = [(named(page), block) for page in PAGES for block in blocks(page, "toml")]
    problems = []
    for page, block in shown:
        path.write_text(block)
        try:
            told: tuple[object, ...] = load.load(path, {}, {}).warnings
        except OcrqueueError as error:
            told = (error,)
        problems += [(page, block, problem) for problem in told]

    assert shown
    assert problems == []


def test_settings_named_exist() -> None:
    """A key that is written as code, with its section, is one of the settings."""
    keys = {(named(page), code) for page in PAGES for code in codes(text_of(page))}
    sections = SECTIONS - {"backends"}
    ours = [one for one in keys if KEY.fullmatch(one[1]) and one[1].split(".")[0] in sections]

    assert len(ours) > 20
    assert [one for one in sorted(ours) if not _is_key(*one[1].split("."))] == []


def test_variables_named_exist() -> None:
    """An environment variable that a page names is a setting, or a key of a backend."""
    stand_in = {("SECTION", "KEY"), ("BACKENDS", "NAME__KEY")}
    found = [(page, name) for page in PAGES for name in VARIABLE.findall(text_of(page))]

    gone = [(named(page), *name) for page, name in found if not _is_known(*name)]

    assert len(found) > 5
    assert [one for one in gone if one[1:] not in stand_in] == []


def test_scripts_named_exist() -> None:
    """A script that is to be called is there, and knows the word that follows it."""
    calls = [call for page in PAGES for call in SCRIPT.findall("\n".join(blocks(page)))]

    assert calls
    assert [call for call in calls if not _is_taken(*call)] == []


def _is_taken(script: str, verb: str) -> bool:
    path = ROOT / script
    return path.exists() and (not verb or f"\n        {verb}) " in text_of(path))


def test_the_table_of_symptoms_quotes_us() -> None:
    """What a symptom quotes of ours is in the code, word by word."""
    table = SETUP.split("## Troubleshooting")[1]
    quoted = {code for row in cells(table)[2:] for code in codes(row[0])} - FOREIGN
    source = "".join(text_of(path) for path in (ROOT / "ocrqueue").rglob("*.py"))

    pieces = [piece.strip() for code in quoted for piece in code.split("...")]

    assert len(quoted) > 8
    assert [piece for piece in pieces if piece and piece not in source] == []


def test_the_kinds_of_model_are_the_real_ones() -> None:
    """The table of other models has each kind, what was tried of it, and models of that kind."""
    rows = [row for row in cells(SETUP) if len(row) == 3 and row[0].strip("`") in PROFILES]
    known = {model.repository: model.model_type for model in models.MODELS}

    assert {row[0].strip("`"): row[2] for row in rows} == {
        kind: str(profile.tried) for kind, profile in PROFILES.items()
    }
    examples = [(code, row[0].strip("`")) for row in rows for code in codes(row[1])]
    assert [one for one in examples if known.get(one[0], one[1]) != one[1]] == []


def test_sizes_of_models_are_those_of_the_list() -> None:
    """What the setup says of a model's size is what `ocrqueue models list` says."""
    sizes = {model.repository: model.size_gb for model in models.MODELS}
    rows = [row for row in cells(SETUP) if len(row) == 3 and row[1].endswith(" GB")]

    shown = {codes(row[0])[0]: float(row[1].split()[0]) for row in rows if codes(row[0])}

    assert shown
    assert {name: sizes[name] for name in shown} == shown


def test_the_pinned_revision_is_told() -> None:
    """As long as no revision is pinned, the setup says so; once one is, it names it."""
    revision = str(MAC.candidate("deepseek-mlx").options["revision"])

    assert (revision or "No revision is pinned") in SETUP


def test_what_a_mac_needs_is_what_the_script_asks_for() -> None:
    """macOS, memory and disk are the same in the setup's table and in scripts/setup_mac.sh."""
    script = text_of(ROOT / "scripts" / "setup_mac.sh")
    asked = dict(re.findall(r"^([A-Z]+_[A-Z]+(?:_GB)?)=(\d+)", script, re.MULTILINE))
    told = {row[0]: row[1] for row in cells(SETUP) if len(row) == 3}

    assert told["macOS"] == asked["OLDEST_MACOS"]
    assert told["memory"].startswith(f"{asked['LEAST_MEMORY_GB']} GB;")
    assert f"made for {asked['USUAL_MEMORY_GB']} GB" in told["memory"]
    assert told["disk"] == f"{asked['LEAST_DISK_GB']} GB free"


def test_the_tuned_values_are_those_of_the_file() -> None:
    """The column of values for the Mac is what configs/mac-m2-air.toml sets."""
    model = MAC.candidate("deepseek-mlx")
    table = TUNING.split("## The settings")[1].split("###")[0]
    rows = [(codes(row[0]), row[1]) for row in cells(table)]
    told = {names[0]: value.strip("`") for names, value in rows if names}

    for key, value in told.items():
        if key == "model":
            assert f"-{value}bit" in model.model
        elif "." in key:
            assert value == str(value_of(MAC, key)), key
        else:
            have = getattr(model, key, None) or model.options[key]
            assert value == f"{have:g}" if isinstance(have, float) else str(have), key
    assert len(told) > 8


def test_the_targets_are_those_of_the_settings() -> None:
    """The table of targets has each one with the three values it comes with."""
    rows = [row for row in cells(TUNING) if len(row) == 5 and "targets." in row[4]]
    told = {codes(row[4])[0].split(".")[1]: tuple(map(float, row[1:4])) for row in rows}
    targets = Settings().targets

    assert told == {field.name: getattr(targets, field.name) for field in fields(targets)}


def test_each_value_that_is_listed_is_taken() -> None:
    """Where an option has a list of values, each of them works as the tables spell it."""
    options = [
        (name, one) for name in make_docs.command_names() for one in make_docs.options_of(name)
    ]
    listed = [(name, one) for name, one in options if isinstance(one.type, click.Choice)]

    refused = [
        (name, value)
        for name, one in listed
        for value in make_docs.spelled(one).split()[-1].split("|")
        if not is_taken(one, value)
    ]

    assert len(listed) > 5
    assert refused == []


def is_taken(option: click.Option, value: str) -> bool:
    try:
        option.type.convert(value, option, None)
    except click.BadParameter:
        return False
    return True


def test_the_agents_are_the_real_ones() -> None:
    """The table of agents has each file of configs/launchd with what it runs."""
    rows = [row for row in cells(DEPLOYMENT) if row[0].startswith("`configs/launchd/")]
    files = sorted((ROOT / "configs" / "launchd").iterdir())

    assert {row[0].strip("`"): row[1].strip("`") for row in rows} == {
        named(path): " ".join(["ocrqueue", *_arguments(path)[1:]]) for path in files
    }


def _arguments(path: Path) -> list[str]:
    return [str(word) for word in plistlib.loads(path.read_bytes())["ProgramArguments"]]


def _is_known(section: str, key: str) -> bool:
    return _is_backend_key(key) if section == "BACKENDS" else _is_key(section, key)


def _is_key(section: str, key: str) -> bool:
    known = getattr(Settings(), section.lower(), None) if section.lower() in SECTIONS else None
    return known is not None and hasattr(known, key.lower())


def _is_backend_key(rest: str) -> bool:
    name, _, key = rest.partition("__")
    for candidate in MAC.candidates.values():
        if candidate.name.replace("-", "_").upper() == name:
            known = {field.name for field in fields(Candidate)} | {*candidate.options}
            return key.lower() in known
    return False
