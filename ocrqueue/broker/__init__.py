"""All that knows RQ and Redis."""
