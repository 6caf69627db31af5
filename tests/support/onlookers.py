"""Who looks at the dashboard: its owner, who has the token, and all the paths there are to try."""

import re

from flask import Flask
from flask.testing import FlaskClient

from ocrqueue.settings.schema_remote import RemoteSettings
from ocrqueue.web import dashboard
from ocrqueue.web.admission import Admission

ADMISSION = Admission(port=9181)
PART = re.compile(r"<(?:\w+:)?(\w+)>")
VALUES = {
    "filename": "favicon.ico",
    "instance_number": "0",
    "job_id": "any",
    "order": "asc",
    "page": "1",
    "per_page": "8",
    "queue_name": "scripted",
    "registry_name": "failed",
}


def make_app(url: str, admission: Admission = ADMISSION) -> Flask:
    """Return the dashboard of a server."""
    return dashboard.create_app(url, host="127.0.0.1", admission=admission, remote=RemoteSettings())


def owner_of(app: Flask, admission: Admission = ADMISSION) -> FlaskClient:
    """Return a browser that has opened the printed address."""
    browser = app.test_client()
    browser.get("/", query_string={"token": admission.token})
    return browser


def paths_of(app: Flask) -> list[str]:
    """Return a path for every route of the app, whatever it does."""
    rules = [rule.rule for rule in app.url_map.iter_rules()]
    return [PART.sub(lambda found: VALUES[found[1]], rule) for rule in rules]
