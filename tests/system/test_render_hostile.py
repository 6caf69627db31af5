"""Every hostile document ends in pages or in an error a user understands, within the limits.

By default one document of each kind and way to go wrong; all that there are with `-m slow`.
"""

import tarfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from ocrqueue.model.document import Counted, PageSize
from ocrqueue.model.errors.document import (
    CountOutOfMemory,
    CountTimedOut,
    DocumentError,
    NotSupported,
    PasswordNeeded,
    PasswordWrong,
)
from ocrqueue.model.errors.page import PageError, RenderCrashed, RenderOutOfMemory, RenderTimedOut
from ocrqueue.model.page import ImageMode, PageImage
from ocrqueue.render.renderer import Renderer
from ocrqueue.settings.schema import RenderSettings
from tests.support.corpus import (
    CORPUS,
    hostile_documents,
    manifest,
    needs_corpus,
    one_of_each_kind,
)

pytestmark = needs_corpus

LIMITS = RenderSettings(timeout_s=2, memory_mb=1024)
SLACK_S = 7.0  # for starting a fresh child and trying again on a busy machine
QUICK_S = 0.25  # a document this quick when it was listed must come through here
LOST = (CountTimedOut, CountOutOfMemory, RenderTimedOut, RenderCrashed, RenderOutOfMemory)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What became of a document."""

    counted: Counted | None = None
    image: PageImage | None = None
    error: DocumentError | PageError | None = None
    seconds: float = 0.0


@pytest.fixture(scope="module")
def renderer() -> Iterator[Renderer]:
    with Renderer(LIMITS) as shared:
        yield shared


@pytest.fixture(scope="module")
def listed() -> dict[str, dict[str, str]]:
    return manifest()


def _try(renderer: Renderer, source: Path) -> Tried:
    start = time.monotonic()
    counted = image = error = None
    try:
        counted = renderer.count(source)
        image = renderer.page(source, 1, PageSize(dpi=150, max_side_px=3400), mode=ImageMode.GREY)
        renderer.sheet(source, 1, PageSize(dpi=150, max_side_px=3400))
    except (DocumentError, PageError) as raised:
        error = raised
    return Tried(counted=counted, image=image, error=error, seconds=time.monotonic() - start)


def _resident_mb(renderer: Renderer) -> float:
    if renderer._child is None:
        return 0
    return float(psutil.Process(renderer._child._process.pid).memory_info().rss / 2**20)


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "choose", [one_of_each_kind, pytest.param(hostile_documents, marks=pytest.mark.slow)]
)
def test_every_document_ends_within_the_limits(
    renderer: Renderer, listed: dict[str, dict[str, str]], choose: Callable[[], list[Path]]
) -> None:
    """Pages or an error of ours, in time and memory; what is known as sound must be drawn."""
    wrong = []
    for source in choose():
        tried = _try(renderer, source)
        row = listed.get(str(source.relative_to(CORPUS)), {})
        wrong += [f"{source.name}: {fault}" for fault in _faults(tried, row)]
        assert _resident_mb(renderer) < LIMITS.memory_mb + 200
    assert not wrong, "\n".join(wrong)


def _faults(tried: Tried, row: dict[str, str]) -> Iterator[str]:
    if tried.seconds > 3 * (LIMITS.timeout_s + SLACK_S):
        yield f"took {tried.seconds:.0f} s"
    if tried.error is not None and not str(tried.error):
        yield "an error without a message"
    if row and _is_sound(row) and tried.image is None:
        yield f"sound, but {type(tried.error).__name__}: {tried.error}"
    outcome = row.get("pypdfium2_outcome", "")
    if outcome.startswith(("HANG", "CRASH")) and not isinstance(tried.error, (*LOST, type(None))):
        yield f"hangs or crashes PDFium, told as {type(tried.error).__name__}"
    if outcome.startswith("open error") and tried.image is not None:
        yield "PDFium cannot open it, yet it was drawn"
    if _is_sound(row) and tried.counted and str(tried.counted.pages) != row["pages"]:
        yield f"{tried.counted.pages} pages, not {row['pages']}"


def _is_sound(row: dict[str, str]) -> bool:
    outcome = row.get("pypdfium2_outcome", "")
    read = outcome.startswith("ok:") or (outcome.startswith("image") and "PIL: ok" in outcome)
    return read and " GIF " not in outcome and float(row["seconds"]) < QUICK_S


def test_encrypted_documents(renderer: Renderer, listed: dict[str, dict[str, str]]) -> None:
    """Without a password it is asked for, a wrong one is refused, the right one opens."""
    opened = 0
    for path, row in listed.items():
        if row["kind"] != "hostile-encrypted" or not row["note"].startswith("password: "):
            continue
        source, password = CORPUS / path, row["note"].removeprefix("password: ")
        with pytest.raises(PasswordNeeded):
            renderer.count(source)
        with pytest.raises(PasswordWrong):
            renderer.count(source, passwords=["not this", "nor \ud800 that"])
        if "with the password: ok" not in row["pypdfium2_outcome"]:
            continue
        counted = renderer.count(source, passwords=["wrong", password, "later"])
        assert counted.password == password
        image = renderer.page(
            source, 1, PageSize(dpi=72, max_side_px=3400), mode=ImageMode.GREY, password=password
        )
        assert image.ink > 0
        opened += 1
    assert opened >= 20


def test_odd_names(renderer: Renderer, tmp_path: Path) -> None:
    """Names with blanks, line ends, other scripts, bytes that are no UTF-8; links and pipes."""
    outer = CORPUS / "hostile" / "names.tar"
    _unpack(outer, tmp_path)
    for inner in sorted(tmp_path.rglob("odd-names.tar")):
        _unpack(inner, tmp_path / "odd")
    paths = sorted(p for p in tmp_path.rglob("*") if not p.is_dir() and p.suffix != ".tar")
    tried = {path: _try(renderer, path) for path in paths}
    drawn = [path for path, what in tried.items() if what.image is not None]
    refused = {path: what.error for path, what in tried.items() if what.image is None}
    assert len(drawn) >= 33
    assert any("named pipe" in str(error) for error in refused.values())
    assert all(
        not path.is_file() or isinstance(error, NotSupported) for path, error in refused.items()
    ), refused


def _unpack(archive: Path, folder: Path) -> None:
    with tarfile.open(archive) as tar:
        # Ours, and odd on purpose: the safe filters would refuse what we want to meet.
        tar.extractall(folder, filter="fully_trusted")  # noqa: S202
