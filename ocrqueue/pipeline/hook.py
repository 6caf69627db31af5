"""Calls what the settings name when something is done: a program, or an address.

Neither learns anything but what it is told: no setting, no key, no text of a page.
"""

import contextlib
import http.client
import queue
import ssl
import threading
from collections.abc import Sequence
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

from ocrqueue.settings import programs
from ocrqueue.settings.schema_told import OnDoneSettings

AGENT = "ocrqueue"


def call(hook: OnDoneSettings, words: bytes, *, limit_s: float) -> str:
    """Tell who is to be told; return what went wrong, in words, or "".

    Each of the two takes no longer than the limit.
    """
    failures = []
    if hook.command:
        failures.append(_run(hook.command, words, limit_s))
    if hook.url:
        failures.append(_post_in_time(hook.url, words, limit_s))
    return "; ".join(filter(None, failures))


def _run(command: Sequence[str], words: bytes, limit_s: float) -> str:
    program, *arguments = command
    name, whole = Path(program).name, program
    if not Path(program).is_absolute():
        whole = programs.find(program) or ""
    if not whole:
        return f"{name} is no program on PATH"
    environment = programs.bare_environment()
    try:
        code = programs.hand([whole, *arguments], words, limit_s=limit_s, environment=environment)
    except OSError as error:
        return f"{name} cannot be started: {error.strerror}"
    if code is None:
        return f"{name} took longer than {limit_s:g} s"
    return f"{name} ended with exit code {code}" if code else ""


def _post_in_time(url: str, words: bytes, limit_s: float) -> str:
    """Send the words; return what went wrong.

    A thread sends them: each part of a conversation may come in time and the whole does not, and
    nobody can end the look-up of a name.
    """
    answers = queue.SimpleQueue[str]()
    threading.Thread(
        target=lambda: answers.put(_post(url, words, limit_s)), daemon=True, name="hook"
    ).start()
    try:
        return answers.get(timeout=limit_s)
    except queue.Empty:
        return f"{urlsplit(url).hostname} took longer than {limit_s:g} s"


def _post(url: str, words: bytes, limit_s: float) -> str:
    """Send the words; no redirection is followed, and nothing of the answer is kept."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = {"Content-Type": "application/json", "User-Agent": AGENT, "Connection": "close"}
    try:
        with contextlib.closing(_connection(parts.scheme, host, parts.port, limit_s)) as made:
            made.request("POST", target, words, headers)
            status = made.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        return f"{host} cannot be told: {reason}"
    is_fine = HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES
    return "" if is_fine else f"{host} answered {status}"


def _connection(
    scheme: str, host: str, port: int | None, limit_s: float
) -> http.client.HTTPConnection:
    if scheme == "https":
        trusted = ssl.create_default_context()
        return http.client.HTTPSConnection(host, port, timeout=limit_s, context=trusted)
    return http.client.HTTPConnection(host, port, timeout=limit_s)
