"""What it costs that documents take turns, and what it is worth.

    python -m benchmarks turns --rounds 5

Blocks with turns and without take turns themselves, each with a server and workers of its own. A
block is one batch: a giant comes first, documents of 1 to 60 pages behind it. Told are the time of
the whole batch, how soon the documents behind the giant are read, and how far the order in which
they are complete is the one in which they came (Spearman's rank correlation).

    python -m benchmarks turns --behind 20000

How soon a document of one page is read that comes behind so many pages of another, with the
settings that everybody has. The reader is the scripted one; `--slow` is what it takes for a page.
"""

import argparse
import random
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks import synthetic
from benchmarks.stage import Stage, children_cpu_s, stage, wait_until

NEVER = 10**6  # pages in a turn: no document has so many
TARGET = 1.02
LIMIT_S = 900.0
QUEUE = "scripted"
SEED = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One batch, read to its end."""

    seconds: float
    cpu_s: float  # processor time of all processes
    waits_s: list[float]  # of each document behind the giant, from the batch's begin

    @property
    def order(self) -> float:
        """Return how far documents were complete in the order in which they came, at most 1."""
        ranked = sorted(range(len(self.waits_s)), key=self.waits_s.__getitem__)
        count = len(ranked)
        apart = sum((came - done) ** 2 for done, came in enumerate(ranked))
        return 1 - 6 * apart / (count * (count**2 - 1))


def main() -> None:
    """Tell how soon a small document is read, or compare batches with and without turns."""
    arguments = _arguments()
    if arguments.behind:
        seconds = behind(arguments.behind, slow=arguments.slow)
        print(f"one page behind {arguments.behind} pages: read after {seconds:.1f} s")
        return
    flags = {"with": {}, "without": {"queue__turn_pages": NEVER}}
    blocks: dict[str, list[Block]] = {name: [] for name in flags}
    for number in range(arguments.rounds):
        for name in sorted(flags, reverse=bool(number % 2)):
            blocks[name].append(batch(arguments, **flags[name]))
            one = blocks[name][-1]
            print(
                f"{name:8} {one.seconds:6.1f} s, {one.cpu_s:6.1f} s of processor time", flush=True
            )
    _tell(blocks["with"], blocks["without"])


def batch(arguments: argparse.Namespace, **flags: object) -> Block:
    """Queue a giant and documents behind it, and wait until all are written."""
    used = children_cpu_s()
    with _reading(arguments.workers, arguments.slow, **flags) as here:
        began = time.monotonic()
        names = list(_write(here.folder / "in", arguments.giant, arguments.documents))
        list(here.enqueue(*names))
        wait_until(lambda: here.collected, limit_s=LIMIT_S)
        seconds = time.monotonic() - began
        offset = time.time() - time.monotonic()
        done = [_output(here, name).stat().st_mtime - offset - began for name in names[1:]]
    return Block(seconds=seconds, cpu_s=children_cpu_s() - used, waits_s=done)


def behind(pages: int, *, slow: float) -> float:
    """Return how soon one page is read that comes behind so many pages of another document."""
    with _reading(2, slow) as here:
        giant = synthetic.write_pdf(here.folder / "in" / "giant.pdf", pages)
        small = synthetic.write_pdf(here.folder / "in" / "small.pdf", 1, salt="small")
        list(here.enqueue(giant))
        began = time.monotonic()
        list(here.enqueue(small))
        return wait_until(_output(here, small).exists, limit_s=LIMIT_S) - began


def _write(folder: Path, giant: int, documents: int) -> Iterator[Path]:
    chance = random.Random(SEED)  # noqa: S311 - the same documents each time
    yield synthetic.write_pdf(folder / "giant.pdf", giant)
    for number in range(documents):
        pages = chance.choice((1, 1, 1, 2, 5, 10, 30, 60))
        yield synthetic.write_pdf(folder / f"{number:06d}.pdf", pages, salt=str(number))


def _output(here: Stage, source: Path) -> Path:
    return Path(str(here.settings.workspace.output), f"{source.stem}.md")


@contextmanager
def _reading(workers: int, slow: float, **flags: object) -> Iterator[Stage]:
    """Yield a stage on which so many workers and a collector are at work."""
    script = f"*: slow {slow}" if slow else "*: ok"
    own = {"reading__route": QUEUE, "backends__scripted__script": script, **flags}
    with stage(**own) as here, ExitStack() as stack:
        for module in ["workers.scripted_worker"] * workers + ["workers.collector"]:
            stack.enter_context(here.process(module))
        wait_until(lambda: here.client.scard("rq:workers") > workers, limit_s=LIMIT_S)
        yield here


def _tell(ours: Sequence[Block], theirs: Sequence[Block]) -> None:
    pairs = list(zip(ours, theirs, strict=True))
    clock = [a.seconds / b.seconds for a, b in pairs]
    cpu = [a.cpu_s / b.cpu_s for a, b in pairs]
    verdict = "met" if median(clock) <= TARGET else "missed"
    spread = f"{min(clock):.3f} to {max(clock):.3f}, median of {len(pairs)} pairs"
    print(f"the whole batch: ratio {median(clock):.3f} ({spread}); target {TARGET}: {verdict}")
    print(f"processor time: ratio {median(cpu):.3f} ({min(cpu):.3f} to {max(cpu):.3f})")
    for name, blocks in (("with turns", ours), ("without", theirs)):
        waits = sorted(wait for block in blocks for wait in block.waits_s)
        order = median(block.order for block in blocks)
        print(
            f"{name:10}: a document behind the giant is complete after {median(waits):.1f} s,"
            f" the last after {waits[-1]:.1f} s; order {order:.3f}"
        )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="pairs of blocks [5]")
    parser.add_argument("--giant", type=int, default=4000, help="pages of the giant [4000]")
    parser.add_argument("--documents", type=int, default=200, help="behind the giant [200]")
    parser.add_argument("--workers", type=int, default=2, help="readers [2]")
    parser.add_argument("--slow", type=float, default=0.0, help="seconds a page takes [0]")
    parser.add_argument("--behind", type=int, default=0, help="pages of a giant; see above")
    return parser.parse_args()


if __name__ == "__main__":
    main()
