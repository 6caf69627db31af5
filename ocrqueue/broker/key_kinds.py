"""What kind each key in Redis is that we use; one of another kind is none of ours, and is removed.

Whoever writes a text where a hash belongs would stop all who look there, for good. What he wrote
cannot be read, and nothing of ours is lost with it: the truth is in the workspace.
"""

import re
from collections.abc import Callable, Iterable
from itertools import chain
from typing import Any

from redis import Redis
from redis.client import Pipeline
from redis.exceptions import ResponseError

from ocrqueue import logs
from ocrqueue.broker import keys
from ocrqueue.broker.keys import KeyForm

RQ_KINDS = {  # of the first pattern that a key matches
    "rq:(queues|workers)": "set",
    "rq:workers:*": "set",
    "rq:worker:*:executions": "set",
    "rq:(worker|job|execution):*": "hash",
    "rq:queue:*:intermediate:seen:*": "string",
    "rq:queue:*": "list",
    "rq:(wip|failed|finished|deferred|scheduled|canceled|executions):*": "zset",
    "rq:results:*": "stream",
    "rq:(suspended|clean_registries:*)": "string",
}
_OURS = {
    key.form.replace("{}", "*"): key.kind for key in vars(keys).values() if type(key) is KeyForm
}
_KINDS = [
    (re.compile(key.replace("*", ".*"), re.DOTALL), kind.encode())
    for key, kind in {**RQ_KINDS, **_OURS}.items()
]
_WRONG = "WRONGTYPE"
_SOME = 1000  # keys in one step of the server
_LONGEST = 500  # characters of a key; ours have fewer


class TypedPipeline(Pipeline):
    """Commands that are sent together, and once more after a key of another kind was removed."""

    def execute(self, raise_on_error: bool = True) -> list[Any]:  # noqa: FBT001, FBT002 - its signature
        """Return the answers; see the base class."""
        stack = list(self.command_stack)
        try:
            return super().execute(raise_on_error)
        except ResponseError as error:
            names = chain.from_iterable(arguments for arguments, _ in stack)
            _mend(self.connection_pool, error, names)
        self.command_stack = stack
        return super().execute(raise_on_error)

    def immediate_execute_command(self, *args: Any, **options: Any) -> Any:
        """Return the answer of one command while keys are watched; see the base class."""
        return _asked(super().immediate_execute_command, self.connection_pool, args, options)


class TypedRedis(Redis):
    """A client that no key of another kind stops."""

    def execute_command(self, *args: Any, **options: Any) -> Any:
        """Return the answer; see the base class."""
        return _asked(super().execute_command, self.connection_pool, args, options)

    def pipeline(self, transaction: Any = True, shard_hint: Any = None) -> Pipeline:  # noqa: FBT002 - its signature
        """Return a pipeline of the same kind."""
        return TypedPipeline(self.connection_pool, self.response_callbacks, transaction, shard_hint)


def kind_of(key: bytes | str) -> bytes | None:
    """Return of which kind a key has to be; None: it is none that we use."""
    name = key.decode("utf-8", "replace") if isinstance(key, bytes) else key
    if len(name) > _LONGEST:
        return None
    return next((kind for pattern, kind in _KINDS if pattern.fullmatch(name)), None)


def _asked(ask: Callable[..., Any], pool: Any, args: Any, options: Any) -> Any:
    try:
        return ask(*args, **options)
    except ResponseError as error:
        _mend(pool, error, args)
    return ask(*args, **options)


def _mend(pool: Any, error: ResponseError, names: Iterable[Any]) -> None:
    """Remove the keys of another kind that an error tells of.

    Raises:
        ResponseError: it tells of something else, or none was found.
    """
    if _WRONG not in str(error):
        raise error
    client: Any = Redis(connection_pool=pool)
    named: list[Any] = [name for name in names if isinstance(name, str | bytes)]
    # All are looked at, as a script makes names of its own.
    if not sum(_remove_odd(client, some) for some in (named, *_all(client))):
        raise error


def _remove_odd(client: Any, names: Iterable[bytes | str]) -> int:
    wanted = {name: kind for name in names if (kind := kind_of(name))}
    with client.pipeline(transaction=False) as pipe:
        for name in wanted:
            pipe.type(name)
        found = dict(zip(wanted, pipe.execute(), strict=True))
    odd = [name for name, kind in found.items() if kind not in (b"none", wanted[name])]
    for name in odd:
        client.unlink(name)
        logs.emit(logs.Event.KEY_REMOVED, key=repr(name)[:200], kind=found[name].decode())
    return len(odd)


def _all(client: Any) -> Iterable[list[Any]]:
    cursor = None
    while cursor != 0:
        cursor, names = client.scan(cursor or 0, "*rq:*", _SOME)
        yield names
