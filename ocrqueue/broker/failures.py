"""What ended a job's run, as an attempt for its history."""

import faulthandler
from types import FrameType
from typing import Any, ClassVar

from rq.exceptions import AbandonedJobError
from rq.timeouts import UnixSignalDeathPenalty

from ocrqueue.broker.job_ends import PutBack
from ocrqueue.broker.page_job import PageJob
from ocrqueue.model.errors.page import BackendTimedOut, PageError, UnexpectedFailure
from ocrqueue.model.page import Attempt


class PageLimit(UnixSignalDeathPenalty):
    """Interrupts what runs past the page's limit, as an error of that page.

    Native code that keeps the interpreter to itself hears no signal and stops the heartbeat's
    thread too. Where a process may meet such code it sets `last_resort_s`: so long past the limit
    a thread of the interpreter's own, which needs nobody's leave, ends the process.
    """

    last_resort_s: ClassVar[float] = 0.0  # 0: there is none

    def setup_death_penalty(self) -> None:
        """Begin to count the page's time."""
        super().setup_death_penalty()  # type: ignore[no-untyped-call]
        if self.last_resort_s:
            seconds = self._timeout + self.last_resort_s
            faulthandler.dump_traceback_later(seconds, exit=True)

    def cancel_death_penalty(self) -> None:
        """Stop counting: the page has ended."""
        super().cancel_death_penalty()  # type: ignore[no-untyped-call]
        if self.last_resort_s:
            faulthandler.cancel_dump_traceback_later()

    def handle_death_penalty(self, signum: int, frame: FrameType | None) -> None:  # noqa: ARG002 - signal handler
        """Raise what the attempt takes for the backend's own time-out."""
        raise BackendTimedOut(f"the page took longer than {self._timeout:g} s")


def note_failure(job: PageJob, kind: type, value: BaseException, _: Any) -> bool:
    """Turn what ended the run into an attempt for the history; RQ calls this before it decides."""
    if issubclass(kind, SystemExit):
        job.stopping = True
        return True
    if isinstance(value, PutBack):
        job.put_back = value
        return True
    if issubclass(kind, AbandonedJobError):
        return True  # the job knows by itself that its worker has died
    attempt = getattr(value, "attempt", None)
    if isinstance(attempt, Attempt):
        job.failure = attempt
        return True
    if not isinstance(value, PageError):
        value = UnexpectedFailure(f"{kind.__name__}: {value}")
    job.failure = job.ended_by(value)
    return True
