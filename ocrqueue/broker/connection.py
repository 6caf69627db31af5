"""The connection to Redis or Valkey: patient for workers, quick to give up for commands."""

import contextlib
import math
import ssl
import time
from collections.abc import Sequence
from typing import Any

from redis import Redis
from redis.backoff import ExponentialWithJitterBackoff
from redis.exceptions import (
    AuthenticationError,
    AuthenticationWrongNumberOfArgsError,
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
)
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.retry import Retry

from ocrqueue import logs
from ocrqueue.broker.key_kinds import TypedRedis
from ocrqueue.model.errors.operator import ServerRefuses, ServerUnreachable
from ocrqueue.settings.describe import redacted

Client = Redis
ServerGone = RedisError
Unreachable = (RedisError, OSError)  # what a call to a server that is away raises
OLDEST = (6, 2, 0)  # LMOVE
NEEDED = "6.2 or newer is needed"
WORKER_TRIES = 120  # with the cap below about four minutes, then the supervisor starts anew
COMMAND_TRIES = 3
NEARLY = 0.99  # a server at its limit is now just above it, now just below
TELL_FULL_S = 30.0
FULL = ("-OOM ", "MISCONF ")  # -OOM: what a script of Redis 6.2 met
KEEPS_ALL = "noeviction"
PROBE = "ocrq:probe"  # is there for as long as a script runs
_TRIAL = "redis.call('SET', KEYS[1], 1) redis.call('GET', KEYS[1]) redis.call('DEL', KEYS[1])"
LOOK_S = 1.5  # how long who only looks waits for an answer
STOPPING_S = 5.0  # how long a process that is to end waits for a server that is away


def connect_worker(url: str) -> Client:
    """Return a client that waits out a server that is away for a while, or takes nothing more.

    Once `stop_waiting` was called it gives up within seconds.
    """
    return _client(url, _Patient(_UntilStopped(base=0.1, cap=2), WORKER_TRIES))


def stop_waiting() -> None:
    """Say that this process ends: a server that is away is not waited for any longer."""
    _UntilStopped.stopped_at = _UntilStopped.stopped_at or time.monotonic()


class _UntilStopped(ExponentialWithJitterBackoff):
    """Backs off as usual; after a stop it raises instead, when some seconds have passed."""

    stopped_at: float | None = None

    def compute(self, failures: int) -> float:
        """Return how many seconds to wait after so many failures.

        Raises:
            RedisConnectionError: the process is to end, and the server is still away.
        """
        since = self.stopped_at
        if since is not None and time.monotonic() - since > STOPPING_S:
            raise RedisConnectionError("the server is away and this process is to end")
        return super().compute(failures)


class _Patient(Retry):
    """Retries as usual; a server that is full is waited for until it is no longer.

    To give up then would only kill the worker, and with it a page that is read already.
    """

    def call_with_retry(self, do: Any, fail: Any, *args: Any, **options: Any) -> Any:
        """Return what `do` returns; see the base class."""
        backoff = _UntilStopped(base=0.1, cap=2)
        counts = options.get("with_failure_count", False)

        def until_there_is_room() -> Any:
            failures, told = 0, -math.inf
            while True:
                try:
                    return do()
                except ResponseError as error:
                    if not is_full(error):
                        raise
                    if time.monotonic() - told > TELL_FULL_S:
                        told = time.monotonic()
                        logs.emit(logs.Event.SERVER_FULL, error=str(error))
                    failures += 1
                    time.sleep(backoff.compute(failures))
                    # Who watches a key has lost it, and is told so here.
                    fail(error, failures) if counts else fail(error)

        return super().call_with_retry(until_there_is_room, fail, *args, **options)


def is_full(error: BaseException) -> bool:
    """Return whether the server refused to write: no memory left, or its log cannot be written."""
    said = isinstance(error, ResponseError) and any(sign in str(error) for sign in FULL)
    return said or isinstance(error, OutOfMemoryError)


def trouble(client: Client) -> str:
    """Return why the server takes nothing more, in words; "" if it does."""
    told: dict[str, Any] = {**client.info("memory"), **client.info("persistence")}
    if told.get("aof_last_write_status", "ok") != "ok":
        return "the queue server cannot write its log: is its disk full?"
    if 0 < int(told.get("maxmemory", 0)) * NEARLY <= int(told["used_memory"]):
        return "the queue server's memory is full"
    return ""


def connect_watcher(url: str) -> Client:
    """Return a client that fails at once: for who only looks and will look again."""
    return TypedRedis.from_url(
        url,
        retry=Retry(ExponentialWithJitterBackoff(), 0),
        socket_connect_timeout=LOOK_S,
        socket_timeout=LOOK_S,
    )


def connect(url: str) -> Client:
    """Return a client for a command, after one look at whether it may work there.

    Raises:
        ServerUnreachable: nobody answers.
        ServerRefuses: somebody does, and nothing can be done there; it says why.
    """
    retry = Retry(ExponentialWithJitterBackoff(base=0.05, cap=0.5), COMMAND_TRIES)
    try:
        client = _client(url, retry)
        why = _why_useless(client)
    except ValueError as error:
        message = f"{masked(url)} is no address: write @, : and / in a password as %40, %3A and %2F"
        raise ServerRefuses(message) from error
    except TypeError as error:  # a word that redis-py would have as an argument
        message = f"{masked(url)} has something behind its ? that means nothing there"
        raise ServerRefuses(message) from error
    except (RedisError, OSError) as error:
        if why := refusal(error):
            raise ServerRefuses(f"the server at {masked(url)} {why}") from error
        raise ServerUnreachable(f"no server answers at {masked(url)}") from error
    if why:
        raise ServerRefuses(f"the server at {masked(url)} {why}")
    return client


def _why_useless(client: Client) -> str:
    """Return why a server that answers is none to work with; "" if it is.

    It writes, reads and runs a script, as everything here does.
    """
    told: dict[str, Any] = {**client.info("server"), **client.info("memory")}
    version = str(told["redis_version"])
    if tuple(int(part) for part in version.split(".")[:3]) < OLDEST:
        return f"is version {version}; {NEEDED}"
    policy = str(told.get("maxmemory_policy", KEEPS_ALL))
    if int(told.get("maxmemory", 0)) and policy != KEEPS_ALL:
        return f"throws data away when its memory is full: set maxmemory-policy to {KEEPS_ALL}"
    try:
        client.eval(_TRIAL, 1, PROBE)
    except ResponseError as error:
        if not is_full(error):  # that passes, and is told where it is met
            raise
    return ""


def refusal(error: Exception) -> str:
    """Return in words why a server that answers refuses us, or we it; "" where nobody answers."""
    said = str(error)
    if isinstance(error, AuthenticationError) or said.startswith(("NOAUTH", "WRONGPASS")):
        return "wants a password, or another user or password than `redis.url` has"
    if isinstance(error, NoPermissionError) or said.startswith("NOPERM"):
        return f"does not let this user do what is needed: {said}"
    if "`HELLO`" in said:  # every connection begins with it
        return f"is older than version 6; {NEEDED}"
    if isinstance(error, ReadOnlyError):
        return "is a replica that nobody may write to"
    if isinstance(error, (AuthenticationWrongNumberOfArgsError, ResponseError)):
        return f"refuses us: {said}"
    return _distrust(error)


def _distrust(error: BaseException) -> str:
    """Return in words why TLS failed: redis-py tells that as nobody who answers."""
    known = error.__cause__ or error.__context__
    if isinstance(known, ssl.SSLCertVerificationError):
        return (
            f"is not trusted ({known.verify_message}): name the file of its CA in `redis.url`, "
            "as ?ssl_ca_certs=/path/ca.pem, and call the server as its certificate does"
        )
    is_missing = isinstance(known, FileNotFoundError) and "connecting to /" not in str(error)
    if is_missing or "NO_CERTIFICATE" in str(known):
        return "cannot be checked: what `ssl_ca_certs` names is no file with a certificate"
    if isinstance(known, ssl.SSLError) or "handshake" in str(known):
        return f"speaks no TLS, or another one than we do ({known})"
    return ""


def _client(url: str, retry: Retry) -> Client:
    # Paths need not be UTF-8: what Python makes of their bytes goes to the server and back.
    return TypedRedis.from_url(
        url, retry=retry, socket_connect_timeout=5, encoding_errors="surrogateescape"
    )


def answers(url: str) -> bool:
    """Return whether somebody answers at once, be it that he refuses us: `connect` says why."""
    try:
        return bool(_impatient(url).ping())
    except (RedisError, OSError, ValueError, TypeError) as error:
        is_none = isinstance(error, (ValueError, TypeError))
        return is_none or is_full(error) or bool(refusal(error))


def first_answering(urls: Sequence[str]) -> str | None:
    """Return the first address where a server answers at once."""
    return next((url for url in urls if answers(url)), None)


def shut_down(url: str) -> None:
    """End the server in order; nothing happens if it is gone already."""
    with contextlib.suppress(RedisError, OSError):
        _impatient(url).shutdown()


def _impatient(url: str) -> Client:
    return Redis.from_url(url, retry=Retry(ExponentialWithJitterBackoff(), 0))


def masked(url: str) -> str:
    """Return the address without its password, whatever signs that has."""
    return str(redacted("redis.url", url))


def text(value: bytes | str | None) -> str:
    """Return what the server answered as text."""
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else value or ""


def raw(value: bytes | str | None) -> bytes:
    """Return what the server answered as bytes."""
    return value.encode("utf-8", "surrogateescape") if isinstance(value, str) else value or b""
