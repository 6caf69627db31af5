"""How long a service asks us to wait."""

from datetime import UTC, datetime, timedelta

import pytest

from ocrqueue.backends.openrouter import error_policy

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


# How long to wait


def http_date(seconds: float) -> str:
    return (NOW + timedelta(seconds=seconds)).strftime("%a, %d %b %Y %H:%M:%S GMT")


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("7", 7),
        ("1.5", 1.5),
        ("0", 0),
        ("-3", 0),
        ("1e9", 3600),
        ("9" * 400, None),
        ("inf", None),
        ("nan", None),
        ("soon", None),
        ("", None),
        (http_date(90), 90),
        (http_date(-90), 0),
        (http_date(1e6), 3600),
        ("Sun Nov  1 12:00:30 2026", 30),
        ("Sun, 01 Nov 99999999999 12:00:30 GMT", None),
    ],
)
def test_a_service_asks_for_patience(said: str, seconds: float | None) -> None:
    """In seconds or as a date, sensible or not: 0 to an hour."""
    assert error_policy.wait_of({"retry-after": said}, {}, NOW) == seconds


@pytest.mark.parametrize(
    ("metadata", "seconds"),
    [
        ({"retry_after_seconds": 6}, 6),
        ({"retry_after_seconds": "6.5"}, 6.5),
        ({"retry_after_seconds": True}, None),
        ({"retry_after_seconds": [6]}, None),
        ({"retry_after_seconds": 10**400}, None),
        ({}, None),
    ],
)
def test_or_says_so_in_the_body(metadata: dict[str, object], seconds: float | None) -> None:
    """As an error in a stream must; the header wins."""
    assert error_policy.wait_of({}, metadata, NOW) == seconds
    assert error_policy.wait_of({"retry-after": "9"}, metadata, NOW) == 9
