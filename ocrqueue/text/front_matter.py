"""The YAML block at the head of a document, written so that no text can break out of it."""

import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Self

from ocrqueue import __version__
from ocrqueue.model.document import Document
from ocrqueue.model.page import PageResult, Verdict

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u200b\u2028-\u202e\u2060-\u206f\U000e0000-\U000e0fff]")
# Letters JSON leaves as they are, but YAML 1.2 does not print (https://yaml.org/spec/1.2.2/#51),
# those that nobody sees, and signs at which makers of notes and sites begin to run what follows.
_NOT_YAML = re.compile(
    "[\x7f-\x9f\u200b\u2028-\u202e\u2060-\u206f\ufeff\ufffe\uffff\U000e0000-\U000e0fff]|<(?=%)|\\{(?=[{%])"
)

_LAST_SHORT = 0xFFFF  # that four digits can name


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontMatter:
    """What the head of a document tells; nothing in it changes from run to run."""

    source: str
    sha256: str = ""
    pages: int = 0  # pages of the whole file
    failed: tuple[int, ...] = ()
    doubtful: tuple[int, ...] = ()
    backends: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    created_by: str = f"ocrqueue {__version__}"

    @property
    def name(self) -> str:
        """The file's name as it may be written anywhere."""
        return _CONTROL.sub("_", _printable(PurePath(self.source).name))

    @classmethod
    def of(cls, document: Document, results: Sequence[PageResult]) -> Self:
        """Return what is known of a document and its settled pages."""
        read = [result for result in results if not result.failed]
        return cls(
            source=document.source,
            sha256=document.sha256,
            pages=document.pages,
            failed=tuple(sorted(r.page for r in results if r.failed)),
            doubtful=tuple(sorted(r.page for r in read if r.verdict is Verdict.DOUBTFUL)),
            backends=tuple(sorted({r.backend for r in read if r.backend})),
            models=tuple(sorted({r.model for r in read if r.model})),
        )

    def to_yaml(self, *, page: int | None = None) -> str:
        """Return the block with its two rules and one empty line; `page` for a page's own file."""
        values: Mapping[str, object] = {
            "source": _printable(self.source),
            "sha256": self.sha256,
            "pages": self.pages,
            **({"page": page} if page is not None else {}),
            "failed_pages": self.failed,
            "doubtful_pages": self.doubtful,
            "backends": self.backends,
            "models": self.models,
            "created_by": self.created_by,
        }
        told = {key: json.dumps(value, ensure_ascii=False) for key, value in values.items()}
        # JSON is YAML, save for a few letters.
        lines = [f"{key}: {_NOT_YAML.sub(_escaped, value)}" for key, value in told.items()]
        return "\n".join(["---", *lines, "---", "", ""])


def _printable(text: str) -> str:
    """Return text that can be written: a byte that is no UTF-8 becomes a readable escape."""
    try:
        return os.fsencode(text).decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:
        return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _escaped(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\u{code:04x}" if code <= _LAST_SHORT else f"\\U{code:08x}"
