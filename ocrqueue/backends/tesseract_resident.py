"""A tesseract that stays: started once, it reads one small image after another.

A start costs more than the few lines that most of these images hold: 0.12 s on a free core, most of
it for a table of letters that look alike, which no option leaves out. So the program is given a
list in which each second image is the one that we have just put there. The others are a white gate.
Where lines are not to be parted into columns, the program looks for zones in a file beside an
image; beside the gate that is a FIFO, at which it waits for us.
"""

import errno
import os
import select
import subprocess
import sys
import time
import weakref
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from ocrqueue.backends import tesseract_program
from ocrqueue.backends.tesseract_program import LONGEST_SECONDS, Program
from ocrqueue.model.errors.page import BackendTimedOut
from ocrqueue.model.page import PageImage
from ocrqueue.settings import programs
from ocrqueue.text.hocr.parser import LONGEST_HOCR

READINGS = 100  # of one process; then it is renewed
LARGEST = 2_000_000  # pixels; a whole page is read by a process of its own
NAP_S = 0.005  # between two looks at the gate while the program starts
_GATE = b"P5 32 32 255\n" + b"\xff" * 32 * 32
_PAGE = b"<div class='ocr_page'"
_END = b"\n  </div>\n"


class LineReader:
    """Reads lines with a program that stays, or with one of their own where that fails."""

    def __init__(self) -> None:
        """Start nothing before the first image."""
        self._resident: _Resident | None = None
        self._stays = bool(tesseract_program.tied_to_us())  # else it would outlive us at its gate

    def hocr(
        self, program: Program, image: PageImage, arguments: Sequence[str], deadline: float
    ) -> bytes:
        """Return the hOCR of a grey image; the arguments name a mode that looks for no columns.

        Raises:
            PageError: as `tesseract_program.hocr`.
        """
        is_small = image.width * image.height <= LARGEST
        if self._stays and is_small and deadline > time.monotonic():
            asked = [*arguments, *tesseract_program.as_hocr(image)]
            try:
                return self._resident_for(program, asked).read(image, deadline)
            except (_BrokenOff, OSError):
                # One that has never answered does not wait at its gate: it is no use to start more.
                self._stays = self._resident is not None and self._resident.readings > 0
                self.close()
            except BaseException:
                self.close()  # it may be in the midst of this image
                raise
        return tesseract_program.hocr(program, image, arguments, deadline)

    def close(self) -> None:
        """End the program; the next image starts it again."""
        if self._resident is not None:
            self._resident.end()
            self._resident = None

    def _resident_for(self, program: Program, arguments: Sequence[str]) -> "_Resident":
        there = self._resident
        if there is None or there.task != (program, arguments) or there.readings == READINGS:
            self.close()
            self._resident = there = _Resident(program, arguments)
        return there


class _BrokenOff(Exception):
    """The program is gone, or has not done what it was asked for."""


class _Resident:
    """One process; who asks ends it after any error, so that no image is taken for another."""

    def __init__(self, program: Program, arguments: Sequence[str]) -> None:
        self.task = (program, list(arguments))
        self.readings = 0
        with ExitStack() as stack:
            # For us alone; the image is in no file, so that nothing is left of it if we are killed.
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="ocrqueue-")))
            self._image = stack.enter_context(_unnamed_file())
            self._gate = folder / "gate.uzn"
            os.mkfifo(self._gate, 0o600)
            gate = self._gate.with_suffix(".pgm")
            gate.write_bytes(_GATE)
            (folder / "list").write_text(f"{gate}\n{_path(self._image)}\n" * READINGS)
            process = programs.start(
                tesseract_program.command(program, [str(folder / "list"), "stdout", *arguments]),
                env=tesseract_program.environment(program),
                pass_fds=[self._image.fileno()],
                start_new_session=True,  # Ctrl-C at the terminal is for us
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
            )
            stack.callback(_kill, process)
            self._process = process
            self.end = weakref.finalize(self, _undo, stack.pop_all(), os.getpid())

    def read(self, image: PageImage, deadline: float) -> bytes:
        """Return the hOCR of an image.

        Raises:
            BackendTimedOut: the deadline passed.
            _BrokenOff: the program has ended, or answers out of turn.
        """
        left = deadline - time.monotonic()
        try:
            self._image.write(tesseract_program.netpbm(image))
            self._open_gate(deadline)
            answer = self._answer(deadline)
        except TimeoutError as error:
            message = f"tesseract took longer than the {left:.0f} s that were left"
            raise BackendTimedOut(message) from error
        self._image.seek(0)
        self._image.truncate()  # who does not wait at the gate finds nothing, and ends
        self.readings += 1
        return answer

    def _open_gate(self, deadline: float) -> None:
        """Let the program pass as soon as it waits there: what has no reader cannot be opened."""
        while True:
            try:
                os.close(os.open(self._gate, os.O_WRONLY | os.O_NONBLOCK))
            except OSError as error:
                if error.errno != errno.ENXIO or self._process.poll() is not None:
                    raise _BrokenOff from error
            else:
                return
            if time.monotonic() >= deadline:
                raise TimeoutError
            time.sleep(NAP_S)

    def _answer(self, deadline: float) -> bytes:
        """Return what is said of the image; what is said of the gate comes first."""
        answer = bytearray()
        while not answer.endswith(_END) or answer.count(_PAGE) == 1:
            chunk = self._said(deadline)
            if not chunk or len(answer) > LONGEST_HOCR:
                raise _BrokenOff
            answer += chunk
        if answer.count(_PAGE) != 2:  # noqa: PLR2004
            raise _BrokenOff
        return bytes(answer[answer.rindex(_PAGE) :])

    def _said(self, deadline: float) -> bytes:
        if self._process.stdout is None:
            raise _BrokenOff
        watched = select.poll()
        watched.register(self._process.stdout, select.POLLIN)
        if not watched.poll(1000 * max(0.0, min(deadline - time.monotonic(), LONGEST_SECONDS))):
            raise TimeoutError
        return os.read(self._process.stdout.fileno(), 1 << 16)


def _unnamed_file() -> BinaryIO:
    if sys.platform != "linux":
        raise OSError(errno.ENOSYS, "only Linux has files without a name")
    return os.fdopen(os.memfd_create("image"), "w+b", buffering=0)


def _path(file: BinaryIO) -> str:
    return f"/proc/self/fd/{file.fileno()}"  # of the program, that has it under the same number


def _kill(process: "subprocess.Popen[bytes]") -> None:
    with process:  # waits, and closes its pipe
        process.kill()


def _undo(stack: ExitStack, owner: int) -> None:
    if owner == os.getpid():  # no child that we forked
        stack.close()
