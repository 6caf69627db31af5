"""Finding the queue server a command talks to."""

import time

from ocrqueue.broker import connection, embedded
from ocrqueue.broker.connection import Client
from ocrqueue.errors import ServerUnreachable
from ocrqueue.settings import Settings

LOOK_S = 0.1


def find(chosen: Settings) -> Client:
    """Return a client of the server that answers.

    The one that was named, else the workspace's own, else the user's standing one.

    Raises:
        ServerUnreachable: none answers within `queue.connect_timeout_s`.
    """
    return connection.connect(find_url(chosen))


def watcher(chosen: Settings) -> Client:
    """Return a client for looking at the same server; it fails at once when that is away.

    Raises:
        ServerUnreachable: none answers within `queue.connect_timeout_s`.
    """
    return connection.connect_watcher(find_url(chosen))


def find_url(chosen: Settings) -> str:
    """Return the address of the server that answers.

    Raises:
        ServerUnreachable: none answers within `queue.connect_timeout_s`.
    """
    urls = embedded.addresses(chosen)
    end = time.monotonic() + chosen.queue.connect_timeout_s
    while (url := connection.first_answering(urls)) is None:
        if time.monotonic() > end:
            places = " or ".join(connection.masked(url) for url in urls)
            message = f"no queue server answers at {places}"
            raise ServerUnreachable(message)
        time.sleep(LOOK_S)
    return url


def find_at_once(chosen: Settings) -> Client | None:
    """Return a client of a server that answers at once, if there is one."""
    url = connection.first_answering(embedded.addresses(chosen))
    return connection.connect(url) if url else None
