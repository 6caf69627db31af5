"""Each benchmark runs at a tiny size and prints its ratio."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.corpus import needs_corpus

ROOT = Path(__file__).resolve().parents[2]
BESIDE = Path(sys.executable).with_name("ocrmypdf")


def run(name: str, *options: str) -> str:
    command = [sys.executable, "-m", "benchmarks", name, *options]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=90, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def ratios(text: str) -> list[float]:
    return [float(found) for found in re.findall(r"ratio (?:to the target )?(\d+\.\d+)", text)]


def test_the_pipeline_is_compared_with_bare_rq() -> None:
    """Both workers do jobs in their turns, and the ratio is printed."""
    told = run("pipeline_overhead", "--jobs", "400", "--turns", "2", "--seconds", "0.3")
    assert ratios(told)[0] > 0
    assert re.search(r"pipeline +[1-9]\d* jobs/s", told)
    assert re.search(r"bare RQ +[1-9]\d* jobs/s", told)


def test_enqueueing_is_measured() -> None:
    """All pages of one large and of many small documents are queued, with speed and memory."""
    told = run("enqueue_scale", "--pages", "20", "--each", "4")
    assert told.count("pages/s") == 2
    assert "memory ratio of largest to smallest" in told


def test_bytes_a_page_are_measured() -> None:
    """The server's memory is taken for waiting and for finished pages."""
    told = run("redis_bytes", "--pages", "100")
    assert re.search(r"[1-9]\d* bytes a finished page, [1-9]\d* bytes a waiting one", told)


def test_memory_over_many_pages_is_measured(tmp_path: Path) -> None:
    """Worker, renderer, producer and collector each get a ratio, and the samples a file."""
    samples = tmp_path / "samples.csv"
    told = run("memory_flat", "--pages", "150", "--csv", str(samples))
    assert [line.split()[0] for line in told.splitlines() if "ratio" in line] == [
        "worker",
        "renderer",
        "producer",
        "collector",
    ]
    assert samples.read_text().startswith("pages,worker,renderer,producer,collector\n")


@needs_corpus
@pytest.mark.skipif(
    not BESIDE.exists() and not shutil.which("ocrmypdf"),
    reason="OCRmyPDF is not installed (dependency group bench)",
)
def test_ocrmypdf_is_compared() -> None:
    """Both read the same pages; time ratio and word scores of both are printed."""
    told = run("versus_ocrmypdf", "--pages", "1", "--pairs", "1")
    assert ratios(told)[0] > 0
    assert re.search(r"^all +1 +[01]\.\d+, +[01]\.\d+", told, re.MULTILINE)


def test_an_unknown_name_is_refused() -> None:
    """A benchmark that is not there ends with code 2 and the names of those that are."""
    command = [sys.executable, "-m", "benchmarks", "nonsense"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "pipeline_overhead" in done.stdout
