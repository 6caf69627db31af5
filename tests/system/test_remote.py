"""Pages that are read elsewhere, by real processes: what leaves, what it costs, what is lost."""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from signal import Signals
from typing import Any

import psutil
import pytest
from redis import Redis

from ocrqueue.model.failpoints import Point
from tests.support import fault_server as fs
from tests.support.fault_server import Answer, FaultServer
from tests.support.folders import jobs_left, ledgers, make_inputs, markdown, temporaries
from tests.support.pdfs import write_pdf
from tests.support.processes import QUICK, Process, Stage, stage
from tests.support.secrecy import everything_in, seen_of
from tests.support.servers import Server, server_of, wait_until

KEY = "sk-or-v1-0123456789abcdef0123456789abcdef"
QUEUES = ("deepseek-mlx", "openrouter", "tesseract", "collect")
ROUTE = "deepseek-mlx,openrouter"
MODEL = "google/gemini-3.1-flash-lite"  # of the settings
COST = 0.0012  # of a page, as the server tells it
RESERVES, ONE_PAGE = "a page reserves 0.0298 USD", "0.03"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An output folder, a queue, processes, and a service that reads pages."""

    stage: Stage
    client: Redis
    folder: Path
    service: FaultServer

    @property
    def out(self) -> Path:
        return self.folder / "out"

    @property
    def output(self) -> str:
        return str(self.out)

    def worker(self, *command: str, **given: str) -> Process:
        return self.stage.module(*command, given=given)

    def enqueue(self, name: str, pages: int, *options: str) -> None:
        inputs = make_inputs(self.folder / "in", {name: pages})
        ended = self.stage.run("enqueue", str(inputs / name), "-o", str(self.out), *options)
        assert ended.code == 0, ended.err

    def status(self) -> dict[str, Any]:
        ended = self.stage.run("status", "--json", "-o", str(self.out))
        assert ended.code == 0, ended.err
        told: dict[str, Any] = json.loads(ended.out)
        return told

    def wait_until_done(self) -> None:
        wait_until(lambda: jobs_left(self.client, QUEUES) == {}, "nothing is left in the queue")

    def attempts(self, name: str) -> list[dict[str, Any]]:
        return [each for page in ledgers(self.out)[name]["pages"] for each in page["attempts"]]


@pytest.fixture
def place(tmp_path: Path, server: Server, client: Redis) -> Iterator[Place]:
    with FaultServer([fs.page("# A remote page\n\nof text.")]) as service:
        given = {
            **QUICK,
            "OPENROUTER_API_KEY": KEY,
            "OCRQUEUE_REDIS__URL": server.url,
            "OCRQUEUE_READING__ROUTE": ROUTE,
            "OCRQUEUE_OVERFLOW__PAGES": "2",
            "OCRQUEUE_BACKENDS__OPENROUTER__BASE_URL": service.url,
            "OCRQUEUE_BACKENDS__OPENROUTER__API": "openrouter",
        }
        with stage(tmp_path / "stage", given) as own:
            yield Place(stage=own, client=client, folder=tmp_path, service=service)


def test_overflow_loses_nothing_whenever_its_workers_die(place: Place) -> None:
    """Pages taken from a long queue by workers that are killed at every moment are read once.

    Of a document that may not leave nothing does, although it waits in the same queue.
    """
    place.enqueue("there.pdf", 12, "--allow-remote")
    place.enqueue("here.pdf", 4)
    faults = (Point.JOB_TAKEN, Point.PAGE_BEGUN, Point.PAGE_READ, Point.PAGE_STORED)
    doomed = [
        place.worker("tests.support.faulty", point, "KILL", "self", "workers.openrouter_worker")
        for point in faults
    ]
    assert [process.wait() for process in doomed] == [-Signals.SIGKILL] * 4
    helpers = [place.worker("workers.openrouter_worker") for _ in range(2)]
    wait_until(lambda: place.client.llen("rq:queue:deepseek-mlx") <= 6, "helpers have helped")
    (helped,) = place.status()["queue"]["helped"]
    assert (helped["by"], helped["reason"]) == ("openrouter", "more than 2 pages")
    place.worker("tests.support.stand_in", "deepseek-mlx")
    place.worker("workers.collector")
    place.wait_until_done()

    assert [process.alive for process in helpers] == [True, True]
    assert set(markdown(place.out)) == {"there.md", "here.md"}
    assert [book["state"] for book in ledgers(place.out).values()] == ["done", "done"]
    there, here = place.attempts("there.json"), place.attempts("here.json")
    assert {each["backend"] for each in here} == {"deepseek-mlx"}
    assert not any(each.get("left") for each in here)
    read = [each for each in there if "verdict" in each]
    assert len(read) == 12
    assert sum(each["backend"] == "openrouter" for each in read) >= 4
    # Who died after it had sent a page cannot say so; everybody else does.
    sent = sum(each.get("left", False) for each in there)
    assert len(place.service.posts) - 2 <= sent <= len(place.service.posts) + 2
    assert temporaries(place.out) == []


def test_pages_wait_for_money_and_go_on(place: Place) -> None:
    """Of too small a rest pages wait, `status` says why; more money lets them go on at once."""
    place.enqueue("a.pdf", 2, "--backend", "openrouter", "--allow-remote", "--budget", ONE_PAGE)
    place.worker("workers.openrouter_worker")
    place.worker("workers.collector")
    held = f"{RESERVES}, 0.0288 is left of the budget of the run"
    wait_until(lambda: place.status()["queue"]["held"] == {"openrouter": held}, "it is held")
    assert len(place.service.posts) == 1
    assert held in place.stage.run("status", "-o", str(place.out)).out

    ended = place.stage.run("remote", "--budget-run", "0.5", "-o", str(place.out))
    assert ended.code == 0, ended.err
    place.wait_until_done()
    told = place.status()
    assert (told["documents"]["pages_sent"], told["documents"]["cost_usd"]) == (2, 2 * COST)
    assert [one["name"] for one in told["budgets"]] == ["day", "month"]
    assert [one["spent_micro_usd"] for one in told["budgets"]] == [2400, 2400]
    assert len(place.service.posts) == 2


def test_a_permission_and_a_budget_are_changed_by_one_command(place: Place) -> None:
    """Pages are called home although a budget is given as well; both are told."""
    place.enqueue("a.pdf", 2, "--route", "openrouter,scripted", "--allow-remote")
    assert place.client.llen("rq:queue:openrouter") == 2

    ended = place.stage.run("remote", "--forbid", "--all", "--budget-day", "10", "-o", place.output)

    assert ended.code == 0, ended.err
    first, second = ended.out.splitlines()
    assert first.split() == ["stays", "a.pdf"]
    assert second.startswith("Budget of the day ")
    assert second.endswith("of 10.00 USD")
    assert place.client.llen("rq:queue:openrouter") == 0
    assert place.client.llen("rq:queue:scripted") == 2


def test_a_budget_is_not_raised_where_a_name_means_nothing(place: Place) -> None:
    """Names are looked up before anything is changed; an amount that is none changes nothing."""
    place.enqueue("a.pdf", 1, "--route", "openrouter,scripted", "--allow-remote")

    ended = place.stage.run("remote", "nonsense.pdf", "--budget-run", "9", "-o", place.output)
    assert ended.code == 2
    assert "no document here is called nonsense.pdf" in ended.err
    ended = place.stage.run(
        "remote", "--forbid", "--all", "--budget-day", "nan", "-o", place.output
    )
    assert ended.code == 2
    assert place.client.keys("ocrq:gate:*") == []
    assert place.client.llen("rq:queue:openrouter") == 1


def test_a_budget_that_is_not_larger_says_that_it_does_not_count(place: Place) -> None:
    """In words and as JSON, budget by budget; where nothing is queued no run has one."""
    place.enqueue("a.pdf", 1, "--route", "openrouter,scripted", "--allow-remote")
    budgets = ("--budget-run", "9", "--budget-day", "1")

    ended = place.stage.run("remote", *budgets, "-o", place.output)
    told = place.stage.run("remote", *budgets, "--json", "-o", place.output)

    assert (ended.code, told.code) == (0, 0), ended.err + told.err
    run, day, why = ended.out.splitlines()
    assert (run[-11:], day[-11:]) == ("of 9.00 USD", "of 5.00 USD")
    assert why.strip() == "not 1.00 USD: only a larger budget than before counts"
    wires = [json.loads(line) for line in told.out.splitlines()]
    assert [(one["budget"], one["cap_usd"], one["counts"]) for one in wires] == [
        ("run", 9.0, True),
        ("day", 5.0, False),
    ]
    assert place.stage.run("cancel", "--all", "-o", place.output).code == 0
    place.worker("workers.collector")
    wait_until(lambda: place.status()["queue"]["documents"] == 0, "nothing is queued")
    ended = place.stage.run("remote", *budgets, "-o", place.output)
    assert "--budget-run raised nothing" in ended.err


def test_a_spent_run_holds_up_no_other(place: Place) -> None:
    """Pages of a run with money are read past those of one without, and only then all stands still.

    The workers look every ten seconds whether there is money again: this must not take as long.
    """
    rest = {"OCRQUEUE_QUEUE__BEAT_S": "5"}
    poor = ("--backend", "openrouter", "--allow-remote", "--budget", ONE_PAGE)
    place.enqueue("poor.pdf", 12, *poor)
    place.enqueue("rich.pdf", 4, "--backend", "openrouter", "--allow-remote", "--budget", "1")
    workers = [place.worker("workers.openrouter_worker", **rest) for _ in range(2)]
    wait_until(lambda: len(place.service.posts) == 5, "the pages with money are read")
    place.worker("workers.collector")
    wait_until(lambda: RESERVES in str(place.status()["queue"]["held"]), "the rest is held")

    # One of them may have a page in hand just now, to see whether there is money for it.
    wait_until(lambda: place.client.llen("rq:queue:openrouter") == 11, "none of them is taken")
    assert len([one for w in workers for one in w.events("page.put_back")]) < 12


def test_pages_follow_their_route_while_the_account_has_no_credit(place: Place) -> None:
    """Where the settings hand over what cannot be paid for, one page asks and none waits."""
    place.service.answers = [fs.error(402, error_type="payment_required")]
    given = {
        "OCRQUEUE_READING__ROUTE": "openrouter,tesseract",
        "OCRQUEUE_REMOTE__WHEN_SPENT": "hand-over",
    }
    inputs = make_inputs(place.folder / "in", {"a.pdf": 5})
    command = ("enqueue", str(inputs), "-o", str(place.out), "--allow-remote")
    assert place.stage.run(*command, given=given).code == 0
    worker = place.worker("workers.openrouter_worker", **given)
    wait_until(lambda: place.client.llen("rq:queue:tesseract") == 5, "all pages are handed over")

    assert len(place.service.posts) == 1
    shown = place.stage.run("status", "-o", place.output).out
    assert "openrouter sends nothing for " in shown
    assert "credit" in shown
    told = worker.events("page.put_back")
    assert {(one["queue"], one["error"]) for one in told} == {("tesseract", "out-of-money")}


RULES = """
[[rules]]
folder = "in/public"
allow_remote = true
route = ["scripted", "openrouter"]
[[rules]]
glob = "**/private/**"
allow_remote = false
"""


def test_rules_decide_folder_by_folder(place: Place) -> None:
    """One `run` sends pages of one folder away, where local backends fail, and of no other."""
    inputs = make_inputs(place.folder / "in", {"public/a.pdf": 1, "public/private/b.pdf": 1})
    config = place.folder / "rules.toml"
    config.write_text(RULES)
    given = {
        "OCRQUEUE_READING__ROUTE": "scripted",
        "OCRQUEUE_BACKENDS__SCRIPTED__SCRIPT": "*: reject",
        "OCRQUEUE_WORKERS__OPENROUTER": "1",
    }
    command = ("run", str(inputs), "-o", str(place.out), "--config", str(config), "--json")
    ended = place.stage.run(*command, given=given)
    assert ended.code == 3, ended.err
    assert (ended.json["pages_done"], ended.json["pages_failed"]) == (1, 1)
    assert (ended.json["pages_sent"], ended.json["models"]) == (1, {MODEL: 1})
    backends = [each["backend"] for each in place.attempts("public/a.json")]
    assert backends == ["scripted", "scripted", "openrouter"]
    backends = [each["backend"] for each in place.attempts("public/private/b.json")]
    assert backends == ["scripted", "scripted"]
    assert len(place.service.posts) == 1


CANARY = "Quetzalcoatlus"  # a word on the page
SENTENCE = f"Nobody but you may read of the {CANARY} at home."


def test_neither_the_key_nor_the_page_is_seen_anywhere(tmp_path: Path) -> None:
    """Whatever the service answers, and however a worker ends: the key is nowhere.

    A word on the page is in its result, in what the model said and in the Markdown only: in no
    log, not in Redis nor its files, in no trace and in no other file of the workspace.
    """
    inputs, out = tmp_path / "in", tmp_path / "out"
    inputs.mkdir()
    for name in ("a.pdf", "b.pdf"):
        write_pdf(inputs / name, *[f"{SENTENCE} {name} {page}" for page in range(4)])
    with FaultServer(indiscreet()) as service:
        seen = seen_while_reading(service.url, inputs, out)
    assert len(service.posts) > len(service.answers)
    assert KEY.encode() not in seen
    assert CANARY.encode() not in seen
    server = server_of(out, out.with_name("stage")).data
    written = [path for path in (*out.rglob("*"), *server.rglob("*")) if path.is_file()]
    assert any(path.name.endswith("rdb") for path in written)
    assert [path for path in written if KEY.encode() in path.read_bytes()] == []
    holding = {path.suffix for path in written if CANARY.encode() in path.read_bytes()}
    assert holding == {".json", ".txt", ".md"}
    kept = [path for path in written if CANARY.encode() in path.read_bytes()]
    assert {path.parent.name for path in kept if path.suffix != ".md"} == {"pages"}
    assert not any(path.name.endswith(".failed.json") for path in kept)


def indiscreet() -> list[Answer]:
    """Return answers of a service that repeats what it was sent, wherever it can."""
    echo = {"raw": f"{SENTENCE} Bearer {KEY}", "flagged_input": SENTENCE, "reasons": [CANARY]}
    return [
        fs.error(500, code=f"{CANARY} {KEY}", provider_name=CANARY, **echo),
        fs.plain(200, f'{{"{CANARY}": {KEY}'.encode()),
        fs.plain(502, f"<html>{SENTENCE}{KEY}</html>".encode(), content_type="text/html"),
        fs.error(403, error_type="content_policy_violation", **echo),
        fs.chunked(fs.said(SENTENCE), fs.event({"error": {"code": KEY, "message": SENTENCE}})),
        fs.chunked(fs.said(SENTENCE), b"data: {" + SENTENCE.encode() + b"\n\n", fs.Move.RESET),
        fs.page(f"I am sorry, but I cannot read {CANARY}.", finish="content_filter"),
        fs.page(f"# The {CANARY}\n\n{SENTENCE}"),
    ]


def seen_while_reading(url: str, inputs: Path, out: Path) -> bytes:
    """Let processes read, some of which are killed; return all that others could see of it."""
    given = {
        **QUICK,
        "OPENROUTER_API_KEY": KEY,
        "OCRQUEUE_LOGGING__LEVEL": "debug",
        "OCRQUEUE_READING__ROUTE": "openrouter,tesseract",
        "OCRQUEUE_BACKENDS__OPENROUTER__BASE_URL": url,
        "OCRQUEUE_BACKENDS__OPENROUTER__API": "openrouter",
        "OCRQUEUE_WORKSPACE__OUTPUT": str(out),
    }
    faulty = ("tests.support.faulty", Point.PAGE_READ, "KILL", "self", "workers.supervisor")
    with stage(out.with_name("stage"), given) as own:
        children = ("--server", "workspace", "openrouter=2", "tesseract=1", "collector=1")
        up = own.module(*faulty, *children)
        up.wait_for_event("worker.started", count=4)
        log = ("--log-level", "debug", "--log-file", str(own.folder / "a.log"))
        ended = own.run("enqueue", str(inputs), "--allow-remote", "--wait", *log)
        assert ended.code == 0, ended.err
        with Redis.from_url(server_of(out, own.folder).url) as client:
            seen = everything_in(client)
            client.config_set("rdbcompression", "no")
            client.save()
        assert up.events("supervisor.child_restarted")
        seen += own.run("config", "--json").out.encode() + own.run("check").out.encode()
        for process in up.descendants():
            # One of a page may just have ended.
            with contextlib.suppress(psutil.ZombieProcess, psutil.NoSuchProcess):
                if "openrouter" not in str(process.cmdline()):  # the key is for its workers alone
                    seen += seen_of(process)
        assert up.stop() == 0
        return seen + b"".join(
            path.read_bytes() for path in own.folder.rglob("*") if path.is_file()
        )
