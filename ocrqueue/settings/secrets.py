"""A key that opens an account elsewhere: where it comes from, and a wrapper that never shows it."""

import os
import re
import resource
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn
from urllib.parse import unquote, urlsplit

from ocrqueue.model.errors.operator import SettingsError

OPENROUTER = "OPENROUTER_API_KEY"
PASSED = "OPENROUTER_API_KEY_PASSED"  # the descriptor that it is read from, by a supervisor
LONGEST = 512  # letters
_OF_BUCKETS = ("AWS_", "OCRQUEUE_STORAGE__")
_FOR_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_KEY = re.compile(r"[!-~]{8,512}")  # what a header can hold; no blanks, so no second header either


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """A server on the way to another one."""

    url: str
    login: tuple[str, str] | None = field(default=None, repr=False)


class Secret:
    """A text that shows itself to nobody but who asks `reveal`."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        """Keep it."""
        self._text = text

    def reveal(self) -> str:
        """Return the text; never keep it in a variable."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(***)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret stays in its process")


def key_in_environment() -> Secret | None:
    """Return the key that OPENROUTER_API_KEY holds; None where it is not set.

    Raises:
        SettingsError: it holds no key.
    """
    if not os.environ.get(OPENROUTER, "").strip():
        return None
    return _checked(Secret(os.environ[OPENROUTER].strip()), OPENROUTER)


def key_in_file(file: Path) -> Secret:
    """Return the key that a file holds as its only line.

    Raises:
        SettingsError: the file cannot be read, others may read it, or it holds no key.
    """
    try:
        with file.open("rb") as stream:
            found = os.fstat(stream.fileno())
            secret = Secret(stream.read(LONGEST + 2).decode("latin-1").strip())
    except OSError as error:
        raise SettingsError(f"the key file {file} cannot be read: {error.strerror}") from None
    if not stat.S_ISREG(found.st_mode) or found.st_mode & _FOR_OTHERS:
        raise SettingsError(f"the key file {file} must be for its owner alone: chmod 600 {file}")
    return _checked(secret, f"the key file {file}")


def proxy(spelled: str) -> Proxy | None:
    """Return the proxy that `remote.proxy` spells, or names in the environment; None: none.

    Raises:
        ValueError: it is no address of one; the message does not repeat it.
    """
    named = os.environ.get("HTTPS_PROXY", "") if spelled == "environment" else spelled
    if not named:
        return None
    try:
        parts = urlsplit(named)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port, parts = "", None, urlsplit("")
    if parts.scheme not in ("http", "https") or not host or parts.path.strip("/"):
        raise ValueError("`remote.proxy` is no address such as http://proxy.example:3128")
    shown = f"[{host}]" if ":" in host else host
    login = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
    return Proxy(url=f"{parts.scheme}://{shown}" + (f":{port}" if port else ""), login=login)


def leave_no_core() -> None:
    """Let this process and its children leave no core file: it would hold pages, and the key."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def passed_on(environ: Mapping[str, str]) -> tuple[dict[str, str], tuple[int, ...]]:
    """Return an environment without the key, and the descriptors through which it goes along.

    That is for who has workers that need it, and no need of it: what is in an environment stays
    there to be seen, as long as its process lives. The caller closes the descriptors.
    """
    if not (key := environ.get(OPENROUTER, "")):
        return without_key(environ), ()
    reading, writing = os.pipe()
    os.write(writing, key.encode()[: LONGEST + 2])
    os.close(writing)
    return {**without_key(environ), PASSED: str(reading)}, (reading,)


def received() -> dict[str, str]:
    """Return the key that was passed on to this process, as the variable that workers are given."""
    number = os.environ.pop(PASSED, "")
    if not number:
        return {}
    key = os.read(int(number), LONGEST + 2).decode()
    os.close(int(number))
    return {OPENROUTER: key}


def environ_without_key() -> dict[str, str]:
    """Return this process's environment without any key, for who opens files of strangers."""
    kept = without_key(os.environ).items()
    return {name: value for name, value in kept if not name.startswith(_OF_BUCKETS)}


def without_key(environ: Mapping[str, str]) -> dict[str, str]:
    """Return an environment for a child that has no business with the key."""
    return {name: value for name, value in environ.items() if name != OPENROUTER}


def _checked(secret: Secret, place: str) -> Secret:
    if not _KEY.fullmatch(secret.reveal()):
        message = f"{place} holds no key: 8 to {LONGEST} printable letters without blanks"
        raise SettingsError(message)
    return secret
