"""What the pipeline costs beside the reading: no-op pages through it, against bare no-op RQ jobs.

Ours is all of it: a page's manifest is read, its result written and renamed, its attempt logged,
its page settled by script, with the collector running beside. Theirs is RQ's own SimpleWorker with
a function that does nothing. Both consume a full queue on the same embedded server (AOF everysec),
one worker process, in turns. The target is 0.7 of their jobs a second.
"""

import argparse
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass

from rq import Queue

from benchmarks import synthetic
from benchmarks.stage import LOOK_S, Stage, median, stage, wait_until
from ocrqueue.broker.connection import Client

TARGET = 0.7
LIMIT_S = 300.0
QUEUE = "bare"
NOTHING = "benchmarks.pipeline_overhead.nothing"  # by name: here it may be __main__'s
WARM = 0.1  # share of the jobs that is done before the clock starts


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One queue consumed."""

    jobs_a_second: float
    commands_a_job: float  # what the server was asked for each job


def main() -> None:
    """Run the pairs and print their ratios."""
    arguments = _arguments()
    ratios = []
    for pair in range(1, arguments.pairs + 1):
        bare, ours = bare_rq(arguments.jobs), pipeline(arguments.jobs)
        ratios.append(ours.jobs_a_second / bare.jobs_a_second)
        print(
            f"pair {pair}: ratio {ratios[-1]:.2f}   pipeline {ours.jobs_a_second:.0f} pages/s,"
            f" {ours.commands_a_job:.0f} commands each; bare RQ {bare.jobs_a_second:.0f} jobs/s,"
            f" {bare.commands_a_job:.0f} commands each"
        )
    middle = median(ratios)
    verdict = "met" if middle >= TARGET else "missed"
    print(f"ratio {middle:.2f} (median of {len(ratios)}; target {TARGET}: {verdict})")


def nothing() -> None:
    """Be a job that does nothing."""


def bare_rq(jobs: int) -> Run:
    """Consume so many no-op jobs with RQ's SimpleWorker."""
    with stage() as here:
        queue = Queue(QUEUE, connection=here.client)
        data = [Queue.prepare_data(NOTHING) for _ in range(jobs)]
        queue.enqueue_many(data)
        worker = ["--worker-class", "rq.SimpleWorker", "--logging_level", "WARNING", QUEUE]
        url = ["--url", here.settings.redis.url]
        with here.process("rq.cli", "worker", *url, *worker):
            return _measure(
                here, jobs, lambda: queue.finished_job_registry.get_job_count(cleanup=False)
            )


def pipeline(jobs: int) -> Run:
    """Consume so many pages of one document with the scripted worker, the collector beside it."""
    with stage(reading__route="scripted", queue__max_backlog_pages=jobs + 1) as here:
        document = synthetic.write_pdf(here.folder / "in" / "document.pdf", jobs)
        entries = list(here.enqueue(document))
        if [entry.queued for entry in entries] != [jobs]:
            message = f"not all pages were queued: {entries}"
            raise RuntimeError(message)
        with here.process("workers.collector"), here.process("workers.scripted_worker"):
            run = _measure(here, jobs, lambda: here.settled)
            wait_until(lambda: here.collected, limit_s=LIMIT_S)
            return run


def _measure(here: Stage, jobs: int, done: Callable[[], int]) -> Run:
    warm = int(jobs * WARM)
    begun = [0, 0]

    def is_warm() -> bool:
        begun[:] = done(), _commands(here.client)
        return begun[0] > warm

    began = wait_until(is_warm, limit_s=LIMIT_S)
    ended = wait_until(lambda: done() >= jobs, limit_s=LIMIT_S)
    measured = jobs - begun[0]
    looks = (ended - began) / LOOK_S  # our own commands; INFO counts as one too
    return Run(
        jobs_a_second=measured / (ended - began),
        commands_a_job=(_commands(here.client) - begun[1] - looks) / measured,
    )


def _commands(client: Client) -> int:
    return int(client.info("stats")["total_commands_processed"])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.pipeline_overhead", description=__doc__
    )
    parser.add_argument("--jobs", type=int, default=2000, help="jobs in each run [2000]")
    parser.add_argument("--pairs", type=int, default=3, help="pairs of runs [3]")
    return parser.parse_args()


if __name__ == "__main__":
    main()
