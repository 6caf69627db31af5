"""What the documentation says is true of the code: commands, errors, states, links, examples."""

import ast
import json
import re
import tomllib
from pathlib import Path

import pytest

from ocrqueue import api
from ocrqueue.backends import factory
from ocrqueue.broker import keys
from ocrqueue.cli import COMMANDS
from ocrqueue.model.document import Task
from ocrqueue.model.errors.base import ExitCode, OcrqueueError
from ocrqueue.model.page import Verdict
from ocrqueue.workspace import ledger
from tests.support.servers import Server
from tools import make_docs

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
README = ROOT / "README.md"
LONGEST_README = 120  # lines
MAIN_PATH = 930  # lines: about 900
COMMAND_BY = 30  # line of the README

PAGES = [
    README,
    *(ROOT / name for name in ("CONTRIBUTING.md", "CHANGELOG.md", "CLAUDE.md", "SECURITY.md")),
]
PAGES += sorted(DOCS.rglob("*.md"))
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
TEST = re.compile(r"`((?:unit|contract|system)/(?:\w+/)*test_\w+\.py)::(test_\w+)`")
ARROW = re.compile(r"^ +(\S+) --> (\S+)", re.MULTILINE)
CHART = re.compile(r"```mermaid\n(.*?)```", re.DOTALL)
EXAMPLE = re.compile(r"```python\n(.*?)```", re.DOTALL)
PATH = re.compile(r"`((?:ocrqueue|workers|configs|tests|docs)/[\w./-]+)`")


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def text_of(path: Path) -> str:
    return path.read_text("utf-8")


def cells(text: str) -> list[list[str]]:
    """Return the cells of all lines of tables."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def anchors(text: str) -> set[str]:
    """Return what a link may name after the #, as GitHub spells headings."""
    heads = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}


def test_tables_come_from_the_code() -> None:
    """Options, errors and keys stand there as the code has them; no table is empty."""
    pages = {name: text_of(DOCS / name) for name in make_docs.PAGES}

    old = [name for name, text in pages.items() if text != make_docs.renewed(name, text)]

    assert old == [], "run: python -m tools.make_docs"
    assert [name for name, text in pages.items() if " begin -->\n<!-- " in text] == []


def test_every_command_has_its_section() -> None:
    """Each command has a heading of its own and a line in the list on top; nothing else has."""
    heads = re.findall(r"^## ([a-z]+)$", text_of(DOCS / "cli.md"), re.MULTILINE)
    listed = re.findall(r"^\| \[`([a-z]+)`\]", text_of(DOCS / "cli.md"), re.MULTILINE)

    assert sorted(heads) == sorted(COMMANDS)
    assert sorted(listed) == sorted(COMMANDS)


def test_every_option_is_documented() -> None:
    """Each option stands in docs/cli.md; none is hidden from the generated tables."""
    text = text_of(DOCS / "cli.md")
    options = [(name, o) for name in make_docs.command_names() for o in make_docs.options_of(name)]

    missing = [(command, name) for command, o in options for name in o.opts if name not in text]

    assert len(options) > 50
    assert missing == []


def test_commands_have_an_example() -> None:
    """The section of each command shows how it is called."""
    sections = re.split(r"^## ", text_of(DOCS / "cli.md"), flags=re.MULTILINE)
    own = {section.split("\n")[0]: section for section in sections}

    assert [name for name in COMMANDS if f"\nocrqueue {name}" not in own[name]] == []


def test_exit_codes_are_the_real_ones() -> None:
    """Number and name of each exit code are those of the code, in its order."""
    table = [row[:2] for row in cells(text_of(DOCS / "cli.md")) if row[0].isdigit()]

    assert table == [[str(int(code)), code.name] for code in ExitCode]


def test_every_error_is_documented_once() -> None:
    """All errors below the base, wherever they are defined, have a row with message and remedy."""
    rows = {row[0].strip("`"): row for row in cells(text_of(DOCS / "errors.md"))}
    kinds = make_docs.kinds_below(OcrqueueError)
    leaves = [kind for kind in kinds if kind not in make_docs.FAMILIES]

    assert [kind.code for kind in leaves if kind.code not in rows] == []
    assert len({kind.code for kind in leaves}) == len(leaves)


def test_errors_say_what_to_do() -> None:
    """Each error a user can meet has a remedy."""
    kinds = make_docs.kinds_below(OcrqueueError)

    assert [kind.code for kind in kinds if not kind.remedy and kind not in make_docs.FAMILIES] == []


def test_the_chart_has_the_states_of_a_page() -> None:
    """The states of the first chart are those that the queue keeps a bitmap for."""
    chart = CHART.findall(text_of(DOCS / "lifecycle.md"))[0]

    assert {state for arrow in ARROW.findall(chart) for state in arrow} - {"[*]"} == {*keys.STATES}


def test_the_steps_are_the_real_ones() -> None:
    """The table of what comes after a failed attempt names the steps of `routing`."""
    tree = ast.parse(text_of(ROOT / "ocrqueue" / "model" / "routing.py"))
    steps = [node.name for node in tree.body if isinstance(node, ast.ClassDef)]

    rows = [row[0] for row in cells(text_of(DOCS / "lifecycle.md"))]

    assert [step for step in steps if step not in rows] == []


def test_the_states_of_a_document_are_the_real_ones() -> None:
    """The table of a document's states has those of the ledger."""
    rows = [row[0] for row in cells(text_of(DOCS / "lifecycle.md"))]

    assert [state for state in ledger.State if state not in rows] == []


def test_tests_named_in_the_documentation_exist() -> None:
    """Each test that a page names, in whatever table, is there."""
    found = [test for page in PAGES for test in TEST.findall(text_of(page))]

    gone = [f"{file}::{test}" for file, test in found if f"def {test}(" not in _test_file(file)]

    assert len(found) > 10
    assert gone == []


def test_links_lead_somewhere() -> None:
    """Links to files and headings resolve; links to the outside are left to the reader."""
    links = [(page, link) for page in PAGES for link in LINK.findall(text_of(page))]

    broken = [(named(page), link) for page, link in links if not _leads_somewhere(page, link)]

    assert len(links) > 50
    assert broken == []


def _leads_somewhere(page: Path, link: str) -> bool:
    if "://" in link:
        return True
    target, _, anchor = link.partition("#")
    path = (page.parent / target).resolve() if target else page
    return path.exists() and (not anchor or anchor in anchors(text_of(path)))


def test_named_files_exist() -> None:
    """A path of the repository that is written as code is there."""
    paths = [(named(page), path) for page in PAGES for path in PATH.findall(text_of(page))]

    assert len(paths) > 50
    assert [(page, path) for page, path in paths if not (ROOT / path).exists()] == []


def test_the_map_shows_every_room() -> None:
    """Each room at the top of the library stands in the map of docs/architecture.md."""
    rows = "".join(row[0] for row in cells(text_of(DOCS / "architecture.md")))
    modules = [path for path in (ROOT / "ocrqueue").iterdir() if path.suffix == ".py"]
    packages = [path.parent for path in (ROOT / "ocrqueue").glob("*/__init__.py")]
    shown = [f"`{path.name}`" for path in modules if not path.name.startswith("__")]
    shown += [f"`{path.name}/`" for path in packages]

    assert [name for name in shown if name not in rows] == []


def test_the_layers_are_the_real_ones() -> None:
    """The picture of the layers has a line for each layer of the import contract."""
    contracts = tomllib.loads(text_of(ROOT / "pyproject.toml"))["tool"]["importlinter"]["contracts"]
    (layers,) = (contract["layers"] for contract in contracts if contract["id"] == "layers")
    page = text_of(DOCS / "architecture.md")

    assert [line for line in layers if line != "__main__" and f" {line}" not in page] == []


def test_the_main_path_is_short() -> None:
    """A newcomer reads the files of the reading order in about 900 lines."""
    page = text_of(DOCS / "architecture.md").partition("## Reading order")[2]
    files = [row[0].strip("`") for row in cells(page) if row[0].startswith("`ocrqueue/")]

    assert files
    assert sum(len(text_of(ROOT / name).splitlines()) for name in files) <= MAIN_PATH


def test_the_readme_is_short() -> None:
    """The README fits into 120 lines and shows a command early."""
    lines = text_of(README).splitlines()

    assert len(lines) <= LONGEST_README
    assert any(line.startswith("$ make run") for line in lines[:COMMAND_BY])


def test_the_readmes_commands_exist() -> None:
    """What the README tells to type is in the Makefile or on the command line."""
    text = text_of(README)
    targets = re.findall(r"^\$ make (\w+)", text, re.MULTILINE)
    commands = re.findall(r"^(?:\$ )?(?:\.venv/bin/)?ocrqueue (\w+)", text, re.MULTILINE)

    assert {"run", "test"} <= set(targets)
    makefile = text_of(ROOT / "Makefile")
    assert [name for name in targets if f"\n{name}: " not in makefile] == []
    assert commands
    assert [name for name in commands if name not in COMMANDS] == []


def test_the_glossary_explains_each_word_once() -> None:
    """No word has two meanings, and no name that a user can choose or read is left out."""
    text = text_of(DOCS / "glossary.md")
    words = re.findall(r"\*\*([^*]+)\*\*", text)

    assert len(words) > 20
    assert len(set(words)) == len(words)
    assert [name for name in (*Verdict, *Task, *factory.MODULES) if f"`{name}`" not in text] == []


def test_library_examples_run(
    tmp_path: Path,
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The examples of docs/library.md run one after another and print what they promise."""
    (tmp_path / "samples").symlink_to(ROOT / "samples")
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {"redis_url": server.url}
    examples = EXAMPLE.findall(text_of(DOCS / "library.md"))
    assert len(examples) == 8

    for example in examples:
        if "read_ledger" in example:
            _write_ledger(Path("sample-out/letter.json"), names["converted"])
        exec(compile(example, "docs/library.md", "exec"), names)  # noqa: S102 - our own page

    printed = capsys.readouterr().out
    assert "Repair of the parish registers" in printed
    assert "not-supported" in printed
    assert "queued" in printed
    assert (tmp_path / "out" / ".ocrqueue").is_dir()


def _test_file(name: str) -> str:
    path = ROOT / "tests" / name
    return text_of(path) if path.exists() else ""


def _write_ledger(path: Path, converted: object) -> None:
    """Put the ledger of what was converted where the page says that one lies."""
    assert isinstance(converted, api.Converted)
    path.parent.mkdir()
    path.write_text(json.dumps(converted.ledger.to_wire()), "utf-8")
