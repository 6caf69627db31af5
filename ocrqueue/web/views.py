"""Jobs, queues and workers as the dashboard shows them: read as JSON only, never in the way."""

import math
import zlib
from base64 import b64decode
from html import escape
from typing import Any

from rq import Queue
from rq.exceptions import NoSuchJobError
from rq.job import Job
from rq.results import Result

from ocrqueue.broker.page_job import PageJob
from ocrqueue.broker.unpacking import ShallowJSON, is_small
from ocrqueue.broker.worker import PageWorker

UNREADABLE_RESULT = (
    ArithmeticError, AttributeError, LookupError, OSError, TypeError, ValueError, zlib.error,
)  # fmt: skip
UNREADABLE = {"unreadable": "not JSON: no job of ours"}


class Lenient(ShallowJSON):
    """Shows what is no JSON as such: one foreign job must not hide the others."""

    @staticmethod
    def loads(s: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ARG004 - RQ's signature
        """Return the values, or that they cannot be read."""
        try:
            return ShallowJSON.loads(s)
        except ValueError:
            return UNREADABLE


class ShownResult(Result):
    """A result to look at: what it was, unless that would inflate to too much."""

    @classmethod
    def restore(
        cls,
        job_id: str,
        result_id: str,
        payload: dict[Any, Any],
        connection: Any,
        serializer: Any = None,
    ) -> Result:
        """Return the result as RQ has it.

        Raises:
            ValueError: it is none of ours.
        """
        if not is_small(b64decode(payload.get(b"exc_string", b""))):
            raise ValueError("it would inflate to too much")
        return super().restore(job_id, result_id, payload, connection, serializer)


class ShownJob(PageJob):
    """A job to look at, or to delete."""

    def __init__(
        self,
        id: str | None = None,  # noqa: A002 - RQ's signature
        connection: Any = None,
        serializer: Any = None,
    ) -> None:
        super().__init__(id, connection, serializer)
        self.serializer = Lenient

    def latest_result(self, timeout: int = 0) -> Result | None:  # noqa: ARG002 - RQ's signature
        """Return the last result; None where there is none that can be read."""
        try:
            return ShownResult.fetch_latest(self, serializer=self.serializer)
        except UNREADABLE_RESULT:  # somebody else wrote it
            return None

    def get_call_string(self) -> str:
        """Return what the job is for; rq-dashboard puts this into its page as it is."""
        return escape(self.description or "")


class ShownQueue(Queue):
    """A queue to look at, to empty or to compact."""

    job_class = ShownJob

    def fetch_job(self, job_id: str) -> Job | None:
        """Return a job of this queue; unlike RQ's own, remove nothing."""
        try:
            job = ShownJob.fetch(job_id, connection=self.connection)
        except NoSuchJobError:
            return None
        return job if job.origin == self.name else None


class ShownWorker(PageWorker):
    """A worker to look at."""

    job_class = ShownJob
    queue_class = ShownQueue

    @classmethod
    def find_by_key(cls, worker_key: str, *args: Any, **kwargs: Any) -> "ShownWorker | None":
        """Return a worker; None where its record is none of ours."""
        try:
            found: Any = super().find_by_key(worker_key, *args, **kwargs)
        except (ArithmeticError, ValueError):
            return None
        return found if found and math.isfinite(found.total_working_time) else None
