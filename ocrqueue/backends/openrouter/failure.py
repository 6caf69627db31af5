"""Why a request brought no page, and what is done about it: one record, one closed list; pure.

A service repeats in its errors what it was sent, and its providers write what they like: so nothing
of an answer's text goes further than into these words and numbers of our own.
"""

from dataclasses import dataclass
from enum import Enum

from ocrqueue.model.errors.page import (
    BackendTimedOut,
    OutOfMoney,
    PageError,
    PoolPaused,
    PoolStopped,
    RemoteFailed,
    RemoteRefused,
    ReplyRejected,
    RequestRejected,
    ServiceAway,
)


class Decision(Enum):
    """What is done about a page that was not read; and the error where nothing is left to try."""

    RETRY = "retry", RemoteFailed  # the same again, after a while
    RESEND = "resend", RemoteFailed  # once: it may have been done, and billed, already
    SMALLER = "smaller", RequestRejected  # the same page as a smaller picture, once
    NEXT_MODEL = "next model", RequestRejected  # this one cannot read this page; another one may
    MODEL_DEAD = "model dead", PoolStopped  # it is not asked again by this process
    PAUSE = "pause", PoolPaused  # the whole pool waits; the page lost no try
    BUSY = "busy", PoolPaused  # the same; but who is busy twice in a row is left for the next one
    UNREACHED = "unreached", ServiceAway  # the same again, soon; nobody but this machine is told
    STOP = "stop", PoolStopped  # nothing works as it is set up; no page is to blame
    NO_CREDIT = "no credit", OutOfMoney  # there is no money; no page is to blame
    REFUSED = "refused", RemoteRefused  # it does not want to; another one may, then nobody
    REJECTED = "rejected", RequestRejected  # what we ask makes no sense to the service
    UNPROVEN = "unproven", PoolStopped  # the same, where it may be said of all pages
    TIMED_OUT = "timed out", BackendTimedOut  # the page's time is over
    # Where a reply is no page
    REREAD = "read again", ReplyRejected  # nothing was said: the same again, after a while
    HOTTER = "hotter", ReplyRejected  # the same again, at another temperature
    LONGER = "longer", ReplyRejected  # another model; the only one once more, with more room
    # Where the gate lets nothing out
    ELSEWHERE = "elsewhere", PoolPaused  # it leaves this model alone
    LATER = "later", PoolPaused  # it is shut for longer than a page waits

    def __init__(self, word: str, end: type[PageError]) -> None:
        """Keep what the log calls it, and how the page ends."""
        self.word = word
        self.end = end


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why there is no page, and what is done about it."""

    decision: Decision
    message: str  # for people, in words of ours
    wait_s: float | None = None  # how long nobody needs to ask again; None: not told
    asks_for_fewer: bool = False  # requests at a time
    may_cost: bool = True  # what nobody knows counts as spent


# On the way: no status tells of it.
NO_CONNECTION = Failure(decision=Decision.UNREACHED, message="no connection", may_cost=False)
NO_PROXY = Failure(decision=Decision.STOP, message="the proxy lets nothing pass", may_cost=False)
UNTRUSTED = Failure(
    decision=Decision.STOP, message="the certificate is not trusted", may_cost=False
)
UNSENT = Failure(decision=Decision.RETRY, message="the request could not be sent", may_cost=False)
CUT = Failure(decision=Decision.RESEND, message="the answer was cut off")
SILENT = Failure(decision=Decision.RESEND, message="the answer stopped")
LATE = Failure(decision=Decision.TIMED_OUT, message="the time was over")

# Within an answer that has status 200.
TOO_LARGE = Failure(decision=Decision.NEXT_MODEL, message="the answer is too large")
COMPRESSED = Failure(decision=Decision.STOP, message="its answers are compressed, unasked")
GARBLED = Failure(decision=Decision.RETRY, message="the answer cannot be understood")
ENDS_IN_ERROR = Failure(decision=Decision.RETRY, message="the answer ends in an error")

# A reply that came to its end, and is no page.
EMPTY = Failure(decision=Decision.REREAD, message="the reply is empty, though the page is not")
LOOPED = Failure(decision=Decision.HOTTER, message="the reply runs in circles")
TORN = Failure(decision=Decision.HOTTER, message="a table of the reply has no end")
TOO_LONG = Failure(decision=Decision.LONGER, message="the reply was cut off")
REFUSES = Failure(decision=Decision.REFUSED, message="the model refuses")

# Nothing was sent.
NO_GATE = Failure(decision=Decision.STOP, message="nobody watches over the budget here")

# A server of this machine, which was taken for the user's own.
NOT_FREE = Failure(
    decision=Decision.STOP,
    message="it states a cost, so it sends pages on from here: nothing more is sent; set "
    '`api = "openrouter"` for the backend, then permission, budget and key count for it',
)
