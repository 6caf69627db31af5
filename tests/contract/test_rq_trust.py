"""Whoever can write to Redis makes us run no code of theirs, and no job of theirs does harm."""

import os
import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rq import Queue
from rq.job import Job, JobStatus
from rq.serializers import JSONSerializer

from demo.scripted import Scripted
from ocrqueue.broker import keys
from ocrqueue.pipeline import reconcile
from tests.support.batch import Batch, collect_all, read_all, the_job

NOW = "2026-01-01T00:00:00+00:00"


def as_json(value: object) -> bytes:
    return bytes(JSONSerializer.dumps(value))  # type: ignore[no-untyped-call]


# What may run: whoever can write to Redis must not make us run code


@pytest.mark.parametrize(
    "function", ["os.system", "builtins.exec", "subprocess.check_output", "ocrqueue.jobs.give_up"]
)
def test_no_other_function_is_called(batch: Batch, tmp_path: Path, function: str) -> None:
    """A function that was planted in a job never runs; its page is settled as failed."""
    trace = tmp_path / "ran"
    data = as_json([function, None, [f"touch '{trace}'"], {}])
    batch.client.hset(the_job(batch).key, "data", data)
    read_all(batch.client)
    assert not trace.exists()
    assert batch.state() == {"pending": [], "done": [2], "failed": [1], "doubtful": []}
    collect_all(batch.client)
    assert not batch.is_live()


def test_no_other_function_is_called_with_arguments_of_ours(
    batch: Batch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even where the arguments are what the job's id stands for."""
    monkeypatch.chdir(tmp_path)
    arguments = [str(batch.store.root), batch.document.id, 1]
    batch.client.hset(the_job(batch).key, "data", as_json(["os.symlink", None, arguments, {}]))
    read_all(batch.client)
    assert not os.path.lexists(tmp_path / batch.document.id)
    assert batch.state()["failed"] == [1]


def test_no_method_of_an_instance_is_called(batch: Batch) -> None:
    """An allowed name on a planted instance is refused too."""
    job = the_job(batch)
    job.func_name  # noqa: B018 - RQ must have parsed its data before it is changed
    job._instance = object()
    with pytest.raises(Exception, match="not allowed"):
        _ = job.func


def test_planted_callbacks_and_webhooks_are_ignored(batch: Batch, tmp_path: Path) -> None:
    """Callbacks and webhooks in a job's hash are never called."""
    trace = tmp_path / "ran"
    planted = {
        "success_callback_name": "os.system",
        "failure_callback_name": "os.system",
        "stopped_callback_name": "os.system",
        "webhooks": '[{"url": "http://127.0.0.1:9/", "events": ["finished", "failed"]}]',
    }
    for page in (1, 2):
        for field, value in planted.items():
            batch.client.hset(the_job(batch, page).key, field, value)
    job = the_job(batch)
    assert (job.success_callback, job.failure_callback, job.stopped_callback) == (None,) * 3
    read_all(batch.client, "2: refuse")
    assert batch.state() == {"pending": [], "done": [1], "failed": [2], "doubtful": []}
    assert not trace.exists()


class Trap:
    """Something that runs code when it is unpickled."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
        return Path.touch, (self.trace,)  # type: ignore[return-value]


def test_the_trap_would_spring(tmp_path: Path) -> None:
    """What the next tests plant does run when it is unpickled."""
    pickle.loads(pickle.dumps(Trap(tmp_path / "ran")))  # noqa: S301 - this is the proof
    assert (tmp_path / "ran").exists()


@pytest.mark.parametrize("field", ["meta", "data", "result"])
def test_nothing_is_unpickled(batch: Batch, tmp_path: Path, field: str) -> None:
    """A pickle in any field of a job is never loaded; every page is settled all the same."""
    trace = tmp_path / "ran"
    batch.client.hset(the_job(batch).key, field, pickle.dumps(Trap(trace)))
    read_all(batch.client)
    reconcile.sweep(batch.client, NOW)
    collect_all(batch.client)
    assert not trace.exists()
    assert batch.state()["pending"] == []
    assert not batch.is_live()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("data", b"\x00\xff not json"),
        ("data", b"[]"),
        ("meta", b"[1, 2]"),
        ("meta", b'{"route": 5, "history": [7], "doc": 3, "page": "x"}'),
        ("timeout", b"soon"),
        ("created_at", b"yesterday"),
        ("status", b"odd"),
    ],
)
def test_a_spoiled_job_costs_its_page_only(batch: Batch, field: str, value: bytes) -> None:
    """Whatever stands in a job's hash, the worker lives on and the page is settled."""
    batch.client.hset(the_job(batch).key, field, value)
    read_all(batch.client)
    assert 2 in batch.state()["done"]
    reconcile.sweep(batch.client, NOW)
    collect_all(batch.client)
    assert batch.state()["pending"] == []
    assert not batch.is_live()


def test_a_job_of_somebody_else_does_no_harm(batch: Batch) -> None:
    """A job that is none of ours in our queue is not run and stops nobody."""
    queue = Queue("scripted", connection=batch.client, serializer="json")
    queue.enqueue("os.getpid", job_id="foreign", at_front=True)
    read_all(batch.client)
    assert batch.state()["done"] == [1, 2]
    assert Job.fetch("foreign", batch.client, JSONSerializer).get_status() != JobStatus.FINISHED


def test_a_workspace_of_another_user_is_refused(
    batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A path planted in a job does not lead into a folder that is no workspace of ours."""
    strange = ["/etc", batch.document.id, 1]
    data = as_json([keys.READ_PAGE, None, strange, {}])
    batch.client.hset(the_job(batch).key, "data", data)
    monkeypatch.setattr(Scripted, "page_to_markdown", fail_first_page)
    read_all(batch.client)
    assert batch.state()["failed"] == [1]


def fail_first_page(self: Scripted, *_: Any, page: int = 0, **__: Any) -> Any:
    assert page != 1
    return replace(self._reply(self._read_script().rest, "text"))
