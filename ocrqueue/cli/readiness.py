"""Which backends a command starts workers for: those that may read, and can."""

import os
import time
from collections.abc import Callable
from pathlib import Path

from ocrqueue.backends import factory
from ocrqueue.broker import connection, embedded_server, places
from ocrqueue.broker.connection import Client
from ocrqueue.broker.embedded_server import Embedded
from ocrqueue.cli.echo import say
from ocrqueue.model import routing
from ocrqueue.model.document import Task
from ocrqueue.model.errors.operator import (
    NotReady,
    ServerUnreachable,
    UsageError,
    WorkspaceUnusable,
)
from ocrqueue.model.gate import MICRO
from ocrqueue.pipeline.order import Order
from ocrqueue.settings.engines import Candidate, MlxSettings
from ocrqueue.settings.schema import Settings
from ocrqueue.workspace.store import Store


def backends(settings: Settings) -> list[str]:
    """Return the backends of all routes that get workers here: remote ones if pages may leave.

    Raises:
        NotReady: pages may leave for a backend that is not ready, or are to be read by a model that
            may not be loaded here; nothing would read them.
        BackendUnavailable: a route names a backend that there is not.
    """
    return [name for name in named(settings) if _may_start(settings.candidate(name), settings)]


def named(settings: Settings) -> list[str]:
    """Return the backends of all routes, each once."""
    routes = [settings.reading.route, *(rule.route for rule in settings.rules)]
    return list(dict.fromkeys(name for route in routes for name in route))


def wants_checks(settings: Settings) -> bool:
    """Return whether pages that a model reads here are to be held against a second reading."""
    is_wanted = settings.reading.witness != "off" and settings.reading.task is Task.PAGE
    return is_wanted and any(settings.candidate(name).asks_model for name in backends(settings))


def may_anything_leave(settings: Settings) -> bool:
    """Return whether there is an input whose pages may leave this machine."""
    if settings.is_flag("remote.allowed"):
        return settings.remote.allowed
    return settings.remote.allowed or any(rule.allow_remote for rule in settings.rules)


def require_folders_of_rules(settings: Settings) -> None:
    """Refuse to let anything leave while a rule forbids a folder that is not there: a slip?

    Raises:
        UsageError: it names the rule.
    """
    if not may_anything_leave(settings):
        return
    for number, rule in enumerate(settings.rules, start=1):
        if (
            rule.allow_remote is False
            and isinstance(rule.folder, Path)
            and not rule.folder.is_dir()
        ):
            message = f"rule number {number} keeps {rule.folder} here, but there is no such folder"
            raise UsageError(message)


def require_reader(order: Order, settings: Settings) -> None:
    """Refuse a route of remote backends only while nothing may leave: nobody would read.

    Raises:
        UsageError: it says how to allow it.
    """
    first = routing.first_step(order.reading.route, may_leave=order.allow_remote)
    if first is None and not settings.rules:
        names = ", ".join(step.backend for step in order.reading.route)
        message = f"pages would leave this machine for {names}: say --allow-remote if they may"
        raise UsageError(message)


def require_money(settings: Settings) -> None:
    """Say it where a budget does not pay for one page: before anything waits for it.

    Raises:
        UsageError: nobody but such a backend would read.
    """
    money, names = settings.remote, named(settings)
    poor = []
    for candidate in map(settings.candidate, names if may_anything_leave(settings) else ()):
        if not candidate.is_remote or factory.check(candidate):
            continue  # what it lacks besides is told by who starts its workers
        reserve_usd = factory.reserves(candidate) / MICRO
        if reserve_usd > money.least_usd:
            poor.append(candidate.name)
            why = f"a page for {candidate.name} reserves {reserve_usd:.4f} USD, the budget is "
            say(f"{why}{money.least_usd:.4f}: none is sent", err=True)
    if poor and poor == names:
        message = (
            "the budget pays for no page, and no other backend is in the route: give more with "
            "`--budget`, or with `remote.budget_day_usd` and `remote.budget_month_usd`"
        )
        raise UsageError(message)


def _may_start(candidate: Candidate, settings: Settings) -> bool:
    factory.require(candidate.name)
    if isinstance(candidate, MlxSettings) and not settings.redis.url:
        require_model(candidate)  # at a server for all, another machine may have it
    if not candidate.is_remote:
        return True
    if not may_anything_leave(settings):
        return False
    if problems := factory.check(candidate):
        message = f"pages may go to {candidate.name}, but it is not ready: {'; '.join(problems)}"
        raise NotReady(message)
    return True


def require_model(candidate: Candidate) -> None:
    """Refuse to wait for a model that is not here, or may not be loaded.

    Raises:
        NotReady: it says what is missing, and the command that brings it.
    """
    if problems := factory.check(candidate):
        raise NotReady(f"{candidate.name} is not ready: {'; '.join(problems)}")


LOOK_S = 0.1
BEFORE = "server"  # in a workspace: where older versions had the server's data


def find(settings: Settings, connect: Callable[[str], Client] = connection.connect) -> Client:
    """Return a client of the server that answers, as `connect` makes it from an address.

    The server that was named, else the workspace's own, else the user's standing one.

    Raises:
        ServerUnreachable: none answers within `queue.connect_timeout_s`.
    """
    urls = embedded_server.addresses(settings)
    end = time.monotonic() + settings.queue.connect_timeout_s
    while (url := connection.first_answering(urls)) is None:
        if time.monotonic() > end:
            message = f"no queue server answers at {' or '.join(map(connection.masked, urls))}"
            raise ServerUnreachable(message)
        time.sleep(LOOK_S)
    return connect(url)


def find_at_once(settings: Settings) -> Client | None:
    """Return a client of a server that answers at once, if there is one."""
    url = connection.first_answering(embedded_server.addresses(settings))
    return connection.connect(url) if url else None


def workspace(settings: Settings) -> Store | None:
    """Return the workspace, if there is one."""
    try:
        return Store.open(settings.workspace.folder)
    except WorkspaceUnusable:
        return None


def prepare(own: Embedded) -> None:
    """Make the folders of a server of ours: better refused here than by a server nobody sees.

    Raises:
        ServerFolderUnusable: one cannot be made, or is not ours alone.
    """
    before = own.workspace / BEFORE if own.workspace else None
    if before and os.path.lexists(before) and places.is_new(own.data):
        told = f"{before} is not used any more and may be deleted: the server is at {own.data}"
        say(told, err=True)
    embedded_server.make_folders(own)
