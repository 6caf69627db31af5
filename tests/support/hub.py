"""A hub of models on this machine: the few answers of the Hugging Face hub that fetching needs.

Files of weights are redirected to another host, as the hub does it.
"""

import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"
TOKEN = "hf_a_secret"
LONGEST_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request."""

    method: str
    path: str
    range: str  # "": the whole
    authorized: bool


@dataclass(slots=True, kw_only=True)
class Hub:
    """What the hub has, what it was asked, and what it does wrong."""

    repository: str
    files: Mapping[str, bytes]
    port: int = 0
    asked: list[Asked] = field(default_factory=list)
    refuse: tuple[int, str] | None = None  # status and error code of every answer
    page: bytes = b""  # what answers instead, as a login page does
    size: int | None = None  # what weights are said to be long
    damage: bool = False  # weights arrive with another content
    cut_at: int | None = None  # the next file of weights ends there, once
    hold_at: int | None = None  # ... or stands still there
    holding: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def given(self) -> dict[str, str]:
        """The environment in which commands ask this hub, and no other."""
        return {"HF_ENDPOINT": self.url, "NO_PROXY": "*", "no_proxy": "*"}

    def ranges(self) -> list[str]:
        """Return which parts of weights were sent."""
        return [one.range for one in self.asked if one.path.startswith("/cdn/")]

    def sha256(self, name: str) -> str:
        return hashlib.sha256(self.files[name]).hexdigest()


@contextmanager
def hub(repository: str, files: Mapping[str, bytes]) -> Iterator[Hub]:
    """Serve one repository until the end."""
    own = Hub(repository=repository, files=files)

    class Bound(_Answers):
        hub = own

    server = ThreadingHTTPServer(("127.0.0.1", 0), Bound)
    server.daemon_threads = True
    own.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield own
    finally:
        own.released.set()
        server.shutdown()
        server.server_close()
        thread.join(LONGEST_S)


def contents(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder as those of a repository, with some that nobody needs."""
    files = {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}
    return {**files, "README.md": b"# A model\n", "onnx/model.json": b"{}", "sub/extra.py": b""}


class _Answers(BaseHTTPRequestHandler):
    hub: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Be silent."""

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        path = unquote(urlsplit(self.path).path)
        asked = Asked(
            method=self.command,
            path=path,
            range=self.headers.get("Range", ""),
            authorized="authorization" in self.headers,
        )
        self.hub.asked.append(asked)
        api, model = f"/api/models/{self.hub.repository}", f"/{self.hub.repository}/resolve/"
        if self.hub.refuse:
            self._refuse(*self.hub.refuse)
        elif self.hub.page:
            self._send(self.hub.page, {"Content-Type": "text/html"})
        elif path in (f"{api}/revision/main", f"{api}/revision/{COMMIT}"):
            self._send_json(self._info())
        elif path == f"{api}/tree/{COMMIT}":
            self._send_json(self._tree())
        elif path.startswith(f"{api}/revision/"):
            self._refuse(404, "RevisionNotFound")
        elif path.startswith("/api/"):
            self._refuse(401, "RepoNotFound")  # as the hub tells who is not logged in
        elif path.startswith(f"{model}{COMMIT}/"):
            self._resolve(path.removeprefix(f"{model}{COMMIT}/"))
        elif path.startswith("/cdn/"):
            self._weights(path.removeprefix("/cdn/"))
        else:
            self._refuse(404, "EntryNotFound")

    def _info(self) -> dict[str, Any]:
        siblings = [{"rfilename": one["path"], **one} for one in self._tree()]
        return {"id": self.hub.repository, "sha": COMMIT, "siblings": siblings}

    def _tree(self) -> list[dict[str, Any]]:
        return [self._listed(name, content) for name, content in self.hub.files.items()]

    def _listed(self, name: str, content: bytes) -> dict[str, Any]:
        told: dict[str, Any] = {"type": "file", "path": name, "size": len(content)}
        told["oid"] = told["blobId"] = git_sha1(content)
        if name.endswith(".safetensors"):
            size = self.hub.size or len(content)
            sha256 = self.hub.sha256(name)
            told["size"] = size
            told["lfs"] = {"sha256": sha256, "oid": sha256, "size": size, "pointerSize": 134}
        return told

    def _resolve(self, name: str) -> None:
        content = self.hub.files.get(name)
        if content is None:
            self._refuse(404, "EntryNotFound")
            return
        headers = {"X-Repo-Commit": COMMIT, "ETag": f'"{git_sha1(content)}"'}
        if not name.endswith(".safetensors"):
            self._send(content, headers)
            return
        headers["Location"] = f"http://localhost:{self.hub.port}/cdn/{name}"
        headers["X-Linked-Etag"] = f'"{self.hub.sha256(name)}"'
        headers["X-Linked-Size"] = str(len(content))
        self._send(b"", headers, status=302)

    def _weights(self, name: str) -> None:
        content = self.hub.files[name]
        if self.hub.damage:
            content = bytes(len(content))
        begin = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").rstrip("-"))
        end, self.hub.cut_at = self.hub.cut_at or len(content), None
        self.send_response(206 if begin else 200)
        self.send_header("Content-Length", str(len(content) - begin))
        self.send_header("Content-Range", f"bytes {begin}-{len(content) - 1}/{len(content)}")
        self.end_headers()
        if self.hub.hold_at is not None:
            self.wfile.write(content[begin : self.hub.hold_at])
            self.wfile.flush()
            self.hub.holding.set()
            self.hub.released.wait(LONGEST_S)
            end = 0
        self.wfile.write(content[begin:end])
        self.close_connection = True

    def _send_json(self, told: Any) -> None:
        self._send(json.dumps(told).encode(), {"Content-Type": "application/json"})

    def _refuse(self, status: int, code: str) -> None:
        self._send(b"", {"X-Error-Code": code, "X-Error-Message": code}, status=status)

    def _send(self, body: bytes, headers: Mapping[str, str], status: int = 200) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)


def git_sha1(content: bytes) -> str:
    """Return the name that git gives a content."""
    return hashlib.sha1(b"blob %d\0%b" % (len(content), content), usedforsecurity=False).hexdigest()
