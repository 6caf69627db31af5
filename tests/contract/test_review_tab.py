"""The review as a tab of the dashboard: one process, one token, and each its own policy."""

from pathlib import Path

import pytest
from flask import Flask

from ocrqueue.web import dashboard
from tests.support.desk import make_desk
from tests.support.onlookers import ADMISSION, owner_of
from tests.support.reviewing import Reviewer, make_reviewer
from tests.support.servers import Server


@pytest.fixture
def reviewer(tmp_path: Path) -> Reviewer:
    desk = make_desk(tmp_path)
    desk.put("a.pdf", "1\n2\n")
    desk.convert()
    return make_reviewer(desk)


@pytest.fixture
def app(reviewer: Reviewer, server: Server) -> Flask:
    return dashboard.create_app(
        server.url, host="127.0.0.1", admission=ADMISSION, desk=reviewer.reviewed
    )


def test_each_leads_to_the_other(app: Flask, reviewer: Reviewer) -> None:
    """The queue has a tab for the review, the review one for the queue; alone it has none."""
    browser = owner_of(app)

    queue, pages = browser.get("/"), browser.get("/review/")

    assert '<a class="nav-link" href="/review/">Review</a>' in queue.text
    assert '<a href="/">Queue</a>' in pages.text
    assert '<a href="/">Queue</a>' not in reviewer.text("/review/")
    assert "unsafe" not in pages.headers["Content-Security-Policy"]
    assert "'unsafe-eval'" in queue.headers["Content-Security-Policy"]  # rq-dashboard's own


def test_the_tab_is_guarded_as_the_dashboard_is(app: Flask, reviewer: Reviewer) -> None:
    """A stranger sees no page; nothing changes by GET, nor by a POST from elsewhere."""
    address = reviewer.address("a.pdf", 1)
    abroad = {"Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"}

    assert app.test_client().get(address).status_code == 403
    assert owner_of(app).get(address).status_code == 200
    assert owner_of(app).get(f"{address}/accept").status_code == 405
    assert owner_of(app).post(f"{address}/accept", headers=abroad).status_code == 403
