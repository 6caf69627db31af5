"""`ocrqueue models` as a user types it, with a hub on this machine and an empty cache."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from signal import Signals
from typing import Any

import pytest

from tests.support import tiny_model
from tests.support.folders import ledgers, page_results
from tests.support.hub import COMMIT, TOKEN, Hub, contents, hub
from tests.support.processes import QUICK, Ended, Stage, stage
from tests.support.tiny_model import CHECKPOINT, PDF, said

pytestmark = [*tiny_model.needs_tiny, pytest.mark.timeout(300)]
MODEL = "somebody/tiny-OCR"
WEIGHTS = "model.safetensors"
HALF = 2 << 20  # bytes of some 3 MB, in whole steps of a fetch


@pytest.fixture(name="server")
def _server() -> Iterator[Hub]:
    with hub(MODEL, contents(CHECKPOINT)) as own:
        yield own


def models(stage: Stage, own: Hub, *arguments: str, **given: str) -> Ended:
    return stage.run("models", *arguments, given={**own.given, **given})


def cached(stage: Stage) -> Path:
    return stage.folder / ".cache" / "huggingface" / "hub" / "models--somebody--tiny-OCR"


def findings(told: Any) -> Mapping[str, Any]:
    return {one["what"]: one for one in told["findings"]}


def test_a_model_is_fetched_whole(stage: Stage, server: Hub) -> None:
    """Cut in the middle of a file it goes on from there; only data comes; the token stays home."""
    server.cut_at = HALF

    ended = models(stage, server, "pull", MODEL, "--json", HF_TOKEN=TOKEN)

    assert server.ranges() == ["", f"bytes={HALF}-"]
    sent = {one.path: one.authorized for one in server.asked}
    assert sent[f"/api/models/{MODEL}/revision/main"]
    assert not sent[f"/cdn/{WEIGHTS}"]
    snapshot = cached(stage) / "snapshots" / COMMIT
    assert sorted(file.name for file in snapshot.iterdir()) == [
        *("config.json", WEIGHTS, "processor_config.json", "special_tokens_map.json"),
        *("tokenizer.json", "tokenizer_config.json"),
    ]
    assert (snapshot / WEIGHTS).read_bytes() == server.files[WEIGHTS]
    assert (cached(stage) / "refs" / "main").read_text() == COMMIT
    told = ended.json
    assert told["commit"] == COMMIT
    # This one names Python of its own as its `model_file`; it was not fetched and is not run.
    assert (ended.code, told["ready"]) == (6, False)
    assert "tiny_deepseekocr.py" in findings(told)["code"]["problem"]

    again = models(stage, server, "pull", MODEL, "--trust-model-code")
    assert again.code == 0, again.err
    assert (snapshot / "tiny_deepseekocr.py").is_file()
    assert len(server.ranges()) == 2, "weights that are here are not fetched again"


def test_what_was_interrupted_goes_on_in_another_process(stage: Stage, server: Hub) -> None:
    """Ctrl-C in the middle of a file keeps what has arrived; two at once are told apart."""
    server.hold_at = HALF
    first = stage.cli("models", "pull", MODEL, "--trust-model-code", given=server.given)
    assert server.holding.wait(60)
    second = models(stage, server, "pull", MODEL)
    assert (second.code, "another process fetches" in second.err) == (7, True), second.err
    assert first.stop(Signals.SIGINT) == 130
    assert "goes on from there" in first.tail()
    listed = models(stage, server, "list", "--json").json
    assert {row["here"] for row in listed} == {"no"}
    server.hold_at = None
    server.released.set()

    ended = models(stage, server, "pull", MODEL, "--trust-model-code")

    assert ended.code == 0, ended.err
    *_, last = server.ranges()
    assert last == f"bytes={HALF}-"
    verified = models(stage, server, "verify", MODEL, "--trust-model-code", "--json")
    assert (verified.code, verified.json["ready"]) == (0, True)
    assert "7 files are what the hub has" in findings(verified.json)["checksums"]["note"]


@pytest.fixture(name="mac")
def _mac(tmp_path: Path) -> Iterator[Stage]:
    """Where our command line believes to run on Apple silicon, and nobody has chosen a route."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(
        """
import platform, sys
if sys.orig_argv[1:4] == ["-P", "-m", "ocrqueue"] and "pull" not in sys.orig_argv:
    platform.system, platform.machine = lambda: "Darwin", lambda: "arm64"
"""
    )
    (tmp_path / "own.toml").write_text(
        f"""
[workers]
tesseract = 1

[[backends.candidates]]
name = "deepseek-mlx"
model = "{MODEL}"
resolution = "tiny"
max_tokens = 400
trust_model_code = true
"""
    )
    given = {name: value for name, value in QUICK.items() if name != "OCRQUEUE_READING__ROUTE"}
    given["PYTHONPATH"] = str(tmp_path / "site")
    given["OCRQUEUE_CONFIG"] = str(tmp_path / "own.toml")
    with stage(tmp_path, given) as own:
        yield own


def test_on_apple_silicon_the_model_reads_once_it_is_there(mac: Stage, server: Hub) -> None:
    """Until then Tesseract does, and a line says how to change that; `up` decides alike."""
    run = ("run", str(PDF), "-o", "out", "--pages", "1,4")
    before = mac.run(*run, "--dry-run")
    assert "tesseract reads meanwhile" in before.err
    assert "ocrqueue models pull" in before.err

    pulled = models(mac, server, "pull")
    assert pulled.code == 0, pulled.err
    assert "Next: ocrqueue run FOLDER" in pulled.out
    server.refuse = (503, "")
    assert "what is on this disk will do" in models(mac, server, "pull").err

    ended = mac.run(*run, "--json", seconds=200)
    assert (ended.code, ended.err) == (0, "")
    read = [json.loads(path.read_bytes()) for path in page_results(mac.folder / "out")]
    assert [page["backend"] for page in read] == ["deepseek-mlx"] * 2
    assert [page["markdown"] for page in read] == [
        said(name, grounded=False) for name in ("report", "letter")
    ]
    (ledger,) = ledgers(mac.folder / "out").values()
    assert ledger["counts"]["done"] == 2

    up = mac.cli("up")
    up.wait_for_event("supervisor.started")
    (started,) = up.events("supervisor.started")
    assert started["children"] == ["server", "deepseek-mlx-1", "tesseract-1", "collector-1"]
    assert up.stop() == 0
