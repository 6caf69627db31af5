"""Several hosts: one queues, two read, one of them assembles, and a whole host dies meanwhile.

Their server has a password and speaks TLS, with an authority of its own. Each host has another
name, another home, and the share at another place.
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import trustme
from redis import Redis

from ocrqueue.broker import keys, queue_ops
from tests.support.folders import jobs_left, ledgers, make_inputs, markdown, page_results
from tests.support.forking import ROOT
from tests.support.hosts import Network, network
from tests.support.processes import QUICK, Process, Stage, stage
from tests.support.servers import serve, wait_until

PORT = 6380
PRODUCER, READER, THIRD = "alpha", "beta", "gamma"
DOCUMENTS = {"a.pdf": 12, "sub/b.pdf": 8, "c.pdf": 1}
TAKEOVER_S = 20.0
BY_PICTURE = {"OCRQUEUE_READING__ROUTE": "tesseract", "OCRQUEUE_READING__TEXT_LAYER": "never"}
SCRIPT = "OCRQUEUE_BACKENDS__SCRIPTED__SCRIPT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Hosts at one server, and the folder that they share."""

    network: Network
    stage: Stage
    client: Redis
    share: Path
    queue: str

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
        place = self.network.hosts[PRODUCER].place
        asked = ("enqueue", str(place / "in"), "-o", str(place / out))
        ended = self.start(PRODUCER, "ocrqueue", *asked)
        assert ended.wait(60) == 0, ended.tail()

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
def site(folder: Path, given: dict[str, str], queue: str) -> Iterator[Site]:
    """Yield the hosts of a test, with what is set on all of them."""
    share, own, authority = folder / "share", folder / "own.pem", folder / "ca.pem"
    make_inputs(share / "in", DOCUMENTS)
    names = ("server", PRODUCER, READER, THIRD)
    with network(folder, share, names) as made, serve(password="p@ss") as server:
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
    """Its pages are read elsewhere, and all Markdown is as if nothing had happened."""
    with site(tmp_path, {**QUICK, SCRIPT: "*: slow 0.1"}, "scripted") as here:
        stuck = {SCRIPT: "4-12: slow 60; *: ok"}
        readers = [here.start(READER, "workers.scripted_worker", **stuck) for _ in range(2)]
        readers.append(here.start(THIRD, "workers.scripted_worker"))
        here.start(THIRD, "workers.collector")
        for reader in readers:
            reader.wait_for_event("worker.started")
        here.enqueue("out")
        wait_until(lambda: len(here.held_by(READER)) == len(readers) - 1, "they are stuck")

        assert lose(here, READER) < TAKEOVER_S

        same_as_undisturbed(here)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_host_dies_with_the_settings_of_everybody(tmp_path: Path) -> None:
    """Its pages are read again by Tesseract on the other host, within 20 s."""
    with site(tmp_path, BY_PICTURE, "tesseract") as here:
        crew = [here.start(name, "ocrqueue", "worker", "tesseract") for name in (READER, THIRD)]
        here.start(THIRD, "ocrqueue", "worker", "collector")
        for one in crew:
            one.wait_for_event("worker.started")
        here.enqueue("out")
        wait_until(lambda: page_results(here.share / "out"), "some are read", 60)
        wait_until(lambda: here.held_by(READER), "it reads", 60)

        assert lose(here, READER) < TAKEOVER_S

        same_as_undisturbed(here)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_host_that_is_cut_off_comes_back(tmp_path: Path) -> None:
    """Its page is read by others meanwhile; it goes on by itself, and nothing is there twice."""
    with site(tmp_path, {**QUICK, SCRIPT: "*: slow 1"}, "scripted") as here:
        crew = [here.start(name, "workers.scripted_worker") for name in (READER, THIRD)]
        here.start(THIRD, "workers.collector")
        for one in crew:
            one.wait_for_event("worker.started")
        here.enqueue("out")
        wait_until(lambda: here.held_by(READER), "it reads")
        here.network.cut(READER)
        held = here.held_by(READER)
        wait_until(lambda: here.goes_on(held), "its page is read by another", TAKEOVER_S)
        here.network.mend(READER)
        wait_until(lambda: here.held_by(READER), "it reads again", 60)

        same_as_undisturbed(here)
        assert crew[0].alive


def lose(here: Site, name: str) -> float:
    """Let a host die over its pages; return the seconds until others read them."""
    here.network.cut(name)
    here.network.hosts[name].die()
    held, began = here.held_by(name), time.monotonic()
    assert held
    wait_until(lambda: here.goes_on(held), "its pages are read by others", TAKEOVER_S)
    return time.monotonic() - began


def same_as_undisturbed(here: Site) -> None:
    """See that a host died over pages, and that all came out as it does when nobody dies."""
    here.wait_until_all_is_read()
    here.enqueue("alone")
    here.wait_until_all_is_read()

    books = ledgers(here.share / "out").values()
    pages = [page for book in books for page in book["pages"]]
    assert [book["state"] for book in books] == ["done"] * len(DOCUMENTS)
    assert "worker-died" in str([page["attempts"] for page in pages])
    assert markdown(here.share / "out") == markdown(here.share / "alone")
