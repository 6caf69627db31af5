"""The way to buckets: who asks whom, and what their answers mean. Alone knows obstore."""

import errno
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, TypeVar

from ocrqueue.model.errors.operator import NotReady, Overtaken, StorageAway
from ocrqueue.model.place import BucketPath
from ocrqueue.settings.schema_storage import StorageSettings

if TYPE_CHECKING:
    from obstore.store import S3Store

ANSWER_S = 60  # a request that takes longer is begun anew
CONNECT_S = 5
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 3.0  # before it is asked again
LONGEST_KEY = 1024  # bytes: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
_ODD = re.compile(r"[\x00-\x1f\x7f\\\ud800-\udfff]")  # what keys had better not hold
_CODE = re.compile(r"<Code>(\w{1,60})</Code>")
_STATUS = re.compile(r"status code: (\d{3} [A-Za-z ]{1,40})")
_BROKEN_OFF = (
    *("error sending request", "connection closed", "request or response body error"),
    "<Code>NoSuchUpload</Code>",  # some say so where nobody was told of the end
)
_NO_OBJECT = frozenset({"NoSuchBucket", "NoSuchUpload"})  # a 404, but of something else
_CAUSES = {  # what else may stand in a message, and what it is
    "error sending request": "it does not answer",
    "operation timed out": "it does not answer in time",
    "BadScheme": "it may not be asked without TLS (AWS_ALLOW_HTTP, storage.allow_http)",
}

_Told = TypeVar("_Told")


@dataclass(slots=True)
class _Way:
    """Of this process."""

    settings: StorageSettings = field(default_factory=StorageSettings)
    named: set[str] = field(default_factory=set)  # buckets, by settings and commands


_way = _Way()


def settle(settings: StorageSettings) -> None:
    """Tell this process how buckets are reached."""
    if settings != _way.settings:
        _way.settings = settings
        store.cache_clear()


def name(*places: PurePath | None) -> None:
    """Tell this process where settings and commands want workspace and outputs."""
    _way.named.update(place.bucket for place in places if isinstance(place, BucketPath))


def is_named(place: PurePath) -> bool:
    """Return whether a place is on this machine, or in a bucket of which this process was told.

    What a workspace says is not enough: whoever prepared it chooses no address that we speak to.
    """
    return not isinstance(place, BucketPath) or place.bucket in _way.named


def cache_bytes() -> int:
    """Return how much of inputs in buckets is kept on this machine."""
    return _way.settings.cache_mb << 20


@cache
def store(bucket: str) -> "S3Store":
    """Return what asks a bucket. What the settings leave out it takes from the AWS_ variables.

    Raises:
        NotReady: the extra is not installed.
    """
    try:
        from obstore.store import S3Store  # noqa: PLC0415 - an extra, and few need it
    except ImportError as error:
        raise NotReady(
            "s3:// needs an extra: pip install '.[s3]' in a checkout of ocrqueue"
        ) from error
    told = _way.settings
    named = {
        "endpoint": told.endpoint,
        "region": told.region,
        "access_key_id": told.access_key_id,
        "secret_access_key": told.secret_access_key,
        "session_token": told.session_token,
    }
    # Not as `client_options`, which would put AWS_ALLOW_HTTP out of force.
    config: Any = {"timeout": f"{ANSWER_S}s", "connect_timeout": f"{CONNECT_S}s"}
    config |= {name: value for name, value in named.items() if value}
    config |= {"allow_http": "true"} if told.allow_http else {}
    patience = timedelta(seconds=told.patience_s)
    return S3Store(
        bucket,
        config=config,
        retry_config={"retry_timeout": patience, "max_retries": 100},
    )


def key_of(place: PurePath) -> str:
    """Return the key of an object: as its name, what no key should hold as %XX.

    Raises:
        OSError: no object can have this name.
    """
    if not isinstance(place, BucketPath) or not place.key or ".." in place.parts:
        raise OSError(errno.EINVAL, "no place of an object", str(place))
    key = _ODD.sub(_as_bytes, place.key)
    if len(key.encode()) > LONGEST_KEY:
        raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG), str(place))
    return key


def ask(place: PurePath, act: Callable[[], _Told]) -> _Told:
    """Return what an act brings that may be done twice; again, where a connection broke off.

    obstore asks again by itself where a service says that it stumbled, or cannot be reached, but
    not where a request may have arrived.

    Raises:
        FileNotFoundError: there is no such object.
        FileExistsError: there is one, which was not to be.
        Overtaken: there is another one than was seen.
        StorageAway: all else.
    """
    from obstore import exceptions  # noqa: PLC0415 - as above

    until, pause_s = time.monotonic() + _way.settings.patience_s, FIRST_PAUSE_S
    while True:
        try:
            return act()
        except (exceptions.BaseError, FileNotFoundError) as error:
            is_broken_off = any(said in str(error) for said in _BROKEN_OFF)
            if not is_broken_off or time.monotonic() > until:
                raise _translated(error, place) from None
        time.sleep(pause_s)
        pause_s = min(2 * pause_s, LONGEST_PAUSE_S)


def head(place: BucketPath) -> Any:
    """Return what is known of an object: its `size`, `last_modified` and `e_tag`; as `ask`.

    Raises:
        OSError: there is none, or no object can have this name.
        StorageAway: that cannot be told.
    """
    import obstore  # noqa: PLC0415 - an extra

    bucket, key = store(place.bucket), key_of(place)
    return ask(place, lambda: obstore.head(bucket, key))


@contextmanager
def asking(place: PurePath) -> Iterator[None]:
    """Translate what is raised while something is asked bit by bit, as `ask`."""
    from obstore import exceptions  # noqa: PLC0415 - as above

    try:
        yield
    except (exceptions.BaseError, FileNotFoundError) as error:
        raise _translated(error, place) from None


def _translated(error: Exception, place: PurePath) -> Exception:
    from obstore import exceptions  # noqa: PLC0415 - as above

    text = str(error)
    code = _CODE.search(text)
    if isinstance(error, FileNotFoundError) and not (code and code[1] in _NO_OBJECT):
        return FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(place))
    if isinstance(error, exceptions.AlreadyExistsError):
        return FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(place))
    if isinstance(error, exceptions.PreconditionError):
        return Overtaken(f"{place} was written by somebody else meanwhile")
    # What it says holds addresses, keys and, of some services, who asked: it is not repeated.
    return StorageAway(f"{place} cannot be reached: {_why(text, code)}")


def _why(text: str, code: "re.Match[str] | None") -> str:
    status = _STATUS.search(text)
    if code or status:
        return " ".join(found[1] for found in (status, code) if found)
    return next((told for said, told in _CAUSES.items() if said in text), "it fails")


def _as_bytes(odd: "re.Match[str]") -> str:
    return "".join(f"%{byte:02X}" for byte in odd[0].encode(errors="surrogateescape"))
