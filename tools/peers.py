"""Fetches servers that others wrote, into build/peers: the tests of the remote route ask them.

    python -m tools.peers [aimock] [litellm]

aimock (npm) speaks OpenRouter's dialect, LiteLLM (PyPI, some 750 MB) is the proxy that people put
before paid services. Neither is a dependency: each has a folder of its own.
"""

import subprocess
import sys
import venv
from collections.abc import Callable, Mapping
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "build" / "peers"
AIMOCK = FOLDER / "aimock" / "node_modules" / ".bin" / "llmock"
LITELLM = FOLDER / "litellm" / "bin" / "litellm"


def main() -> None:
    """Fetch the peers that are named, or all."""
    for name in sys.argv[1:] or FETCH:
        FETCH[name]()


def fetch_aimock() -> None:
    """Fetch aimock; it needs Node on PATH."""
    folder = FOLDER / "aimock"
    folder.mkdir(parents=True, exist_ok=True)
    wanted = ["@copilotkit/aimock@1.43.0", "--ignore-scripts", "--no-audit", "--no-fund"]
    subprocess.run(["npm", "install", "--prefix", str(folder), *wanted], check=True)


def fetch_litellm() -> None:
    """Fetch LiteLLM's proxy into an environment of its own."""
    folder = FOLDER / "litellm"
    venv.create(folder, with_pip=True)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet"]
    subprocess.run([*pip, "litellm[proxy]==1.108.7"], check=True)


FETCH: Mapping[str, Callable[[], None]] = {"aimock": fetch_aimock, "litellm": fetch_litellm}


if __name__ == "__main__":
    main()
