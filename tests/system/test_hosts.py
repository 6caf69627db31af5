"""Several hosts: one queues, two read and assemble, and a whole host dies meanwhile.

Their server has a password and speaks TLS, with an authority of its own. Each host has another
name, another home, and the share at another place.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import trustme
from redis import Redis

from ocrqueue.broker import keys, queue_ops
from ocrqueue.model.failpoints import Point
from tests.support.folders import jobs_left, make_inputs
from tests.support.forking import ROOT
from tests.support.hosts import Network, network
from tests.support.processes import QUICK, Process, Stage, stage
from tests.support.seaweed import BUCKET, environment, prepare
from tests.support.servers import serve, wait_until

PORT = 6380
SERVER, PRODUCER, READER, THIRD = NAMES = ("server", "alpha", "beta", "gamma")
DOCUMENTS = {"a.pdf": 12, "sub/b.pdf": 8, "c.pdf": 1}
TAKEOVER_S = 20.0
KINDS = (("scripted", "scripted_worker"), ("collector", "collector"))
BY_SCRIPT = ("OCRQUEUE_READING__ROUTE", "OCRQUEUE_READING__WITNESS")
LIST = f"""
import json, sys
from obstore import list as all_of
from obstore.store import S3Store
store = S3Store({BUCKET!r})
names = [one["path"] for many in all_of(store, sys.argv[1]) for one in many]
chosen = [name for name in names if name.endswith(sys.argv[2]) and "/." not in name]
texts = [bytes(store.get(name).bytes()).decode() for name in chosen]
print(json.dumps([[name.partition("/")[2], text] for name, text in zip(chosen, texts)]))
"""
PUT = f"""
import sys
from pathlib import Path
from obstore.store import S3Store
top = Path(sys.argv[1])
store = S3Store({BUCKET!r}, retry_config={{"max_retries": 1000}})  # it may be starting yet
for one in top.rglob("*.pdf"):
    store.put(f"in/{{one.relative_to(top)}}", one.read_bytes())
"""
SCRIPT = "OCRQUEUE_BACKENDS__SCRIPTED__SCRIPT"
STOPPED = ("tests.support.faulty", Point.DOCUMENT_WRITTEN, "STOP", "self")  # before the ledger
# Interpreters start beside a reader that is stuck: it must not be taken for dead yet.
QUICK_SCRIPT = {**QUICK, "OCRQUEUE_QUEUE__BEAT_S": "1", SCRIPT: "*: slow 0.1"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Hosts at one server, and the folder that they share, or the bucket that they have instead."""

    network: Network
    stage: Stage
    client: Redis
    share: Path
    queue: str
    bucket: str = ""  # its address

    def start(self, name: str, *command: str, **given: str) -> Process:
        """Start a module of ours on a host."""
        host, shared = self.network.hosts[name], self.network.hosts[PRODUCER].place
        config, home = self.stage.folder / f"{name}.toml", self.stage.folder / f"home-{name}"
        home.mkdir(exist_ok=True)
        root = f'[[roots]]\nname = "{shared}"\npath = "{host.place}"\n'
        config.write_text(root, encoding="utf-8")
        own = {"HOME": str(home), "OCRQUEUE_CONFIG": str(config), **given}
        there = host.command(sys.executable, "-P", "-m", *command)
        return self.stage.start(*there, given=own)

    def enqueue(self, out: str) -> None:
        place = self.bucket or self.network.hosts[PRODUCER].place
        asked = ("enqueue", f"{place}/in", "-o", f"{place}/{out}")
        ended = self.start(PRODUCER, "ocrqueue", *asked)
        assert ended.wait(90) == 0, ended.tail()

    def outputs(self, out: str, ending: str) -> dict[str, str]:
        """Return the texts of the files in an output folder by their names below it."""
        if not self.bucket:
            found = (self.share / out).rglob(f"[!.]*{ending}")
            names = {str(path.relative_to(self.share / out)): path for path in found}
            return {n: path.read_text("utf-8") for n, path in names.items() if n[0] != "."}
        there = self.network.hosts[PRODUCER].command(sys.executable, "-c", LIST, out, ending)
        ended = self.stage.start(*there)
        assert ended.wait(60) == 0, ended.tail()
        return dict(json.loads(ended.printed()))

    def wait_until_all_is_read(self) -> None:
        queues = (self.queue, "collect")
        wait_until(lambda: jobs_left(self.client, queues) == {}, "all is read", 90)

    def held_by(self, host: str) -> set[str]:
        """Return the jobs that the readers of a host have in hand."""
        found: list[Any] = list(self.client.zrange(f"rq:wip:{self.queue}", 0, -1))
        running = [one.decode().split(":") for one in found]
        names = {
            job: self.client.hget(f"rq:execution:{job}:{execution}", "worker_name") or b""
            for job, execution in running
        }
        return {job for job, name in names.items() if f"-{host}-".encode() in name}

    def goes_on(self, jobs: set[str]) -> bool:
        """Return whether the pages of these jobs have a result, or are being read on the third."""
        meant = (keys.meant_by(job) for job in jobs - self.held_by(THIRD))
        return all(page in queue_ops.pages_in(self.client, key, "done") for key, page in meant)


@contextmanager
def site_at_a_bucket(folder: Path, given: dict[str, str], queue: str) -> Iterator[Site]:
    """Yield hosts that share nothing but a bucket, in which the files to read are as well."""
    with (
        site(folder, given, queue, sharing=[SERVER]) as here,
        prepare(here.network.core.address) as weed,
    ):
        weed.launch(*here.network.core.command())
        bucket = f"s3://{BUCKET}"
        told = {"OCRQUEUE_WORKERS__ROOT": bucket, "OCRQUEUE_WORKSPACE__OUTPUT": f"{bucket}/out"}
        here.stage.environment.update({**environment(weed.settings), **told})
        inputs = str(here.network.core.place / "in")
        ended = here.stage.start(*here.network.core.command(sys.executable, "-c", PUT, inputs))
        assert ended.wait(90) == 0, ended.tail()
        yield replace(here, bucket=bucket)


@contextmanager
def site(
    folder: Path, given: dict[str, str], queue: str, sharing: Sequence[str] = NAMES
) -> Iterator[Site]:
    """Yield the hosts of a test, with what is set on all of them; some have the share."""
    share, own, authority = folder / "share", folder / "own.pem", folder / "ca.pem"
    make_inputs(share / "in", DOCUMENTS)
    with network(folder, share, NAMES, sharing) as made, serve(password="p@ss") as server:
        issuer = trustme.CA()
        issuer.cert_pem.write_to_path(str(authority))
        pem = issuer.issue_cert(made.core.address).private_key_and_cert_chain_pem
        pem.write_to_path(str(own))
        url = f"rediss://:p%40ss@{made.core.address}:{PORT}/0?ssl_ca_certs={authority}"
        settings = {**given, "OCRQUEUE_REDIS__URL": url}
        with stage(folder / "stage", settings, launch=subprocess.Popen) as here:
            front = (str(own), str(server.embedded.socket), made.core.address, str(PORT))
            there = made.core.command(sys.executable, "-m", "tests.support.tls_front", *front)
            here.start(*there, given={"PYTHONPATH": str(ROOT)})
            yield Site(network=made, stage=here, client=server.client, share=share, queue=queue)


def test_a_host_dies_while_it_reads(tmp_path: Path) -> None:
    """What it read and wrote is done elsewhere, and all Markdown is as if nothing had happened."""
    with site(tmp_path, QUICK_SCRIPT, "scripted") as here:
        lose_a_host(here)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_host_dies_beside_a_bucket(tmp_path: Path) -> None:
    """The same where there is no share: files to read, results and Markdown are in a bucket."""
    with site_at_a_bucket(tmp_path, QUICK_SCRIPT, "scripted") as here:
        lose_a_host(here)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_host_dies_with_the_settings_of_everybody(tmp_path: Path) -> None:
    """Its page is read again on the other host within 20 s, by the commands that users give."""
    given = {name: QUICK[name] for name in BY_SCRIPT} | {SCRIPT: "*: slow 0.1"}
    with site(tmp_path, given, "scripted") as here:
        lose_a_host(here, ("ocrqueue", "worker"))


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_host_that_is_cut_off_comes_back(tmp_path: Path) -> None:
    """Its page is read by others meanwhile; it goes on by itself, and nothing is there twice."""
    with site(tmp_path, {**QUICK, SCRIPT: "*: slow 1"}, "scripted") as here:
        crew = [here.start(name, "workers.scripted_worker") for name in (READER, THIRD)]
        here.start(THIRD, "workers.collector")
        for one in crew:
            one.wait_for_event("worker.started", seconds=60)
        here.enqueue("out")
        wait_until(lambda: here.held_by(READER), "it reads")
        here.network.cut(READER)
        held = here.held_by(READER)
        wait_until(lambda: here.goes_on(held), "its page is read by another", TAKEOVER_S)
        here.network.mend(READER)
        wait_until(lambda: here.held_by(READER), "it reads again", 60)

        same_as_undisturbed(here)
        assert crew[0].alive


def lose_a_host(here: Site, ours: Sequence[str] = ()) -> None:
    """Let readers be stuck over pages, a collector over a document, and their host die.

    `ours` is a command that runs workers.
    """
    reader, collector = (
        (*ours, kind) if ours else (f"workers.{module}",) for kind, module in KINDS
    )
    stuck = [here.start(READER, *reader, **{SCRIPT: "4-12: slow 60; *: ok"}) for _ in range(2)]
    torn = here.start(READER, *STOPPED, "workers.collector", PYTHONPATH=str(ROOT))
    for one in (*stuck, torn):
        one.wait_for_event("worker.started", seconds=60)
    here.enqueue("out")
    wait_until(lambda: len(here.held_by(READER)) == len(stuck), "they are stuck", 60)
    here.start(THIRD, *reader)  # not before, as it would read all of it first
    torn.wait_for_event("fault", seconds=60)
    here.start(THIRD, *collector).wait_for_event("worker.started", seconds=60)

    assert lose(here, READER) < TAKEOVER_S

    same_as_undisturbed(here)
    assert "worker-died" in str(here.outputs("out", ".json"))


def lose(here: Site, name: str) -> float:
    """Let a host die over its pages; return the seconds until others read them."""
    wait_until(lambda: here.held_by(name), f"{name} holds pages", 60)
    held, began = here.held_by(name), time.monotonic()
    here.network.cut(name)
    here.network.hosts[name].die()
    wait_until(lambda: here.goes_on(held), "its pages are read by others", TAKEOVER_S)
    return time.monotonic() - began


def same_as_undisturbed(here: Site) -> None:
    """See that all came out whole, as it does when nothing happens."""
    here.wait_until_all_is_read()
    here.enqueue("alone")
    here.wait_until_all_is_read()

    books = [json.loads(text) for text in here.outputs("out", ".json").values()]
    assert [book["state"] for book in books] == ["done"] * len(DOCUMENTS)
    assert here.outputs("out", ".md") == here.outputs("alone", ".md") != {}
