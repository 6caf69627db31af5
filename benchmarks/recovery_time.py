"""How soon pages are read again after something died, with the settings everybody has.

    python -m benchmarks.recovery_time --runs 5 --down 60

- restart: a supervised worker is killed within a page, until its successor reads that page.
- takeover: a worker is killed, or put to sleep, within a page, until an idle one reads that page.
- server down: the server is killed and comes back after so many seconds; until the next page is
  settled. Worker and collector must be the same processes as before.

Real processes and a real server, the scripted backend; each run has a server of its own.
"""

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from statistics import median

import psutil

from benchmarks.stage import ROOT, Stage, stage, wait_until
from benchmarks.synthetic import write_pdf
from ocrqueue.broker import connection, monitor
from ocrqueue.settings.load import child_environ

RESTART_S = 3.0  # what we promise ...
TAKEOVER_S = 20.0
LIMIT_S = 120.0  # ... and when we stop waiting
QUEUE = "scripted"
WORKER = f"workers.{QUEUE}_worker"
SLOW = {"backends__scripted__script": "*: slow 100", "reading__route": QUEUE}
QUICK = {"backends__scripted__script": "*: slow 0.1", "reading__route": QUEUE}


def main() -> None:
    """Measure each recovery several times and print the least, the middle and the longest time."""
    arguments = _arguments()
    show("restart after SIGKILL", [restart() for _ in range(arguments.runs)], RESTART_S)
    for number in (signal.SIGKILL, signal.SIGSTOP):
        taken = [takeover(number) for _ in range(arguments.runs)]
        show(f"takeover after {number.name}", taken, TAKEOVER_S)
    for seconds in arguments.down:
        show(f"server down {seconds:g} s, then", [server_down(seconds)], None)


def restart() -> float:
    """Kill a supervised worker within its page; return the seconds until the page is read again."""
    with stage(**SLOW) as here, started(here, "workers.supervisor", f"{QUEUE}=1"):
        _enqueue(here, 1)
        wait_until(lambda: bool(reading(here)), limit_s=LIMIT_S)
        (first,) = reading(here)
        began = time.monotonic()
        os.kill(first, signal.SIGKILL)
        return wait_until(lambda: bool(reading(here) - {first}), limit_s=LIMIT_S) - began


def takeover(number: signal.Signals) -> float:
    """Let one of two workers fall silent within the page; return the seconds until the other reads.

    The page is the only one: the other worker has nothing else to do.
    """
    with stage(**SLOW) as here, started(here, WORKER), started(here, WORKER):
        wait_until(lambda: len(monitor.workers(here.client)) > 1, limit_s=LIMIT_S)
        _enqueue(here, 1)
        wait_until(lambda: bool(reading(here)), limit_s=LIMIT_S)
        (first,) = reading(here)
        began = time.monotonic()
        os.kill(first, number)
        return wait_until(lambda: bool(reading(here) - {first}), limit_s=LIMIT_S) - began


def server_down(seconds: float) -> float:
    """Kill the server for so long; return the seconds from its return until a page is settled.

    Raises:
        RuntimeError: a process did not survive, or a page was lost.
    """
    pages = 60
    with stage(**QUICK) as here, ExitStack() as stack:
        crew = [stack.enter_context(started(here, name)) for name in (WORKER, "workers.collector")]
        _enqueue(here, pages)
        wait_until(lambda: here.settled > 1, limit_s=LIMIT_S)
        server = psutil.Process(int(here.client.info("server")["process_id"]))
        server.kill()
        time.sleep(seconds)
        stack.enter_context(started(here, "workers.broker_server", "--workspace"))
        url = here.settings.redis.url
        back = wait_until(lambda: connection.answers(url), limit_s=LIMIT_S)
        before = here.settled
        first = wait_until(lambda: here.settled > before, limit_s=LIMIT_S)
        wait_until(lambda: here.collected, limit_s=LIMIT_S)
        ended = [process.args for process in crew if process.poll() is not None]
        if ended or here.settled != pages:
            message = f"{here.settled} of {pages} pages are settled; ended: {ended}"
            raise RuntimeError(message)
        return first - back


def reading(here: Stage) -> set[int]:
    """Return the process numbers of the workers that Redis says are reading a page."""
    return {worker.pid for worker in monitor.workers(here.client) if worker.doing}


@contextmanager
def started(here: Stage, module: str, *arguments: str) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a module and what it starts; killed at the end, whatever it is doing."""
    environment = child_environ(here.settings)
    with (here.folder / f"{module}.log").open("ab") as log:
        command = [sys.executable, "-m", module, *arguments]
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment, cwd=ROOT)
        try:
            yield process
        finally:
            ours = _with_children(process)
            for one in ours:
                one.kill()
            process.wait()
            psutil.wait_procs(ours, timeout=10)


def show(name: str, seconds: Sequence[float], target: float | None) -> None:
    """Print one line of the table."""
    found = f"{min(seconds):5.1f} {median(seconds):5.1f} {max(seconds):5.1f} s"
    promised = f" (at most {target:g})" if target else ""
    print(f"{name:24s} {found} in {len(seconds)} runs{promised}", flush=True)


def _with_children(process: "subprocess.Popen[bytes]") -> list[psutil.Process]:
    try:
        parent = psutil.Process(process.pid)
        return [parent, *parent.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _enqueue(here: Stage, pages: int) -> None:
    path = here.folder / "in" / "a.pdf"
    write_pdf(path, pages)
    list(here.enqueue(path))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n", maxsplit=1)[0])
    parser.add_argument("--runs", type=int, default=5, help="of each kill  [5]")
    parser.add_argument("--down", type=float, nargs="*", default=[5.0, 60.0], metavar="SECONDS")
    return parser.parse_args()


if __name__ == "__main__":
    main()
