"""Only who has the printed address sees anything of the dashboard, whichever page is asked for."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from ocrqueue.web.admission import Admission
from tests.support.onlookers import ADMISSION, make_app, paths_of
from tests.support.servers import Server


@pytest.mark.parametrize("asking", ["", f"?token={'x' * 43}", "?token="])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS", "PUT"])
def test_a_stranger_is_refused_everywhere(app: Flask, method: str, asking: str) -> None:
    """Without the token or the cookie no address answers, be it a page, a file, or none at all."""
    stranger = app.test_client()
    stranger.set_cookie(ADMISSION.cookie, ADMISSION.token)  # the token is not the cookie's value
    paths = [*paths_of(app), "/nothing/of/the/kind", "//evil.example/"]

    answers = {path: stranger.open(path + asking, method=method) for path in paths}

    assert len(paths) > 18
    assert {path: answer.status_code for path, answer in answers.items()} == dict.fromkeys(
        paths, 403
    )
    assert len({answer.text for answer in answers.values()}) == 1


def test_the_token_is_traded_for_a_cookie(app: Flask) -> None:
    """The printed address sets a cookie and leads to the same page under an address without it."""
    browser = app.test_client()

    answer = browser.get(f"/0/view/jobs?a=1&token={ADMISSION.token}&a=%262")
    (cookie,) = answer.headers.getlist("Set-Cookie")

    assert (answer.status_code, answer.headers["Location"]) == (303, "/0/view/jobs?a=1&a=%262")
    assert cookie == f"ocrqueue-9181={ADMISSION.mark}; HttpOnly; Path=/; SameSite=Strict"
    assert answer.headers["Cache-Control"] == "no-store"
    assert browser.get(answer.headers["Location"]).status_code == 200
    assert browser.get(f"/0/view/jobs?token={ADMISSION.token}").status_code == 303


def test_the_cookie_is_of_this_process_alone(server: Server) -> None:
    """Neither token nor cookie of an earlier start is worth anything."""
    before, now = Admission(port=9181), Admission(port=9181)
    browser = make_app(server.url, now).test_client()
    browser.set_cookie(before.cookie, before.mark)

    codes = [browser.get(path).status_code for path in ("/", f"/?token={before.token}")]

    assert codes == [403, 403]


def test_a_page_gives_nothing_away(browser: FlaskClient) -> None:
    """Pages and files hold no token, send no referrer, and are no part of pages of other ports."""
    for path in ("/", "/0/data/queues.json", "/static/favicon.ico"):
        answer = browser.get(path, buffered=True)
        assert answer.status_code == 200
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert ADMISSION.token.encode() not in answer.data + str(answer.headers).encode()
        assert ADMISSION.mark.encode() not in answer.data + str(answer.headers).encode()


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("0.0.0.0", "127.0.0.1"),  # noqa: S104 - nothing is bound
        ("::", "[::1]"),
        ("::1", "[::1]"),
        ("reader.lan", "reader.lan"),
    ],
)
def test_the_address_can_be_opened(host: str, shown: str) -> None:
    """What is printed leads to this machine also where all its addresses are listened on."""
    assert ADMISSION.address(host) == f"http://{shown}:9181/?token={ADMISSION.token}"


def test_secrets_are_long_and_not_shown() -> None:
    """Both are of 256 random bits, and neither is in what a log or a traceback would print."""
    one, other = Admission(port=1), Admission(port=1)

    secrets = {one.token, one.mark, other.token, other.mark}

    assert len(secrets) == 4
    assert {len(secret) for secret in secrets} == {43}
    assert repr(one) == "Admission(port=1)"
