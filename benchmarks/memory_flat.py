"""Whether worker, renderer, producer and collector keep their size over many pages.

A producer feeds documents of 50 pages to one worker, which draws every page in its renderer child
and reads it; their memory (RSS) is looked at four times a second. Printed is the mean over the last
tenth of a process's time against the mean over the first, its start left out. The worker is never
recycled, so that nothing is hidden. With `--backend tesseract` every page is really read.
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from statistics import fmean

import psutil

from benchmarks import plot, synthetic
from benchmarks.stage import ROOT, Stage, stage
from ocrqueue.settings.load import child_environ

NAMES = ("worker", "renderer", "producer", "collector")
EACH = 50  # pages of a document
FLAT = 1.1
MB = 1 << 20
LOOK_S = 0.25
STARTING = 60  # samples that are left out: a process that starts has not its size yet

Sample = Mapping[str, float]  # "pages" settled so far; MB by name of the process


def main() -> None:
    """Read the pages and print, process by process, the last tenth against the first."""
    arguments = _arguments()
    samples = list(measure(arguments.pages, arguments.backend))
    for name in NAMES:
        sizes = [sample[name] for sample in samples if sample.get(name)]
        sizes = sizes[min(STARTING, len(sizes) // 10) :]
        tenth = max(1, len(sizes) // 10)
        first, last = fmean(sizes[:tenth]), fmean(sizes[-tenth:])
        flat = "flat" if last <= FLAT * first else "grows"
        print(f"{name:9s} ratio {last / first:.2f} ({flat}): {first:.1f} MB, then {last:.1f} MB")
    if arguments.csv:
        _write(samples, arguments.csv)
    if arguments.svg:
        _draw(samples, arguments.svg)


def measure(pages: int, backend: str) -> Iterator[Sample]:
    """Yield samples while documents are fed and read."""
    drawn = {"backends__scripted__needs_image": "yes", "workers__recycle_pages": 0}
    fed = {"queue__max_backlog_pages": 2 * EACH, "queue__chunk_pages": EACH}
    with stage(reading__route=backend, **drawn, **fed) as here:
        synthetic.write_many(here.folder / "in", pages // EACH, pages=EACH)
        worker, collector = f"workers.{backend}_worker", "workers.collector"
        with here.process(collector) as assembling, here.process(worker) as reading:
            producing = _producer(here)
            watched = {"worker": reading, "collector": assembling, "producer": producing}
            while here.settled < pages:
                yield {"pages": here.settled, **_sizes(watched)}
                _require_alive(reading, producing)
                time.sleep(LOOK_S)
            producing.wait()


def _producer(here: Stage) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "ocrqueue", "enqueue", str(here.folder / "in"), "--quiet"]
    environment = child_environ(here.settings)
    return subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL)


def _sizes(watched: Mapping[str, "subprocess.Popen[bytes]"]) -> dict[str, float]:
    sizes = {}
    for name, process in watched.items():
        with suppress(psutil.Error):
            here = psutil.Process(process.pid)
            sizes[name] = here.memory_info().rss / MB
            if name == "worker":
                sizes["renderer"] = sum(c.memory_info().rss for c in here.children()) / MB
    return sizes


def _require_alive(
    reading: "subprocess.Popen[bytes]", producing: "subprocess.Popen[bytes]"
) -> None:
    if reading.poll() is not None or producing.poll() not in (None, 0):
        message = f"worker ended with {reading.poll()}, producer with {producing.poll()}"
        raise RuntimeError(message)


def _write(samples: Sequence[Sample], path: Path) -> None:
    names = ("pages", *NAMES)
    lines = [",".join(f"{sample.get(name, 0):.1f}" for name in names) for sample in samples]
    path.write_text("\n".join([",".join(names), *lines, ""]), encoding="utf-8")


def _draw(samples: Sequence[Sample], path: Path) -> None:
    whole = [sample for sample in samples if all(name in sample for name in NAMES)]
    lines = {name: [sample[name] for sample in whole] for name in NAMES}
    title = "Memory (RSS) while pages are drawn and read"
    plot.write_svg(path, title, [sample["pages"] for sample in whole], lines)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=5000, help="pages in all [5000]")
    backends = ("scripted", "tesseract")
    parser.add_argument("--backend", choices=backends, default="scripted", help="[scripted]")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write the samples there")
    parser.add_argument("--svg", type=Path, metavar="FILE", help="draw the samples there")
    return parser.parse_args()


if __name__ == "__main__":
    main()
