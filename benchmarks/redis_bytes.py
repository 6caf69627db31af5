"""What a page costs the queue's server in memory: while it waits, and once it is done.

One document is queued, then read by the scripted worker and collected, all on a server of its own.
The difference of the server's used memory, divided by the pages, is what one page takes. The target
is 1,500 bytes for a finished page; it is forgotten after `queue.result_ttl_s`.
"""

import argparse

from benchmarks import synthetic
from benchmarks.stage import stage, wait_until
from ocrqueue.broker.connection import Client

TARGET = 1500  # bytes
LIMIT_S = 1800.0


def main() -> None:
    """Queue and read the pages; print bytes a page, and their ratio to the target."""
    arguments = _arguments()
    waiting, finished = measure(arguments.pages)
    verdict = "met" if finished <= TARGET else "missed"
    print(
        f"ratio to the target {finished / TARGET:.2f} ({verdict}): {finished:.0f} bytes a finished"
        f" page, {waiting:.0f} bytes a waiting one ({arguments.pages} pages)"
    )


def measure(pages: int) -> tuple[float, float]:
    """Return the bytes a waiting page takes and those a finished one takes."""
    flags = {"queue__max_backlog_pages": pages + 1, "workers__recycle_pages": 0}
    with stage(reading__route="scripted", **flags) as here:
        document = synthetic.write_pdf(here.folder / "in" / "document.pdf", pages)
        empty = _taken(here.client)
        list(here.enqueue(document))
        full = _taken(here.client)
        with here.process("workers.collector"), here.process("workers.scripted_worker"):
            wait_until(lambda: here.collected, limit_s=LIMIT_S)
        done = _taken(here.client)
        return (full - empty) / pages, (done - empty) / pages


def _taken(client: Client) -> int:
    """Return the memory the server's data takes."""
    return int(client.info("memory")["used_memory"])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=5000, help="pages of the document [5000]")
    return parser.parse_args()


if __name__ == "__main__":
    main()
