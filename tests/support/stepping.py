"""Workers of this process, moved on by hand: taken, begun, read, settled, and killed in between."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

from redis import Redis
from rq import Queue
from rq.executions import Execution
from rq.job import Job

from demo.scripted import Scripted
from ocrqueue.broker import recovery
from ocrqueue.broker.page_job import PageJob
from ocrqueue.broker.worker import PageWorker, make_worker
from ocrqueue.model.page import PageImage, Reply
from ocrqueue.model.routing import CHECKER
from ocrqueue.pipeline import read_page
from ocrqueue.pipeline.attempt import Tools
from ocrqueue.settings.engines import ScriptedSettings
from tests.support.checks import Eye, Model, Paper

NO_PID = 1 << 22  # above the largest number a process can have
MODEL = "model"  # a queue whose pages want a check
BACKENDS: Mapping[str, type[Model | Eye]] = {MODEL: Model, CHECKER: Eye}


class Asked(Scripted):
    """A scripted backend that counts how often it is asked."""

    asked = 0

    def page_to_markdown(self, image: PageImage, *, deadline: float, page: int = 0) -> Reply:
        self.asked += 1
        return super().page_to_markdown(image, deadline=deadline, page=page)


@dataclass(slots=True, eq=False)
class Hand:
    """One worker with one job in hand, and how far it has come."""

    worker: PageWorker
    job: Job
    queue: Queue
    execution: Execution | None = None
    answered: bool = False
    value: Any = None
    error: tuple[Any, Any, Any] | None = None
    asleep: bool = False  # it has missed its heartbeats, and may yet wake up

    @property
    def begun(self) -> bool:
        return self.execution is not None

    def begin(self) -> None:
        """Note in Redis that the job runs here."""
        self.execution = self.worker.prepare_execution(self.job)
        if self.asleep:  # it woke up just for that
            self.fall_asleep()

    def answer(self, script: str, *, remote: bool = False) -> list[str]:
        """Run the job's function as the backend's script wants it; a page's file is written.

        Returns the ids of the jobs for whose pages the backend was asked.
        """
        own = ScriptedSettings(name=self.queue.name, script=script)
        backend = BACKENDS.get(own.name, Asked)(own)
        tools = Tools(renderer=Paper(), backend=backend, own=own, limit_s=60, worker="test")
        read_page.install(replace(tools, remote=remote))
        try:
            self.value = self.job.perform()
        except Exception:  # noqa: BLE001 - whatever it is, RQ's worker takes it
            self.error = sys.exc_info()
        self.answered = True
        return [self.job.id] * backend.asked

    def be_stopped(self) -> None:
        """Hear a second SIGTERM in the middle of the job."""
        self.error, self.answered = (SystemExit, SystemExit(), None), True

    def settle(self) -> None:
        """Tell Redis how the job ended, as RQ's worker does after it has run a job."""
        worker, execution = self.worker, cast("Execution", self.execution)
        if self.error is None:
            worker._finalize_success(self.job, self.queue, execution, self.value)
        else:
            worker._finalize_failure(self.job, self.queue, execution, self.error)
        self.leave()

    def leave(self) -> None:
        """End the worker in order."""
        self.worker.register_death()  # type: ignore[no-untyped-call]

    def die(self) -> None:
        """End as by SIGKILL: Redis hears nothing, but the process is gone."""
        self.worker.connection.hset(self.worker.key, "pid", NO_PID)

    def fall_asleep(self) -> None:
        """Miss all heartbeats, as by SIGSTOP: the next rescue gives the job to others."""
        self.asleep = True
        if self.execution is not None:
            registry = self.job.started_job_registry.key
            self.worker.connection.zadd(registry, {self.execution.composite_key: 1}, xx=True)


@dataclass(slots=True)
class Hands:
    """All workers that hold something."""

    client: Redis
    held: list[Hand] = field(default_factory=list)
    born: int = 0

    def take(self, name: str, *, take_over: Callable[[], str] = lambda: "") -> Hand | None:
        """Let a new worker take the next job of a queue; None if there is none to run.

        `take_over`: what it does when its own queue is empty.
        """
        self.born += 1
        worker = make_worker(self.client, name, name=f"step-{self.born}")
        worker.register_birth()  # type: ignore[no-untyped-call]
        worker.take_over = take_over
        job = worker._take(worker.queues[0], block=False)
        if job is None:
            worker.register_death()  # type: ignore[no-untyped-call]
            return None
        hand = Hand(worker, job, worker.queues[0])
        self.held.append(hand)
        return hand

    def let_go(self, hand: Hand) -> None:
        """Forget a worker that has ended."""
        self.held.remove(hand)

    def rescue(self, name: str) -> None:
        """Put back what the dead held, as every worker does at its start and in between."""
        worker = make_worker(self.client, name, name="rescuer")
        recovery.put_back(worker, worker.queues[0])

    def wait_long(self, name: str) -> None:
        """Let what was taken and not begun be old enough to be put back by the next rescue."""
        for seen in self.client.scan_iter(f"rq:queue:{name}:intermediate:seen:*"):
            self.client.expire(seen, recovery.TAKEN_S)


def job_of(client: Redis, job_id: str) -> PageJob | None:
    """Return a job of ours; None if there is none."""
    found = PageJob.fetch_many([job_id], connection=client)[0]
    return found if isinstance(found, PageJob) else None
