"""What a backend said as a page: cleaned, judged, its figures cut out of the picture."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace

from ocrqueue.model.document import Reading
from ocrqueue.model.errors.page import ReplyHopeless
from ocrqueue.model.page import Judgement, PageImage, Reply
from ocrqueue.pipeline import resolution
from ocrqueue.text import figures, quality, repetition, replies

# The reply, what it is worth, and the PNG files of its figures by SHA-256.
Finished = tuple[Reply, Judgement, Mapping[str, bytes]]


def judged(said: Reply, reading: Reading, page: int, image: PageImage) -> Finished:
    """Return what was said as text, what it is worth, and its figures.

    Raises:
        PageError: it is no page: ReplyRejected or ReplyHopeless; or the page's time is over.
    """
    _check_length(said)
    reply = replies.finished(said, reading=reading, page=page, image=image)
    judgement = resolution.weigh(quality.judge(reply, image), image)
    reply, pictures = _cut_out(reply, image)
    return reply, judgement, pictures


def _check_length(said: Reply) -> None:
    """See that a reply is no longer than a page: what is judged and cleaned then has its end."""
    letters = max(len(said.raw or ""), len(said.text))
    if letters > repetition.LONGEST_REPLY:
        raise ReplyHopeless(f"the reply has {letters} letters: no page holds so many")


def _cut_out(reply: Reply, image: PageImage) -> tuple[Reply, Mapping[str, bytes]]:
    """Return the reply with its figures named by content, and their files by that name."""
    files = [figures.png(image, figure.box) for figure in reply.figures]
    names = [hashlib.sha256(file).hexdigest() for file in files]
    known = (replace(fig, sha256=name) for fig, name in zip(reply.figures, names, strict=True))
    return replace(reply, figures=tuple(known)), dict(zip(names, files, strict=True))
