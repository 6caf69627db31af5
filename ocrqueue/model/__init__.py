"""The words of the project as frozen data: document, page, reading, attempt, reply, result.

Everything that crosses a process or lies on disk has `to_wire` and `from_wire`: plain JSON with a
version number, no pickle. Pages are numbered from 1.
"""

from ocrqueue.model.documents import Document, Kind, Reading, RouteStep, Task, spell_pages
from ocrqueue.model.pages import (
    Attempt,
    Figure,
    ImageMode,
    Judgement,
    PageImage,
    PageResult,
    Reply,
    Verdict,
    failed_result,
)
from ocrqueue.model.wire import WIRE_VERSION, require_version

__all__ = [
    "WIRE_VERSION",
    "Attempt",
    "Document",
    "Figure",
    "ImageMode",
    "Judgement",
    "Kind",
    "PageImage",
    "PageResult",
    "Reading",
    "Reply",
    "RouteStep",
    "Task",
    "Verdict",
    "failed_result",
    "require_version",
    "spell_pages",
]
