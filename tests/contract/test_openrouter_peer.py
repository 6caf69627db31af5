"""The backend `openrouter` in front of a server that others wrote, with a real model."""

import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from ocrqueue.backends import factory
from ocrqueue.settings.engines import OpenRouterSettings
from tests.support import tiny_model
from tests.support.processes import Stage, environment
from tests.support.servers import wait_until
from tests.support.tiny_model import CHECKPOINT, FREE, said

pytestmark = [*tiny_model.needs_tiny, pytest.mark.timeout(300)]
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def peer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """mlx-vlm's own server with the tiny model; its address."""
    folder = tmp_path_factory.mktemp("peer")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "tests.support.tiny_server", "--model", str(CHECKPOINT)]
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--port", str(port)],
            cwd=ROOT,
            env=environment(folder, {"HF_HUB_OFFLINE": "1"}),
            stdout=log,
            stderr=log,
        ) as process,
    ):
        wait_until(lambda: _is_healthy(port), "the server is healthy", 120)
        yield f"http://127.0.0.1:{port}/v1"
        process.kill()


def _is_healthy(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def test_a_server_of_others_reads_a_page_to_the_last_letter(peer: str) -> None:
    """Streamed, with its tokens counted, for nothing: the same text as from the model itself."""
    image = tiny_model.images("umlaut")["umlaut"]
    backend = factory.create(
        OpenRouterSettings(model=str(CHECKPOINT), max_tokens=2000, base_url=peer, prompt=FREE)
    )

    reply = backend.page_to_markdown(image, deadline=time.monotonic() + 200)
    backend.close()

    assert reply.raw == said("umlaut", grounded=False)
    assert (reply.tokens, reply.finish_reason, reply.cost_usd) == (88, "stop", 0.0)


def test_a_run_reads_a_page_through_a_server_of_others(
    peer: str, stage: Stage, tmp_path: Path
) -> None:
    """One command, real workers: the Markdown of the page is what the model itself says."""
    config = tmp_path / "peer.toml"
    keys = {"base_url": peer, "model": str(CHECKPOINT), "prompt": FREE, "fallbacks": ""}
    lines = [f"{key} = {json.dumps(value)}" for key, value in {**keys, "prices": ""}.items()]
    entry = ["[[backends.candidates]]", 'name = "openrouter"', "max_tokens = 600", *lines]
    config.write_text("\n".join(['[reading]\nroute = ["openrouter"]', *entry]), "utf-8")
    out = tmp_path / "out"
    run = ("run", str(tiny_model.PDF), "--route", "openrouter")

    ended = stage.run(*run, "--pages", "6", "-o", str(out), "--config", str(config), seconds=200)

    assert ended.code == 0, ended.err
    told = (out / "pages.md").read_text("utf-8")
    assert told.strip() == said("code", grounded=False).strip()
