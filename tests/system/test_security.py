"""What other users, other programs and the curious find of us: by real processes and real files."""

import contextlib
import csv
import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from redis import Redis

from tests.support.corpus import CORPUS, needs_corpus
from tests.support.folders import make_inputs, markdown, page_results
from tests.support.pdfs import write_pdf
from tests.support.privileges import NOBODY, visit_as_nobody
from tests.support.processes import QUICK, Process, Stage, stage
from tests.support.secrecy import everything_in, seen_of
from tests.support.servers import server_of, wait_until

SLOW = {"OCRQUEUE_BACKENDS__SCRIPTED__SCRIPT": "*: slow 0.3"}


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture
def running(stage: Stage, tmp_path: Path, out: Path) -> Iterator[Process]:
    """A `run` in the middle of its pages."""
    inputs = make_inputs(tmp_path / "in", {"a.pdf": 40})
    process = stage.cli("run", str(inputs), "-o", str(out), given=SLOW)
    wait_until(lambda: page_results(out), "a page is read")
    yield process
    process.kill_tree()


def mode_of(path: Path) -> str:
    return oct(stat.S_IMODE(path.lstat().st_mode))


def test_nothing_listens_on_the_network(running: Process) -> None:
    """A run has no TCP or UDP port open: its server has a unix socket only."""
    ours = [psutil.Process(running.pid), *running.descendants()]
    assert len(ours) >= 4
    assert [found for process in ours for found in ports_of(process)] == []


def ports_of(process: psutil.Process) -> list[object]:
    """Return the network connections of a process; one that has just ended has none."""
    try:
        return list(process.net_connections("inet"))
    except psutil.NoSuchProcess:
        return []


def test_the_socket_is_for_its_owner_alone(running: Process, out: Path) -> None:
    """Socket, server's folder and workspace have modes that let nobody else in; nobody gets in."""
    place = server_of(out, out.parent).socket
    assert running.alive
    assert mode_of(place) == "0o700"
    assert mode_of(server_of(out, out.parent).data) == "0o700"
    assert mode_of(out / ".ocrqueue") == "0o700"
    assert visit_as_nobody(place) == "PermissionError"


def test_what_the_server_writes_is_for_its_owner_alone(running: Process, out: Path) -> None:
    """No file of the server can be read by others, whatever happens to the folder's mode."""
    assert running.alive
    data = server_of(out, out.parent).data
    found = {}
    for path in data.rglob("*"):
        with contextlib.suppress(FileNotFoundError):  # the server replaces its files
            found[str(path.relative_to(data))] = path.lstat().st_mode & 0o077
    assert any("aof" in name for name in found)
    assert set(found.values()) == {0}


def test_a_port_asks_for_the_password(stage: Stage, out: Path) -> None:
    """Strangers at a port of 127.0.0.1 are refused; without a password no server starts there."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    given = {"OCRQUEUE_SERVER__PORT": str(port)}
    refused = stage.run("server", "-o", str(out), given=given)
    assert refused.code == 2
    assert "server.port needs a server.password" in refused.err
    server = stage.cli("server", "-o", str(out), given={**given, "OCRQUEUE_SERVER__PASSWORD": "s3"})
    wait_until(lambda: says(port, "s3") == "+PONG", "the server answers who knows the password")
    assert says(port).startswith("-NOAUTH")
    assert says(port, "guess").startswith("-NOAUTH")
    links = psutil.Process(server.pid).net_connections("inet")
    listening = [link.laddr.ip for link in links if link.status == psutil.CONN_LISTEN]
    assert listening == ["127.0.0.1"]


def says(port: int, password: str = "") -> str:
    """Return what a server answers to a ping, after a try to log in."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as link:
            if password:
                link.sendall(f"AUTH {password}\r\n".encode())
                link.recv(1000)
            link.sendall(b"PING\r\n")
            return link.recv(1000).decode().splitlines()[0]
    except OSError as error:
        return str(error)


@pytest.mark.parametrize("trap", ["another user's", "open to others", "a link of another user"])
def test_a_socket_folder_that_was_prepared_by_others(
    trap: str, stage: Stage, tmp_path: Path
) -> None:
    """Where our folder in /tmp is not ours alone, `run` and `up` refuse it and start nothing."""
    temporary, inputs = tmp_path / "t", make_inputs(tmp_path / "in", {"a.pdf": 1})
    place = temporary / f"ocrqueue-{os.getuid()}"
    place.mkdir(parents=True, mode=0o700)
    if trap == "open to others":
        place.chmod(0o777)
    elif os.getuid() != 0:
        pytest.skip("only root can make files of another user")
    elif trap == "another user's":
        os.chown(place, NOBODY, NOBODY)
    else:
        place.rename(temporary / "real")
        place.symlink_to(temporary / "real")
        os.chown(place, NOBODY, NOBODY, follow_symlinks=False)
    out = tmp_path / ("long" * 30)  # too long for a socket of its own
    for command in (("run", str(inputs)), ("up",)):
        ended = stage.run(*command, "-o", str(out), given={"TMPDIR": str(temporary)})
        assert ended.code == 6
        assert str(place) in ended.err
    assert list(temporary.rglob("*.sock")) == []


@needs_corpus
def test_a_password_of_a_pdf_is_seen_nowhere(stage: Stage, tmp_path: Path, out: Path) -> None:
    """It is in no argument, no environment, no log and not in Redis; in one file of mode 0600."""
    source = next(iter(sorted(encrypted())), None)
    if source is None:
        pytest.skip("the corpus has no PDF that this password opens")
    keyring = tmp_path / "keyring"
    keyring.write_text(f"{source[1]}\n")
    word = source[1].encode()
    given = {**SLOW, "OCRQUEUE_LOGGING__LEVEL": "debug"}
    run = stage.cli(
        "run", str(source[0]), str(many_pages(tmp_path)), "-o", str(out),
        "--password-file", str(keyring), given=given,
    )  # fmt: skip
    wait_until(lambda: list(out.rglob("secret.json")), "the password is kept")
    wait_until(lambda: page_results(out), "a page is read")
    for process in (psutil.Process(run.pid), *run.descendants()):
        assert word not in seen_of(process)
    with Redis.from_url(server_of(out, stage.folder).url) as client:
        assert word not in everything_in(client)
    assert run.wait(60) == 0, run.tail()
    kept = [*out.rglob("*"), *server_of(out, stage.folder).data.rglob("*")]
    found = [path for path in kept if path.is_file() and word in path.read_bytes()]
    assert {path.name for path in found} == {"secret.json"}
    assert {mode_of(path) for path in found} == {"0o600"}
    assert word not in run.log.read_bytes() + run.out.read_bytes()


def many_pages(folder: Path) -> Path:
    """Return a folder that keeps a slow worker busy for a while."""
    return make_inputs(folder / "in", {"a.pdf": 10})


def encrypted() -> Iterator[tuple[Path, str]]:
    """Yield PDFs of the corpus with a password that opens them."""
    with (CORPUS / "manifest.csv").open(encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            _, told, password = row["note"].partition("password: ")
            if told and len(password) > 7 and password.isalnum():  # too odd to be there by chance
                yield CORPUS / row["path"], password


def test_text_of_a_page_is_seen_nowhere(tmp_path: Path, out: Path) -> None:
    """A word of a page is in the page's result and in the output, in no log and not in Redis."""
    write_pdf(
        tmp_path / "a.pdf", "\n".join(["The quick brown Xylophone jumps over the lazy dog."] * 9)
    )
    given = {**QUICK, "OCRQUEUE_READING__ROUTE": "tesseract", "OCRQUEUE_LOGGING__LEVEL": "debug"}
    with stage(tmp_path / "stage", given) as own:
        up = own.cli("up", "-o", str(out))
        up.wait_for_event("worker.started", count=2)
        ended = own.run("enqueue", str(tmp_path / "a.pdf"), "-o", str(out), "--wait", "--json")
        assert ended.code == 0, ended.err
        with Redis.from_url(server_of(out, own.folder).url) as client:
            assert b"Xylophone" not in everything_in(client)
        assert up.stop() == 0
        assert "Xylophone" not in up.tail() + up.printed() + ended.err + ended.out
    assert "Xylophone" in markdown(out)["a.md"]
    kept = [*out.rglob("*"), *server_of(out, tmp_path / "stage").data.rglob("*")]
    found = [path for path in kept if path.is_file() and b"Xylophone" in path.read_bytes()]
    assert sorted(path.name for path in found) == ["000001.json", "a.md"]
