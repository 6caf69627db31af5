"""A server that answers and is none to work with says why; nobody is told to start another one."""

import socketserver
import threading
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from click.testing import CliRunner

from ocrqueue.broker import connection
from ocrqueue.cli import cli
from ocrqueue.model.errors.operator import ServerRefuses, ServerUnreachable
from tests.support.servers import Server, serve

PASSWORD = "p@ss:w/rd"


@pytest.fixture(scope="module")
def guarded() -> Iterator[Server]:
    """A server with a password, and with a user who may only read."""
    with serve(password=PASSWORD) as server:
        server.client.acl_setuser(
            "reader",
            enabled=True,
            passwords=["+x"],
            categories=["+@read"],
            commands=["+ping", "+info"],
            keys=["*"],
        )
        yield server


def address(server: Server, login: str) -> str:
    return f"unix://{login}{server.embedded.socket}"


@pytest.mark.parametrize(
    ("login", "why"),
    [
        ("", "wants a password"),
        (":wrong@", "another user or password"),
        ("nobody:x@", "another user or password"),
        ("reader:x@", "does not let this user do what is needed"),
    ],
)
def test_who_is_refused_is_told_why(guarded: Server, login: str, why: str) -> None:
    """No password, a wrong one, an unknown user, one without rights: each is told as that."""
    url = address(guarded, login)

    assert connection.answers(url)
    with pytest.raises(ServerRefuses, match=why) as refused:
        connection.connect(url)

    assert "wrong" not in str(refused.value).partition("redis.url")[0]


def test_a_database_that_there_is_not(guarded: Server) -> None:
    """Its number is the reason."""
    url = f"{guarded.url}?db=999"
    with pytest.raises(ServerRefuses, match="DB index"):
        connection.connect(url)


def test_a_server_that_throws_data_away(guarded: Server) -> None:
    """It would lose pages that wait; with no limit of memory it never does."""
    client = guarded.client
    before = str(client.config_get("maxmemory")["maxmemory"])
    client.config_set("maxmemory-policy", "allkeys-lru")
    try:
        with pytest.raises(ServerRefuses, match="set maxmemory-policy to noeviction"):
            connection.connect(guarded.url)
        client.config_set("maxmemory", 0)
        connection.connect(guarded.url).close()
    finally:
        client.config_set("maxmemory", before)
        client.config_set("maxmemory-policy", "noeviction")


class Redis5(socketserver.StreamRequestHandler):
    """Says to a greeting what Redis 5.0.6 said to it."""

    def handle(self) -> None:
        """Refuse whatever comes."""
        while self.rfile.readline():
            self.wfile.write(b"-ERR unknown command `HELLO`, with args beginning with: `3`, \r\n")


def test_a_server_older_than_the_greeting_is_told_as_that() -> None:
    """It does not know the first word that is said to it, and cannot be asked for its version."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Redis5) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with pytest.raises(ServerRefuses, match=r"older than version 6; 6\.2 or newer is needed"):
            connection.connect(f"redis://127.0.0.1:{server.server_address[1]}/0")
        server.shutdown()


@pytest.mark.parametrize("command", [["worker", "tesseract"], ["up"], ["dashboard"]])
def test_what_runs_for_long_is_not_begun_where_it_is_refused(
    guarded: Server, command: list[str], tmp_path: object
) -> None:
    """A worker would be started again and again, and only its log would say why."""
    options = ["--redis", address(guarded, ""), "-o", str(tmp_path)]
    refused = CliRunner().invoke(cli, [*command, *options])

    assert isinstance(refused.exception, ServerRefuses)


def test_who_may_work_leaves_nothing_behind(guarded: Server) -> None:
    """The look at it writes, reads and runs a script, and no key stays."""
    connection.connect(guarded.url).close()
    assert guarded.client.keys("*") == []


def test_nobody_is_not_somebody_who_refuses() -> None:
    """Where nobody answers, a server has to be started."""
    with pytest.raises(ServerUnreachable):
        connection.connect("unix:///nowhere/s")


@pytest.mark.parametrize(
    "login", [f":{PASSWORD}@", f"me:{PASSWORD}@", f":{quote(PASSWORD, safe='')}@", "p@ss:w/rd@"]
)
@pytest.mark.parametrize("place", ["redis://{}host:6379/0", "unix://{}/run/s", "rediss://{}h"])
def test_a_password_is_never_printed(login: str, place: str) -> None:
    """Whatever signs it has, and whether they are written as they should be or not."""
    shown = connection.masked(place.format(login))

    assert not any(part in shown for part in ("p@ss", "ss:w", "w/rd", "p%40"))
    assert shown.endswith(place.partition("{}")[2])


@pytest.mark.parametrize("url", ["redis://host:6379/0", "unix:///run/a.sock", "redis://[::1]:1/0"])
def test_an_address_without_a_password_is_printed_whole(url: str) -> None:
    """There is nothing to hide."""
    assert connection.masked(url) == url
    assert connection.masked("redis://h/0?password=x&db=1") == "redis://h/0?password=***&db=1"


def test_an_address_that_is_none_is_told_with_a_way_out() -> None:
    """A password with a sign that ends the address is the usual reason."""
    with pytest.raises(ServerRefuses, match="%40") as refused:
        connection.connect(f"redis://:{PASSWORD}@127.0.0.1:1/0")
    assert "w/rd" not in str(refused.value)
