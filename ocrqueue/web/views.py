"""Jobs, queues and workers as the dashboard shows them: read as JSON only, never in the way."""

import json
from html import escape
from typing import Any

from rq import Queue
from rq.exceptions import NoSuchJobError
from rq.job import Job
from rq.serializers import JSONSerializer

from ocrqueue.broker.page_job import PageJob
from ocrqueue.broker.worker import PageWorker

UNREADABLE = {"unreadable": "not JSON: no job of ours"}


class Lenient(JSONSerializer):
    """Shows what is no JSON as such: one foreign job must not hide the others."""

    @staticmethod
    def loads(s: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ARG004 - RQ's signature
        """Return the values, or that they cannot be read."""
        try:
            return json.loads(s)
        except ValueError:
            return UNREADABLE


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
