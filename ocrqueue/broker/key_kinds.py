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
    """Commands that are sent together; some once more after a key of another kind was removed."""

    def execute(self, raise_on_error: bool = True) -> list[Any]:  # noqa: FBT001, FBT002 - its signature
        """Return the answers; see the base class.

        What was done already is not done again: only what met a key that was then removed.
        """
        stack = list(self.command_stack)
        answers = super().execute(raise_on_error)
        wrong = [answer for answer in answers if _is_wrong(answer)]
        if not wrong or not raise_on_error:
            return answers
        names = chain.from_iterable(arguments for arguments, _ in stack)
        removed = _mend(self.connection_pool, wrong[0], names)
        lost = [
            place
            for place, (arguments, _) in enumerate(stack)
            if _is_wrong(answers[place]) or _name(*arguments[1:2]) in removed
        ]
        self.command_stack = [stack[place] for place in lost]
        for place, answer in zip(lost, super().execute(raise_on_error), strict=True):
            answers[place] = answer
        super().raise_first_error(stack, answers)  # type: ignore[no-untyped-call]
        return answers

    def raise_first_error(self, commands: Any, response: Any) -> None:
        """Raise the first error that tells of something else; see the base class."""
        others = [None if _is_wrong(answer) else answer for answer in response]
        super().raise_first_error(commands, others)  # type: ignore[no-untyped-call]

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
    name = _name(key)
    if len(name) > _LONGEST:
        return None
    return next((kind for pattern, kind in _KINDS if pattern.fullmatch(name)), None)


def _asked(ask: Callable[..., Any], pool: Any, args: Any, options: Any) -> Any:
    try:
        return ask(*args, **options)
    except ResponseError as error:
        if not _is_wrong(error):
            raise
        _mend(pool, error, args)
    return ask(*args, **options)


def _is_wrong(answer: Any) -> bool:
    """Return whether an answer tells of a key of another kind."""
    return isinstance(answer, ResponseError) and _WRONG in str(answer)


def _mend(pool: Any, error: ResponseError, names: Iterable[Any]) -> set[str]:
    """Remove the keys of another kind that an error tells of; return their names.

    Raises:
        ResponseError: none was found.
    """
    client: Any = Redis(connection_pool=pool)
    named: list[Any] = [name for name in names if isinstance(name, str | bytes)]
    # All are looked at, as a script makes names of its own.
    removed = {name for some in (named, *_all(client)) for name in _remove_odd(client, some)}
    if not removed:
        raise error
    return removed


def _remove_odd(client: Any, names: Iterable[bytes | str]) -> list[str]:
    wanted = {name: kind for name in names if (kind := kind_of(name))}
    with client.pipeline(transaction=False) as pipe:
        for name in wanted:
            pipe.type(name)
        found = dict(zip(wanted, pipe.execute(), strict=True))
    odd = [name for name, kind in found.items() if kind not in (b"none", wanted[name])]
    for name in odd:
        client.unlink(name)
        logs.emit(logs.Event.KEY_REMOVED, key=repr(name)[:200], kind=found[name].decode())
    return [_name(name) for name in odd]


def _name(key: Any = "") -> str:
    return key.decode("utf-8", "replace") if isinstance(key, bytes) else str(key)


def _all(client: Any) -> Iterable[list[Any]]:
    cursor = None
    while cursor != 0:
        cursor, names = client.scan(cursor or 0, "*rq:*", _SOME)
        yield names
