"""Why a child ended, told from its exit code and last words."""

import signal

import pytest

from ocrqueue.render.process import Loss, explain


@pytest.mark.parametrize(
    ("code", "last_words", "loss", "how"),
    [
        (-signal.SIGABRT, "", Loss.OUT_OF_MEMORY, ""),
        (-signal.SIGABRT, "libc++abi: terminating: std::bad_alloc", Loss.OUT_OF_MEMORY, ""),
        (1, "Traceback ...\nMemoryError", Loss.OUT_OF_MEMORY, ""),
        (-signal.SIGABRT, "malloc(): corrupted top size", Loss.CRASHED, "SIGABRT"),
        (-signal.SIGSEGV, "", Loss.CRASHED, "SIGSEGV"),
        (1, "Traceback ...\nImportError: no", Loss.CRASHED, "exit code 1: ImportError: no"),
        (0, "", Loss.CRASHED, "exit code 0"),
        (None, "", Loss.CRASHED, "it does not end"),
    ],
)
def test_why_a_child_ended(code: int | None, last_words: str, loss: Loss, how: str) -> None:
    """Refused memory is told from a crash by the signal and the last words."""
    lost = explain(code, last_words)
    assert (lost.loss, lost.how) == (loss, how)
