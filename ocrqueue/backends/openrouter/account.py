"""What a service says of our key, our credit and our models when it is asked without a page."""

import time
from collections.abc import Iterator, Mapping

from ocrqueue.backends.openrouter import model_pool
from ocrqueue.backends.openrouter.client import MODELS, Client
from ocrqueue.backends.openrouter.model_pool import Listed, ModelPool
from ocrqueue.backends.openrouter.service import Service
from ocrqueue.backends.openrouter.wire import table
from ocrqueue.text.terminal import printable

SHOWN = 5  # models that a server has, where it has not the one that is asked
LONGEST = 80  # letters of a name
_DENIED = (401, 403)
_SAYS_NOTHING = (200, 404, 405, 501)  # there is a list, or nobody made one


def objections(service: Service, client: Client, deadline: float) -> list[str]:
    """Return what speaks against sending a page, in words; none: nothing that can be told before.

    `deadline` is an instant of `time.monotonic()`.
    """
    status, wire = client.look(MODELS, deadline)
    if why := _refusal(service, status):
        return [why]
    listed = _lists(model_pool.read(wire), service)
    models = ModelPool(service, listed, time.monotonic)
    has = f" (it has {_shown(listed)})" if listed and not service.is_openrouter else ""
    found = [f"{why}{has}" for why in models.dropped.values()]
    return [*found, *_of_account(service, client, deadline)]


def denial(service: Service, client: Client, deadline: float) -> str:
    """Return that a server takes our key no more, in words; "" where nothing says so.

    OpenRouter's list of models is for all: it has a status of its own for a wrong key.
    """
    return "" if service.is_openrouter else _refusal(service, client.look(MODELS, deadline)[0])


def _refusal(service: Service, status: int) -> str:
    if not status:
        return f"{service.host} cannot be reached"
    if status in _DENIED:
        return _denied(service)
    if status not in _SAYS_NOTHING:  # LiteLLM has 400 for a wrong key, and 500 for none
        return f"{service.host} does not tell its models (status {status}): is the key right?"
    return ""


def _lists(listed: Mapping[str, Listed], service: Service) -> Mapping[str, Listed]:
    """Return the list as far as it is one: a model in a folder, or a pattern, is on none."""
    is_open = any(model.startswith(("/", ".", "~")) for model in service.models)
    is_pattern = any("*" in model for model in listed)
    return {} if not service.is_openrouter and (is_open or is_pattern) else listed


def _of_account(service: Service, client: Client, deadline: float) -> Iterator[str]:
    if not service.is_openrouter:
        return
    status, wire = client.look("/key", deadline)
    if status in _DENIED:
        yield _denied(service)
        return
    if _is_used_up(table(wire, "data").get("limit_remaining")):
        yield "the limit of the key is used up"
    _, wire = client.look("/credits", deadline)  # answers some keys only
    told = table(wire, "data")
    bought, used = told.get("total_credits"), told.get("total_usage")
    if isinstance(bought, int | float) and isinstance(used, int | float) and bought <= used:
        yield "the account has no credit"


def _is_used_up(rest: object) -> bool:
    return isinstance(rest, int | float) and not isinstance(rest, bool) and rest <= 0


def _denied(service: Service) -> str:
    if service.is_openrouter or service.settings.key_file:
        return f"{service.host} does not accept the key"
    return f"{service.host} asks for a key: name a `key_file`"


def _shown(listed: Mapping[str, Listed]) -> str:
    names = [printable(name[:LONGEST]) for name in list(listed)[:SHOWN]]
    return ", ".join([*names, *(["..."] if len(listed) > SHOWN else [])])
