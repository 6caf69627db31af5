"""The review: documents, the pages to look at first, a page's image beside its text."""

import shlex
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Flask, Response, abort, current_app, redirect, request, url_for

from ocrqueue.model.errors.base import OcrqueueError
from ocrqueue.model.errors.operator import UsageError
from ocrqueue.model.finding import Concern
from ocrqueue.pipeline import reread
from ocrqueue.pipeline.accounts import DocumentAccount, unread
from ocrqueue.web import page_text, review_acts
from ocrqueue.web.admission import Admission
from ocrqueue.web.csrf import refusal
from ocrqueue.web.report_page import environment, share, strip
from ocrqueue.web.review_desk import ReviewDesk

PAGE = "/<key>/<int:number>"
LOOKING = frozenset(
    f"review.{view}"
    for view in ("doubts", "documents", "document", "page", "sheet", "figure", "static")
) | {"static", "home"}
POLICY = (
    "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
MODEL = ("--doubtful", "--backend", "deepseek-mlx")  # no model is loaded into this process
A_LIST = 100  # rows of a list
LONGEST_FORM = 8 << 20  # bytes


def create_app(desk: ReviewDesk, *, host: str, admission: Admission) -> Flask:
    """Return the review alone; nobody sees any of it whom `admission` does not let in."""
    app = Flask(__name__)
    admission.guard(app)
    app.before_request(partial(_refuse, host))
    app.register_blueprint(blueprint(desk))
    app.add_url_rule("/", "home", lambda: redirect(url_for("review.doubts")))
    return app


def blueprint(desk: ReviewDesk) -> Blueprint:
    """Return the pages of the review, to be put into an app that guards them."""
    made = Blueprint("review", __name__, url_prefix="/review", static_folder="static")
    views: Sequence[tuple[str, Callable[..., Any]]] = (
        ("/", doubts),
        ("/documents", documents),
        ("/<key>/", document),
        (PAGE, page),
        (f"{PAGE}/sheet.png", sheet),
        (f"{PAGE}/figures/<name>", figure),
    )
    for path, view in views:
        made.add_url_rule(path, view.__name__, partial(view, desk), methods=["GET"])
    for act in review_acts.ACTS:
        name = act.__name__
        made.add_url_rule(f"{PAGE}/{name}", name, partial(act, desk), methods=["POST"])
    made.before_request(_limit)
    made.after_request(_protect)
    made.register_error_handler(OcrqueueError, _told)
    made.register_error_handler(OSError, _not_written)
    return made


def doubts(desk: ReviewDesk) -> str:
    """Show the pages to look at, the most urgent first."""
    why = request.args.get("why", "")
    found = desk.index.doubts()
    counts = {one.value: sum(seen[1].doubt is one for seen in found) for one in Concern}
    chosen = [seen for seen in found if seen[1].doubt == why] if why in counts else found
    shown, more = _part(chosen)
    lost = sum(_is_lost(one) for one in desk.index.documents())
    told = {"counts": counts, "why": why, "total": len(found), "lost": lost}
    return _render("doubts", rows=shown, unseen=desk.index.unseen, **told, **more)


def documents(desk: ReviewDesk) -> str:
    """Show all documents with their progress."""
    asked, known = request.args.get("name", ""), desk.index.documents()
    chosen = [one for one in known if asked.casefold() in one.shown.casefold()]
    if lost := request.args.get("lost"):
        chosen = [one for one in chosen if _is_lost(one)]
    shown, more = _part(chosen)
    told = {"name": asked, "total": len(known), "lost": lost}
    return _render("documents", rows=shown, unseen=desk.index.unseen, **told, **more)


def document(desk: ReviewDesk, key: str) -> str:
    """Show the pages of a document."""
    one = _found(desk, key)
    known = {page.page: page for page in one.pages}
    shown, more = _part(desk.asked(key))
    rows = [known.get(number) or unread(number) for number in shown]
    return _render("document", one=one, rows=rows, **more)


def page(desk: ReviewDesk, key: str, number: int) -> str:
    """Show a page: its image beside its text, what is held against it, what else was read."""
    one = _found(desk, key)
    seen = desk.page(key, number)
    before, after = desk.neighbours(one, number)
    pictures = {
        name: url_for(".figure", key=key, number=number, name=name) for name in seen.figures
    }
    own = next((p for p in one.pages if p.page == number), unread(number))
    return _render(
        "page",
        one=one,
        own=own,
        seen=seen,
        before=before,
        after=after,
        text=page_text.rendered(seen.text, pictures, seen.doubted),
        source=page_text.source(seen.text, seen.doubted),
        plain=page_text.plain,
        is_there=page_text.has(seen.text, seen.doubted),
        backends=reread.backends(desk.settings),
        # A file may be called like an option.
        retry=shlex.join(["ocrqueue", "retry", "-o", *desk.named, *MODEL, "--", one.shown]),
    )


def sheet(desk: ReviewDesk, key: str, number: int) -> Response:
    """Return the image of a page, a frame round what is doubted."""
    return Response(desk.sheet(key, number), mimetype="image/png")


def figure(desk: ReviewDesk, key: str, number: int, name: str) -> Response:
    """Return a figure of a page."""
    found = desk.figure(key, number, name)
    if found is None:
        abort(HTTPStatus.NOT_FOUND)
    return Response(found, mimetype="image/png")


def _found(desk: ReviewDesk, key: str) -> DocumentAccount:
    one = desk.index.document(key)
    return one if one is not None else abort(HTTPStatus.NOT_FOUND)


def _is_lost(one: DocumentAccount) -> bool:
    """Return whether there is no page of a document that could be looked at."""
    return bool(one.problem) and not one.asked


def _part(rows: Sequence[Any]) -> tuple[Sequence[Any], Mapping[str, Any]]:
    """Return the part of a list that is shown, and how to get at the others."""
    last = max(0, (len(rows) - 1) // A_LIST)
    at = min(max(0, request.args.get("part", 0, type=int)), last)
    return rows[at * A_LIST : (at + 1) * A_LIST], {"part": at, "last_part": last}


def _render(view: str, **shown: Any) -> str:
    template = environment().get_template(f"review/{view}.html")
    return template.render(
        view=view,
        url_for=url_for,
        strip=strip,
        share=share,
        has_queue="rq_dashboard" in current_app.blueprints,
        **shown,
    )


def _refuse(own_host: str) -> tuple[str, int] | None:
    changes = request.endpoint is not None and request.endpoint not in LOOKING
    return refusal(request.method, request.headers, own_host, changes=changes)


def _limit() -> None:
    request.max_content_length = request.max_form_memory_size = LONGEST_FORM


def _protect(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _told(error: OcrqueueError) -> tuple[str, int]:
    """Show what is wrong and what to do, which is not what a command line would say."""
    remedy = "" if isinstance(error, UsageError) else error.remedy
    return _problem(str(error), remedy), HTTPStatus.CONFLICT


def _not_written(error: OSError) -> tuple[str, int]:
    """Show what a full or locked disk says."""
    remedy = "Make room, or check who may write into the workspace; then do it again."
    return _problem(str(error), remedy), HTTPStatus.INTERNAL_SERVER_ERROR


def _problem(message: str, remedy: str) -> str:
    """Return the page that tells of a problem; what a person wrote is still there."""
    posted = page_text.plain(request.form.get("text", ""))
    return _render(
        "problem", message=message, remedy=remedy, place=request.view_args, posted=posted
    )
