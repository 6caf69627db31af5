"""`ocrqueue compare` on real pages."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from ocrqueue.evaluation import compare as use_case
from ocrqueue.evaluation.compare import OnePage, sample
from ocrqueue.evaluation.compare_figures import of_backends
from ocrqueue.inputs.walk import find
from ocrqueue.model.gate import MICRO, LocalGate
from ocrqueue.pipeline.order import order_of, renderer_of
from ocrqueue.settings.engines import ScriptedSettings
from ocrqueue.settings.schema import Settings
from ocrqueue.settings.schema_remote import RemoteSettings
from tests.support import fault_server as fs
from tests.support import remote
from tests.support.fault_server import FaultServer
from tests.support.folders import make_inputs
from tests.support.processes import QUICK, Ended, Stage, stage
from tests.support.servers import Server

SAMPLES = Path(__file__).parents[2] / "samples"
PROGRAM = Path(sys.executable).with_name("ocrqueue")


def compare(*words: str | Path) -> subprocess.CompletedProcess[str]:
    command = [PROGRAM, "compare", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)


def test_two_backends_read_the_same_pages(tmp_path: Path) -> None:
    """Tesseract reads what the truth says, the other reads none of it; a broken file is named."""
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.7 and then nothing")
    (tmp_path / "letter.txt").write_text("Dear", "utf-8")

    told = compare(
        *(SAMPLES / "letter.pdf", broken, "--backends", "tesseract,scripted", "--dpi", "150"),
        *("--truth", tmp_path, "-o", tmp_path / "out"),
    )

    assert told.returncode == 3, told.stderr
    assert "left out: broken.pdf: " in told.stderr
    assert "tesseract" in told.stdout
    assert "Dear" in (tmp_path / "out/compare.html").read_text("utf-8")
    wire = json.loads((tmp_path / "out/compare.json").read_bytes())
    first, second = wire["backends"]
    assert (first["backend"], first["recall"], second["recall"]) == ("tesseract", 1.0, 0.0)
    assert not (tmp_path / "out/.ocrqueue").exists()


def test_one_backend_or_an_unknown_one_is_refused(tmp_path: Path) -> None:
    """Nothing is read before the names are known to make sense."""
    for names, why in (("tesseract", "two at least"), ("tesseract,abacus", "no backend abacus")):
        told = compare(SAMPLES, "--backends", names, "-o", tmp_path / "out")

        assert told.returncode == 2
        assert why in told.stderr
    assert not (tmp_path / "out").exists()


PATIENCE = fs.error(429, headers={"retry_after": "20"})


@dataclass
class Clock:
    """A time that passes where somebody waits."""

    now: float = 100.0

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float, why: str) -> None:
        assert why
        self.now += seconds


def read(folder: Path, service: FaultServer, clock: Clock, **options: float) -> list[OnePage]:
    """Read all pages of a folder by a service that passes for OpenRouter, and by a script."""
    far = replace(remote.candidate(service.url), **options)  # type: ignore[arg-type]
    chosen = replace(
        Settings(),
        candidates={"openrouter": far, "scripted": ScriptedSettings(model="1")},
        remote=RemoteSettings(allowed=True),
    )
    names = ("openrouter", "scripted")
    order = order_of(replace(chosen, reading=replace(chosen.reading, route=names)))
    with renderer_of(chosen) as renderer:
        found = list(use_case.find(find([folder]), order, renderer))
        pages = sample(found, None)
        gate = LocalGate(clock, cap_micro_usd=MICRO)
        given = {"renderer": renderer, "truths": None, "gate": gate, "wait_out": clock.wait}
        return list(use_case.read(pages, names, chosen, **given))  # type: ignore[arg-type]


def test_a_pause_is_waited_out_and_costs_no_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service that asks for patience is asked again when it wants to be; all pages are read."""
    monkeypatch.setenv("OPENROUTER_API_KEY", remote.KEY)
    folder, clock = make_inputs(tmp_path, {"a.pdf": 4}), Clock()

    with FaultServer([fs.page(), PATIENCE, PATIENCE, fs.page()]) as service:
        pages = read(folder, service, clock)

    assert [page.reads[0].verdict for page in pages] == ["good"] * 4
    assert [page.reads[0].cost_usd for page in pages] == [0.0012] * 4
    assert 139 < clock.now <= 140
    assert len(service.posts) == 6


def test_a_pause_longer_than_a_page_may_take_ends_the_part_of_its_backend(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is left is not tried, and not failed; the other backend reads all pages."""
    monkeypatch.setenv("OPENROUTER_API_KEY", remote.KEY)
    folder, clock = make_inputs(tmp_path, {"a.pdf": 4}), Clock()

    with FaultServer([fs.page(), PATIENCE]) as service:
        pages = read(folder, service, clock, timeout_s=50.0)

    first, second = of_backends(pages)
    assert (first.verdicts["good"], first.verdicts["untried"], first.verdicts["failed"]) == (
        1,
        3,
        0,
    )
    assert first.why_untried.endswith("for longer than the 50 s that a page may take")
    assert second.verdicts["good"] == 4
    assert 139 < clock.now <= 140
    assert len(service.posts) == 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where pages may be sent to a service."""

    stage: Stage
    folder: Path
    service: FaultServer

    def compare(
        self, *options: str | Path, backends: str = "openrouter,scripted", **given: str
    ) -> Ended:
        names = ("--backends", backends, "--allow-remote", "--yes")
        where = ("-o", str(self.folder / "out"))
        return self.stage.run("compare", *map(str, options), *names, *where, given=given)

    def reads(self) -> list[dict[str, Any]]:
        """Return what the service made of each page."""
        wire = json.loads((self.folder / "out/compare.json").read_bytes())
        return [page["reads"][0] for page in wire["pages"]]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with FaultServer([fs.page()]) as service:
        given = {
            **QUICK,
            "OPENROUTER_API_KEY": remote.KEY,
            "OCRQUEUE_BACKENDS__OPENROUTER__BASE_URL": service.url,
            "OCRQUEUE_BACKENDS__OPENROUTER__API": "openrouter",
        }
        with stage(tmp_path / "stage", given) as own:
            yield Place(stage=own, folder=tmp_path, service=service)


def test_what_a_comparison_costs_is_booked_on_the_pool(
    place: Place, server: Server, client: Redis
) -> None:
    """Where a server runs, its books have it, of the day and the month; a spent day ends it."""
    folder = make_inputs(place.folder / "in", {"a.pdf": 2})

    ended = place.compare(folder, OCRQUEUE_REDIS__URL=server.url)

    assert ended.code == 0, ended.err
    assert "at most 1 USD, within the budgets of the day and the month" in ended.err
    for window in ("day", "month"):
        (key,) = client.keys(f"ocrq:gate:openrouter:{window}:*")
        assert client.hget(key, "spent") == b"2400"
    spent = {"OCRQUEUE_REMOTE__BUDGET_DAY_USD": "0.0024"}
    ended = place.compare(folder, OCRQUEUE_REDIS__URL=server.url, **spent)
    assert ended.code == 3
    assert "reserves 0.0298 USD, the budget is 0.0024: none is sent" in ended.err
    assert "openrouter did not try 2 pages: a page reserves 0.0298 USD" in ended.out
    assert [one["verdict"] for one in place.reads()] == ["untried"] * 2
    assert len(place.service.posts) == 2


def test_without_a_server_the_smallest_budget_holds_and_nobody_books_it(place: Place) -> None:
    """That is said before anything is sent; without money for the month nothing is."""
    folder = make_inputs(place.folder / "in", {"a.pdf": 1})

    ended = place.compare(folder, OCRQUEUE_REMOTE__BUDGET_MONTH_USD="0")

    assert ended.code == 3
    assert "at most 0 USD; no queue server runs here" in ended.err
    assert [one["verdict"] for one in place.reads()] == ["untried"]
    assert place.service.posts == []


def test_models_of_one_service_are_compared_with_what_they_cost(place: Place) -> None:
    """Each by its own name and price, against the truth; one that is not there is told at once."""
    folder, models = make_inputs(place.folder / "in", {"a.pdf": 2}), ("maker/good", "maker/bad")
    price = {"prompt": "0.0000001", "completion": "0.0000004"}
    listed = [{"id": model, "pricing": price} for model in models]
    place.service.told["/models"] = fs.as_json(200, {"data": listed})
    place.service.answers = [fs.page("All of it."), fs.page("What?", cost=0.0006)] * 2
    for number in (1, 2):
        (folder / f"a.p{number}.md").write_text("All of it.")
    given = ("--truth", folder, "--budget", "0.1", "--json")
    named = ",".join(f"openrouter:{model}" for model in models)

    ended = place.compare(folder / "a.pdf", *given, backends=f"{named},scripted")
    missing = place.compare(folder, backends="openrouter:maker/good,openrouter:maker/gone")

    assert ended.code == 0, ended.err
    told = [[one["backend"], one["recall"], one["cost_usd_1000"]] for one in ended.json["backends"]]
    assert told[:2] == [["openrouter:maker/good", 1.0, 1.2], ["openrouter:maker/bad", 0.0, 0.6]]
    assert told[2][0::2] == ["scripted", None]
    assert [one.json["model"] for one in place.service.posts] == [*models, *models]
    assert missing.code == 6, missing.err
    assert "maker/gone is not among the models of 127.0.0.1" in missing.err


def test_a_copy_that_stays_keeps_the_other_here(place: Place) -> None:
    """The same content lies in a folder whose files may not leave: nothing of it does."""
    folder = make_inputs(place.folder / "in", {"public/a.pdf": 1, "public/b.pdf": 1})
    (folder / "private").mkdir()
    shutil.copy(folder / "public/a.pdf", folder / "private/copy.pdf")
    rules = place.folder / "rules.toml"
    rules.write_text('[[rules]]\nglob = "**/private/**"\nallow_remote = false\n')

    ended = place.compare(folder, "--config", rules)

    assert ended.code == 3
    assert "left out: public/a.pdf: a file with the same content may not leave" in ended.err
    assert [one["verdict"] for one in place.reads()] == ["good"]
    assert len(place.service.posts) == 1
