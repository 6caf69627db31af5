"""The workflow runs what everybody runs, and the schemas that check it can find a mistake."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
BIN = Path(sys.executable).parent
WORKFLOW = ROOT / ".github" / "workflows" / "ci.yml"
JOBS: dict[str, Any] = yaml.safe_load(WORKFLOW.read_text("utf-8"))["jobs"]
TARGETS = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
OURS = re.compile(r"make (?P<targets>[a-z -]+)|(?:bash )?(?P<script>[\w.]+/\w[\w.]*)(?: --check)?")


def commands(job: dict[str, Any]) -> list[str]:
    """Return each command of a job, those of its matrix too."""
    matrix = job.get("strategy", {}).get("matrix", {}).get("include", ())
    lines = [step["run"] for step in job["steps"] if "run" in step]
    lines += [row["command"] for row in matrix if "command" in row]
    single = [part.strip() for line in lines for part in line.split("&&")]
    return [line for line in single if line != "${{ matrix.command }}"]


@pytest.mark.parametrize("name", JOBS)
def test_a_job_runs_what_everybody_runs(name: str) -> None:
    """Each command of a job is a target of the Makefile, or a script of ours."""
    found = commands(JOBS[name])

    assert found
    for command in found:
        asked = OURS.fullmatch(command.replace(" UPGRADE=--upgrade", ""))
        assert asked, command
        if asked["targets"]:
            assert set(asked["targets"].split()) <= set(TARGETS), command
        else:
            assert (ROOT / asked["script"]).is_file(), command


def test_the_machines_are_those_that_are_promised() -> None:
    """Linux with every Python that is promised, one with the oldest pip, and Apple silicon."""
    matrix = JOBS["linux"]["strategy"]["matrix"]
    oldest = [row["python"] for row in matrix["include"]]

    assert matrix["python"] == ["3.11", "3.12", "3.13", "3.14"]
    assert oldest == ["3.11.0"]
    assert JOBS["mac"]["runs-on"] == "macos-15"
    assert {"make run", "make test"} <= set(commands(JOBS["mac"]))


def test_no_job_may_write() -> None:
    """The workflow may read the code and nothing else, and each job ends by itself."""
    whole: dict[str, Any] = yaml.safe_load(WORKFLOW.read_text("utf-8"))

    assert whole["permissions"] == {"contents": "read"}
    assert all("permissions" not in job and "timeout-minutes" in job for job in JOBS.values())


def test_the_schema_finds_a_mistake(tmp_path: Path) -> None:
    """The check in `make lint` can fail: a misspelt key of a job is found."""
    wrong = tmp_path / "ci.yml"
    wrong.write_text(WORKFLOW.read_text("utf-8").replace("runs-on:", "run-on:", 1))
    schema = ("--builtin-schema", "vendor.github-workflows")

    checked = subprocess.run(
        [BIN / "check-jsonschema", *schema, wrong], capture_output=True, text=True, check=False
    )

    assert checked.returncode != 0
    assert "run-on" in checked.stdout
