"""What costs an attempt at a page; each says whether more may be tried."""

from typing import ClassVar

from ocrqueue.model.errors.base import OcrqueueError


class PageError(OcrqueueError):
    """One attempt at one page failed.

    `again`: the same backend may try once more. `hand_over`: another backend may do better.
    `counts`: it uses up one of the page's tries.
    """

    code = "page"
    again: bool = False
    hand_over: ClassVar[bool] = False
    counts: ClassVar[bool] = True
    cost_usd: float | None = None  # what the attempt cost at most, where it cost money


class PageDamaged(PageError):
    """The page cannot be drawn."""

    code = "page-damaged"
    remedy = "Repair the file or get another copy."


class PageTooLarge(PageError):
    """The page is too large to be drawn at a readable size."""

    code = "page-too-large"
    remedy = "Split the page, or lower `render.dpi`."


class RenderTimedOut(PageError):
    """Drawing the page took longer than allowed."""

    code = "render-timed-out"
    remedy = "Raise `render.timeout_s` if the file is sound."


class RenderCrashed(PageError):
    """Drawing the page crashed the renderer."""

    code = "render-crashed"
    remedy = "Repair the file or get another copy."
    again = True


class RenderOutOfMemory(PageError):
    """Drawing the page took more memory than allowed."""

    code = "render-out-of-memory"
    remedy = "Lower `render.dpi` or raise `render.memory_mb`."


class SourceChanged(PageError):
    """The file was changed or removed after it was enqueued."""

    code = "source-changed"
    remedy = "Run `ocrqueue run` or `ocrqueue enqueue` again: changed files are read anew."


class BackendTimedOut(PageError):
    """The backend took longer than allowed for this page."""

    code = "backend-timed-out"
    remedy = "Raise `timeout_s` of the backend."
    again = True
    hand_over = True


class BackendCrashed(PageError):
    """The backend's process ended without an answer."""

    code = "backend-crashed"
    remedy = "Try `ocrqueue retry`; if it comes back, report the page."
    again = True
    hand_over = True


class BackendOutOfMemory(PageError):
    """Reading the page took more memory than the worker may have."""

    code = "backend-out-of-memory"
    remedy = "Raise `workers.memory_ceiling_mb`, or choose a smaller `resolution` or `max_tokens`."
    again = True
    hand_over = True


class BackendUnavailable(PageError):
    """The backend cannot be used here."""

    code = "backend-unavailable"
    remedy = "Run `ocrqueue check`."
    hand_over = True


class ReplyRejected(PageError):
    """The backend answered, but the answer is no page."""

    code = "reply-rejected"
    remedy = "Let another backend read it: `ocrqueue retry --backend NAME`."
    again = True
    hand_over = True


class ReplyHopeless(ReplyRejected):
    """The backend answered, the answer is no page, and asked again it would be none either."""

    code = "reply-hopeless"
    again = False


class NoTextLayer(PageError):
    """The page has no text of its own, and nothing else was to be read."""

    code = "no-text-layer"
    remedy = "Run again with `--text-layer auto`: pictures are read where there is no text."


class Doubtful(PageError):
    """The text is probably not what the page says (low confidence, few words)."""

    code = "doubtful"
    remedy = (
        "Look at the page, and `correct` it; or let another backend read it: "
        "`ocrqueue retry --doubtful --backend NAME`."
    )
    hand_over = True


class WorkerDied(PageError):
    """The worker reading this page died."""

    code = "worker-died"
    remedy = "Try `ocrqueue retry`; if it comes back, report the page."
    again = True
    hand_over = True


class ResultNotWritten(PageError):
    """The page was read, but its result cannot be written into the workspace."""

    code = "result-not-written"
    remedy = "Make room on the disk, or check who may write there; then run the same command again."
    again = True


class JobRemoved(PageError):
    """The page's job was removed from the queue by hand."""

    code = "job-removed"
    remedy = "Run `ocrqueue retry`."


class Cancelled(PageError):
    """The page was cancelled."""

    code = "cancelled"
    remedy = "Run `ocrqueue retry` to read it after all."


class ResultMissing(PageError):
    """The page was settled, but its result is not in the workspace."""

    code = "result-missing"
    remedy = "Run the same command again: what is missing is read."


class UnexpectedFailure(PageError):
    """The attempt failed in a way we did not foresee: a bug."""

    code = "unexpected"
    remedy = "Report it with the log line."
    again = True
    hand_over = True


class NotEquipped(PageError):
    """This worker cannot read the page as its document asks: with a model or data it has not."""

    code = "not-equipped"
    remedy = (
        "Start a worker with the settings of the command that queued the page, or repeat that "
        "command with the worker's."
    )
    counts = False


class OutOfSight(PageError):
    """The folder that held the file is not there just now: a drive or a share is away."""

    code = "out-of-sight"
    remedy = "Mount it again: it goes on by itself. `ocrqueue cancel` gives the pages up."
    counts = False


class ReadingUnusable(PageError):
    """What the document says of its reading makes no sense."""

    code = "reading-unusable"
    remedy = "Run the command that queued the page again."


class MustStay(PageError):
    """The page may not leave this machine, but waited for a backend that would send it away."""

    code = "must-stay"
    remedy = (
        "Nothing: the next local backend reads it. To let it leave: `ocrqueue remote --allow DOC`."
    )
    hand_over = True
    counts = False


class NobodyLocal(PageError):
    """The page may not leave this machine, and no local backend of its route is left."""

    code = "nobody-local"
    remedy = "Put a local backend into the route, or let it leave: `ocrqueue remote --allow DOC`."


class RemoteFailed(PageError):
    """The remote service failed, broke off its answer or sent none that can be understood."""

    code = "remote-failed"
    remedy = "Try `ocrqueue retry` later, or with another backend: `--backend NAME`."
    again = True
    hand_over = True


class RemoteRefused(PageError):
    """The remote models refuse to read this page."""

    code = "remote-refused"
    remedy = "Let a backend of your own read it: `ocrqueue retry --backend NAME`."
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


class ServiceAway(PoolPaused):
    """The remote service cannot be reached, or sends all away for longer than is waited for."""

    code = "service-away"
    remedy = (
        "Look at network, address (`base_url`) and `remote.proxy` with `ocrqueue check`; then run "
        "the same command again."
    )
    again = False
    hand_over = True


class PoolStopped(PageError):
    """The remote service cannot be used as it is set up; the page was not the reason."""

    code = "pool-stopped"
    remedy = "Check key, address, models and privacy of the backend with `ocrqueue check`."
    hand_over = True
    counts = False


class BudgetTooSmall(PageError):
    """A whole budget is less than what is reserved for one page: no page is sent for it."""

    code = "budget-too-small"
    remedy = "Give more, in USD: `ocrqueue retry --doubtful --budget 1` (day, month: the settings)."
    hand_over = True


class OutOfMoney(PageError):
    """Nothing more may be spent: the budget or the account is used up."""

    code = "out-of-money"
    remedy = "Raise the budget or add credit; then `ocrqueue retry` what was not read meanwhile."
    hand_over = True
    counts = False
