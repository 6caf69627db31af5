"""Reads what a model has said before: a folder of its replies, a file for each page.

    REPLIES/letters/march/0003.md    page 3 of .../letters/march.pdf
    REPLIES/march/0003.md            the same, where the folders above do not matter
    REPLIES/letters/march.md         a document of one page

So what any model or tool wrote can be checked, cleaned and assembled as if it had been read here:
raw replies, grounded or plain. The picture of the page is drawn for its figures, and as a witness.
"""

import errno
from collections.abc import Iterator
from pathlib import Path, PurePath

from ocrqueue.backends.base import OnTokens, tell_nobody
from ocrqueue.backends.by_task import ByTask
from ocrqueue.model.document import Task
from ocrqueue.model.errors.page import BackendUnavailable, ReplyHopeless, ReplyRejected
from ocrqueue.model.page import ImageMode, PageImage, Reply
from ocrqueue.settings.engines import Candidate, ReplaySettings
from ocrqueue.text import chatter, replies
from ocrqueue.text.repetition import LONGEST_REPLY
from ocrqueue.workspace import descriptors

MOST_BYTES = 4 * LONGEST_REPLY  # of a file; a letter has four bytes at most
MOST_FOLDERS = 6  # above a document that may stand in the name of its replies
ENDED = "stop"  # nobody knows how a model ended that only left a text


class Replay(ByTask):
    """Looks for a page's reply; asks no model."""

    image_mode: ImageMode | None = ImageMode.RGB

    def __init__(self, options: ReplaySettings) -> None:
        """Keep the options; nothing is looked for before the first page."""
        self.name = options.name
        self.model = options.model
        self.on_tokens: OnTokens = tell_nobody
        self._folder = options.replies
        self._source = PurePath()
        self._pages = 0

    def obey(self, asked: Candidate) -> None:
        """Change nothing: what it says was said before."""

    def of_document(self, source: PurePath, pages: int) -> None:
        """Take the next pages for those of this document, which has so many."""
        self._source, self._pages = source, pages

    def read(self, task: Task, image: PageImage, deadline: float, page: int) -> Reply:
        """Return what was said of a page, whatever was asked for.

        Raises:
            BackendUnavailable: there is no folder of replies.
            ReplyHopeless: it has no reply to this page, or one that is no text.
            ReplyRejected: the file cannot be read just now.
        """
        del image, deadline
        folder = _folder(self._folder)
        for name in self._names(page):
            try:
                said = descriptors.read(folder / name, below=folder, most=MOST_BYTES)
            except (FileNotFoundError, NotADirectoryError):
                continue
            except OSError as error:
                raise _unread(name, error) from error
            return self._reply(task, name, said)
        looked_for = f"{self._source.stem}/{page:04d}.md is looked for"
        raise ReplyHopeless(f"there is no reply to page {page} in {folder}: {looked_for}")

    def close(self) -> None:
        """Let go of nothing: nothing was loaded."""

    def _names(self, page: int) -> Iterator[PurePath]:
        """Yield where the reply may lie, the longest name first."""
        above = self._source.parent.parts[1:][-MOST_FOLDERS:]
        for length in range(len(above), -1, -1):
            inside = PurePath(*above[len(above) - length :])
            for name in dict.fromkeys((self._source.stem, self._source.name)):
                yield inside / name / f"{page:04d}.md"
            if self._pages == 1:
                yield inside / f"{self._source.stem}.md"

    def _reply(self, task: Task, name: PurePath, said: bytes) -> Reply:
        try:
            raw = said.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            message = f"{name} is no text in UTF-8: {error.reason} at byte {error.start}"
            raise ReplyHopeless(message) from None
        text = replies.written(task, chatter.cleaned(raw))
        return Reply(
            text=text,
            raw=raw,
            words=len(text.split()),
            backend=self.name,
            model=self.model,
            finish_reason=ENDED,
            chats=True,
            final=True,
        )


create = Replay  # what `factory` asks a backend's module for


def check(candidate: ReplaySettings) -> list[str]:
    """Return what keeps the candidate from working, in words."""
    try:
        _folder(candidate.replies)
    except BackendUnavailable as error:
        return [str(error)]
    return []


def _folder(folder: Path | None) -> Path:
    if folder is None:
        raise BackendUnavailable("replay needs the folder of the replies: --replies DIR")
    if not folder.is_dir():
        raise BackendUnavailable(f"{folder} is no folder of replies (--replies)")
    return folder.resolve()  # the user named it, so that it may be a link


def _unread(name: PurePath, error: OSError) -> ReplyHopeless | ReplyRejected:
    what = f"{name} cannot be read: {error.strerror}"
    is_lasting = error.errno in {errno.EFBIG, errno.ELOOP, errno.EACCES}
    return ReplyHopeless(what) if is_lasting else ReplyRejected(what)
