"""A hook is told on its standard input or by POST, learns nothing else, keeps nobody waiting."""

import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from ocrqueue.pipeline import hook
from ocrqueue.settings.schema_told import OnDoneSettings
from tests.support.servers import wait_until

WORDS = json.dumps({"document": "a.pdf"}).encode()


def script(folder: Path, text: str) -> OnDoneSettings:
    """Return a hook that runs a shell script in this folder."""
    path = folder / "hook.sh"
    path.write_text(f"#!/bin/sh\ncd {folder}\n{text}\n", "utf-8")
    path.chmod(0o700)
    return OnDoneSettings(command=(str(path), "one word", "$HOME"))


@contextmanager
def service(status: int) -> Iterator[tuple[OnDoneSettings, list[bytes]]]:
    """Yield a hook that posts to a server of this process, and what that was sent."""
    seen: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            seen.append(f"{self.path} {self.headers['Content-Type']} ".encode())
            seen.append(self.rfile.read(length))
            self.send_response(status)
            self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield OnDoneSettings(url=f"http://127.0.0.1:{server.server_port}/done?key=k"), seen
    finally:
        server.shutdown()
        server.server_close()


def test_a_program_is_told_on_its_standard_input(tmp_path: Path) -> None:
    """Its arguments come as they are, without a shell."""
    one = script(tmp_path, 'cat > said; echo "$1,$2" > arguments')

    assert hook.call(one, WORDS, limit_s=10) == ""
    assert (tmp_path / "said").read_bytes() == WORDS
    assert (tmp_path / "arguments").read_text("utf-8") == "one word,$HOME\n"


def test_a_program_learns_no_key_and_no_setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of our environment it gets what any program needs, and nothing of ours."""
    for name in ("OPENROUTER_API_KEY", "OCRQUEUE_REDIS__URL", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "secret-1")
    one = script(tmp_path, "env > seen; cat > said")

    hook.call(one, WORDS, limit_s=10)

    seen = (tmp_path / "seen").read_text("utf-8")
    assert "PATH=" in seen
    assert "secret-1" not in seen
    assert "OCRQUEUE" not in seen


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("exit 3", "hook.sh ended with exit code 3"),
        ("kill -9 $$", "hook.sh ended with exit code -9"),
    ],
)
def test_a_program_that_fails_is_told_of(tmp_path: Path, text: str, problem: str) -> None:
    """Whatever it says is thrown away, and how it ended is told."""
    assert hook.call(script(tmp_path, f"echo secret; {text}"), WORDS, limit_s=10) == problem


def test_a_program_that_is_not_there_is_told_of(tmp_path: Path) -> None:
    """Nothing is raised for a program that cannot be started."""
    no_file = OnDoneSettings(command=(str(tmp_path / "none"),))
    no_name = OnDoneSettings(command=("no-such-program-here",))

    assert hook.call(no_file, WORDS, limit_s=1).startswith("none cannot be started: ")
    assert hook.call(no_name, WORDS, limit_s=1) == "no-such-program-here is no program on PATH"


def test_a_program_that_takes_too_long_ends_with_what_it_started(tmp_path: Path) -> None:
    """The limit holds, also for a child that it waits for."""
    one = script(tmp_path, "sleep 60 & echo $! > pid; wait")
    began = time.monotonic()

    assert hook.call(one, WORDS, limit_s=0.5) == "hook.sh took longer than 0.5 s"
    assert time.monotonic() - began < 5

    child = int((tmp_path / "pid").read_text("utf-8"))
    wait_until(lambda: _is_gone(child), "its child is gone")


def _is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text("utf-8").split()[2] == "Z"
    except (ProcessLookupError, FileNotFoundError):
        return True


def test_an_address_is_sent_json() -> None:
    """The words come whole, to the path and the query of the address."""
    with service(204) as (one, seen):
        assert hook.call(one, WORDS, limit_s=10) == ""

    assert seen == [b"/done?key=k application/json ", WORDS]


@pytest.mark.parametrize("status", [302, 404, 500])
def test_an_address_that_refuses_is_told_of(status: int) -> None:
    """What is no success is a failure, and nobody is followed elsewhere; the query is not told."""
    with service(status) as (one, seen):
        assert hook.call(one, WORDS, limit_s=10) == f"127.0.0.1 answered {status}"

    assert len(seen) == 2


def test_an_address_where_nobody_is_is_told_of() -> None:
    """A connection that is refused is a failure, told without the address's secrets."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        one = OnDoneSettings(url=f"http://127.0.0.1:{taken.getsockname()[1]}/?key=secret")

        told = hook.call(one, WORDS, limit_s=10)

    assert told.startswith("127.0.0.1 cannot be told: ")
    assert "secret" not in told


def test_an_address_that_drips_keeps_nobody_waiting() -> None:
    """A server whose answer never ends, a letter at a time, is left when the time is over."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        one = OnDoneSettings(url=f"http://127.0.0.1:{server.getsockname()[1]}/")
        end = threading.Event()

        def drip() -> None:
            made, _ = server.accept()
            with made:
                made.sendall(b"HTTP/1.1 200 OK\r\nX: ")
                while not end.wait(0.05):
                    made.sendall(b"x")

        thread = threading.Thread(target=drip)
        thread.start()
        began = time.monotonic()
        try:
            assert hook.call(one, WORDS, limit_s=0.5) == "127.0.0.1 took longer than 0.5 s"
            assert time.monotonic() - began < 5
        finally:
            end.set()
            thread.join()


def test_who_is_told_twice_is_so_where_either_fails(tmp_path: Path) -> None:
    """With both, each is told, and both problems are said."""
    with service(500) as (posted, seen):
        one = OnDoneSettings(command=script(tmp_path, "exit 1").command, url=posted.url)

        assert hook.call(one, WORDS, limit_s=10) == (
            "hook.sh ended with exit code 1; 127.0.0.1 answered 500"
        )
    assert len(seen) == 2
