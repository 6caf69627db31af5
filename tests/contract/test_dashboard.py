"""rq-dashboard shows our jobs, runs nothing it reads, and what it changes is accounted for."""

import base64
import pickle
import re
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from redis import Redis

from ocrqueue.broker import keys
from ocrqueue.pipeline import reconcile
from ocrqueue.web.dashboard import READING
from tests.support.batch import Batch, collect_all, make_batch, read_all
from tests.support.onlookers import ADMISSION, make_app, owner_of
from tests.support.processes import QUICK, stage
from tests.support.servers import Server, serve, wait_until

NOW = "2026-01-02T03:04:05+00:00"
ABROAD = {"Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"}


def data(browser: FlaskClient, path: str) -> Any:
    answer = browser.get(f"/0/data/{path}.json")
    assert answer.status_code == 200, answer.text
    return answer.json


def listed(browser: FlaskClient, registry: str, queue: str = "scripted") -> list[dict[str, Any]]:
    return list(data(browser, f"jobs/{queue}/{registry}/8/asc/1")["jobs"])


def page(batch: Batch, number: int) -> str:
    return keys.page_job_id(batch.key, number)


def read_with_failures(batch: Batch, script: str) -> None:
    """Read the document once and write it with placeholders."""
    batch.queue_pages()
    read_all(batch.client, script)
    collect_all(batch.client)


# What is shown


def test_every_page_answers_while_a_job_runs(
    tmp_path: Path, server: Server, client: Redis, browser: FlaskClient
) -> None:
    """Lists, workers and the details of jobs in every state are there while a page is read."""
    batch = make_batch(tmp_path, client, count=4, name="sub")
    batch.queue_pages()
    script = {"OCRQUEUE_BACKENDS__SCRIPTED__SCRIPT": "2: refuse; 3: slow 100"}
    with stage(tmp_path / "home", {**QUICK, "OCRQUEUE_REDIS__URL": server.url}) as processes:
        processes.module("workers.scripted_worker", given=script)
        third = f"job/{page(batch, 3)}"
        wait_until(lambda: data(browser, third)["status"] == "started", "page 3 is being read")

        jobs = [page(batch, number) for number in range(1, 5)]
        views = [
            "/", "/0/view/jobs", "/0/view/workers", "/0/view/jobs/scripted/failed/8/asc/1",
            *[f"/0/view/job/{job}" for job in (*jobs, keys.collect_job_id(batch.key))],
        ]  # fmt: skip
        codes = {view: browser.get(view).status_code for view in views}
        states = [data(browser, f"job/{job}")["status"] for job in jobs]
        counts = {queue["name"]: queue for queue in data(browser, "queues")["queues"]}
        (worker,) = data(browser, "workers")["workers"]

    assert codes == dict.fromkeys(views, 200)
    assert states == ["finished", "failed", "started", "queued"]
    assert data(browser, f"job/{keys.collect_job_id(batch.key)}")["status"] == "deferred"
    assert counts["scripted"]["failed_job_registry_count"] == 1
    assert worker["current_job"]["call_string"] == "sub.pdf page 3"


def test_a_failed_page_shows_its_reason(
    tmp_path: Path, client: Redis, browser: FlaskClient
) -> None:
    """The list of failed jobs and the job's own page name the document, the page and the error."""
    batch = make_batch(tmp_path, client)
    read_with_failures(batch, "2: refuse")

    (shown,) = listed(browser, "failed")
    details = data(browser, f"job/{page(batch, 2)}")

    assert shown["description"] == details["description"] == "a.pdf page 2"
    assert "scripted: page-damaged: scripted refusal of page 2" in shown["exc_info"]
    assert details["exc_info"] == shown["exc_info"]


def test_a_collected_document_is_shown(tmp_path: Path, client: Redis, browser: FlaskClient) -> None:
    """The collector's job is listed with the document's name and what it wrote."""
    batch = make_batch(tmp_path, client)
    read_with_failures(batch, "")

    (shown,) = listed(browser, "finished", "collect")

    assert shown["description"] == "collect a.pdf"
    assert data(browser, f"job/{shown['id']}")["result"] == {"outputs": 1}


def test_the_plain_job_list_begins_with_the_pages(
    tmp_path: Path, client: Redis, browser: FlaskClient
) -> None:
    """Without a queue's name the list shows a queue of ours, not RQ's empty `default`."""
    make_batch(tmp_path, client).queue_pages()

    assert 'value="scripted"' in browser.get("/0/view/jobs").text


def test_a_file_name_is_text_never_markup(
    tmp_path: Path, client: Redis, browser: FlaskClient
) -> None:
    """What rq-dashboard puts into its page as it is comes escaped; only its own scripts may run."""
    batch = make_batch(tmp_path, client)
    batch.queue_pages()
    client.hset(f"rq:job:{page(batch, 1)}", "description", "<img src=x onerror=alert(1)>")

    details = data(browser, f"job/{page(batch, 1)}")
    view = browser.get(f"/0/view/job/{page(batch, 1)}")
    (nonce,) = re.findall(r"'nonce-([^']+)'", view.headers["Content-Security-Policy"])

    assert details["description"] == "&lt;img src=x onerror=alert(1)&gt;"
    assert "unsafe-inline" not in view.headers["Content-Security-Policy"].split("style-src")[0]
    assert view.text.count(f'<script type="text/javascript" nonce="{nonce}">') == 1


# What is never run


class Bomb:
    """Makes a folder when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> Any:
        return Path.mkdir, (self.mark,)


def test_nothing_is_unpickled(tmp_path: Path, client: Redis, browser: FlaskClient) -> None:
    """A pickle in a job's data, meta, result or results never runs, and hides no other job."""
    batch = make_batch(tmp_path, client)
    read_with_failures(batch, "2-3: refuse")
    mark = tmp_path / "unpickled"
    bomb = pickle.dumps(Bomb(mark))
    job = f"rq:job:{page(batch, 2)}"
    client.hset(job, mapping={"meta": bomb, "result": bomb, "data": bomb})
    hidden: dict[Any, Any] = {"type": 1, "return_value": base64.b64encode(bomb)}
    client.xadd(f"rq:results:{page(batch, 2)}", hidden)

    shown = [job["description"] for job in listed(browser, "failed")]
    details = data(browser, f"job/{page(batch, 2)}")
    codes = [
        browser.get(f"/0/view/job/{page(batch, 2)}").status_code,
        browser.post(f"/job/{page(batch, 2)}/requeue").status_code,
        browser.post(f"/job/{page(batch, 2)}/delete").status_code,
    ]

    assert shown == ["a.pdf page 2", "a.pdf page 3"]
    assert "unreadable" in details["metadata"]
    assert codes == [200, 409, 200]
    assert not mark.exists()
    pickle.loads(bomb)  # noqa: S301 - that it is a bomb indeed
    assert mark.exists()


# Who may change something


def test_no_get_changes_anything(
    tmp_path: Path, client: Redis, app: Flask, browser: FlaskClient
) -> None:
    """Whatever rq-dashboard's routes are: those that change the queue answer a GET with 405."""
    batch = make_batch(tmp_path, client)
    read_with_failures(batch, "2: refuse")
    before = batch.state()
    values: dict[str, Any] = {
        "job_id": page(batch, 2),
        "queue_name": "scripted",
        "registry_name": "failed",
    }
    with app.test_request_context():
        rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint not in READING]
        paths = [app.url_for(r.endpoint, **{k: values[k] for k in r.arguments}) for r in rules]

    codes = {path: browser.get(path).status_code for path in paths}

    assert len(paths) == 5
    assert codes == dict.fromkeys(paths, 405)
    assert batch.state() == before
    assert len(listed(browser, "failed")) == 1


def test_what_only_reads_takes_no_post(app: Flask) -> None:
    """None of the addresses that are taken for harmless accepts anything but looking."""
    methods = [
        rule.methods or set() for rule in app.url_map.iter_rules() if rule.endpoint in READING
    ]

    assert methods
    assert all(found <= {"GET", "HEAD", "OPTIONS"} for found in methods)


def test_other_web_pages_cannot_reach_it(
    tmp_path: Path, client: Redis, browser: FlaskClient
) -> None:
    """A POST from another origin and any request under a foreign name are refused."""
    batch = make_batch(tmp_path, client)
    read_with_failures(batch, "2: refuse")
    foreign = {"Host": "evil.example", "Cookie": f"{ADMISSION.cookie}={ADMISSION.mark}"}
    misled = browser.application.test_client(use_cookies=False)

    codes = [
        browser.post("/requeue/scripted", headers=ABROAD).status_code,
        browser.post("/queue/scripted/failed/empty", headers=ABROAD).status_code,
        misled.get("/0/data/queues.json", headers=foreign).status_code,
        misled.post("/requeue/scripted", headers=foreign).status_code,
    ]

    assert codes == [403] * 4
    assert len(listed(browser, "failed")) == 1
    assert browser.get("/").headers["Content-Security-Policy"].endswith("frame-ancestors 'none'")


# Reading pages again


def test_a_requeued_page_is_read_again(tmp_path: Path, client: Redis, browser: FlaskClient) -> None:
    """It is pending at once; read, it replaces its failure, and the Markdown is written anew."""
    batch = make_batch(tmp_path, client)
    read_with_failures(batch, "2: refuse")
    assert "could not be read" in batch.text()

    answer = browser.post(
        f"/job/{page(batch, 2)}/requeue", headers={"Sec-Fetch-Site": "same-origin"}
    )

    assert answer.json == {"status": "OK"}
    assert batch.state() == {"pending": [2], "done": [1, 3], "failed": [], "doubtful": []}
    assert batch.totals() == {"pending": 1, "done": 2, "failed": 0, "doubtful": 0}
    assert batch.is_live()
    assert client.ttl(f"rq:job:{page(batch, 2)}") == client.ttl(f"ocrq:doc:{batch.key}") == -1
    assert [job["exc_info"] for job in listed(browser, "queued")] == [None]
    assert listed(browser, "failed") == []
    read_all(client)
    collect_all(client)
    assert batch.state() == {"pending": [], "done": [1, 2, 3], "failed": [], "doubtful": []}
    assert batch.store.settled_pages(batch.document.id) == ({1, 2, 3}, set())
    assert "could not be read" not in batch.text()
    assert "scripted text of page 2" in batch.text()
    assert not batch.is_live()


def test_a_requeued_page_that_fails_again_is_failed_again(
    tmp_path: Path, client: Redis, browser: FlaskClient
) -> None:
    """A second failure is counted once, with its own attempts only, and the document ends."""
    batch = make_batch(tmp_path, client)
    read_with_failures(batch, "2: refuse")

    browser.post("/requeue/scripted")
    read_all(client, "2: refuse")
    collect_all(client)

    assert batch.totals() == {"pending": 0, "done": 2, "failed": 1, "doubtful": 0}
    (shown,) = listed(browser, "failed")
    assert len(shown["exc_info"].splitlines()) == 1
    assert not batch.is_live()


def test_a_requeued_page_starts_at_the_head_of_its_route(
    tmp_path: Path, client: Redis, browser: FlaskClient
) -> None:
    """A page that failed with its last backend goes to the first one again."""
    batch = make_batch(tmp_path, client, count=1, route=(("first", 1), ("second", 1)))
    batch.queue_pages()
    read_all(client, "1: reject", queue="first")
    read_all(client, "1: reject", queue="second")
    assert [job["id"] for job in listed(browser, "failed", "second")] == [page(batch, 1)]

    browser.post(f"/job/{page(batch, 1)}/requeue")

    assert batch.waiting("first") == [page(batch, 1)]
    assert listed(browser, "failed", "second") == []


def test_all_failed_pages_are_requeued(tmp_path: Path, client: Redis, browser: FlaskClient) -> None:
    """`Requeue all` passes over a job that is gone and takes the others."""
    batch = make_batch(tmp_path, client)
    read_with_failures(batch, "*: refuse")
    client.delete(f"rq:job:{page(batch, 1)}")

    assert browser.post("/requeue/scripted").json == {"status": "OK", "count": 2}
    assert batch.waiting("scripted") == [page(batch, 2), page(batch, 3)]


def test_only_a_failed_page_is_requeued(
    tmp_path: Path, client: Redis, browser: FlaskClient
) -> None:
    """A second click, a page that is done and a job that is unknown change nothing."""
    batch = make_batch(tmp_path, client)
    read_with_failures(batch, "2: refuse")
    browser.post(f"/job/{page(batch, 2)}/requeue")

    codes = [browser.post(f"/job/{page(batch, n)}/requeue").status_code for n in (1, 2, 9)]

    assert codes == [409, 409, 404]
    assert batch.waiting("scripted") == [page(batch, 2)]


# Removing jobs


def test_a_removed_page_is_accounted_for(
    tmp_path: Path, client: Redis, browser: FlaskClient
) -> None:
    """After a job was deleted and the queue emptied, the sweep settles their pages as failed."""
    batch = make_batch(tmp_path, client)
    batch.queue_pages()

    browser.post(f"/job/{page(batch, 2)}/delete")
    browser.post("/queue/scripted/queued/empty")
    assert batch.state()["pending"] == [1, 2, 3]
    reconcile.sweep(client, NOW)
    collect_all(client)

    assert batch.totals() == {"pending": 0, "done": 0, "failed": 3, "doubtful": 0}
    assert batch.text().count("its job was removed from the queue") == 3
    assert not batch.is_live()


def test_a_removed_collector_job_is_made_anew(
    tmp_path: Path, client: Redis, browser: FlaskClient
) -> None:
    """A document whose collector was deleted is still written once its last page is settled."""
    batch = make_batch(tmp_path, client)
    read_with_failures(batch, "2: refuse")
    browser.post("/queue/collect/finished/empty")
    browser.post("/requeue/scripted")
    read_all(client)

    reconcile.sweep(client, NOW)
    collect_all(client)

    assert "could not be read" not in batch.text()
    assert not batch.is_live()
    assert listed(browser, "finished", "collect")[0]["description"] == "collect a.pdf"


# The server and the process


def test_a_password_works_and_is_not_shown() -> None:
    """The dashboard logs in by the address, and no page holds the password."""
    with serve(password="gehe/im") as server:
        browser = owner_of(make_app(server.url))

        view = browser.get("/")

    assert view.status_code == 200
    assert "gehe" not in view.text
    assert "unix://***@" in view.text.replace("***:***", "***")


def test_a_server_that_is_gone_is_said() -> None:
    """While the queue server is away the dashboard says so, and goes on when it is back."""
    with serve() as server:
        browser = owner_of(make_app(server.url))
        server.kill()

        away = browser.get("/0/data/queues.json")
        server.start()

        assert (away.status_code, away.text) == (503, "the queue server does not answer")
        assert browser.get("/0/data/queues.json").json == {"queues": []}
