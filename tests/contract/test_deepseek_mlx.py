"""The real loader of mlx-vlm and a tiny model of DeepSeek-OCR's own kind, in this process."""

import importlib
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ocrqueue.backends.base import tell_nobody
from ocrqueue.backends.deepseek_mlx.backend import DeepseekMlx, check
from ocrqueue.model.errors.page import (
    BackendOutOfMemory,
    BackendTimedOut,
    BackendUnavailable,
    PageError,
    ReplyHopeless,
)
from ocrqueue.model.page import PageImage, Reply, Verdict
from ocrqueue.text import quality
from tests.support import tiny_model
from tests.support.tiny_model import CHECKPOINT, EXACT, FREE, OTHERWISE, said

pytestmark = tiny_model.needs_tiny
SOME = ("letter", "umlaut", "invoice", "figure")  # for modes that take long; `verify` reads all
FEW = ("umlaut", "figure")


@pytest.fixture(scope="module")
def pages() -> dict[str, PageImage]:
    """All pages, drawn once."""
    return tiny_model.images()


@pytest.fixture(scope="module")
def loaded() -> Iterator[DeepseekMlx]:
    """One backend for all: to load takes as long as a page."""
    backend = DeepseekMlx(tiny_model.candidate())
    yield backend
    backend.close()


@pytest.fixture
def backend(loaded: DeepseekMlx) -> Iterator[DeepseekMlx]:
    """The tiny model, with the settings that it had at first; who closes it loads it anew."""
    yield loaded
    loaded.on_tokens = tell_nobody
    loaded.obey(tiny_model.candidate())


def read(backend: DeepseekMlx, image: PageImage, seconds: float = 60.0) -> Reply:
    return backend.page_to_markdown(image, deadline=time.monotonic() + seconds)


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("options", "names", "seen"),
    [
        ({"resolution": "tiny"}, EXACT, 93),
        ({"resolution": "tiny", "prompt": FREE}, SOME, 80),
        pytest.param({"resolution": "small"}, FEW, 131, marks=pytest.mark.slow),
        ({"resolution": "base"}, FEW, 293),
        ({"resolution": "gundam"}, FEW[:1], 923),
        pytest.param({"resolution": "tiny", "prompt": FREE}, EXACT, 80, marks=pytest.mark.slow),
        pytest.param({"resolution": "small"}, EXACT, 131, marks=pytest.mark.slow),
        pytest.param({"resolution": "base"}, SOME, 293, marks=pytest.mark.slow),
        pytest.param({"resolution": "gundam"}, SOME, 923, marks=pytest.mark.slow),
    ],
    ids=[
        *("tiny", "tiny-free", "small", "base", "gundam"),
        *("tiny-free-all", "small-all", "base-some", "gundam-some"),
    ],
)
def test_pages_are_read_to_the_last_letter(
    backend: DeepseekMlx,
    pages: dict[str, PageImage],
    options: dict[str, str],
    names: tuple[str, ...],
    seen: int,
) -> None:
    """In each resolution, grounded and plain; so the model sees the whole page, undistorted.

    Unknown keywords are swallowed by mlx-vlm, so the tokens of the prompt tell what it has seen. No
    page repeats a run nearby, so the guard keeps the model from nothing and no page is read twice.
    """
    backend.obey(tiny_model.candidate(**options))

    replies = {name: read(backend, pages[name]) for name in names}

    raw = {name: reply.raw for name, reply in replies.items()}
    assert raw == {name: said(name, grounded="prompt" not in options) for name in names}
    text = {name: reply.text for name, reply in replies.items() if name not in OTHERWISE}
    assert text == {name: said(name, grounded=False) for name in text}
    assert {reply.finish_reason for reply in replies.values()} == {"stop"}
    assert {reply.retried + reply.doubt for reply in replies.values()} == {""}
    assert replies["umlaut"].prompt_tokens == seen


def test_the_reply_tells_its_measures(backend: DeepseekMlx, pages: dict[str, PageImage]) -> None:
    """Labels and boxes are only in what is kept raw."""
    reply = read(backend, pages["letter"])

    assert "<|det|>" in (reply.raw or "")
    assert "<|det|>" not in reply.text
    assert reply.tokens == 152
    assert reply.tokens_per_s
    assert 0 < (reply.first_token_s or 0) < 60


def test_an_empty_page_is_blank(backend: DeepseekMlx, pages: dict[str, PageImage]) -> None:
    """No text and hardly any ink."""
    reply = read(backend, pages["empty"])

    assert (reply.text, reply.finish_reason) == ("", "stop")
    assert quality.judge(reply, pages["empty"]).verdict is Verdict.BLANK


def test_a_page_that_loops_is_told_and_the_next_one_is_exact(
    backend: DeepseekMlx, pages: dict[str, PageImage]
) -> None:
    """Read twice, the second time otherwise; then a reply that no check lets pass."""
    backend.obey(tiny_model.candidate(prompt=FREE))
    reply = read(backend, pages["loop"])
    after = read(backend, pages["umlaut"])

    assert (reply.finish_reason, reply.final) == ("loop", True)
    assert "times" in reply.loop
    with pytest.raises(ReplyHopeless, match="the reply loops"):
        quality.judge(reply, pages["loop"])
    assert after.raw == said("umlaut", grounded=False)


def test_the_deadline_ends_a_page_between_two_tokens(
    backend: DeepseekMlx, pages: dict[str, PageImage]
) -> None:
    """The time to load does not count; the next page is exact."""
    backend.close()
    with pytest.raises(BackendTimedOut):
        read(backend, pages["loop"], 0.01)

    assert read(backend, pages["code"]).raw == said("code", grounded=True)


def test_tokens_are_told_as_they_come(
    backend: DeepseekMlx, pages: dict[str, PageImage], capfd: pytest.CaptureFixture[str]
) -> None:
    """Whoever is told may print, and may end the page; the next one is exact."""
    told = list[tuple[int, float]]()

    def tell(tokens: int, tokens_per_s: float, first_token_s: float) -> None:
        assert first_token_s > 0
        told.append((tokens, tokens_per_s))
        print(tokens)  # noqa: T201 - as a caller may
        if tokens == 3:
            message = "enough"
            raise BackendOutOfMemory(message)

    backend.on_tokens = tell
    with pytest.raises(BackendOutOfMemory, match="enough"):
        read(backend, pages["code"])
    assert [tokens for tokens, _ in told] == [1, 2, 3]
    assert told[0][1] == 0 < told[2][1]
    backend.on_tokens = tell_nobody
    assert read(backend, pages["code"]).raw == said("code", grounded=True)

    assert capfd.readouterr().out == "1\n2\n3\n"


def test_closing_gives_the_memory_back(
    backend: DeepseekMlx, pages: dict[str, PageImage], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Measured by MLX: after a page the model and what is kept, then the model, then nothing."""
    backend.close()
    assert not backend.is_loaded
    read(backend, pages["code"])
    kept = backend.memory_mb
    engine = importlib.import_module("ocrqueue.backends.deepseek_mlx.engine")
    monkeypatch.setattr(engine, "KEPT_BYTES", 0)  # a real model has more than is kept
    read(backend, pages["code"])
    held = backend.memory_mb
    backend.close()

    assert held < kept < 256
    assert 5 < held < 8
    assert backend.memory_mb < 0.1
    assert not backend.is_loaded


def test_a_program_starts_while_the_model_is_loaded(
    backend: DeepseekMlx, pages: dict[str, PageImage]
) -> None:
    """A forked child would hang; one that is exec'ed, as the renderer is, does not."""
    read(backend, pages["code"])
    child = [sys.executable, "-c", "print('alive')"]
    done = subprocess.run(child, capture_output=True, text=True, check=True, timeout=30)

    assert done.stdout == "alive\n"


def test_another_thread_is_refused(backend: DeepseekMlx, pages: dict[str, PageImage]) -> None:
    """MLX's streams belong to the thread that loaded."""
    read(backend, pages["code"])
    errors: list[PageError] = []

    def elsewhere() -> None:
        try:
            read(backend, pages["code"])
        except PageError as error:
            errors.append(error)

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join(30)

    assert [type(error) for error in errors] == [BackendUnavailable]


def test_a_model_that_brings_code_is_refused_unless_trusted(
    pages: dict[str, PageImage], capfd: pytest.CaptureFixture[str]
) -> None:
    """Neither a check nor a page runs it."""
    backend = DeepseekMlx(tiny_model.candidate(trust_model_code=False))

    with pytest.raises(BackendUnavailable, match="model_file tiny_deepseekocr"):
        read(backend, pages["code"])
    (problem,) = check(tiny_model.candidate(trust_model_code=False))
    assert "trust_model_code" in problem
    assert capfd.readouterr().out == ""


def test_nothing_is_printed(
    backend: DeepseekMlx, pages: dict[str, PageImage], capfd: pytest.CaptureFixture[str]
) -> None:
    """Six lines when loading and one a page would spoil `--json`."""
    backend.close()
    read(backend, pages["code"])

    assert capfd.readouterr().out == ""


def test_unknown_resolutions_are_told(tmp_path: Path) -> None:
    """Before any page is read."""
    (problem,) = check(tiny_model.candidate(resolution="huge"))
    assert "no resolution 'huge' (known: tiny, small, base, large, gundam)" in problem
    (problem,) = check(replace(tiny_model.candidate(), model=str(tmp_path)))
    assert "config.json" in problem


def test_weights_that_do_not_fit_are_told(tmp_path: Path, pages: dict[str, PageImage]) -> None:
    """A file that is cut off is no crash of the worker."""
    for file in filter(Path.is_file, CHECKPOINT.iterdir()):
        (tmp_path / file.name).write_bytes(file.read_bytes()[: 1 << 20])
    backend = DeepseekMlx(replace(tiny_model.candidate(), model=str(tmp_path)))

    with pytest.raises(BackendUnavailable, match="cannot be loaded"):
        read(backend, pages["code"])


def test_a_loaded_model_obeys_the_next_document(
    backend: DeepseekMlx, pages: dict[str, PageImage]
) -> None:
    """Its prompt and its length change with the page; a resolution that it has not is none."""
    own = tiny_model.candidate()
    first = read(backend, pages["umlaut"])
    backend.obey(replace(own, prompt=FREE, max_tokens=5))
    short = read(backend, pages["umlaut"])
    backend.obey(replace(own, resolution="endless"))
    with pytest.raises(BackendUnavailable, match="no resolution 'endless'"):
        read(backend, pages["umlaut"])
    backend.obey(own)
    again = read(backend, pages["umlaut"])

    assert (short.tokens, short.finish_reason) == (5, "length")
    assert again.raw == first.raw
