"""What the hub, or whoever answers in its place, may do to a fetch; the library is the real one."""

import errno
import importlib
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ocrqueue.model.errors.operator import (
    HubUnreachable,
    ModelDamaged,
    ModelForbidden,
    ModelNotFound,
    ModelTooLarge,
    OperatorError,
    UsageError,
)
from tests.support.hub import COMMIT, Hub, hub

constants = pytest.importorskip("huggingface_hub.constants")

from ocrqueue.backends.deepseek_mlx import download as ours  # noqa: E402
from ocrqueue.backends.deepseek_mlx import hub_errors  # noqa: E402

pytestmark = pytest.mark.mlx
MODEL = "somebody/some-OCR"
WEIGHTS = "model.safetensors"
TELEMETRY = "huggingface_hub.utils._detect_agent"  # what it was told lasts as long as the process
CONFIG = b'{"model_type": "deepseekocr"}'
FILES = {"config.json": CONFIG, WEIGHTS: bytes(range(256)) * 40, "modeling.py": b"raise SystemExit"}


@pytest.fixture(name="server")
def _server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with hub(MODEL, FILES) as own:
        point_to(own.url, tmp_path, monkeypatch)
        yield own


def point_to(url: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the library ask another hub and use another cache."""
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setattr(constants, "ENDPOINT", url)
    template = url + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(folder / "cache"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", value=False)
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_TELEMETRY", value=False)
    monkeypatch.setattr(constants, "AGENT_HARNESSES_PATH", str(folder / "harnesses.json"))
    monkeypatch.setattr(importlib.import_module(TELEMETRY), "_registry", None)


def pull(model: str = MODEL, revision: str = "", *, trusted: bool = False) -> Path:
    return ours.pull(model, revision, trusted=trusted, tell=lambda *_: None)


def test_a_pinned_commit_is_fetched(server: Hub) -> None:
    """The progress begins with what is there and ends with all; a second fetch sends no weights."""
    told: list[tuple[str, int, int]] = []
    total = len(CONFIG) + len(FILES[WEIGHTS])

    pulled = ours.pull(MODEL, COMMIT, trusted=False, tell=lambda *one: told.append(one))
    again = pull(revision=COMMIT)

    assert (pulled, pulled.name) == (again, COMMIT)
    assert sorted(file.name for file in pulled.iterdir()) == ["config.json", WEIGHTS]
    assert told[0] == (WEIGHTS, 0, total)
    assert told[-1][1:] == (total, total)
    assert server.ranges() == [""]


@pytest.mark.parametrize(
    ("model", "revision", "kind", "told"),
    [
        (MODEL, "no-such", ModelNotFound, r"no such revision: .* \(no-such\)"),
        ("nobody/nothing", "", ModelNotFound, "no model nobody/nothing"),
        ("nobody/noth--ing..", "", UsageError, "is no name of a model"),
    ],
)
def test_a_wrong_name_is_told(
    server: Hub, model: str, revision: str, kind: type[OperatorError], told: str
) -> None:
    """Model and revision apart; the remedy names the list of models, or what to look at."""
    with pytest.raises(kind, match=told) as caught:
        pull(model, revision)

    assert caught.value.remedy
    assert not server.ranges()


@pytest.mark.parametrize(
    ("status", "code", "kind", "told"),
    [
        (403, "GatedRepo", ModelForbidden, "does not give .* to everybody"),
        (401, "", ModelForbidden, "status 401"),
        (403, "", ModelForbidden, "status 403"),
        (429, "", HubUnreachable, "status 429"),
        (503, "", HubUnreachable, "status 503"),
    ],
)
def test_a_refusal_is_told(
    server: Hub, status: int, code: str, kind: type[OperatorError], told: str
) -> None:
    """Who may not, and who may later, are different remedies."""
    server.refuse = (status, code)

    with pytest.raises(kind, match=told):
        pull()


@pytest.mark.parametrize("page", [b"<html>Please log in</html>", b"[]", b'{"siblings": [3]}'])
def test_a_login_page_is_no_hub(server: Hub, page: bytes) -> None:
    """A network that answers every request with a page of its own is told as that."""
    server.page = page

    with pytest.raises(HubUnreachable, match="is not the model hub"):
        pull()


def test_a_login_page_is_forgotten(server: Hub) -> None:
    """What it answered is kept nowhere: the next fetch, from the hub itself, gets its model."""
    server.page = b"[]"
    with pytest.raises(HubUnreachable):
        pull()
    server.page = b""

    assert pull().name == COMMIT


def test_the_hub_is_asked_for_the_model_alone(server: Hub) -> None:
    """No telemetry: the library's own question about who started this process is off."""
    pull()

    parts = (f"/api/models/{MODEL}", f"/{MODEL}/resolve/", "/cdn/")
    assert server.asked
    assert [one.path for one in server.asked if not one.path.startswith(parts)] == []


def test_without_a_network_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The remedy says that the rest comes later, and how to do without."""
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    point_to(f"http://somebody:hidden@127.0.0.1:{port}", tmp_path, monkeypatch)

    with pytest.raises(HubUnreachable, match="cannot be reached") as caught:
        pull()

    assert "--model FOLDER" in caught.value.remedy
    assert "hidden" not in str(caught.value)


def test_nothing_is_fetched_where_that_is_forbidden(
    server: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """HF_HUB_OFFLINE is named as the reason."""
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", value=True)

    with pytest.raises(HubUnreachable, match="HF_HUB_OFFLINE"):
        pull()
    assert not server.asked


def test_other_content_than_announced_is_refused(server: Hub, tmp_path: Path) -> None:
    """What was there of a file and is wrong comes once more; wrong again, none of it is kept."""
    blobs = tmp_path / "cache" / f"models--{MODEL.replace('/', '--')}" / "blobs"
    blobs.mkdir(parents=True)
    part = blobs / f"{server.sha256(WEIGHTS)}.incomplete"
    part.write_bytes(b"something else")
    assert pull().name == COMMIT
    assert server.ranges() == ["bytes=14-", ""]

    shutil.rmtree(tmp_path / "cache")
    server.damage = True

    with pytest.raises(ModelDamaged, match="another SHA-256"):
        pull()
    assert part.stat().st_size == 0
    assert not (blobs / server.sha256(WEIGHTS)).exists()


def test_a_model_larger_than_the_disk_is_refused_at_once(server: Hub) -> None:
    """Before anything of its weights has come."""
    server.size = 1 << 60

    with pytest.raises(ModelTooLarge, match="MB are free"):
        pull()
    assert not server.ranges()


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"config.json": b'{"model_type": "llama"}', WEIGHTS: b"w"}, "no profile for .* 'llama'"),
        ({"config.json": b"{", WEIGHTS: b"w"}, "is no model for us"),
        ({"config.json": CONFIG, "weights.bin": b"w"}, r"no \*\.safetensors"),
        ({WEIGHTS: b"w"}, "no config.json"),
    ],
)
def test_what_cannot_be_used_is_not_fetched(
    server: Hub, files: dict[str, bytes], told: str
) -> None:
    """The kind of model is looked at before gigabytes come."""
    server.files = files

    with pytest.raises(UsageError, match=told):
        pull()
    assert not server.ranges()


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), ModelTooLarge),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), ModelTooLarge),
        (OSError("Consistency check failed"), HubUnreachable),
        (PermissionError(errno.EACCES, "Permission denied"), type(None)),
    ],
)
def test_a_disk_that_is_full_is_no_network_that_is_away(error: OSError, kind: type[Any]) -> None:
    """What the system says better itself is left to it."""
    assert isinstance(hub_errors.explain(error, MODEL), kind)


def test_only_data_is_wanted() -> None:
    """Python only with trust; nothing of other formats, nothing in folders."""
    names = ["a.json", "a.safetensors", "tokenizer.model", "chat_template.jinja", "merges.txt"]
    others = ["a.bin", "a.pt", "a.pkl", "README.md", "onnx/a.json", ".gitattributes", "a.gguf"]
    python = ["a.py", "sub/a.py"]

    wanted = [n for n in (*names, *others, *python) if ours.is_wanted(n, trusted=False)]
    trusted = [n for n in (*names, *others, *python) if ours.is_wanted(n, trusted=True)]

    assert wanted == names
    assert trusted == [*names, *python]
