"""What every process does first: settings, logs, the lifeline to its supervisor."""

import os
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict
from typing import NoReturn

from ocrqueue import logs
from ocrqueue.model.errors.operator import OperatorError
from ocrqueue.settings.load import from_environment
from ocrqueue.settings.schema import Settings
from ocrqueue.settings.secrets import leave_no_core
from ocrqueue.text import terminal
from ocrqueue.workspace import storage


def begin() -> Settings:
    """Load the settings from the environment and set up the logs; ends the process on errors."""
    sys.excepthook = terminal.tell_fault
    leave_no_core()
    try:
        settings = from_environment()
    except OperatorError as error:
        end_because(error)
    logs.configure(**asdict(settings.logging))
    storage.settle(settings)
    return settings


def end_because(error: OperatorError) -> NoReturn:
    """End the process and say why, and what to do."""
    sys.exit(f"{terminal.told(error)}\n{error.remedy}")


def hold_lifeline(
    *, on_cut: Callable[[], None] = lambda: None, on_word: Callable[[], None] = lambda: None
) -> None:
    """End this process in order when its supervisor is gone.

    The supervisor holds the other end of our standard input: end of file means that it died, by
    whatever signal. A byte is a word of it. Works on Linux and macOS alike.
    """

    def watch() -> None:
        while os.read(0, 1):
            on_word()
        on_cut()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True, name="lifeline").start()
