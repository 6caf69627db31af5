"""One child process: started, asked with a deadline, watched for memory, killed, explained."""

import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from enum import Enum
from io import BytesIO
from typing import TYPE_CHECKING, Any

import psutil

from ocrqueue.model import failpoints
from ocrqueue.model.failpoints import Point
from ocrqueue.render import protocol
from ocrqueue.settings import programs
from ocrqueue.settings.secrets import environ_without_key

if TYPE_CHECKING:  # the child imports this module, and has no settings
    from ocrqueue.settings.schema import RenderSettings

START_TIMEOUT_S = 60.0  # a cold, busy machine may need long to load Python and PDFium
WATCH_EVERY_S = 0.25  # how often a running request's memory is looked at
END_TIMEOUT_S = 5.0  # a killed process that is not gone by then hangs in the kernel
STDERR_KEPT = 4096  # bytes of the child's last words
MIB = 1024 * 1024


class Loss(Enum):
    """Why a child ended before it answered."""

    TIMED_OUT = "timed out"
    CRASHED = "crashed"
    OUT_OF_MEMORY = "out of memory"


class ChildLost(Exception):
    """The child is gone, and with it the answer; the renderer translates it for users."""

    def __init__(self, loss: Loss, how: str = "") -> None:
        super().__init__(loss, how)
        self.loss = loss
        self.how = how  # the signal or exit code, for a person


class Child:
    """A running child; of use until it is closed or raises `ChildLost`."""

    def __init__(self, limits: "RenderSettings") -> None:
        """Start the child and wait until it is ready.

        Raises:
            ChildLost: it does not start; `how` has its last words.
        """
        self.served = 0
        self.owner = os.getpid()
        self._limits = limits
        self._stderr = b""
        self._start()
        self._watched = psutil.Process(self._process.pid)
        self._memory_limit = sys.maxsize
        try:
            self._receive(time.monotonic() + START_TIMEOUT_S)
        except BaseException:
            self.kill()
            raise
        self._memory_limit = self._resident() + limits.memory_mb * MIB

    def ask(self, request: Mapping[str, Any]) -> tuple[dict[str, Any], bytes]:
        """Return the header and the bytes the child answers with.

        Raises:
            ChildLost: it crashed or broke a limit, and is gone.
        """
        deadline = time.monotonic() + self._limits.timeout_s
        self.served += 1
        try:
            self._send(protocol.pack(request))
            failpoints.at(Point.PAGE_DRAWING)
            return self._receive(deadline)
        except BaseException:  # an interrupt as well: a late answer would reach the next request
            self.kill()
            raise

    def close(self) -> None:
        """Let the child end by itself, or kill it."""
        with contextlib.suppress(OSError):
            self._stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=1.0)
        self.kill()

    def kill(self) -> None:
        """End the child at once and release its pipes; harmless when it is gone."""
        if self.owner == os.getpid():
            self._process.kill()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=END_TIMEOUT_S)
        self._selector.close()
        for stream in (self._stdin, self._answers, self._errors):
            with contextlib.suppress(OSError):
                stream.close()

    def _start(self) -> None:
        # Answers have a pipe of their own: nothing a library prints can get between them.
        reading, writing = os.pipe()
        arguments = [str(writing), str(os.getpid()), str(self._limits.memory_mb)]
        try:
            self._process = programs.start(
                programs.python("ocrqueue.render.child", *arguments),
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                bufsize=0,
                env=environ_without_key(),  # it reads files that strangers made
                pass_fds=(writing,),
                start_new_session=True,  # Ctrl-C at the terminal is for us, not for the child
            )
        except BaseException:
            os.close(reading)
            raise
        finally:
            os.close(writing)
        self._answers = os.fdopen(reading, "rb", buffering=0)
        self._keep_pipes()

    def _keep_pipes(self) -> None:
        if self._process.stdin is None or self._process.stderr is None:
            raise ChildLost(Loss.CRASHED, "no pipes")
        self._stdin, self._errors = self._process.stdin, self._process.stderr
        self._selector = selectors.DefaultSelector()
        for stream in (self._answers, self._errors):
            os.set_blocking(stream.fileno(), False)
            self._selector.register(stream, selectors.EVENT_READ)

    def _send(self, message: bytes) -> None:
        view = memoryview(message)
        try:
            while view:
                view = view[os.write(self._stdin.fileno(), view) :]
        except BrokenPipeError:
            raise self._explain() from None

    def _receive(self, deadline: float) -> tuple[dict[str, Any], bytes]:
        (length,) = protocol.LENGTH.unpack(self._read(protocol.LENGTH.size, deadline))
        if length > protocol.MAX_HEADER:
            raise ChildLost(Loss.CRASHED, "answered nonsense")
        header: dict[str, Any] = json.loads(self._read(length, deadline))
        return header, self._read(header.get("payload", 0), deadline)

    def _read(self, size: int, deadline: float) -> bytes:
        # BytesIO hands out the very bytes object that was filled: a page is never copied.
        store = BytesIO(bytes(size))
        with store.getbuffer() as view:
            filled = 0
            while filled < size:
                got = self._read_some(view[filled:], deadline)
                if got == 0:
                    raise self._explain()
                filled += got
        return store.getvalue()

    def _read_some(self, view: memoryview, deadline: float) -> int:
        while True:
            with contextlib.suppress(BlockingIOError):
                return os.readv(self._answers.fileno(), [view])
            self._wait(deadline)

    def _wait(self, deadline: float) -> None:
        """Return when there may be something to read; raise when a limit is broken."""
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                raise ChildLost(Loss.TIMED_OUT)
            ready = {key.fileobj for key, _ in self._selector.select(min(left, WATCH_EVERY_S))}
            if self._errors in ready:
                self._drain()
            if self._answers in ready:
                return
            if self._resident() > self._memory_limit:
                raise ChildLost(Loss.OUT_OF_MEMORY)

    def _drain(self) -> None:
        """Keep the end of what the child wrote to stderr, so that it never blocks there."""
        with contextlib.suppress(BlockingIOError):
            while chunk := os.read(self._errors.fileno(), 65536):
                self._stderr = (self._stderr + chunk)[-STDERR_KEPT:]
            with contextlib.suppress(KeyError):  # at its end it would be ready for ever
                self._selector.unregister(self._errors)

    def _resident(self) -> int:
        try:
            return int(self._watched.memory_info().rss)
        except psutil.Error:
            return 0

    def _explain(self) -> ChildLost:
        """Say why a child that closed its answers is gone."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=END_TIMEOUT_S)
        self._drain()
        return explain(self._process.returncode, self._stderr.decode(errors="replace"))


def explain(code: int | None, last_words: str) -> ChildLost:
    """Return why a process ended, from its exit code and the end of its stderr.

    PDFium and C++ abort when memory is refused; glibc also aborts on a corrupted heap, but says so.
    """
    refused = any(sign in last_words for sign in ("MemoryError", "bad_alloc", "out of memory"))
    corrupted = any(sign in last_words for sign in ("corrupted", "free()", "malloc()", "ssert"))
    if refused or (code == -signal.SIGABRT and not corrupted):
        return ChildLost(Loss.OUT_OF_MEMORY)
    if code is None:
        return ChildLost(Loss.CRASHED, "it does not end")
    if code >= 0:
        last_line = (last_words.strip().splitlines() or [""])[-1]
        return ChildLost(Loss.CRASHED, f"exit code {code}: {last_line}".rstrip(": "))
    if code == -signal.SIGKILL:
        return ChildLost(Loss.CRASHED, "SIGKILL, perhaps because the machine ran out of memory")
    known = -code in signal.valid_signals()
    return ChildLost(Loss.CRASHED, signal.Signals(-code).name if known else f"signal {-code}")
