"""Facts about the tesseract that stays to read lines."""

import os
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from benchmarks import text_score
from ocrqueue.backends import tesseract_program, tesseract_resident
from ocrqueue.backends.tesseract_program import Program
from ocrqueue.backends.tesseract_resident import LineReader
from ocrqueue.model.errors.page import BackendCrashed, BackendTimedOut
from ocrqueue.model.page import PageImage
from ocrqueue.text.hocr.parser import parse
from tests.support.page_images import LETTER, blank, drawn
from tests.support.servers import wait_until

pytestmark = pytest.mark.skipif(
    not tesseract_program.tied_to_us(), reason="only Linux can tie a child to its parent"
)
AS_LINES = ["-l", "eng", "--psm", "6"]


def soon(seconds: float = 60.0) -> float:
    return time.monotonic() + seconds


def said(hocr: bytes) -> str:
    return " ".join(word.text for word in parse(hocr).words)


@pytest.fixture
def reader() -> Iterator[LineReader]:
    reader = LineReader()
    yield reader
    reader.close()


@pytest.fixture(scope="module")
def program() -> Program:
    return tesseract_program.find("", "")


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> PageImage:
    """A few lines of print, no larger than what is checked."""
    page = drawn(tmp_path_factory.mktemp("drawn"))
    rows = 600
    return PageImage(
        width=page.width,
        height=rows,
        mode=page.mode,
        pixels=page.pixels[: rows * page.width],
        dpi=page.dpi,
        ink=page.ink,
    )


def shell(tmp_path: Path, script: str) -> Program:
    path = tmp_path / "tesseract"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return Program(path=str(path))


def children() -> list[int]:
    return [child.pid for child in psutil.Process().children()]


def test_one_process_reads_each_image_as_one_of_its_own_would(
    reader: LineReader, program: Program, lines: PageImage
) -> None:
    """Nothing of an image is in the next one's answer, and the process stays."""
    before = set(children())
    answers, there = [], []
    for image in (lines, replace(lines, pixels=b"\xff" * len(lines.pixels)), lines):
        answers.append(reader.hocr(program, image, AS_LINES, soon()))
        there.append(set(children()) - before)

    alone = tesseract_program.hocr(program, lines, AS_LINES, soon())
    assert [said(answer) for answer in answers] == [said(alone), "", said(alone)]
    assert text_score.recall(said(alone), LETTER[: len(LETTER) // 4]) > 0.9
    assert len(there[0]) == 1
    assert there[0] == there[1] == there[2]


def test_a_process_that_died_is_replaced(
    reader: LineReader, program: Program, lines: PageImage
) -> None:
    """The next image is read all the same, and the one after by a process that stays again."""
    before = set(children())
    reader.hocr(program, blank(), AS_LINES, soon())
    (resident,) = set(children()) - before
    os.kill(resident, signal.SIGKILL)

    read = [said(reader.hocr(program, lines, AS_LINES, soon())) for _ in range(2)]

    assert read[0] == read[1] != ""
    assert len(set(children()) - before - {resident}) == 1


def test_a_process_is_renewed(
    reader: LineReader, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What may pile up in it ends with it; another language needs another one as well."""
    monkeypatch.setattr(tesseract_resident, "READINGS", 2)
    before, there = set(children()), []
    for lang in ("eng", "eng", "eng", "deu"):
        reader.hocr(program, blank(), ["-l", lang, "--psm", "6"], soon())
        there.append(set(children()) - before)

    assert there[1] <= there[0]  # at the end of its list it goes by itself
    assert there[2].isdisjoint(there[0])
    assert there[3].isdisjoint(there[2])


def test_a_program_that_does_not_wait_is_asked_once(reader: LineReader, tmp_path: Path) -> None:
    """It may be another version: then each image has a process of its own, and its answer."""
    page = "<div class='ocr_page' title='bbox 0 0 9 9'>\\n  </div>\\n"
    says = shell(tmp_path, f'echo $1 >> {tmp_path}/asked; printf "{page}"; printf "{page}"')

    for _ in range(2):
        assert parse(reader.hocr(says, blank(), AS_LINES, soon())).words == ()

    asked = [Path(name).name for name in (tmp_path / "asked").read_text().split()]
    assert asked == ["list", "stdin", "stdin"]


def test_a_program_that_fails_says_why(reader: LineReader, tmp_path: Path) -> None:
    """The error is that of a process of its own."""
    fails = shell(tmp_path, "echo out of luck >&2; exit 1")

    with pytest.raises(BackendCrashed, match="out of luck"):
        reader.hocr(fails, blank(), AS_LINES, soon())


def test_a_deadline_ends_the_process(reader: LineReader, tmp_path: Path) -> None:
    """It is in the midst of an image, which must not answer for the next one."""
    slow, before = shell(tmp_path, "exec sleep 600"), set(children())

    with pytest.raises(BackendTimedOut):
        reader.hocr(slow, blank(), AS_LINES, soon(0.5))

    assert set(children()) == before


def test_an_exit_from_a_signal_handler_ends_the_process(reader: LineReader, tmp_path: Path) -> None:
    """SystemExit passes through and nothing stays, once the gate was opened."""
    passed = tmp_path / "passed"
    slow = shell(tmp_path, f'cat "${{1%/*}}/gate.uzn"; touch {passed}; exec sleep 600')
    before = set(children())

    def interrupt() -> None:
        wait_until(passed.exists, "the program never passed the gate", seconds=60)
        os.kill(os.getpid(), signal.SIGUSR1)

    handler = signal.signal(signal.SIGUSR1, lambda *_: sys.exit(3))
    try:
        told = threading.Thread(target=interrupt)
        told.start()
        with pytest.raises(SystemExit):
            reader.hocr(slow, blank(), AS_LINES, soon())
        told.join()
    finally:
        signal.signal(signal.SIGUSR1, handler)

    assert set(children()) == before


def test_no_image_is_left_on_disk(
    reader: LineReader, program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder of the gate is for us alone, and the image in no file."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    reader.hocr(program, blank(900, 300), AS_LINES, soon())

    (folder,) = tmp_path.iterdir()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert sum(path.stat().st_size for path in folder.iterdir()) < 20_000
    reader.close()
    assert list(tmp_path.iterdir()) == []


def test_it_does_not_outlive_a_killed_worker(tmp_path: Path) -> None:
    """SIGKILL of the one who asked ends the program at its gate as well."""
    asking = (
        "import time; from tests.unit.backends.test_tesseract_resident import *;"
        "reader = LineReader();"
        "reader.hocr(tesseract_program.find('', ''), blank(), AS_LINES, float('inf'));"
        f"open({str(tmp_path / 'pid')!r}, 'w').write(str(children()[0])); time.sleep(600)"
    )
    worker = subprocess.Popen([sys.executable, "-c", asking], cwd=Path(__file__).parents[3])
    end = soon(90)
    while not (tmp_path / "pid").is_file() or not (tmp_path / "pid").read_text():
        assert time.monotonic() < end
        threading.Event().wait(0.05)
    resident = psutil.Process(int((tmp_path / "pid").read_text()))

    worker.kill()
    worker.wait(30)

    resident.wait(30)
