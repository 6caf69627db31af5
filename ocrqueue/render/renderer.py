"""Counts and draws pages through a child process that is replaced whenever it breaks a limit."""

import os
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ocrqueue.model.document import Counted, Kind, PageSize, StandIn
from ocrqueue.model.errors.base import OcrqueueError
from ocrqueue.model.errors.document import (
    CountCrashed,
    CountOutOfMemory,
    CountTimedOut,
    DocumentDamaged,
    ExtraMissing,
    FileUnreadable,
    NoPages,
    NotSupported,
    PasswordNeeded,
    PasswordWrong,
)
from ocrqueue.model.errors.operator import NotReady
from ocrqueue.model.errors.page import (
    PageDamaged,
    PageTooLarge,
    RenderCrashed,
    RenderOutOfMemory,
    RenderTimedOut,
    SourceChanged,
)
from ocrqueue.model.page import ImageMode, PageImage
from ocrqueue.render.process import Child, ChildLost, Loss
from ocrqueue.settings.schema import RenderSettings
from ocrqueue.text.layer.sheet import Sheet

COUNT_LOSSES: Mapping[Loss, type[OcrqueueError]] = {
    Loss.TIMED_OUT: CountTimedOut,
    Loss.CRASHED: CountCrashed,
    Loss.OUT_OF_MEMORY: CountOutOfMemory,
}
PAGE_LOSSES: Mapping[Loss, type[OcrqueueError]] = {
    Loss.TIMED_OUT: RenderTimedOut,
    Loss.CRASHED: RenderCrashed,
    Loss.OUT_OF_MEMORY: RenderOutOfMemory,
}
ANSWERED_ERRORS: Mapping[str, type[OcrqueueError]] = {
    error.code: error
    for error in (
        NotSupported,
        ExtraMissing,
        FileUnreadable,
        DocumentDamaged,
        PasswordNeeded,
        PasswordWrong,
        NoPages,
        PageDamaged,
        PageTooLarge,
        SourceChanged,
    )
}


class Renderer(AbstractContextManager["Renderer"]):
    """Asks one child at a time; for use by one thread, as a context manager or with `close()`."""

    def __init__(self, limits: RenderSettings) -> None:
        """Remember the limits; the child starts with the first request."""
        self._limits = limits
        self._child: Child | None = None

    def __exit__(self, *_: object) -> None:
        """End the child."""
        self.close()

    def close(self) -> None:
        """End the child; the next request would start another."""
        if self._child is not None:
            self._child.close()
            self._child = None

    def count(self, source: Path, *, passwords: Sequence[str] = ()) -> Counted:
        """Return what a file is and how many pages it claims, judged by its content.

        Raises:
            DocumentError: NotSupported, FileUnreadable, DocumentDamaged, PasswordNeeded,
                PasswordWrong, NoPages, CountTimedOut, CountCrashed or CountOutOfMemory.
            NotReady: the child does not start.
        """
        request = {"do": "count", "source": str(source.absolute()), "passwords": list(passwords)}
        header, _ = self._ask(request, "opening the file", COUNT_LOSSES)
        stand_in = header.get("stand_in")
        return Counted(
            kind=Kind(header["kind"]),
            pages=header["pages"],
            password=header["password"],
            stand_in=StandIn(stand_in) if stand_in else None,
            attached=tuple(header.get("attached", ())),
        )

    def page(
        self,
        source: Path,
        page: int,
        size: PageSize,
        *,
        mode: ImageMode,
        password: str | None = None,
    ) -> PageImage:
        """Return page `page` (from 1) drawn in a size.

        Raises:
            PageError: PageDamaged, PageTooLarge, SourceChanged, RenderTimedOut, RenderCrashed or
                RenderOutOfMemory.
            NotReady: the child does not start.
        """
        asked = {"size": asdict(size), "mode": mode.value}
        request = _page_request("page", source, page, password) | asked
        header, pixels = self._ask(request, f"page {page}", PAGE_LOSSES)
        return PageImage(
            width=header["width"],
            height=header["height"],
            mode=mode,
            pixels=pixels,
            dpi=header["dpi"],
            ink=header["ink"],
            is_reduced=header["is_reduced"],
        )

    def sheet(
        self, source: Path, page: int, size: PageSize, *, password: str | None = None
    ) -> Sheet | None:
        """Return what the file says about page `page` (from 1) in text; None for an image.

        Places are in pixels of the page as `page` draws it, in the same size.

        Raises:
            PageError: PageDamaged, SourceChanged, RenderTimedOut, RenderCrashed or
                RenderOutOfMemory.
            NotReady: the child does not start.
        """
        request = _page_request("sheet", source, page, password) | {"size": asdict(size)}
        header, _ = self._ask(request, f"page {page}", PAGE_LOSSES)
        return None if header["sheet"] is None else Sheet.from_wire(header["sheet"])

    def _ask(
        self, request: Mapping[str, Any], what: str, losses: Mapping[Loss, type[OcrqueueError]]
    ) -> tuple[dict[str, Any], bytes]:
        while True:
            child = self._ready_child()
            first = child.served == 0
            try:
                return self._answer(child, request)
            except ChildLost as lost:
                # What the child did before may be the cause: only a fresh one proves it is this.
                if first or lost.loss is Loss.TIMED_OUT:
                    raise losses[lost.loss](self._tell(lost, what)) from None

    def _answer(self, child: Child, request: Mapping[str, Any]) -> tuple[dict[str, Any], bytes]:
        """Return the answer; whatever else happens, this child is not used again.

        Raises:
            ChildLost: the child is gone, or said that it cannot go on.
        """
        try:
            header, payload = child.ask(request)
        except BaseException:
            self._child = None
            raise
        if "loss" in header:
            self.close()
            raise ChildLost(Loss(header["loss"]), header["how"])
        if "error" in header:
            raise ANSWERED_ERRORS[header["error"]](header["message"])
        return header, payload

    def _ready_child(self) -> Child:
        if self._child is not None and self._child.owner != os.getpid():
            self._child = None  # we were forked: the child belongs to the other process
        if self._child is not None and self._child.served >= self._limits.recycle_after:
            self.close()
        if self._child is None:
            try:
                self._child = Child(self._limits)
            except ChildLost as lost:
                message = f"the renderer does not start: {lost.loss.value} {lost.how}"
                raise NotReady(message.rstrip()) from None
        return self._child

    def _tell(self, lost: ChildLost, what: str) -> str:
        if lost.loss is Loss.TIMED_OUT:
            return f"{what} took longer than {self._limits.timeout_s:g} s"
        if lost.loss is Loss.OUT_OF_MEMORY:
            return f"{what} took more memory than {self._limits.memory_mb} MB"
        return f"{what} crashed the renderer ({lost.how})"


def _page_request(do: str, source: Path, page: int, password: str | None) -> dict[str, Any]:
    return {"do": do, "source": str(source.absolute()), "page": page, "password": password}
