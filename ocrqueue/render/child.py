"""The child process: answers count, page and sheet requests until its parent goes."""

import contextlib
import os
import stat
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from ocrqueue.inputs.sniff import HEAD_SIZE, require_kind
from ocrqueue.model.document import Kind, PageSize
from ocrqueue.model.errors.base import OcrqueueError
from ocrqueue.model.errors.document import DocumentError, FileUnreadable, NotSupported
from ocrqueue.model.errors.page import PageDamaged, SourceChanged
from ocrqueue.model.page import ImageMode
from ocrqueue.render import catalog, image, pdf, protocol, sheet
from ocrqueue.render.process import Loss
from ocrqueue.render.protocol import Drawing
from ocrqueue.render.sandbox import confine


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """An open document and what must stay the same for it to be used again."""

    key: tuple[Any, ...]
    kind: Kind
    content: Any  # a PDF document or an image
    has_units: bool = False  # a page of it may have a unit of its own
    password: str | None

    def close(self) -> None:
        """Release the file; what a damaged document raises then does not matter."""
        with contextlib.suppress(Exception):
            self.content.close()


class DrawingReader:
    """Keeps the last document open: opening a long PDF for each of its pages adds up."""

    def __init__(self) -> None:
        """Start with nothing open."""
        self._opened: Opened | None = None

    def answer(self, request: Mapping[str, Any]) -> tuple[dict[str, Any], Any]:
        """Return header and payload for one request.

        Raises:
            OcrqueueError: the document or page cannot be read.
        """
        source = Path(request["source"])
        if request["do"] == "count":
            return self._count(source, request["passwords"])
        try:
            opened = self._open(source, [p for p in (request["password"],) if p is not None])
        except (FileUnreadable, NotSupported) as error:
            raise SourceChanged(str(error)) from None
        except DocumentError as error:
            raise PageDamaged(str(error)) from None
        if request["do"] == "page":
            return _page(opened, request)
        return _sheet(opened, request)

    def close(self) -> None:
        """Release what is open."""
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    def _count(self, source: Path, passwords: list[str]) -> tuple[dict[str, Any], Any]:
        opened = self._open(source, passwords)
        told: dict[str, Any] = {"kind": opened.kind, "password": opened.password}
        if opened.kind is not Kind.PDF:
            return told | {"pages": image.count_frames(opened.content)}, b""
        told["stand_in"] = catalog.stand_in(opened.content)
        told["attached"] = catalog.attached(opened.content)
        return told | {"pages": len(opened.content)}, b""

    def _open(self, source: Path, passwords: list[str]) -> Opened:
        kind, identity = _identify(source)
        key = (str(source), *identity, *passwords)
        if self._opened is None or self._opened.key != key or kind is not Kind.PDF:
            self.close()
            self._opened = _open(source, kind, key, passwords)
        return self._opened


def main() -> None:
    """Confine this process, then answer requests until stdin ends."""
    answers, parent, memory_mb = (int(argument) for argument in sys.argv[1:4])
    confine(parent=parent, memory_mb=memory_mb)
    reader = DrawingReader()
    _send(answers, {"ready": True}, b"")
    while (request := protocol.receive(sys.stdin.buffer)) is not None:
        header, payload = _answer(reader, request)
        _send(answers, header, payload)


def _answer(reader: DrawingReader, request: Mapping[str, Any]) -> tuple[dict[str, Any], Any]:
    """Return the answer, errors included; a surprise counts as a crash of this process."""
    try:
        return reader.answer(request)
    except OcrqueueError as error:
        return {"error": error.code, "message": str(error)}, b""
    except MemoryError:
        return {"loss": Loss.OUT_OF_MEMORY.value, "how": ""}, b""
    except Exception as error:  # noqa: BLE001 - anything else is reported, then we are replaced
        how = f"{type(error).__name__}: {error}"
        return {"loss": Loss.CRASHED.value, "how": how}, b""


def _send(descriptor: int, header: Mapping[str, Any], payload: Any) -> None:
    with memoryview(payload).cast("B") as body:
        _write(descriptor, memoryview(protocol.pack({**header, "payload": len(body)})))
        _write(descriptor, body)


def _write(descriptor: int, view: memoryview) -> None:
    written = 0
    while written < len(view):
        written += os.write(descriptor, view[written:])


def _identify(source: Path) -> tuple[Kind, tuple[int, int]]:
    """Return kind, size and time of a regular file.

    Raises:
        FileUnreadable, NotSupported, DocumentDamaged: it is none we read.
    """
    try:
        head, status = _look_inside(source)
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the name
        message = f"the file cannot be read: {getattr(error, 'strerror', error)}"
        raise FileUnreadable(message) from None
    return require_kind(head), (status.st_size, status.st_mtime_ns)


def _look_inside(source: Path) -> tuple[bytes, os.stat_result]:
    # Without O_NONBLOCK, opening a named pipe would wait for someone to write to it.
    descriptor = os.open(source, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise NotSupported(f"not a PDF or a supported image: {_file_type(status.st_mode)}")
        return os.read(descriptor, HEAD_SIZE), status
    finally:
        os.close(descriptor)


def _file_type(mode: int) -> str:
    names = ((stat.S_ISDIR, "a folder"), (stat.S_ISFIFO, "a named pipe"))
    return next((name for is_type, name in names if is_type(mode)), "a device or socket")


def _open(source: Path, kind: Kind, key: tuple[Any, ...], passwords: list[str]) -> Opened:
    if kind is not Kind.PDF:
        return Opened(key=key, kind=kind, content=image.open_image(source, kind), password=None)
    document, password = pdf.open_pdf(source, passwords)
    has_units = catalog.mentions_units(source)
    return Opened(key=key, kind=kind, content=document, password=password, has_units=has_units)


def _page(opened: Opened, request: Mapping[str, Any]) -> tuple[dict[str, Any], Any]:
    page, mode = request["page"], ImageMode(request["mode"])
    draw: Callable[..., Drawing] = pdf.draw if opened.kind is Kind.PDF else image.draw
    if opened.has_units:
        draw = partial(draw, unit=_unit(opened, page))
    drawing = draw(opened.content, page, PageSize(**request["size"]), mode=mode)
    header = {
        "width": drawing.width,
        "height": drawing.height,
        "dpi": drawing.dpi,
        "ink": drawing.ink,
        "is_reduced": drawing.is_reduced,
    }
    return header, drawing.pixels


def _sheet(opened: Opened, request: Mapping[str, Any]) -> tuple[dict[str, Any], Any]:
    if opened.kind is not Kind.PDF:
        return {"sheet": None}, b""
    page, size = request["page"], PageSize(**request["size"])
    found = sheet.read_sheet(opened.content, page, size, unit=_unit(opened, page))
    return {"sheet": found.to_wire()}, b""


def _unit(opened: Opened, page: int) -> float:
    return catalog.unit_of(opened.content, page) if opened.has_units else 1.0


if __name__ == "__main__":
    main()
