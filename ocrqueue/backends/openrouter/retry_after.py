"""How long a service asks us to wait, in the ways in which it says so; pure."""

import math
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST_S = 3600.0  # what asks for more is asked again after this


def asked(
    headers: Mapping[str, str], metadata: Mapping[str, object], now: datetime
) -> float | None:
    """Return how many seconds to wait, 0 to `LONGEST_S`; None where nothing readable is said.

    `headers` have small names, and win over the error's metadata, which an error in a stream has
    alone. See https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
    """
    said = headers.get("retry-after", metadata.get("retry_after_seconds"))
    seconds = _seconds(str(said), now)
    return min(max(seconds, 0.0), LONGEST_S) if math.isfinite(seconds) else None


def _seconds(said: str, now: datetime) -> float:
    with suppress(ValueError):
        return float(said)
    with suppress(ValueError, OverflowError):
        date = parsedate_to_datetime(said)
        return ((date if date.tzinfo else date.replace(tzinfo=UTC)) - now).total_seconds()
    return math.nan
