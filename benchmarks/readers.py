"""Who can read a page of the corpus: our readers by their settings, others by their commands."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, Self

import psutil
import pypdfium2
from PIL import Image

from benchmarks import corpus, versus_ocrmypdf
from benchmarks.stage import children_cpu_s
from ocrqueue.inputs import fingerprint
from ocrqueue.model.page import Verdict
from ocrqueue.pipeline import attempt, in_process
from ocrqueue.pipeline.attempt import Accepted, Request
from ocrqueue.pipeline.order import reading_of, renderer_of
from ocrqueue.settings.engines import Candidate, TesseractSettings
from ocrqueue.settings.schema import OutputSettings, Settings
from ocrqueue.text.compose import compose
from ocrqueue.text.front_matter import FrontMatter

ENGINE = "tesseract"  # the backend that leads the route of our readers
OURS = {"tesseract": "never", "auto": "auto", "text-layer": "only"}  # -> settings' text_layer
LONGEST_S = 180
IMAGE_DPI = 200  # of image files that do not say theirs


@dataclass(frozen=True, slots=True, kw_only=True)
class PageText:
    """What a reader made of a page."""

    text: str
    backend: str = ""  # of ours: who it was in the end
    lang: str = ""  # of ours: what it was read in
    verdict: Verdict | None = None  # of ours; None: it failed
    reason: str = ""
    cpu_s: float = 0.0  # processor time of all that took part


class PageReader(Protocol):
    """Reads pages one at a time; a context manager."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def read(self, document: corpus.Document, page: int) -> PageText:
        """Read a page."""
        ...


class Ours:
    """One of our readers, from the file to the Markdown, without the queue."""

    def __init__(self, text_layer: str, engine: TesseractSettings | None = None) -> None:
        """Start nothing yet."""
        settings = Settings()
        reading = replace(settings.reading, text_layer=text_layer)
        own: dict[str, Candidate] = {ENGINE: engine} if engine else {}
        candidates = {**settings.candidates, **own}
        self._settings = replace(settings, reading=reading, candidates=candidates)
        self._reading = reading_of(self._settings, [ENGINE])
        self.style = OutputSettings()
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Start the renderer."""
        self._renderer = self._stack.enter_context(renderer_of(self._settings))
        self._tools = in_process.tools_of(self._settings, ENGINE, self._renderer)
        self._stack.callback(self._tools.backend.close)
        return self

    def __exit__(self, *_: object) -> None:
        """End the renderer and the engine."""
        self._stack.close()

    def read(self, document: corpus.Document, page: int) -> PageText:
        """Read a page as a worker would, and compose it as a document of this page alone."""
        found, password = fingerprint.identify(document.file, self._reading, self._renderer.count)
        before = _cpu_s()
        outcome = attempt.run(Request(document=found, page=page, password=password), self._tools)
        used = _cpu_s() - before
        if not isinstance(outcome, Accepted):
            return PageText(text="", reason=outcome.attempt.message, cpu_s=used)
        result = outcome.result
        front = FrontMatter.of(found, [result])
        return PageText(
            text=compose([result], self.style, front) or "",
            backend=result.backend,
            lang=outcome.result.attempts[-1].lang,
            verdict=result.verdict,
            reason=result.reason,
            cpu_s=used,
        )


class Command:
    """Another program, started for each page with a PDF of this page alone."""

    def __init__(self, command: Sequence[str]) -> None:
        """Take the command; FILE stands for the PDF, TEXT for the file that it writes."""
        self._command = command

    def __enter__(self) -> Self:
        """Make a folder for the pages."""
        self._folder = tempfile.TemporaryDirectory()
        return self

    def __exit__(self, *_: object) -> None:
        """Remove the folder."""
        self._folder.cleanup()

    def read(self, document: corpus.Document, page: int) -> PageText:
        """Run the program; what it prints is the text where it writes no file."""
        source, text = Path(self._folder.name, "page.pdf"), Path(self._folder.name, "text.txt")
        text.unlink(missing_ok=True)
        _write_page(document.file, page, source)
        places = {"FILE": str(source), "TEXT": str(text)}
        command = [places.get(word, word) for word in self._command]
        before = children_cpu_s()
        try:
            done = subprocess.run(
                command,
                check=False,
                capture_output=True,
                timeout=LONGEST_S,
                env=versus_ocrmypdf.their_environment(),
            )
        except subprocess.TimeoutExpired:
            return PageText(text="", reason="too slow", cpu_s=children_cpu_s() - before)
        said = text.read_bytes() if text.exists() else done.stdout
        used = children_cpu_s() - before
        return PageText(text=said.decode("utf-8", "replace").replace("\f", "\n"), cpu_s=used)


_KREUZBERG = """
import sys
from kreuzberg import ExtractionConfig, OcrConfig, extract_file_sync
english = OcrConfig(backend="tesseract", language="eng")
config = ExtractionConfig(output_format="markdown", use_cache=False, ocr=english)
print(extract_file_sync(sys.argv[1], config=config).content)
"""
_OTHERS: Mapping[str, Sequence[str]] = {
    "pdftotext": ("-enc", "UTF-8", "FILE", "-"),
    "ocrmypdf": (
        *("--quiet", "--rasterizer", "pypdfium", "-l", "eng", "-j", "1", "--mode", "force"),
        *("--output-type", "none", "--sidecar", "TEXT", "FILE", "-"),
    ),
    "kreuzberg": ("-c", _KREUZBERG, "FILE"),
    "markitdown": ("FILE",),
}
NAMES = (*OURS, *_OTHERS)


def reader(name: str) -> PageReader:
    """Return a reader by its name.

    Raises:
        SystemExit: it is not installed.
    """
    if name in OURS:
        return Ours(OURS[name])
    beside = Path(sys.executable).with_name(name)
    program = str(beside) if beside.exists() else shutil.which(name)
    if program is None:
        sys.exit(f"{name} is not installed: leave it out of --readers")
    if name == "kreuzberg":
        program = str(Path(program).with_name("python"))
    return Command([program, *_OTHERS[name]])


def _cpu_s() -> float:
    """Return the processor time of this process and all its children, living and gone."""
    own = os.times()
    living = [child.cpu_times() for child in psutil.Process().children(recursive=True)]
    return own.user + own.system + children_cpu_s() + sum(one.user + one.system for one in living)


def _write_page(source: Path, page: int, target: Path) -> None:
    if source.suffix.lower() != ".pdf":
        with Image.open(source) as image:
            image.seek(page - 1)
            dpi = image.info.get("dpi", (IMAGE_DPI, IMAGE_DPI))[0]
            image.convert("RGB").save(target, "PDF", resolution=float(dpi), quality=95)
        return
    with pypdfium2.PdfDocument(source) as whole, pypdfium2.PdfDocument.new() as alone:
        alone.import_pages(whole, [page - 1])
        alone.save(target)
