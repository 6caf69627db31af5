"""A server behind TLS: whom we trust, and what is said where we do not."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme

from ocrqueue.broker import connection
from ocrqueue.model.errors.operator import ServerRefuses
from tests.support.processes import Stage
from tests.support.servers import serve, wait_until
from tests.support.tls_front import free_port

PASSWORD = "p%40ss"


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarded:
    """A server with a password and a certificate of an authority of its own."""

    port: int  # with TLS
    plain: int  # without
    authority: Path

    def url(self, told: str = "", *, host: str = "127.0.0.1", port: int = 0) -> str:
        asks = f"?{told}" if told else ""
        return f"rediss://:{PASSWORD}@{host}:{port or self.port}/0{asks}"

    @property
    def trusted(self) -> str:
        return f"ssl_ca_certs={self.authority}"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    folder = tmp_path_factory.mktemp("tls")
    own, authority = folder / "own.pem", folder / "ca.pem"
    issuer = trustme.CA()
    issuer.cert_pem.write_to_path(str(authority))
    issuer.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(own))
    port, plain = free_port(), free_port()
    with serve(password="p@ss", port=plain) as server:
        front = ("tests.support.tls_front", own, server.embedded.socket, "127.0.0.1", port)
        with subprocess.Popen([sys.executable, "-m", *map(str, front)]) as process:
            made = Guarded(port=port, plain=plain, authority=authority)
            wait_until(lambda: connection.answers(made.url(made.trusted)), "TLS is spoken")
            yield made
            process.kill()


def test_an_authority_of_ones_own_is_named_in_the_address(guarded: Guarded) -> None:
    """Then all works as without TLS, the password included."""
    client = connection.connect(guarded.url(guarded.trusted))
    assert client.ping()
    client.close()


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ("", r"not trusted .*\?ssl_ca_certs="),
        ("ssl_ca_certs=/nowhere/ca.pem", "no file with a certificate"),
        (f"ssl_ca_certs={__file__}", "no file with a certificate"),
        ("ca=x", "something behind its"),
    ],
)
def test_who_is_not_trusted_is_not_told_as_nobody(guarded: Guarded, told: str, why: str) -> None:
    """A certificate of nobody we know, a file that is none, an option that there is not."""
    assert connection.answers(guarded.url(told))
    with pytest.raises(ServerRefuses, match=why) as refused:
        connection.connect(guarded.url(told))
    assert PASSWORD not in str(refused.value)


def test_a_server_under_a_name_that_its_certificate_does_not_have(guarded: Guarded) -> None:
    """It may be another one."""
    with pytest.raises(ServerRefuses, match=r"not trusted .*mismatch"):
        connection.connect(guarded.url(guarded.trusted, host="localhost"))


def test_a_worker_says_why_it_is_kept_out(guarded: Guarded, stage: Stage) -> None:
    """It waits, and its log has the reason, so that nobody looks for a server that is there."""
    worker = stage.module(
        "workers.scripted_worker", given={"OCRQUEUE_REDIS__URL": guarded.url("db=0")}
    )
    worker.wait_for_event("server.awaited")
    assert "not trusted" in str(worker.events("server.awaited"))
    assert worker.alive
    assert worker.stop() != 1
