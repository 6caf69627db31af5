"""Servers that others wrote, as processes: what `python -m tools.peers` has fetched."""

import json
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.servers import wait_until
from tools.peers import AIMOCK, LITELLM

TEXT = "# A page\n\nof **text**: Grüße."
TOLD = {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100}
needs_aimock = pytest.mark.skipif(
    not AIMOCK.exists(), reason="aimock is not there: `python -m tools.peers aimock` fetches it"
)
needs_litellm = pytest.mark.skipif(
    not LITELLM.exists(), reason="LiteLLM is not there: `python -m tools.peers litellm` fetches it"
)


@contextmanager
def aimock(folder: Path, *, cost: float | None = None) -> Iterator[str]:
    """Yield the address of a server that says TEXT of every page, and what that cost."""
    usage = TOLD if cost is None else {**TOLD, "cost": cost}
    reply = {"match": {"userMessage": "Transcribe"}, "response": {"content": TEXT, "usage": usage}}
    (folder / "replies.json").write_text(json.dumps({"fixtures": [reply]}), "utf-8")
    with _serving([str(AIMOCK), "-f", str(folder)], "/v1/models", folder / "aimock.log") as url:
        yield url


@contextmanager
def litellm(folder: Path, behind: str, key: str) -> Iterator[str]:
    """Yield the address of a proxy that has the model `reader` of a server, for a price."""
    model = {
        "model": "openai/maker",
        "api_base": f"{behind}/v1",
        "api_key": "sk-behind",
        "input_cost_per_token": 0.000001,
        "output_cost_per_token": 0.000002,
    }
    config: dict[str, Any] = {
        "model_list": [{"model_name": "reader", "litellm_params": model}],
        "general_settings": {"master_key": key},
        "litellm_settings": {"include_cost_in_streaming_usage": True},
    }
    (folder / "litellm.yaml").write_text(json.dumps(config), "utf-8")  # JSON is YAML
    command = [str(LITELLM), "--config", str(folder / "litellm.yaml"), "--host", "127.0.0.1"]
    with _serving(command, "/health/liveliness", folder / "litellm.log") as url:
        yield url


def pages_asked(url: str) -> int:
    """Return how many pages aimock was asked for, by its own book."""
    with urllib.request.urlopen(f"{url}/__aimock/journal", timeout=10) as answer:  # noqa: S310 - ours
        told = json.load(answer)
    return sum(one["path"].endswith("/chat/completions") for one in told)


@contextmanager
def _serving(command: Sequence[str], path: str, log: Path) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    with (
        log.open("wb") as out,
        subprocess.Popen([*command, "--port", str(port)], stdout=out, stderr=out) as process,
    ):
        try:
            wait_until(lambda: _answers(url + path), f"{command[0]} answers", 100)
            yield url
        finally:
            process.kill()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - ours
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
