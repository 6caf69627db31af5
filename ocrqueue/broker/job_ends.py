"""How a function that the queue calls says that its page was not read."""

from ocrqueue.model.page import Attempt


class AttemptFailed(Exception):
    """Tells RQ that the page's attempt failed, and how."""

    def __init__(self, attempt: Attempt) -> None:
        super().__init__(f"{attempt.error}: {attempt.message}")
        self.attempt = attempt


class PutBack(Exception):
    """Tells RQ that the page was not tried: it goes to a queue as it came.

    `attempt` is there where something left or was paid all the same.
    """

    def __init__(self, queue: str, attempt: Attempt | None = None) -> None:
        super().__init__(f"not tried: back to {queue}")
        self.queue = queue
        self.attempt = attempt
