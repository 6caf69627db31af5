"""A worker reads with what the document was queued with, not with what it was started with."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from ocrqueue.model.errors.base import ExitCode
from tests.support.folders import jobs_left, ledgers, make_inputs, markdown
from tests.support.pdfs import drawing, pdf_bytes, write_pdf
from tests.support.processes import QUICK, Ended, Process, Stage, stage
from tests.support.servers import Server, wait_until

GERMAN = "Größe und Übermaß der Straße\nfür schöne Füße und süße Äpfel"
LANG = "OCRQUEUE_BACKENDS__TESSERACT__LANG"
MODEL = "OCRQUEUE_BACKENDS__SCRIPTED__MODEL"
OF_THE_PICTURE = ("--backend", "tesseract", "--text-layer", "never")
QUEUES = ("scripted", "tesseract", "collect")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An input, an output folder, a server, and processes that know it."""

    stage: Stage
    client: Redis
    inputs: Path
    out: Path

    def enqueue(self, *options: str, **given: str) -> None:
        ended = self.command("enqueue", str(self.inputs), *options, **given)
        assert ended.code == 0, ended.err

    def command(self, name: str, *arguments: str, **given: str) -> Ended:
        return self.stage.run(name, *arguments, "-o", str(self.out), given=given)

    def start(self, module: str, **given: str) -> Process:
        return self.stage.module(module, given=given)

    def read(self, module: str, **given: str) -> str:
        """Let a worker that was started so read all there is; return the text."""
        worker, collector = self.start(module, **given), self.start("workers.collector")
        wait_until(lambda: jobs_left(self.client, QUEUES) == {}, "all is read and collected")
        assert (worker.stop(), collector.stop()) == (0, 0)
        (text,) = markdown(self.out).values()
        return text

    def workers(self) -> list[dict[str, Any]]:
        ended = self.command("status", "--json")
        assert ended.code == 0, ended.err
        found: list[dict[str, Any]] = ended.json["queue"]["workers"]
        return found


@pytest.fixture
def case(tmp_path: Path, server: Server, client: Redis) -> Iterator[Case]:
    given = {**QUICK, "OCRQUEUE_REDIS__URL": server.url}
    inputs = tmp_path / "in"
    inputs.mkdir()
    with stage(tmp_path / "stage", given) as own:
        yield Case(stage=own, client=client, inputs=inputs, out=tmp_path / "out")


def test_the_language_is_the_documents(case: Case) -> None:
    """A worker that was started for English reads German as German."""
    write_pdf(case.inputs / "a.pdf", GERMAN)
    case.enqueue(*OF_THE_PICTURE, "--lang", "deu")

    text = case.read("workers.tesseract_worker", **{LANG: "eng"})

    assert "Größe und Übermaß der Straße" in text


def test_a_language_of_the_worker_is_none_of_the_documents(case: Case) -> None:
    """What was queued for English is read so by a worker that was started for German."""
    write_pdf(case.inputs / "a.pdf", GERMAN)
    case.enqueue(*OF_THE_PICTURE, "--lang", "eng")

    assert "ß" not in case.read("workers.tesseract_worker", **{LANG: "deu"})


def test_the_size_of_the_picture_is_the_documents(case: Case) -> None:
    """What is too small to be read stays so, whatever the worker would draw by itself."""
    words = drawing("Plain words that anybody can read\nif they are large enough", size=6)
    (case.inputs / "a.pdf").write_bytes(pdf_bytes([words]))
    case.enqueue(*OF_THE_PICTURE, OCRQUEUE_RENDER__DPI="36")

    assert "anybody" not in case.read("workers.tesseract_worker")


def test_another_model_waits_for_a_worker_that_has_it(case: Case) -> None:
    """`status` says why, others' pages are read meanwhile, and then the right worker reads it."""
    make_inputs(case.inputs, {"a.pdf": 2})
    case.enqueue(**{MODEL: "larger-2"})
    first = case.start("workers.scripted_worker")
    wait_until(lambda: any(one["declined"] for one in case.workers()), "the worker declines")
    (worker,) = case.workers()
    told = case.command("status").out
    later = make_inputs(case.inputs.parent / "later", {"b.pdf": 1})
    ended = case.stage.run("enqueue", str(later), "-o", str(case.out))
    assert ended.code == 0, ended.err
    wait_until(lambda: jobs_left(case.client)["rq:queue:scripted"] == 2, "the other one is read")
    case.start("workers.collector")
    second = case.start("workers.scripted_worker", **{MODEL: "larger-2"})
    wait_until(lambda: jobs_left(case.client) == {}, "all is read")

    why = "a.pdf: it waits for a worker of scripted with the model larger-2; here it is scripted-1"
    assert worker["declined"] == why
    assert f"left to others by scripted worker {first.pid}: {why}" in told
    models = {
        name: {page["model"] for page in book["pages"]} for name, book in ledgers(case.out).items()
    }
    assert models == {"a.json": {"larger-2"}, "b.json": {"scripted-1"}}
    assert len(second.events("page.attempt")) == 2
    assert len(first.events("page.put_back")) <= 2


def test_a_run_ends_where_only_others_could_go_on(case: Case) -> None:
    """It reads what it can, says which worker is needed, and leaves the rest in the queue."""
    make_inputs(case.inputs, {"a.pdf": 2})
    case.enqueue(**{MODEL: "larger-2"})
    mine = make_inputs(case.inputs.parent / "mine", {"b.pdf": 1})

    ended = case.stage.run("run", str(mine), "-o", str(case.out), seconds=90)

    assert ended.code == ExitCode.OK, ended.err
    assert "with the model larger-2; here it is scripted-1" in ended.err
    assert set(markdown(case.out)) == {"b.md"}
    assert jobs_left(case.client)["rq:queue:scripted"] == 2
