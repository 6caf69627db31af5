"""`ocrqueue run` against OCRmyPDF on the same documents, Tesseract, language and cores.

OCRmyPDF writes its text with `--sidecar`; to be fair it writes no PDF (`--output-type none`), draws
with PDFium as we do (`--rasterizer pypdfium`), and as many of its processes run at once as there
are cores, each with `-j 1`: the way its manual advises for many files. Ours is one `ocrqueue run`
with one worker a core, server start and stop included. Both use the Tesseract that ocrqueue uses,
one thread each; OCRmyPDF gets the longest documents first. They run in turns, A B B A; the text of
both is compared with the truth by words.

OCRmyPDF comes with the `bench` dependency group; `--ocrmypdf` names one that is elsewhere.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, median

from benchmarks import corpus, text_score
from benchmarks.stage import ROOT, children_cpu_s
from ocrqueue.backends import tesseract_program
from ocrqueue.cli.session import cores
from ocrqueue.settings.load import child_environ
from ocrqueue.settings.schema import Settings

LONGEST = 20  # pages of a document
LEAST_WORDS = 15  # in the truth; fewer say nothing
KINDS = ("born-digital/", "scanned/")
TURNED = ("rotated", "nemotron_multipage")  # documents with pages that lie or stand on their head
APART = 0.02  # of recall: documents further apart are named
DPI = "200"  # of image files, which do not always say theirs
ALIKE = ["-l", "eng", "-j", "1", "--mode", "force", "--output-type", "none", "--image-dpi", DPI]
THEIRS = ["--quiet", "--rasterizer", "pypdfium", *ALIKE]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One tool over all documents."""

    seconds: float
    cpu_s: float  # processor time of all its processes: what else the machine does matters less
    texts: Mapping[str, str]  # what was read, by path in the corpus


def main() -> None:
    """Run the pairs; print times, scores and their ratios."""
    arguments = _arguments()
    program = arguments.ocrmypdf or _installed()
    chosen = sample(arguments.pages)
    pages = sum(document.pages for document in chosen)
    print(f"{len(chosen)} documents, {pages} pages, {cores()} cores, {_versions(program)}")
    print("OCRmyPDF:", " ".join(["ocrmypdf", *THEIRS, "--sidecar", "TEXT", "FILE", "-"]))
    pairs = [_pair(chosen, program, first=number % 2) for number in range(arguments.pairs)]
    for ours, theirs in pairs:
        print(
            f"ocrqueue {ours.seconds:.1f} s ({ours.cpu_s:.1f} s of processor time),"
            f" OCRmyPDF {theirs.seconds:.1f} s ({theirs.cpu_s:.1f} s)"
        )
    ratio = median(theirs.seconds / ours.seconds for ours, theirs in pairs)
    cpu = median(theirs.cpu_s / ours.cpu_s for ours, theirs in pairs)
    print(
        f"time ratio {ratio:.2f}, processor time ratio {cpu:.2f}"
        f" (OCRmyPDF / ocrqueue, median of {len(pairs)}; above 1: ocrqueue is faster)"
    )
    _compare(chosen, *pairs[-1])


def sample(pages: int) -> list[corpus.Document]:
    """Return documents with about so many pages in all, those with a truth, kinds in turns."""
    kinds: dict[str, list[corpus.Document]] = {}
    for document in corpus.documents():
        if _is_fair(document) and corpus.whole_truth(document):
            kinds.setdefault(document.kind, []).append(document)
    chosen: list[corpus.Document] = []
    while any(kinds.values()):
        for waiting in kinds.values():
            if waiting and sum(document.pages for document in chosen) < pages:
                chosen.append(waiting.pop(0))
            elif sum(document.pages for document in chosen) >= pages:
                return chosen
    return chosen


def _is_fair(document: corpus.Document) -> bool:
    """Leave out what OCRmyPDF reads only with `--rotate-pages` (ocrqueue turns pages by itself)."""
    upright = not any(name in document.path for name in TURNED)
    return upright and document.path.startswith(KINDS) and document.pages <= LONGEST


def ocrqueue(documents: Sequence[corpus.Document]) -> Run:
    """Read the documents with one `ocrqueue run`."""
    with tempfile.TemporaryDirectory(prefix="ocrqueue-bench-") as scratch:
        inputs, out = _copy(documents, Path(scratch) / "in"), Path(scratch) / "out"
        command = [sys.executable, "-m", "ocrqueue", "run", str(inputs), "-o", str(out), "--quiet"]
        began, used = time.monotonic(), children_cpu_s()
        subprocess.run(
            command, check=True, cwd=ROOT, env=their_environment(), stdout=subprocess.DEVNULL
        )
        seconds, cpu_s = time.monotonic() - began, children_cpu_s() - used
        found = {path.stem: path.read_text("utf-8") for path in out.glob("*.md")}
        return Run(seconds=seconds, cpu_s=cpu_s, texts=_by_path(documents, found))


def ocrmypdf(documents: Sequence[corpus.Document], program: str) -> Run:
    """Read the documents with one OCRmyPDF process a file, as many at once as there are cores."""
    with tempfile.TemporaryDirectory(prefix="ocrqueue-bench-") as scratch:
        folder = _copy(documents, Path(scratch) / "in")
        longest_first = sorted(zip(documents, sorted(folder.iterdir()), strict=True), key=_length)
        environment = their_environment()

        def read(file: Path) -> None:
            command = [program, *THEIRS, "--sidecar", str(file.with_suffix(".txt")), str(file), "-"]
            subprocess.run(command, check=False, env=environment, stdout=subprocess.DEVNULL)

        began, used = time.monotonic(), children_cpu_s()
        with ThreadPoolExecutor(cores()) as pool:
            list(pool.map(read, [file for _, file in longest_first]))
        seconds, cpu_s = time.monotonic() - began, children_cpu_s() - used
        found = {path.stem: path.read_text("utf-8") for path in folder.glob("*.txt")}
        return Run(seconds=seconds, cpu_s=cpu_s, texts=_by_path(documents, found))


def _pair(documents: Sequence[corpus.Document], program: str, *, first: int) -> tuple[Run, Run]:
    if first == 0:
        ours = ocrqueue(documents)
        return ours, ocrmypdf(documents, program)
    theirs = ocrmypdf(documents, program)
    return ocrqueue(documents), theirs


def _length(pair: tuple[corpus.Document, Path]) -> int:
    return -pair[0].pages


def _copy(documents: Sequence[corpus.Document], folder: Path) -> Path:
    folder.mkdir()
    for number, document in enumerate(documents):
        shutil.copyfile(document.file, folder / f"{number:03d}{document.file.suffix}")
    return folder


def _by_path(documents: Sequence[corpus.Document], found: Mapping[str, str]) -> dict[str, str]:
    return {document.path: found.get(f"{n:03d}", "") for n, document in enumerate(documents)}


def _compare(documents: Sequence[corpus.Document], ours: Run, theirs: Run) -> None:
    """Print recall and precision of both, kind by kind and over all documents."""
    scored: dict[str, list[tuple[text_score.WordScore, text_score.WordScore]]] = {}
    for document in documents:
        truth = corpus.whole_truth(document) or ""
        if len(text_score.words(truth)) < LEAST_WORDS:
            continue
        both = [text_score.score(run.texts[document.path], truth) for run in (ours, theirs)]
        scored.setdefault(document.kind, []).append((both[0], both[1]))
        if abs(both[0].recall - both[1].recall) > APART:
            print(f"{document.path}: recall {both[0].recall:.3f}, OCRmyPDF {both[1].recall:.3f}")
    print(f"{'':24s} documents  recall: ocrqueue, OCRmyPDF  precision: ocrqueue, OCRmyPDF")
    for kind, scores in sorted(scored.items()):
        _print_scores(kind, scores)
    _print_scores("all", [score for scores in scored.values() for score in scores])
    for name, run in (("ocrqueue", ours), ("OCRmyPDF", theirs)):
        print(f"{name}: {sum(not text.strip() for text in run.texts.values())} without any text")


def _print_scores(
    kind: str, scores: Sequence[tuple[text_score.WordScore, text_score.WordScore]]
) -> None:
    recall = [fmean(pair[which].recall for pair in scores) for which in (0, 1)]
    precision = [fmean(pair[which].precision for pair in scores) for which in (0, 1)]
    print(
        f"{kind:24s} {len(scores):9d}  {recall[0]:16.3f}, {recall[1]:8.3f}"
        f"  {precision[0]:19.3f}, {precision[1]:8.3f}"
    )


def their_environment() -> dict[str, str]:
    """Return an environment in which OCRmyPDF finds the Tesseract that ocrqueue uses."""
    program = tesseract_program.find("", "")
    base = child_environ(Settings())
    path = f"{Path(program.path).parent}:{base.get('PATH', '')}"
    data = {"TESSDATA_PREFIX": program.tessdata_dir} if program.tessdata_dir else {}
    return {**base, "PATH": path, "OMP_THREAD_LIMIT": "1", **data}


def _installed() -> str:
    beside = Path(sys.executable).with_name("ocrmypdf")
    found = str(beside) if beside.exists() else shutil.which("ocrmypdf")
    if not found:
        sys.exit("no ocrmypdf: install the bench group (uv sync --group bench) or use --ocrmypdf")
    return found


def _versions(program: str) -> str:
    theirs = _first_line([program, "--version"])
    engine = _first_line([tesseract_program.find("", "").path, "--version"])
    return f"OCRmyPDF {theirs}, {engine}"


def _first_line(command: Sequence[str]) -> str:
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, env=their_environment()
    )
    return (done.stdout or done.stderr).splitlines()[0]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=120, help="pages in all, about [120]")
    parser.add_argument("--pairs", type=int, default=2, help="pairs of runs [2]")
    parser.add_argument("--ocrmypdf", metavar="PROGRAM", help="the program [installed beside us]")
    return parser.parse_args()


if __name__ == "__main__":
    main()
