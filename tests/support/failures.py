"""What a service that passes for OpenRouter may say, and what its errors come to."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from ocrqueue.backends.openrouter import error_policy
from ocrqueue.backends.openrouter.failure import Failure

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["error", "metadata", "availability", "code", "choices", "delta", "usage"]
            ),
            inner,
        )
    ),
    max_leaves=12,
)


def failed(error: Any, status: int = 400, **headers: str) -> Failure:
    """Return what comes of an answer that is an error."""
    return error_policy.failure_of({"error": error}, status=status, headers=headers, now=NOW)
