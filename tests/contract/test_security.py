"""Whoever writes to Redis: what a job cannot make a worker read, write or do for ever."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from ocrqueue.broker import keys, queue_ops
from ocrqueue.inputs.output_names import output_candidates
from ocrqueue.model.errors.operator import SettingsError, WorkspaceUnusable
from ocrqueue.pipeline import job_document, reconcile
from ocrqueue.settings.load import load
from ocrqueue.workspace.store import Store
from tests.support.batch import KEPT, Batch, collect_all, make_batch, read_all, reader

NOW = "2026-01-01T00:00:00+00:00"


def plant(batch: Batch, page: int = 1, *, job_id: str = "", **fields: object) -> None:
    """Change a page's job in Redis, or copy it to another id, and let it wait first."""
    source = f"rq:job:{batch.key}-p{page}"
    name = job_id or f"{batch.key}-p{page}"
    wire: dict[Any, Any] = batch.client.hgetall(source)
    wire.update({key.encode(): value for key, value in fields.items()})
    batch.client.hset(f"rq:job:{name}", mapping=wire)
    batch.client.lrem("rq:queue:scripted", 0, name)
    batch.client.lpush("rq:queue:scripted", name)


def call(function: str, *args: object, **named: object) -> str:
    """Return a job's data as RQ spells it in JSON."""
    return json.dumps([function, None, list(args), named])


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def other_batch(batch: Batch, tmp_path: Path) -> Batch:
    """A document of the same user in another workspace."""
    folder = tmp_path / "other"
    folder.mkdir()
    return make_batch(folder, batch.client, count=2, name="b")


ARGUMENTS: dict[str, Callable[[Batch, Batch], list[Any]]] = {
    "another workspace": lambda _, other: [str(other.store.root), other.document.id, 1],
    "its document elsewhere": lambda b, other: [str(other.store.root), b.document.id, 1],
    "another document": lambda b, _: [str(b.store.root), "b" * 24, 1],
    "another page": lambda b, _: [str(b.store.root), b.document.id, 2],
    "the root": lambda b, _: ["/", b.document.id, 1],
    "a system folder": lambda b, _: ["/etc", b.document.id, 1],
    "a way up": lambda b, _: [f"{b.store.root}/../..", b.document.id, 1],
    "an id with a way up": lambda b, _: [str(b.store.root), "../../../../etc/passwd00", 1],
    "capital letters": lambda b, _: [str(b.store.root), "AB" * 12, 1],
    "digits of another script": lambda b, _: [str(b.store.root), "\u0661" * 24, 1],
    "a NUL": lambda b, _: [f"{b.store.root}\0", b.document.id, 1],
    "a page that is text": lambda b, _: [str(b.store.root), b.document.id, "1"],
    "a page that is true": lambda b, _: [str(b.store.root), b.document.id, True],
    "a page that is a list": lambda b, _: [str(b.store.root), b.document.id, [1]],
    "a negative page": lambda b, _: [str(b.store.root), b.document.id, -1],
    "a page with a fraction": lambda b, _: [str(b.store.root), b.document.id, 1.0],
    "no path": lambda b, _: [7, b.document.id, 1],
    "too few": lambda b, _: [str(b.store.root)],
    "none": lambda _, __: [],
    "too many": lambda b, _: [str(b.store.root), b.document.id, 1, "/etc"],
}


@pytest.mark.parametrize("arguments", ARGUMENTS.values(), ids=ARGUMENTS)
def test_a_job_is_run_for_what_its_id_names_only(
    batch: Batch, tmp_path: Path, arguments: Callable[[Batch, Batch], list[Any]]
) -> None:
    """Other arguments are refused: no file elsewhere changes, the next page is read."""
    other = other_batch(batch, tmp_path)
    before = snapshot(tmp_path / "other")
    plant(batch, data=call(keys.READ_PAGE, *arguments(batch, other)))
    read_all(batch.client)
    assert snapshot(tmp_path / "other") == before
    assert batch.state()["failed"] == [1]
    assert batch.state()["done"] == [2]
    assert [path.name for path in batch.store.root.rglob("pages/*")] == ["000002.json"]


def test_arguments_by_name_are_refused(batch: Batch) -> None:
    """A job with keyword arguments is none of ours."""
    args = [str(batch.store.root), batch.document.id]
    plant(batch, data=call(keys.READ_PAGE, *args, page=1))
    read_all(batch.client)
    assert batch.state()["failed"] == [1]


@pytest.mark.parametrize("page", [0, 3, 9_999_999])
def test_a_page_the_document_does_not_have(batch: Batch, page: int) -> None:
    """A job that fits its id, for a page that is not there, writes nothing that counts."""
    args = (str(batch.store.root), batch.document.id, page)
    plant(batch, job_id=f"{batch.key}-p{page}", data=call(keys.READ_PAGE, *args))
    read_all(batch.client)
    collect_all(batch.client)
    assert batch.state()["done"] == [1, 2]
    assert not batch.store.settled_pages(batch.document.id)[0] & {page}
    told = json.loads(Path(batch.output.ledger).read_text())["pages"]
    assert [entry["page"] for entry in told] == [1, 2]


@pytest.mark.parametrize(
    "route",
    [
        [["scripted", 10**9]],
        [["scripted", 1], ["scripted", 1]],
        [["../../x", 3]],
        [[None, 3]],
        [["scripted", "many"]],
        [["scripted"]],
        "scripted",
        {"scripted": 3},
        7,
    ],
    ids=str,
)
def test_an_odd_route_ends(batch: Batch, route: object) -> None:
    """A page whose route somebody wrote is given up after a bounded number of attempts."""
    plant(batch, meta=json.dumps({"route": route, "page": 1}))
    with reader(batch.client, "1: fail 1000") as worker:
        worker.work(burst=True, logging_level="CRITICAL")
        assert worker.jobs_begun <= 12
    assert batch.state()["failed"] == [1]
    assert batch.state()["done"] == [2]


@pytest.mark.parametrize(
    "history",
    [
        [{"backend": "scripted", "seconds": "long", "at": ""}],
        [{"backend": 7, "seconds": 1.0, "at": ""}],
        [{"backend": "scripted", "seconds": 1.0, "at": "", "verdict": "perfect"}],
        [{}],
        ["scripted"],
        "scripted",
        7,
        [{"backend": "scripted", "seconds": 1.0, "at": "", "error": "x"}] * 10_000,
    ],
    ids=["seconds", "backend", "verdict", "empty", "text", "no list", "number", "huge"],
)
def test_an_odd_history_spoils_nothing(batch: Batch, history: object) -> None:
    """The page is read or fails, and its document is written with a ledger."""
    meta = {"route": [["scripted", 2]], "page": 1, "history": history}
    plant(batch, meta=json.dumps(meta))
    read_all(batch.client)
    collect_all(batch.client)
    assert batch.state()["pending"] == []
    book = json.loads(Path(batch.output.ledger).read_bytes())
    assert len(book["pages"]) == 2
    assert Path(batch.output.ledger).stat().st_size < 100_000


def test_the_sweep_writes_where_the_name_says_only(batch: Batch, tmp_path: Path) -> None:
    """A document's record in Redis that names another workspace makes nobody write there."""
    other = other_batch(batch, tmp_path)
    before = snapshot(tmp_path / "other")
    record: dict[Any, str] = {"workspace": str(other.store.root), "document": other.document.id}
    batch.client.hset(keys.document_hash(batch.key), mapping=record)
    batch.client.delete("rq:queue:scripted", f"rq:job:{batch.key}-p1", f"rq:job:{batch.key}-p2")
    assert reconcile.sweep(batch.client, NOW) == 2
    collect_all(batch.client)
    assert snapshot(tmp_path / "other") == before


def test_a_worker_can_be_kept_below_a_folder(batch: Batch, tmp_path: Path) -> None:
    """With `workers.root`, jobs of other workspaces of the same user are left to others."""
    other = other_batch(batch, tmp_path)
    other.queue_pages()
    job_document.stay_below(batch.store.root)
    try:
        with reader(batch.client) as worker:
            worker.work(burst=True, logging_level="WARNING")
    finally:
        job_document.stay_below(None)
    assert batch.state()["done"] == [1, 2]
    assert other.state()["pending"] == [1, 2]
    assert list(other.store.root.rglob("pages/*")) == []


def test_a_mark_that_is_a_link_makes_no_workspace(tmp_path: Path) -> None:
    """Another user cannot pass his folder for ours by a link to the mark of a workspace of ours."""
    Store.create(tmp_path / "ours")
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "workspace.json").symlink_to(tmp_path / "ours" / "workspace.json")
    with pytest.raises(WorkspaceUnusable, match="is a link"):
        Store.open(tmp_path / "theirs")


@pytest.mark.parametrize(
    "document_id",
    ["", "a" * 23, "A" * 24, "g" * 24, "\u0661" * 24, "../" * 8, "a" * 23 + "\n", "a" * 23 + "/"],
)
def test_no_other_text_is_a_document_id(tmp_path: Path, document_id: str) -> None:
    """Only 24 small hexadecimal digits become a path of the workspace."""
    with pytest.raises(WorkspaceUnusable):
        Store.create(tmp_path / "w").document(document_id)


def test_a_port_needs_a_password() -> None:
    """A TCP port of the embedded server without a password is refused before anything starts."""
    with pytest.raises(SettingsError, match=r"server\.port needs a server\.password"):
        load(None, {}, {"server.port": 7000})
    assert load(None, {}, {"server.port": 7000, "server.password": "x"}).server.port == 7000


@pytest.mark.parametrize(
    "name",
    [
        "../../x.pdf",
        "/etc/x.pdf",
        "a/../../b.pdf",
        "..",
        "...pdf",
        "a/./b.pdf",
        "x\0y.pdf",
        "\n/..",
        "",
    ],
)
def test_no_name_leads_out_of_the_output_folder(name: str) -> None:
    """Whatever an input is called, its output lies in the output folder."""
    for candidate in output_candidates(Path(name), Path("/in") / name):
        for ending in (".md", ".json", ".pages"):
            written = Path(os.path.normpath(f"/out/{candidate}{ending}"))
            assert written.is_relative_to("/out")
            assert written.name.endswith(ending)


def test_closing_a_document_touches_its_own_keys_only(batch: Batch, client: Redis) -> None:
    """A collector's job under an id that is none of ours settles and closes nothing."""
    args = [str(batch.store.root), batch.document.id]
    wire: dict[Any, str] = {"data": call(keys.COLLECT_DOCUMENT, *args), "status": "queued"}
    client.hset("rq:job:anything", mapping={**wire, "origin": "collect"})
    client.lpush("rq:queue:collect", "anything")
    queue_ops.still_feeding(client, batch.key)
    collect_all(client)
    assert batch.is_live()
    assert not Path(batch.output.markdown).exists()
    assert queue_ops.add_pages(client, batch.live, [1], KEPT) == []
