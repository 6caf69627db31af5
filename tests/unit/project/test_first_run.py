"""scripts/first_run_mac.sh tries all steps, and collects one file that names nobody."""

import shutil
from pathlib import Path

import pytest

from tests.support.mac import ROOT, Mac, make_mac

PROGRAM = """#!/bin/sh
echo "$*" >> "$LOG"
case $1 in
    run) echo the text of a page in "$HOME"; mkdir -p "$4/.ocrqueue"
         echo '{"event": "page.attempt", "tokens": 7}' > "$4/.ocrqueue/log.jsonl" ;;
    models) echo "ok in $HOME/Models" ;;
    check) echo "server: none"; exit 6 ;;
esac
"""


@pytest.fixture(name="mac")
def _mac(tmp_path: Path) -> Mac:
    """A Mac with a checkout in its home, in which everything is installed."""
    mac = make_mac(tmp_path)
    for name in ("cat", "date", "git", "grep", "mkdir", "mv", "sed", "tail"):
        if not (tmp_path / "bin" / name).exists():
            (tmp_path / "bin" / name).symlink_to(shutil.which(name) or "")
    mac.has("sleep", ":")
    mac.has("pmset", "echo caffeinate")
    programs = mac.home / "ocrqueue" / ".venv" / "bin"
    programs.mkdir(parents=True)
    for name, text in (("ocrqueue", PROGRAM), ("python", "#!/bin/sh\necho 40 passed\n")):
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    shutil.copytree(ROOT / "scripts", mac.home / "ocrqueue" / "scripts")
    return mac


def test_every_step_is_tried_and_told(mac: Mac) -> None:
    """Also after one that failed; the exit code is how many did."""
    code, said = mac.run(mac.home / "ocrqueue" / "scripts" / "first_run_mac.sh")

    report = (mac.home / "ocrqueue" / "first-run" / "report.txt").read_text()
    steps = [line.split("-")[1] for line in report.splitlines() if line.startswith("== ")]
    assert " ".join(steps) == "machine setup pull verify check tests run bench base awake"
    assert (code, report.count("exit code 6,")) == (1, 1), said
    assert "FAILED: see first-run/parts/05-check" in said
    assert '"tokens": 7' in report
    assert "40 passed" in report


def test_the_report_holds_no_text_of_a_page_and_nobody_s_home(mac: Mac) -> None:
    """What `run` prints stays beside it."""
    mac.run(mac.home / "ocrqueue" / "scripts" / "first_run_mac.sh", "pull", "run")

    folder = mac.home / "ocrqueue" / "first-run"
    assert "text of a page" in (folder / "run.txt").read_text()
    report = (folder / "report.txt").read_text()
    assert "text of a page" not in report
    assert str(mac.home) not in report
    assert "ok in ~/Models" in report


def test_an_unknown_step_is_refused(mac: Mac) -> None:
    """With those there are; nothing is written."""
    code, said = mac.run(mac.home / "ocrqueue" / "scripts" / "first_run_mac.sh", "everything")

    assert code == 2
    assert "steps: machine setup pull" in said
    assert not (mac.home / "ocrqueue" / "first-run").exists()
