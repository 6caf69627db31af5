"""What a reviewer does to a page: accept it, correct it, take that back, have it read again."""

from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from flask import redirect, request, url_for

from ocrqueue.model.errors.operator import UsageError
from ocrqueue.pipeline import correct as use_case
from ocrqueue.web.review_desk import ReviewDesk, ReviewedPage


def accept(desk: ReviewDesk, key: str, number: int) -> Any:
    """Say that a page is right as it is; go on to the next one."""
    seen = _unchanged(desk, key, number)
    after = desk.neighbours(seen.account, number)[1] or (key, number)
    use_case.accept(desk.store, seen.document.id, number, at=_now(), named=desk.named)
    desk.index.look_again()
    return _to(*after)


def correct(desk: ReviewDesk, key: str, number: int) -> Any:
    """Let a page say what the form says."""
    seen, text = _unchanged(desk, key, number), request.form.get("text", "")
    use_case.correct(
        desk.store, seen.document.id, number, text, at=_now(), named=desk.named, others=seen.others
    )
    desk.index.look_again()
    return _to(key, number)


def withdraw(desk: ReviewDesk, key: str, number: int) -> Any:
    """Take back what a person made of a page."""
    seen = _unchanged(desk, key, number)
    use_case.withdraw(desk.store, seen.document.id, number, named=desk.named)
    desk.index.look_again()
    return _to(key, number)


def again(desk: ReviewDesk, key: str, number: int) -> Any:
    """Read a page once more with another backend; what it says is there to choose."""
    desk.read_again(key, number, request.form.get("backend", ""))
    return _to(key, number, anchor="others")


ACTS: tuple[Callable[[ReviewDesk, str, int], Any], ...] = (accept, correct, withdraw, again)


def _unchanged(desk: ReviewDesk, key: str, number: int) -> ReviewedPage:
    """Return the page that the person had before him.

    Raises:
        UsageError: it says something else by now.
    """
    seen = desk.page(key, number)
    if request.form.get("seen") != seen.digest:
        raise UsageError(f"page {number} says something else by now: look at it once more")
    return seen


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _to(key: str, number: int, anchor: str | None = None) -> Any:
    address = url_for(".page", key=key, number=number, _anchor=anchor)
    return redirect(address, HTTPStatus.SEE_OTHER)
