"""From ids of jobs to the jobs, where they are there and can be read."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from rq.exceptions import NoSuchJobError
from rq.job import Job, JobStatus

from ocrqueue import logs
from ocrqueue.broker import job_validation, keys
from ocrqueue.broker.connection import Client, text
from ocrqueue.broker.page_job import PageJob


def job_to_run(client: Client, job_id: str) -> Job | None:
    """Return the job to run; None if it is gone, unreadable, or not waiting any more.

    A job may be gone because it was cancelled or deleted by hand (the sweep settles its page),
    and an id may wait twice (its job was put back twice, or queued anew after a cancel).
    """
    fields = client.hgetall(PageJob.key_for(job_id))
    if not fields:
        return None
    try:
        job = _read(client, job_id, fields)
    except NoSuchJobError as error:
        logs.emit(logs.Event.JOB_UNREADABLE, job=job_id, error=repr(error))
        client.delete(PageJob.key_for(job_id))
        return None
    waits = job.get_status(refresh=False) == JobStatus.QUEUED
    return job if waits or job.page is None else None


def jobs_of(client: Client, ids: Sequence[str]) -> list[PageJob | None]:
    """Return the jobs; None for one that is gone, or of which only its worker's notes are left."""
    with client.pipeline() as pipe:
        for job_id in ids:
            pipe.hgetall(PageJob.key_for(job_id))
        answers = pipe.execute()
    jobs: list[PageJob | None] = [None] * len(ids)
    for place, (job_id, fields) in enumerate(zip(ids, answers, strict=True)):
        with suppress(NoSuchJobError):
            jobs[place] = _read(client, job_id, fields)
    return jobs


def _read(client: Client, job_id: str, fields: Any) -> PageJob:
    job = PageJob(job_id, connection=client)
    job.restore(fields)
    return job


def upcoming(client: Client, queue: str) -> tuple[str, str, int] | None:
    """Return workspace, document's id and page of the job at the head of a queue, if it is ours.

    Nothing is taken: by the time somebody takes a job it may be another one.
    """
    document, page = keys.meant_by(text(client.lindex(keys.queue(queue), 0)))
    if page is None:
        return None
    found = client.hmget(keys.document_hash(document), ["workspace", "document"])
    workspace, document_id = map(text, found)
    known = job_validation.is_place_of(workspace, document_id, document)
    return (workspace, document_id, page) if known else None
