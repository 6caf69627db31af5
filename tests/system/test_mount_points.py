"""One share, three machines that mount it elsewhere: a producer, a worker and a collector.

Machines are mount namespaces here: each sees the share at its own place and at no other.
"""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from redis import Redis

from tests.support.folders import jobs_left, ledgers, make_inputs, markdown
from tests.support.processes import BY_PICTURE, QUICK, Process, Stage, stage
from tests.support.servers import Server, wait_until

MOUNT = 'mount --bind "$0" "$1" && shift && exec "$@"'
QUEUES = ("tesseract", "collect")


@dataclass(frozen=True, slots=True, kw_only=True)
class Machines:
    """Machines at one server, each with the share at a place and a home of its own."""

    stage: Stage
    client: Redis
    folder: Path

    @property
    def share(self) -> Path:
        return self.folder / "share"

    def start(self, name: str, *command: str, **given: str) -> Process:
        """Start a command of ours on the machine that has the share at the folder NAME."""
        place, home = self.folder / name, self.folder / f"home-{name}"
        place.mkdir(exist_ok=True)
        home.mkdir(exist_ok=True)
        there = ("unshare", "-m", "sh", "-c", MOUNT, str(self.share), str(place))
        options = {"HOME": str(home), **given}
        return self.stage.start(*there, sys.executable, "-P", "-m", *command, given=options)

    def run(self, name: str, *command: str, **given: str) -> None:
        ended = self.start(name, *command, **given)
        assert ended.wait(60) == 0, ended.tail()


@pytest.fixture
def machines(tmp_path: Path, server: Server, client: Redis) -> Iterator[Machines]:
    if subprocess.run(["unshare", "-m", "true"], check=False, capture_output=True).returncode:
        pytest.skip("no mount namespace can be made here: that takes root")
    given = {**QUICK, **BY_PICTURE, "OCRQUEUE_REDIS__URL": server.url}
    with stage(tmp_path / "stage", given, launch=subprocess.Popen) as own:
        yield Machines(stage=own, client=client, folder=tmp_path)


def test_machines_that_mount_a_share_elsewhere(machines: Machines) -> None:
    """All is read and written as on one machine; one that was told of no place takes nothing."""
    make_inputs(machines.share / "in", {"a.pdf": 2, "sub/b.pdf": 1})
    (machines.share / "out").mkdir()
    (a, b, c) = (machines.folder / name for name in "abc")
    roots = machines.folder / "roots.toml"
    roots.write_text(f'[[roots]]\nname = "{a}"\npath = "{b}"\n', encoding="utf-8")
    machines.run("a", "ocrqueue", "enqueue", str(a / "in"), "-o", str(a / "out"))

    blind = machines.start("b", "workers.tesseract_worker")
    blind.wait_for_event("worker.rests")
    assert f"{a}/out/.ocrqueue is not there" in blind.tail()
    worker = machines.start("b", "workers.tesseract_worker", OCRQUEUE_CONFIG=str(roots))
    told = {"OCRQUEUE_WORKSPACE__OUTPUT": str(c / "out")}
    collector = machines.start("c", "workers.collector", **told)
    wait_until(lambda: jobs_left(machines.client, QUEUES) == {}, "all is read", 60)
    assert (blind.stop(), worker.stop(), collector.stop()) == (0, 0, 0)

    assert blind.events("page.attempt") == []
    machines.run("a", "ocrqueue", "run", str(a / "in"), "-o", str(a / "alone"))
    assert markdown(machines.share / "out") == markdown(machines.share / "alone")
    books = ledgers(machines.share / "out")
    assert [book["state"] for book in books.values()] == ["done", "done"]
    assert books["sub/b.json"]["source"] == str(a / "in" / "sub" / "b.pdf")
    assert list(a.iterdir()) == []
