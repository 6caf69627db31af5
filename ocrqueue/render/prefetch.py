"""Draws the next page while this one is read: one page ahead, never more."""

import contextlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ocrqueue.inputs.fingerprint import Stamp, stamp_at
from ocrqueue.model.document import PageSize
from ocrqueue.model.page import ImageMode, PageImage
from ocrqueue.render.renderer import Renderer
from ocrqueue.text.layer.sheet import Sheet

END_S = 2.0  # so long the end waits for a page that is still being drawn


@dataclass(frozen=True, slots=True, kw_only=True)
class NextPage:
    """A page as it is to be drawn."""

    source: Path
    page: int
    size: PageSize
    mode: ImageMode
    password: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drawn:
    """A page that was drawn ahead, and which state of the file it shows."""

    wanted: NextPage
    stamp: Stamp | None
    image: PageImage


class Ahead:
    """A renderer that draws ahead in a thread of its own; used by one thread, as the renderer is.

    `upcoming` is asked in that thread which page is probably next. If another one is wanted then,
    or the file was changed meanwhile, what was drawn is thrown away. An error ahead is forgotten:
    the page itself will tell it.
    """

    def __init__(self, renderer: Renderer, upcoming: Callable[[], NextPage | None]) -> None:
        """Start the thread: it lasts, since a child of the renderer ends with its thread."""
        self._renderer = renderer
        self._upcoming = upcoming
        self._using = threading.Lock()  # whoever holds it uses the renderer
        self._wake = threading.Event()
        self._closed = False
        self._drawn: _Drawn | None = None
        threading.Thread(target=self._run, daemon=True, name="ahead").start()

    def page(
        self,
        source: Path,
        page: int,
        size: PageSize,
        *,
        mode: ImageMode,
        password: str | None = None,
    ) -> PageImage:
        """Return a page, drawn ahead or now, and let the next one be drawn.

        Raises:
            OcrqueueError: as `Renderer.page`.
        """
        wanted = NextPage(source=source, page=page, size=size, mode=mode, password=password)
        with self._using:
            drawn, self._drawn = self._drawn, None
            is_it = drawn and (drawn.wanted, drawn.stamp) == (wanted, stamp_at(source))
            image = drawn.image if drawn and is_it else self._draw(wanted)
        self._wake.set()
        return image

    def sheet(
        self, source: Path, page: int, size: PageSize, *, password: str | None = None
    ) -> Sheet | None:
        """Return what the file says about a page in text; None for an image.

        Raises:
            OcrqueueError: as `Renderer.sheet`.
        """
        with self._using:
            return self._renderer.sheet(source, page, size, password=password)

    def close(self) -> None:
        """End the renderer; a child that is still at work ends with this process at the latest."""
        self._closed = True
        self._wake.set()
        if self._using.acquire(timeout=END_S):
            try:
                self._drawn = None
                self._renderer.close()
            finally:
                self._using.release()

    def _run(self) -> None:
        while True:
            self._wake.wait()
            self._wake.clear()
            if self._closed:
                return
            with self._using, contextlib.suppress(Exception):
                if wanted := self._upcoming():
                    stamp = stamp_at(wanted.source)  # before: what changes meanwhile is no match
                    self._drawn = _Drawn(wanted=wanted, stamp=stamp, image=self._draw(wanted))

    def _draw(self, wanted: NextPage) -> PageImage:
        return self._renderer.page(
            wanted.source, wanted.page, wanted.size, mode=wanted.mode, password=wanted.password
        )
