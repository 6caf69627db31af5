"""What /metrics says is what happened, each page once; who may ask; what it never tells."""

import json
import re
from pathlib import Path

import pytest
import yaml
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families
from redis import Redis

from ocrqueue.broker import counts, keys, scripts
from ocrqueue.settings.schema import Settings
from ocrqueue.settings.secrets import Secret
from ocrqueue.web.admission import Admission
from tests.support.batch import Batch, collect_all, make_batch, read_all, reader
from tests.support.onlookers import make_app, owner_of
from tests.support.servers import Server

CONFIGS = Path(__file__).resolve().parents[2] / "configs"
TOKEN = "t" * 40
PROGRAM = Admission(port=9181, metrics=Secret(TOKEN))
BEARER = {"Authorization": f"Bearer {TOKEN}"}
METRIC = re.compile(r"ocrqueue_[a-z_]+")
Told = dict[tuple[str, ...], float]


def told(browser: FlaskClient) -> Told:
    """Return the samples by their name and the values of their labels, as Prometheus reads them."""
    answer = browser.get("/metrics")
    assert answer.status_code == 200, answer.text
    families = text_string_to_metric_families(answer.text)
    samples = [sample for family in families for sample in family.samples]
    return {
        (one.name, *(value for _, value in sorted(one.labels.items()))): one.value
        for one in samples
    }


def settled(client: Redis) -> dict[str, int]:
    return {
        name.removeprefix("pages "): number
        for name, number in counts.read(client).items()
        if number and name.startswith("pages ")
    }


# What is counted


def test_it_tells_what_happened(tmp_path: Path, client: Redis, browser: FlaskClient) -> None:
    """Pages by state, by verdict and backend, seconds, queues, workers and budgets are there."""
    batch = make_batch(tmp_path, client, count=4, route=(("scripted", 1),))
    batch.queue_pages()
    before = told(browser)
    with reader(client) as worker:
        worker.register_birth()  # type: ignore[no-untyped-call]
        living = told(browser)
        worker.register_death()  # type: ignore[no-untyped-call]
    read_all(client, "2: refuse; 3: doubtful")
    after = told(browser)
    collect_all(client)

    assert before["ocrqueue_queue_jobs", "scripted"] == 4
    assert 0 <= before["ocrqueue_queue_oldest_seconds", "scripted"] < 60
    assert living["ocrqueue_workers", "scripted", "idle"] == 1
    assert before["ocrqueue_pages", "pending"] == 4
    assert [after["ocrqueue_pages", state] for state in keys.STATES] == [0, 3, 1, 1]
    assert after["ocrqueue_documents_unfinished",] == 1
    assert after["ocrqueue_queue_jobs", "collect"] == 1
    assert after["ocrqueue_pages_settled_total", "scripted", "good"] == 2
    assert after["ocrqueue_pages_settled_total", "scripted", "failed"] == 1
    assert after["ocrqueue_pages_settled_total", "scripted", "doubtful"] == 1
    assert after["ocrqueue_attempt_seconds_count", "scripted", "read"] == 4
    assert after["ocrqueue_attempt_seconds_bucket", "scripted", "+Inf", "read"] == 4
    assert after["ocrqueue_budget_cap_usd", "day"] == Settings().remote.budget_day_usd
    assert told(browser)["ocrqueue_documents_unfinished",] == 0


def test_a_page_is_counted_once(batch: Batch) -> None:
    """Whoever comes late with a page that somebody else has settled adds nothing."""
    one = {counts.pages("scripted", "good"): 1}

    for _ in range(2):
        scripts.settle(batch.client, batch.key, 1, "done", one)
    scripts.settle(batch.client, "00000000-" + "0" * 24, 1, "done", one)

    assert settled(batch.client) == {"scripted good": 1}


def test_a_page_whose_worker_died_after_it_was_kept_is_counted(batch: Batch) -> None:
    """Its result is in the workspace: who takes the page next counts it, with its attempts."""
    with reader(batch.client) as worker:
        worker.handle_job_success = lambda *_, **__: None  # type: ignore[method-assign]
        worker.work(burst=True, max_jobs=1, logging_level="WARNING")
    assert settled(batch.client) == {}
    batch.client.delete("rq:wip:scripted")
    job_id = keys.page_job_id(batch.key, 1)
    batch.client.hset(f"rq:job:{job_id}", "status", "queued")
    batch.client.rpush(keys.queue("scripted"), job_id)

    read_all(batch.client)

    assert settled(batch.client) == {"scripted good": 2}
    assert counts.read(batch.client)[counts.took("scripted", "read", "0.1")] == 2


@pytest.mark.parametrize("odd", ["9223372036854775807", "no number"])
def test_what_somebody_wrote_there_keeps_no_page_from_settling(batch: Batch, odd: str) -> None:
    """A count that cannot grow is left as it is, and the page is done."""
    batch.client.hset(keys.counts(), counts.pages("scripted", "good"), odd)

    read_all(batch.client)

    assert batch.state()["done"] == [1, 2]
    assert batch.waiting(keys.COLLECT_QUEUE)


# Who may ask


def test_a_program_has_a_token_of_its_own(server: Server) -> None:
    """It opens the metrics and no other page, by whatever name the dashboard is called."""
    program = make_app(server.url, PROGRAM).test_client()

    codes = {
        "as it should": program.get("/metrics", headers=BEARER),
        "by another name": program.get("/metrics", headers={**BEARER, "Host": "dashboard:9181"}),
        "without": program.get("/metrics"),
        "another token": program.get("/metrics", headers={"Authorization": "Bearer " + "x" * 40}),
        "of the dashboard": program.get(
            "/metrics", headers={"Authorization": f"Bearer {PROGRAM.token}"}
        ),
        "another kind": program.get("/metrics", headers={"Authorization": f"Basic {TOKEN}"}),
        "another page": program.get("/", headers=BEARER),
        "another method": program.post("/metrics", headers=BEARER),
    }

    assert {case: answer.status_code for case, answer in codes.items()} == {
        "as it should": 200,
        "by another name": 200,
        **dict.fromkeys(("without", "another token", "of the dashboard", "another kind"), 403),
        "another page": 403,
        "another method": 403,
    }


def test_without_a_token_it_answers_as_the_dashboard_does(server: Server) -> None:
    """Its owner reads it in a browser, by the dashboard's own name; no program does."""
    app = make_app(server.url)
    owner, stranger = owner_of(app), app.test_client()

    assert owner.get("/metrics").status_code == 200
    assert owner.get("/metrics", headers={"Host": "evil.example"}).status_code == 403
    assert stranger.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 403


# What it never tells


def test_no_name_of_others_is_a_label(tmp_path: Path, client: Redis, browser: FlaskClient) -> None:
    """Files, documents, workers and queues that somebody made up are in no label."""
    batch = make_batch(tmp_path, client, count=1, name="secret-client")
    batch.queue_pages()
    for number in range(300):
        client.sadd("rq:queues", f"rq:queue:made-up-{number}")
        client.rpush(f"rq:queue:made-up-{number}", "x")

    text = browser.get("/metrics").text

    assert 'ocrqueue_queue_jobs{queue="other"} 300.0' in text
    assert not re.search("secret|made-up|test-|" + batch.document.id[:8], text)
    assert len(text) < 20_000


# What comes along for others


def test_the_dashboard_file_shows_what_there_is(
    tmp_path: Path, client: Redis, browser: FlaskClient
) -> None:
    """Grafana's file names no metric that is not exported, and shows each that is."""
    queued = make_batch(tmp_path, client, count=1)
    queued.queue_pages()
    read_all(client)
    families = {
        family.name for family in text_string_to_metric_families(browser.get("/metrics").text)
    }
    board = json.loads((CONFIGS / "grafana" / "ocrqueue.json").read_text("utf-8"))
    asked = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    named = {
        re.sub("_(total|bucket|sum|count)$", "", name)
        for expression in asked
        for name in METRIC.findall(expression)
    }

    assert len(named) > 8
    assert named == families


def test_the_example_for_prometheus_asks_as_it_must() -> None:
    """It has the address of the dashboard as it comes, and a token from a file."""
    (job,) = yaml.safe_load((CONFIGS / "prometheus.yml").read_text("utf-8"))["scrape_configs"]
    listen = Settings().dashboard

    assert job["static_configs"] == [{"targets": [f"{listen.host}:{listen.port}"]}]
    assert job["authorization"]["type"] == "Bearer"
    assert Path(job["authorization"]["credentials_file"]).is_absolute()
    assert job.get("metrics_path", "/metrics") == "/metrics"
