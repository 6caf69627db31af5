"""How a function that the queue calls says that its page was not read."""

from collections.abc import Callable, Sequence

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


class LeftToOthers(PutBack):
    """Tells RQ that this process can do nothing with the page, which goes to the head of a queue.

    Its worker then passes over all that bears the names (see `PassedOver`): for a while, or as long
    as a `look` returns why.
    """

    def __init__(
        self,
        queue: str,
        history: Sequence[Attempt],
        *,
        names: Sequence[str],
        why: str,
        look: Callable[[], str] | None = None,
    ) -> None:
        super().__init__(queue, history)
        self.names = names
        self.why = why
        self.look = look
