"""Which requests the dashboard answers."""

import pytest
from werkzeug.datastructures import Headers

from ocrqueue.web.csrf import refusal

OWN = "127.0.0.1:9181"


def status(  # what is answered; 0 stands for the page itself
    method: str, *, changes: bool = True, host: str = OWN, origin: str = "", site: str = ""
) -> int:
    said = {"Host": host, "Origin": origin, "Sec-Fetch-Site": site}
    headers = Headers([(name, value) for name, value in said.items() if value])
    refused = refusal(method, headers, "reader.lan", changes=changes)
    return int(refused[1]) if refused else 0


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST:9181", "127.0.0.1:9181", "[::1]:9181", "192.168.1.5", "Reader.lan"],
)
def test_names_that_nobody_else_can_point_at_us_are_ours(host: str) -> None:
    """Addresses, localhost and the configured name are answered."""
    assert status("GET", changes=False, host=host) == 0


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "", "[", "a@b:1"]
)
def test_any_other_name_is_refused(host: str) -> None:
    """A name that somebody pointed at this machine (DNS rebinding) gets nothing, read or write."""
    assert status("GET", changes=False, host=host) == 403
    assert status("POST", host=host) == 403


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_looking_changes_nothing(method: str) -> None:
    """An address that changes the queue takes no GET: a link or an image could ask for it."""
    assert status(method, changes=True) == 405
    assert status(method, changes=False) == 0


@pytest.mark.parametrize("site", ["cross-site", "same-site", "anything"])
def test_another_site_may_not_change_the_queue(site: str) -> None:
    """What the browser calls another site is refused, also another port of this machine."""
    assert status("POST", site=site) == 403
    assert status("POST", site=site, origin=f"http://{OWN}") == 403


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "http://127.0.0.1:3000", "http://127.0.0.1", "null"]
)
def test_another_origin_may_not_change_the_queue(origin: str) -> None:
    """A browser that tells only its origin is refused unless that is the dashboard itself."""
    assert status("POST", origin=origin) == 403


def test_the_dashboard_itself_and_programs_may_change_the_queue() -> None:
    """Its own buttons are obeyed, and what is no browser."""
    assert status("POST", site="same-origin", origin=f"http://{OWN}") == 0
    assert status("POST", origin=f"http://{OWN}") == 0
    assert status("POST", origin=f"https://{OWN}") == 0
    assert status("POST") == 0
