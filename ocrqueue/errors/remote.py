"""What costs an attempt at a page that was to be read elsewhere, and what costs none."""

from ocrqueue.errors.page import PageError


class RemoteFailed(PageError):
    """The remote service failed, broke off its answer or sent none that can be understood."""

    code = "remote-failed"
    remedy = "Try `ocrqueue retry` later, or allow another backend in the route."
    again = True
    hand_over = True


class RemoteRefused(PageError):
    """The remote models refuse to read this page."""

    code = "remote-refused"
    remedy = "Allow a backend of your own in the route, then `ocrqueue retry`."
    hand_over = True


class RequestRejected(PageError):
    """The remote service does not accept what was asked of it for this page."""

    code = "request-rejected"
    remedy = "Check the model and its options; if they are right, report it with the log line."
    hand_over = True


class PoolPaused(PageError):
    """Nothing may be sent for a while; the page was not the reason."""

    code = "pool-paused"
    remedy = "Wait: it goes on by itself."
    again = True
    counts = False

    def __init__(self, message: str, *, wait_s: float = 0.0) -> None:
        """Keep how many seconds nobody needs to ask again."""
        super().__init__(message)
        self.wait_s = wait_s


class PoolStopped(PageError):
    """The remote service cannot be used as it is set up; the page was not the reason."""

    code = "pool-stopped"
    remedy = "Check key, address, models and privacy of the backend with `ocrqueue check`."
    hand_over = True
    counts = False


class OutOfMoney(PageError):
    """Nothing more may be spent: the budget or the account is used up."""

    code = "out-of-money"
    remedy = "Raise the budget or add credit; then `ocrqueue retry` what was not read meanwhile."
    hand_over = True
    counts = False
