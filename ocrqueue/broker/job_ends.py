"""How a function that the queue calls says that its page was not read."""

from collections.abc import Sequence

from ocrqueue.model.page import Attempt


class AttemptFailed(Exception):
    """Tells RQ that the page's attempt failed, and how."""

    def __init__(self, attempt: Attempt) -> None:
        super().__init__(f"{attempt.error}: {attempt.message}")
        self.attempt = attempt


class PutBack(Exception):
    """Tells RQ that the page goes to a queue, with this history: no attempt has failed here."""

    def __init__(self, queue: str, history: Sequence[Attempt]) -> None:
        super().__init__(f"on to {queue}")
        self.queue = queue
        self.history = history
