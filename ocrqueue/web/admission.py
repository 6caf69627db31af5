"""Who is let in: whoever has the address with the token, and then the cookie it is traded for.

Every user of a machine reaches its port on 127.0.0.1, so the port alone keeps nobody out. As in
Jupyter the owner's terminal shows an address with a token that is made anew for each process. It
guards a whole Flask app, whatever its pages are about.
"""

import hmac
import secrets
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import quote, urlencode

from flask import Flask, Response, request

from ocrqueue.settings.secrets import Secret

PARAMETER = "token"
METRICS = "/metrics"
LOOKING = frozenset({"GET", "HEAD"})
REFUSED = """\
These pages are for whoever started them: other users of this machine reach this address too.

Copy into the address bar what `ocrqueue dashboard`, or `review`, has printed: the address that
ends in ?token=...
(With Docker Compose: docker compose logs dashboard). Each start makes a new one.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """The secrets of one process: the token in its address and the value of its cookie."""

    port: int  # browsers send the cookies of a host to all its ports: the name tells them apart
    token: str = field(default_factory=secrets.token_urlsafe, repr=False)
    mark: str = field(default_factory=secrets.token_urlsafe, repr=False)  # the cookie's value
    metrics: Secret | None = field(
        default=None, repr=False
    )  # opens METRICS and nothing else, for a program

    @property
    def cookie(self) -> str:
        """Return the cookie's name."""
        return f"ocrqueue-{self.port}"

    def address(self, host: str) -> str:
        """Return what the owner opens; a host that stands for all addresses is shown as our own."""
        shown = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - bound by others
        shown = f"[{shown}]" if ":" in shown else shown
        return f"http://{shown}:{self.port}/?{PARAMETER}={self.token}"

    def guard(self, app: Flask) -> None:
        """Refuse every request to the app that brings neither token nor cookie.

        Call it before anything else is put into the app: what came earlier is asked first.
        """
        app.before_request(self._admit)
        app.after_request(_keep_quiet)

    def is_for_metrics(self) -> bool:
        """Return whether the request brings the token that opens the metrics, and asks for them.

        No browser sends it by itself, so that it does not matter by which name we are called.
        """
        kind, _, given = request.headers.get("Authorization", "").partition(" ")
        if self.metrics is None or request.path != METRICS or request.method not in LOOKING:
            return False
        return kind.lower() == "bearer" and _is_same(given.strip(), self.metrics.reveal())

    def _admit(self) -> Response | None:
        if self.is_for_metrics():
            return None
        if _is_same(request.cookies.get(self.cookie), self.mark):
            return _without_token() if PARAMETER in request.args else None
        if request.method in LOOKING and _is_same(request.args.get(PARAMETER), self.token):
            answer = _without_token()
            answer.set_cookie(self.cookie, self.mark, path="/", httponly=True, samesite="Strict")
            return answer
        return Response(REFUSED, HTTPStatus.FORBIDDEN, mimetype="text/plain")


def _is_same(given: str | None, secret: str) -> bool:
    return hmac.compare_digest((given or "").encode("utf-8", "replace"), secret.encode())


def _without_token() -> Response:
    """Send the browser to the same page under an address that may be seen in its history."""
    rest = [(key, value) for key, value in request.args.items(multi=True) if key != PARAMETER]
    path = "/" + quote(request.path.lstrip("/"))  # two slashes would lead to another host
    target = f"{path}?{urlencode(rest)}" if rest else path
    return Response("", HTTPStatus.SEE_OTHER, {"Location": target}, mimetype="text/plain")


def _keep_quiet(response: Response) -> Response:
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"  # other ports: no images
    response.headers.setdefault("Cache-Control", "no-store")
    return response
