"""Which backends a command starts workers for: those that may read, and can."""

from ocrqueue import routing
from ocrqueue.backends import factory
from ocrqueue.enqueue import Order
from ocrqueue.errors import NotReady, UsageError
from ocrqueue.settings import Candidate, Settings


def backends(chosen: Settings) -> list[str]:
    """Return the backends of all routes that get workers here: remote ones if pages may leave.

    Raises:
        NotReady: pages may leave for a backend that is not ready; nothing would read them.
    """
    return [name for name in named(chosen) if _may_start(chosen.candidate(name), chosen)]


def named(chosen: Settings) -> list[str]:
    """Return the backends of all routes, each once."""
    routes = [chosen.reading.route, *(rule.route for rule in chosen.rules)]
    return list(dict.fromkeys(name for route in routes for name in route))


def may_anything_leave(chosen: Settings) -> bool:
    """Return whether there is an input whose pages may leave this machine."""
    if chosen.is_flag("remote.allowed"):
        return chosen.remote.allowed
    return chosen.remote.allowed or any(rule.allow_remote for rule in chosen.rules)


def require_folders_of_rules(chosen: Settings) -> None:
    """Refuse to let anything leave while a rule forbids a folder that is not there: a slip?

    Raises:
        UsageError: it names the rule.
    """
    if not may_anything_leave(chosen):
        return
    for number, rule in enumerate(chosen.rules, start=1):
        if rule.allow_remote is False and rule.folder and not rule.folder.is_dir():
            message = f"rule number {number} keeps {rule.folder} here, but there is no such folder"
            raise UsageError(message)


def require_reader(order: Order, chosen: Settings) -> None:
    """Refuse a route of remote backends only while nothing may leave: nobody would read.

    Raises:
        UsageError: it says how to allow it.
    """
    first = routing.first_step(order.reading.route, may_leave=order.allow_remote)
    if isinstance(first, routing.GiveUp) and not chosen.rules:
        names = ", ".join(step.backend for step in order.reading.route)
        message = f"pages would leave this machine for {names}: say --allow-remote if they may"
        raise UsageError(message)


def _may_start(candidate: Candidate, chosen: Settings) -> bool:
    if not candidate.is_remote:
        return True
    if not may_anything_leave(chosen):
        return False
    if problems := factory.check(candidate):
        message = f"pages may go to {candidate.name}, but it is not ready: {'; '.join(problems)}"
        raise NotReady(message)
    return True
