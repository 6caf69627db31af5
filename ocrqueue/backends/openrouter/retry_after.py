"""How long a service asks us to wait, in each of the ways it may say so; pure."""

import math
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from ocrqueue.backends.openrouter.wire import table

LONGEST_S = 3600.0  # what asks for more is asked again after this
MILLISECONDS = 1e11  # an instant above this is no number of seconds since 1970


def asked(headers: Mapping[str, str], error: Mapping[str, object], now: datetime) -> float | None:
    """Return how many seconds to wait, 0 to `LONGEST_S`; None where nothing readable is said.

    `headers` have small names. The header wins over the body.
    """
    availability, metadata = table(error, "availability"), table(error, "metadata")
    named = {str(name).lower(): value for name, value in table(metadata, "headers").items()}
    times = (
        headers.get("retry-after"),
        availability.get("retry_after"),
        metadata.get("retry_after_seconds"),
        named.get("retry-after"),
    )
    instants = (metadata.get("resets_at"), error.get("resets_at"))
    ways = [_seconds(way, now, since=0.0) for way in times]
    ways += [_seconds(way, now, since=now.timestamp()) for way in instants]
    found = [seconds for seconds in ways if seconds is not None]
    return min(max(found[0], 0.0), LONGEST_S) if found else None


def _seconds(value: object, now: datetime, *, since: float) -> float | None:
    """Return the seconds to what a date says, or a number that counts from `since`."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    with suppress(ValueError, OverflowError):
        number = float(value)
        if not math.isfinite(number):
            return None
        return (number / 1000 if since and number > MILLISECONDS else number) - since
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        with suppress(ValueError, OverflowError):
            date = read(str(value))
            return ((date if date.tzinfo else date.replace(tzinfo=UTC)) - now).total_seconds()
    return None
