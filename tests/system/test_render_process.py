"""The renderer's child is killed, hangs, grows or loses its parent; nothing but a page is lost."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from PIL import Image

from ocrqueue.model.document import PageSize
from ocrqueue.model.errors.document import CountCrashed, CountOutOfMemory, CountTimedOut
from ocrqueue.model.errors.operator import NotReady
from ocrqueue.model.errors.page import RenderCrashed, RenderOutOfMemory, RenderTimedOut
from ocrqueue.model.page import ImageMode, PageImage
from ocrqueue.render.process import Loss
from ocrqueue.render.renderer import Renderer
from ocrqueue.settings.schema import RenderSettings
from tests.support.pdfs import drawing, pdf_bytes, write_pdf

ROOT = Path(__file__).resolve().parents[2]
PATIENT = RenderSettings(timeout_s=30, memory_mb=1024)
HASTY = RenderSettings(timeout_s=1, memory_mb=1024)


@pytest.fixture
def renderer() -> Iterator[Renderer]:
    with Renderer(PATIENT) as own:
        yield own


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    return write_pdf(tmp_path / "sound.pdf", "one", "two")


@pytest.fixture
def endless(tmp_path: Path) -> Path:
    """A page that takes PDFium minutes: many wide, dashed, transparent curves."""
    source = tmp_path / "endless.pdf"
    source.write_bytes(pdf_bytes([_heavy_drawing()]))
    return source


@pytest.fixture
def glutton(tmp_path: Path) -> Path:
    """A page whose objects take more memory than allowed."""
    source = tmp_path / "glutton.pdf"
    source.write_bytes(pdf_bytes(["0 0 m 1 1 l S\n" * 700_000]))
    return source


def _heavy_drawing() -> str:
    curve = "0 0 m 600 792 10 792 612 0 c 0 792 612 10 300 400 c S\n"
    return "[0.01 0.01] 0 d 30 w\n" + curve * 100_000


def _draw(renderer: Renderer, source: Path, page: int = 1) -> PageImage:
    return renderer.page(source, page, PageSize(dpi=150, max_side_px=3400), mode=ImageMode.GREY)


def _child(renderer: Renderer) -> psutil.Process:
    assert renderer._child is not None
    return psutil.Process(renderer._child._process.pid)


def _wait_for(condition: Callable[[], bool], *, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        os.sched_yield()


def _is_gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_killed_between_requests(renderer: Renderer, sound: Path) -> None:
    """A child that died while idle is replaced without a word."""
    renderer.count(sound)
    before = _child(renderer)
    before.kill()
    assert _draw(renderer, sound).ink > 0
    assert _child(renderer).pid != before.pid


def test_killed_during_a_first_request(endless: Path) -> None:
    """A fresh child killed at work costs the page; the message names the signal."""
    with Renderer(PATIENT) as renderer:
        renderer._ready_child()
        with _killed_when_busy(_child(renderer).pid), pytest.raises(RenderCrashed, match="SIGKILL"):
            _draw(renderer, endless)


def test_killed_during_a_later_request_is_tried_afresh(
    renderer: Renderer, sound: Path, endless: Path
) -> None:
    """A used child's death may be owed to earlier pages: the page gets a fresh one."""
    renderer.count(sound)
    used = _child(renderer).pid
    with Renderer(HASTY) as hasty:
        hasty._child, renderer._child = renderer._child, None
        with _killed_when_busy(used), pytest.raises(RenderTimedOut):
            _draw(hasty, endless)


def _killed_when_busy(pid: int) -> "subprocess.Popen[bytes]":
    """Return a running helper that kills a process once it has used some processor time."""
    code = (
        "import os, psutil, signal, sys\n"
        "process = psutil.Process(int(sys.argv[1]))\n"
        "start = process.cpu_times().user\n"
        "while process.cpu_times().user < start + 0.3: os.sched_yield()\n"
        "process.send_signal(signal.SIGKILL)\n"
    )
    return subprocess.Popen([sys.executable, "-c", code, str(pid)], stderr=subprocess.DEVNULL)


def test_hang_is_ended(endless: Path, sound: Path) -> None:
    """A page that takes too long is given up in time; the next one is drawn."""
    with Renderer(HASTY) as renderer:
        start = time.monotonic()
        with pytest.raises(RenderTimedOut, match="page 1 took longer than 1 s"):
            _draw(renderer, endless)
        assert time.monotonic() - start < 10
        assert _draw(renderer, sound).ink > 0


def test_stopped_child_is_a_hang(sound: Path) -> None:
    """A child that makes no progress at all is given up when opening a file as well."""
    with Renderer(HASTY) as renderer:
        renderer.count(sound)
        stopped = _child(renderer)
        stopped.suspend()
        with pytest.raises(CountTimedOut, match="opening the file took longer than 1 s"):
            renderer.count(sound)
        assert _is_gone(stopped.pid)


def test_memory_is_limited(glutton: Path, sound: Path) -> None:
    """A page that takes too much memory is told as that, and the next one is drawn."""
    with Renderer(RenderSettings(timeout_s=60, memory_mb=64)) as renderer:
        with pytest.raises(RenderOutOfMemory, match="page 1 took more memory than 64 MB"):
            _draw(renderer, glutton)
        assert _draw(renderer, sound).ink > 0


def test_memory_is_watched_where_the_system_does_not_limit_it(
    glutton: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without RLIMIT_AS (macOS) the parent sees the child grow and ends it."""
    monkeypatch.setattr("ocrqueue.render.process.WATCH_EVERY_S", 0.01)
    with Renderer(RenderSettings(timeout_s=60, memory_mb=4096)) as renderer:
        child = renderer._ready_child()
        child._memory_limit = child._resident() + 48 * 1024 * 1024
        with pytest.raises(RenderOutOfMemory):
            _draw(renderer, glutton)


def test_child_is_recycled(tmp_path: Path) -> None:
    """After the set number of requests a fresh child takes over."""
    source = write_pdf(tmp_path / "a.pdf", "one")
    with Renderer(RenderSettings(recycle_after=3)) as renderer:
        pids = []
        for _ in range(7):
            renderer.count(source)
            pids.append(_child(renderer).pid)
    assert pids == [pids[0]] * 3 + [pids[3]] * 3 + [pids[6]]
    assert len(set(pids)) == 3


def test_close_ends_the_child(renderer: Renderer, sound: Path) -> None:
    """Closing leaves no process behind, and the renderer can be used again."""
    renderer.count(sound)
    pid = _child(renderer).pid
    renderer.close()
    assert _is_gone(pid)
    assert renderer.count(sound).pages == 2


def test_interrupt_does_not_mix_up_answers(renderer: Renderer, endless: Path, sound: Path) -> None:
    """An exception in the middle of a request (a time limit, Ctrl-C) drops the child with it."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.5)
    try:
        with pytest.raises(KeyboardInterrupt):
            _draw(renderer, endless)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert renderer.count(sound).pages == 2


def test_terminal_signals_do_not_reach_the_child(renderer: Renderer, sound: Path) -> None:
    """The child has its own session, and stop signals sent to it are ignored."""
    renderer.count(sound)
    child = _child(renderer)
    assert os.getsid(child.pid) == child.pid != os.getsid(0)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        child.send_signal(number)
    assert _draw(renderer, sound).ink > 0
    assert _child(renderer).pid == child.pid


PARENT = """
import sys
from pathlib import Path
from ocrqueue.model.document import PageSize
from ocrqueue.model.page import ImageMode
from ocrqueue.render.renderer import Renderer
from ocrqueue.settings.schema import RenderSettings
renderer = Renderer(RenderSettings(timeout_s=300))
renderer.count(Path(sys.argv[1]))
print(renderer._child._process.pid, flush=True)
renderer.page(Path(sys.argv[1]), 1, PageSize(dpi=150, max_side_px=3400), mode=ImageMode.GREY)
"""


def test_parent_killed_while_the_child_hangs(endless: Path) -> None:
    """A child deep inside PDFium dies with its parent, even by SIGKILL."""
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(endless)], stdout=subprocess.PIPE, cwd=ROOT
    ) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        start = child.cpu_times().user
        _wait_for(lambda: child.cpu_times().user > start + 0.3)
        parent.kill()
        _wait_for(lambda: _is_gone(child.pid))


ORPHAN = """
import os, sys, threading
from ocrqueue.render.sandbox import confine
sys.platform = "darwin"
confine(parent=os.getppid(), memory_mb=512)
print(os.getpid(), flush=True)
threading.Event().wait()
"""


def test_parent_killed_where_the_kernel_does_not_tell() -> None:
    """Without PR_SET_PDEATHSIG (macOS) a thread sees that the parent is gone."""
    start = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]])"
    with subprocess.Popen(
        [sys.executable, "-c", start, ORPHAN], stdout=subprocess.PIPE, cwd=ROOT
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert not _is_gone(child)
        parent.kill()
        _wait_for(lambda: _is_gone(child))


def test_fork_does_not_share_the_child(renderer: Renderer, sound: Path) -> None:
    """A forked copy of us starts a child of its own and leaves ours alone."""
    renderer.count(sound)
    ours = _child(renderer).pid
    forked = os.fork()
    if forked == 0:
        os._exit(0 if _counts_with_another_child(renderer, sound, ours) else 1)
    _, status = os.waitpid(forked, 0)
    assert status == 0
    assert renderer.count(sound).pages == 2
    assert _child(renderer).pid == ours


def _counts_with_another_child(renderer: Renderer, source: Path, other: int) -> bool:
    with renderer:
        return renderer.count(source).pages == 2 and _child(renderer).pid != other


def test_child_that_cannot_start(monkeypatch: pytest.MonkeyPatch, sound: Path) -> None:
    """A broken installation is the operator's to repair: no page is blamed."""
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with Renderer(PATIENT) as renderer, pytest.raises(NotReady, match="does not start"):
        renderer.count(sound)


def test_no_descriptor_is_leaked(sound: Path) -> None:
    """Starting and ending children leaves as many open files as before."""
    us = psutil.Process()
    with Renderer(PATIENT) as renderer:
        renderer.count(sound)
    before = us.num_fds()
    for _ in range(3):
        with Renderer(PATIENT) as renderer:
            renderer.count(sound)
            _child(renderer).kill()
            renderer.count(sound)
    assert us.num_fds() == before


def test_parent_never_loads_pdfium_or_pillow() -> None:
    """Only the child loads the libraries that a document can crash."""
    code = (
        "import sys; from ocrqueue.render.renderer import Renderer;"
        "from ocrqueue.settings.schema import RenderSettings; Renderer(RenderSettings());"
        "sys.exit(bool({'PIL', 'pypdfium2'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_password_is_in_no_command_line(renderer: Renderer, sound: Path) -> None:
    """Passwords travel over the pipe: neither arguments nor environment have them."""
    renderer.count(sound, passwords=["s3cret-w0rd"])
    child = _child(renderer)
    seen = " ".join([*child.cmdline(), *child.environ().values()])
    assert "s3cret-w0rd" not in seen


def test_noise_of_libraries_does_not_disturb(tmp_path: Path) -> None:
    """What libraries print (here: libtiff about unknown tags) stays out of the answers."""
    source = tmp_path / "noisy.tif"
    Image.new("1", (300, 300), 1).save(source, compression="group4")
    data = bytearray(source.read_bytes())
    data[20:60] = bytes(40)
    source.write_bytes(data)
    good = write_pdf(tmp_path / "good.pdf", "text")
    with Renderer(PATIENT) as renderer:
        for _ in range(20):
            _draw(renderer, source)
            assert _draw(renderer, good).ink > 0


def test_count_errors_have_their_own_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A crash or refused memory while opening costs the document, not a page."""
    source = write_pdf(tmp_path / "a.pdf", "one", drawing("two"))
    with Renderer(PATIENT) as renderer:
        for loss, error in ((Loss.CRASHED, CountCrashed), (Loss.OUT_OF_MEMORY, CountOutOfMemory)):
            child = renderer._ready_child()
            child.served = 0
            answer = ({"loss": loss.value, "how": "ValueError"}, b"")
            with monkeypatch.context() as patch:
                patch.setattr(type(child), "ask", lambda *_, answer=answer: answer)
                with pytest.raises(error):
                    renderer.count(source)
