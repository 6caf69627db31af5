"""The container files, the Procfile and the lock say what the program and each other say."""

import re
import shlex
import subprocess
import sys
import tomllib
from itertools import chain
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

import ocrqueue
from ocrqueue.settings import load
from tests.support.commands import accepted

ROOT = Path(__file__).parents[3]
BIN = Path(sys.executable).parent
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = sorted(set(SERVICES) - {"valkey"})
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
PROCESSES = dict(
    line.split(": ", 1)
    for line in (ROOT / "Procfile").read_text("utf-8").strip().splitlines()
    if not line.startswith("#")
)
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")


@pytest.fixture(scope="module")
def packages() -> list[dict[str, Any]]:
    """What uv.lock says of each package; to read it takes long."""
    told: list[dict[str, Any]] = tomllib.loads((ROOT / "uv.lock").read_text("utf-8"))["package"]
    return told


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_a_wrong_command_is_not_accepted() -> None:
    """The check below fails for words that are no command, no engine or no option of ours."""
    for words in (["wrker", "tesseract"], ["worker", "tesseract", "--no-such-option"]):
        with pytest.raises(click.UsageError):
            accepted(words)


@pytest.mark.parametrize("service", OURS)
def test_a_service_runs_a_real_command(service: str) -> None:
    """The command of each service is one that the program has, with options it takes."""
    program, *words = shlex.split(SERVICES[service]["command"])

    assert program == "ocrqueue"
    assert accepted(words) == f"ocrqueue {words[0]}" or words[0] == "worker"


@pytest.mark.parametrize("process", PROCESSES)
def test_a_procfile_process_runs_a_real_command(process: str) -> None:
    """Each line of the Procfile starts a command that the program has."""
    program, *words = shlex.split(PROCESSES[process])

    assert program == ".venv/bin/ocrqueue"
    assert accepted(words)


def test_compose_file_follows_the_published_schema() -> None:
    """docker-compose.yml is valid against the schema of the Compose Specification."""
    schema = ("--builtin-schema", "vendor.compose-spec")

    checked = run(BIN / "check-jsonschema", *schema, "docker-compose.yml")

    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_schema_finds_a_mistake(tmp_path: Path) -> None:
    """The schema check can fail: a misspelt key is found."""
    wrong = tmp_path / "docker-compose.yml"
    wrong.write_text("services: {valkey: {image: valkey, comand: x}}\n")

    checked = run(BIN / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", wrong)

    assert "comand" in checked.stdout
    assert checked.returncode != 0


@pytest.mark.parametrize("service", OURS)
def test_services_share_one_folder_at_one_place(service: str) -> None:
    """Every process sees the same files under the same path, so a path in a job means the same."""
    own = ["state:/tmp/.local/state/ocrqueue"] if service == "enqueue" else []
    assert SERVICES[service]["volumes"] == ["${OCRQUEUE_DATA:-./data}:/data", *own]


@pytest.mark.parametrize("service", OURS)
def test_the_environment_of_a_service_is_understood(service: str) -> None:
    """Each OCRQUEUE_ variable names a setting and holds a value it takes."""
    environment = SERVICES[service]["environment"]

    settings = load.load(None, environment, {})

    assert settings.workspace.output == Path("/data/out")
    assert "@valkey:6379" in settings.redis.url


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_a_service_comes_back_and_says_how_it_is(service: str) -> None:
    """Long-running services are restarted and have a health check; the one-shot one is neither."""
    facts = SERVICES[service]
    once = service == "enqueue"

    assert facts["restart"] == ("no" if once else "unless-stopped")
    assert ("test" in facts["healthcheck"]) is not once


@pytest.mark.parametrize("service", ["tesseract", "collector"])
def test_a_worker_may_finish_its_page(service: str) -> None:
    """A stopped container is killed only after a page's longest time."""
    seconds = int(SERVICES[service]["stop_grace_period"].removesuffix("s"))
    candidates = load.load(None, {}, {}).candidates.values()
    elsewhere = ("deepseek-mlx", "openrouter")  # no container has Metal, or a key
    here = [one for one in candidates if one.name not in elsewhere]

    assert seconds > max(candidate.timeout_s for candidate in here)


def test_only_the_dashboard_is_published_and_only_here() -> None:
    """No port leaves the machine: the dashboard listens on the loopback address, no other does."""
    published = {name: facts["ports"] for name, facts in SERVICES.items() if "ports" in facts}

    assert published == {"dashboard": ["127.0.0.1:9181:9181"]}


def test_the_server_of_the_compose_file_asks_for_a_password() -> None:
    """The server starts with a password from outside the file, keeps its data, drops no job."""
    words = SERVICES["valkey"]["command"]
    flags = dict(zip(words[1::2], words[2::2], strict=True))

    assert flags["--requirepass"].startswith("${VALKEY_PASSWORD:?")
    assert flags["--appendonly"] == "yes"
    assert flags["--maxmemory-policy"] == "noeviction"


def test_the_image_is_installed_as_make_run_does() -> None:
    """The Dockerfile runs the step of the Makefile, for what running needs, and no other."""
    (options,) = re.findall(r"^\.venv/\.runtime: OPTIONS := (.+)$", MAKEFILE, re.MULTILINE)
    steps = re.findall(r"^RUN python (.+)$", DOCKERFILE, re.MULTILINE)

    assert "$(PYTHON) -I tools/install.py $(OPTIONS)" in MAKEFILE
    assert [step.startswith(f"-I tools/install.py {options} ") for step in steps] == [True, True]
    assert "pip install" not in DOCKERFILE


def test_the_image_holds_all_that_the_wheel_needs() -> None:
    """What the build names is copied into the image and let through by .dockerignore."""
    wheel = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = [*wheel["packages"], *wheel["force-include"], "README.md", "LICENSE"]
    needed += ["pyproject.toml", "uv.lock", "tools/install.py", "tools/uv.txt"]
    through = (ROOT / ".dockerignore").read_text("utf-8").splitlines()

    assert all(f"!{name}" in through for name in needed)
    assert all(f"COPY {name} " in DOCKERFILE or f" {name} " in DOCKERFILE for name in needed)


def test_the_image_does_not_run_as_root() -> None:
    """The last USER of the Dockerfile is not root, and nothing is installed after it."""
    _, _, after = DOCKERFILE.rpartition("\nUSER ")

    assert after.startswith("ocrqueue\n")
    assert "RUN" not in after


def test_the_lock_was_made_from_this_project(packages: list[dict[str, Any]]) -> None:
    """uv.lock holds the dependencies and groups that pyproject.toml asks for."""
    own = next(package for package in packages if package["name"] == "ocrqueue")

    extras = chain.from_iterable(PROJECT["project"]["optional-dependencies"].values())
    wanted = (*PROJECT["project"]["dependencies"], *extras)
    asked = {line.split(";")[0].strip() for line in wanted}
    kept = {f"{r['name']}{r['specifier']}" for r in own["metadata"]["requires-dist"]}

    assert {sorted_bounds(line) for line in asked} == {sorted_bounds(line) for line in kept}
    assert set(PROJECT["dependency-groups"]) == set(own["metadata"]["requires-dev"])


def sorted_bounds(line: str) -> tuple[str, ...]:
    """Return a requirement in a form that does not depend on the order of its bounds."""
    at = min(line.find(sign) for sign in "<>=" if sign in line)
    return (line[:at], *sorted(line[at:].split(",")))


def test_a_set_up_begins_with_the_uv_of_the_lock(packages: list[dict[str, Any]]) -> None:
    """tools/uv.txt names one package, the uv of uv.lock, with the hashes of all its wheels."""
    (uv,) = (package for package in packages if package["name"] == "uv")
    name, *hashes = (ROOT / "tools" / "uv.txt").read_text("utf-8").replace("\\\n", "").split()

    assert name == f"uv=={uv['version']}"
    assert {wheel["hash"] for wheel in uv["wheels"]} <= {
        line.removeprefix("--hash=") for line in hashes
    }


def test_locks_name_public_sources_only(packages: list[dict[str, Any]]) -> None:
    """Everything comes from the public package index; no path and no other host is locked."""
    elsewhere = [
        package["name"]
        for package in packages
        if package["source"] not in ({"registry": "https://pypi.org/simple"}, {"editable": "."})
    ]

    assert not elsewhere
    assert "://" not in (ROOT / "tools" / "uv.txt").read_text("utf-8")


def test_one_version_everywhere() -> None:
    """The package, its metadata and the image have one version."""
    version = ocrqueue.__version__

    assert PROJECT["project"]["version"] == version
    assert {SERVICES[name]["image"] for name in OURS} == {f"ocrqueue:{version}"}
