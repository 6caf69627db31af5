"""How long a service asks us to wait, in each of the ways it may say so; pure."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from ocrqueue.backends.openrouter.wire import table

LONGEST_S = 3600.0  # what asks for more is asked again after this
MILLISECONDS = 1e11  # an instant above this is no number of seconds since 1970


def asked(headers: Mapping[str, str], error: Mapping[str, object], now: datetime) -> float | None:
    """Return how many seconds to wait, 0 to `LONGEST_S`; None where nothing readable is said.

    `headers` have small names. The header wins over the body.
    """
    ways = [_seconds_or_date(headers.get("retry-after"), now)]
    availability, metadata = table(error, "availability"), table(error, "metadata")
    ways += [_seconds_or_date(availability.get("retry_after"), now)]
    ways += [_seconds_or_date(metadata.get("retry_after_seconds"), now)]
    named = {str(name).lower(): value for name, value in table(metadata, "headers").items()}
    ways += [_seconds_or_date(named.get("retry-after"), now)]
    ways += [_until(metadata.get("resets_at"), now), _until(error.get("resets_at"), now)]
    found = [seconds for seconds in ways if seconds is not None]
    return min(max(found[0], 0.0), LONGEST_S) if found else None


def _seconds_or_date(value: object, now: datetime) -> float | None:
    if (number := _number(value)) is not None:
        return number
    if not isinstance(value, str):
        return None
    try:
        date = parsedate_to_datetime(value)
    except ValueError:
        return None
    return _seconds_to(date, now)


def _until(value: object, now: datetime) -> float | None:
    """Return the seconds to an instant: ISO 8601, or seconds or milliseconds since 1970."""
    if (number := _number(value)) is not None:
        return (number / 1000 if number > MILLISECONDS else number) - now.timestamp()
    if not isinstance(value, str):
        return None
    try:
        return _seconds_to(datetime.fromisoformat(value), now)
    except ValueError:
        return None


def _seconds_to(date: datetime, now: datetime) -> float:
    known = date if date.tzinfo else date.replace(tzinfo=UTC)
    return (known - now).total_seconds()


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None
