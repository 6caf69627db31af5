"""rq-dashboard with our job class: JSON only, no change by GET, closed to other web pages."""

import functools
import html
import secrets
from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import Any

import rq_dashboard
from flask import Flask, Response, current_app, jsonify, request
from redis.exceptions import RedisError
from rq.exceptions import InvalidJobOperation, NoSuchJobError
from rq.job import Job
from rq.serializers import JSONSerializer
from rq_dashboard import web

from ocrqueue.broker.connection import Client, connect, masked
from ocrqueue.broker.keys import COLLECT_QUEUE
from ocrqueue.broker.page_job import PageJob
from ocrqueue.settings.schema_remote import RemoteSettings
from ocrqueue.web import review
from ocrqueue.web.admission import METRICS, Admission
from ocrqueue.web.csrf import refusal
from ocrqueue.web.review_desk import ReviewDesk
from ocrqueue.web.views import ShownJob, ShownQueue, ShownWorker

READING = frozenset(
    f"rq_dashboard.{view}"
    for view in (
        "favicon", "job_info", "job_view", "jobs_overview", "list_jobs", "list_queues",
        "list_workers", "queues_overview", "static", "workers_overview",
    )
) | {"static", "metrics"} | review.LOOKING  # fmt: skip
BRAND = '<a class="navbar-brand">RQ-dashboard</a>'
TAB = '<a class="nav-link" href="/review/">Review</a>'
INLINE = '<script type="text/javascript">'
POLICY = (
    "default-src 'self'; script-src 'self' 'nonce-{nonce}' 'unsafe-eval'; "  # its templates eval
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


def create_app(
    url: str,
    *,
    host: str,
    admission: Admission,
    desk: ReviewDesk | None = None,
    remote: RemoteSettings | None = None,
) -> Flask:
    """Return the dashboard of the server at `url`; `host` is the name it listens on.

    With settings of what may leave, its metrics tell the budgets.

    With a desk the review is a tab of it. Nobody sees any of its pages whom `admission` does
    not let in.

    Raises:
        ServerUnreachable: the server does not answer.
    """
    _patch()
    app = Flask(rq_dashboard.__name__)  # so that its static files are found
    admission.guard(app)
    app.config["RQ_DASHBOARD_REDIS_URL"] = (masked(url),)  # shown, never connected to
    app.redis_conn = connect(url)  # type: ignore[attr-defined]  # where rq-dashboard looks
    app.register_blueprint(web.blueprint)
    app.view_functions["rq_dashboard.requeue_all"] = requeue_all
    app.view_functions["rq_dashboard.job_info"] = job_info
    if desk is not None:
        app.register_blueprint(review.blueprint(desk))
    app.add_url_rule(METRICS, "metrics", functools.partial(_metrics, remote), methods=["GET"])
    app.before_request(functools.partial(_refuse, host, admission))
    app.before_request(_choose_queue)
    app.after_request(_protect)
    app.register_error_handler(NoSuchJobError, functools.partial(_told, HTTPStatus.NOT_FOUND))
    app.register_error_handler(InvalidJobOperation, functools.partial(_told, HTTPStatus.CONFLICT))
    app.register_error_handler(RedisError, _unreachable)
    return app


def requeue_all(queue_name: str) -> Response:
    """Read all failed pages of a queue again; those that are gone meanwhile are passed over."""
    failed = ShownQueue(queue_name, connection=_client()).failed_job_registry
    count = 0
    for job_id in failed.get_job_ids(cleanup=False):
        with suppress(NoSuchJobError, InvalidJobOperation):
            requeue_job(job_id, connection=_client())
            count += 1
    return jsonify(status="OK", count=count)


def requeue_job(job_id: str, connection: Client) -> Job:
    """Read a failed page again.

    Raises:
        InvalidJobOperation: it has not failed, or is no job of ours.
        NoSuchJobError: it is gone.
    """
    return PageJob.fetch(job_id, connection=connection).requeue()


def job_info(instance_number: int, job_id: str) -> tuple[Response, Mapping[str, str]]:
    """Return a job's details; rq-dashboard puts them into its page as they are."""
    details = web.job_info.__wrapped__(instance_number, job_id)
    return jsonify(_escaped(details)), {"Cache-Control": "no-store"}


def _patch() -> None:
    """Give rq-dashboard our classes; it takes them from its module."""
    web.Job, web.Queue, web.Worker = ShownJob, ShownQueue, ShownWorker
    web.config.serializer = JSONSerializer
    web.requeue_job = requeue_job
    web.from_url = lambda *_, **__: (None, _client())  # it would connect anew for every request


def _client() -> Client:
    client: Client = current_app.redis_conn  # type: ignore[attr-defined]
    return client


def _metrics(remote: RemoteSettings | None) -> Response:
    from ocrqueue.web import metrics  # noqa: PLC0415 - costs those who never ask a part of the start

    return Response(metrics.exposition(_client(), remote), content_type=metrics.CONTENT_TYPE)


def _refuse(own_host: str, admission: Admission) -> tuple[str, int] | None:
    if admission.is_for_metrics():
        return None
    if (request.view_args or {}).get("instance_number"):
        return "there is one server only", HTTPStatus.NOT_FOUND
    changes = request.endpoint is not None and request.endpoint not in READING
    return refusal(request.method, request.headers, own_host, changes=changes)


def _choose_queue() -> None:
    """Let the plain list of jobs begin with a queue of ours: rq-dashboard's `default` is empty."""
    arguments = request.view_args or {}
    if request.endpoint == "rq_dashboard.jobs_overview" and not arguments["queue_name"]:
        names = sorted(queue.name for queue in ShownQueue.all(connection=_client()))
        readers = [name for name in names if name != COLLECT_QUEUE]
        arguments["queue_name"] = next(iter(readers), COLLECT_QUEUE)


def _protect(response: Response) -> Response:
    """Let no script run but rq-dashboard's own: descriptions hold names of files from anywhere."""
    nonce = secrets.token_urlsafe(16)
    if response.mimetype == "text/html" and not response.is_streamed:
        page = response.get_data(as_text=True)
        if "review" in current_app.blueprints:
            page = page.replace(BRAND, f"{BRAND}{TAB}")
        response.set_data(page.replace(INLINE, f'{INLINE[:-1]} nonce="{nonce}">'))
    response.headers.setdefault("Content-Security-Policy", POLICY.format(nonce=nonce))
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _told(status: HTTPStatus, error: Exception) -> tuple[str, int, dict[str, str]]:
    return str(error), status, {"Content-Type": "text/plain; charset=utf-8"}


def _unreachable(_: Exception) -> tuple[str, int, dict[str, str]]:
    return _told(HTTPStatus.SERVICE_UNAVAILABLE, Exception("the queue server does not answer"))


def _escaped(value: Any) -> Any:
    if isinstance(value, str):
        return html.escape(value)
    if isinstance(value, Mapping):
        return {_escaped(key): _escaped(item) for key, item in value.items()}
    return [_escaped(item) for item in value] if isinstance(value, list) else value
