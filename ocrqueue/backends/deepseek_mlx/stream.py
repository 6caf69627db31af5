"""Reads along while the model writes: between two steps the time and the text are looked at.

Leaving the stream ends the model's work at once; whatever a signal handler raises does so too.
"""

import time
from collections.abc import Generator
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

from ocrqueue.backends.base import OnTokens, tell_nobody
from ocrqueue.backends.deepseek_mlx.models import Question, Said
from ocrqueue.model.errors.page import (
    BackendCrashed,
    BackendTimedOut,
    PageError,
    ReplyHopeless,
    ReplyRejected,
)
from ocrqueue.model.page import PageImage
from ocrqueue.text.repetition import LONGEST_REPLY, Loop

if TYPE_CHECKING:
    from ocrqueue.backends.deepseek_mlx.engine import Engine

LOOP = "loop"  # the finish reason where we ended the reply
STRETCH = 60  # letters at the end of a loop ...
MOST_STRETCHES = 3  # ... and how often a second reading may hold them
MOST_FORCED = 8  # tokens that a guard may change: the loop that it hides has gone on for some 200


def is_stuck(first: Said, again: Said) -> bool:
    """Return whether a second reading went in the circle of the first, even if it came out.

    A circle that only the guard of the first one saw may be a table of equal numbers.
    """
    if first.finish_reason != LOOP or first.forced > MOST_FORCED:
        return False
    stretch = first.text[-STRETCH:]
    return again.finish_reason == LOOP or again.text.count(stretch) > MOST_STRETCHES


def listen(
    engine: "Engine",
    image: PageImage,
    question: Question,
    deadline: float,
    on_tokens: OnTokens = tell_nobody,
) -> Said:
    """Return what the model writes until it ends or runs in circles.

    Raises:
        BackendTimedOut: the deadline passed, and it did not run in circles.
        BackendCrashed: the model failed.
        ReplyRejected: it said nothing at all.
        ReplyHopeless: it said more than a page can hold.
        PageError: `on_tokens` wants no more.
    """
    texts: list[str] = []
    loop, looping, last, letters = Loop(), None, None, 0
    asked, first_s = time.monotonic(), 0.0
    _check_time(0, deadline)
    with closing(_pieces(engine, image, question)) as pieces:
        for last in pieces:
            texts.append(last.text)
            first_s = first_s or time.monotonic() - asked
            if looping := loop.feed(last.text) or _held_up(last.forced):
                break
            # What the model's library says of the first token alone is no pace.
            on_tokens(last.tokens, last.tokens_per_s if last.tokens > 1 else 0.0, first_s)
            if looping := _late(loop, deadline):
                break
            _check_time(last.tokens, deadline)
            letters += len(last.text)
            _check_length(letters)
    if last is None:
        raise ReplyRejected("the model said nothing, not even that it had ended")
    looping = looping or loop.end()
    ended = LOOP if looping else last.finish_reason
    return replace(
        last, text="".join(texts), finish_reason=ended, loop=looping or "", first_token_s=first_s
    )


def _pieces(engine: "Engine", image: PageImage, question: Question) -> Generator[Said]:
    """Yield what the model writes; whatever it raises is an error of the page."""
    try:
        with closing(engine.stream(image, question)) as pieces:
            yield from pieces
    except PageError:  # raised by a signal handler: the time of the whole page is over
        raise
    except Exception as error:
        raise BackendCrashed(f"the model failed: {type(error).__name__}: {error}") from error


def _held_up(forced: int) -> str:
    """Return why a reply loops that a guard keeps from saying so; "" where it does not."""
    return f"it was kept from repeating itself {forced} times" if forced > MOST_FORCED else ""


def _late(loop: Loop, deadline: float) -> str:
    """Return the loop that was begun when the time was over; "" where there is time, or none."""
    begun = loop.begun() if time.monotonic() > deadline else ""
    return f"{begun} when the time was over" if begun else ""


def _check_length(letters: int) -> None:
    if letters > LONGEST_REPLY:
        message = f"the reply has more than {LONGEST_REPLY} letters: no page holds so many"
        raise ReplyHopeless(message)


def _check_time(tokens: int, deadline: float) -> None:
    if time.monotonic() > deadline:
        raise BackendTimedOut(f"{tokens} tokens were written when the time was over")
