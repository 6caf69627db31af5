"""What becomes of a page that was read, and then cannot be kept or is not good enough."""

import errno
import os

from ocrqueue.model.page import Attempt, PageResult, Verdict
from ocrqueue.pipeline import attempt

TRIED = Attempt(
    backend="a", seconds=1.0, at="", verdict=Verdict.DOUBTFUL, confidence=40.0, cost_usd=0.5
)
READ = PageResult(
    page=1,
    markdown="text",
    backend="a",
    verdict=Verdict.DOUBTFUL,
    reason="few words",
    attempts=(TRIED,),
)


def test_a_result_that_cannot_be_written_is_a_failed_attempt() -> None:
    """It says why, what it cost, and no word of a verdict on a text that is not there."""
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    told = attempt.not_written(READ, full)

    assert told.error.__cause__ is full
    assert (told.attempt.error, told.attempt.verdict) == (told.error.code, None)
    assert told.attempt.confidence is None
    assert os.strerror(errno.ENOSPC) in told.attempt.message
    assert told.attempt.cost_usd == TRIED.cost_usd


def test_a_doubtful_result_is_handed_over_with_its_reason() -> None:
    """The same backend is not asked again; what was said of the text stays."""
    told = attempt.hand_over(READ)

    assert str(told.error) == "few words"
    assert (told.attempt.error, told.attempt.verdict) == ("doubtful", Verdict.DOUBTFUL)
    assert (told.attempt.again, told.attempt.hand_over) == (False, True)
