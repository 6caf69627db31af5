"""What the Markdown looks like: a part of each document's manifest, so it crosses processes."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Self

from ocrqueue.model.errors.operator import SettingsError
from ocrqueue.settings.schema import OutputSettings
from ocrqueue.settings.template import problem_in


class OnPageError(StrEnum):
    """What stands for a page nobody could read."""

    PLACEHOLDER = "placeholder"  # a visible line
    BLANK = "blank"  # nothing
    FAIL_DOCUMENT = "fail-document"  # then there is no Markdown at all


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputStyle:
    """How pages are put together; the defaults are those of the settings."""

    page_separator: str = "\n\n"
    page_marker: str = ""
    front_matter: bool = False
    split_pages: bool = False
    on_page_error: OnPageError = OnPageError.PLACEHOLDER
    join_paragraphs: bool = True

    @property
    def shows_pages(self) -> bool:
        """Whether a reader sees where a page begins: a form feed counts, plain space does not."""
        return bool(self.page_separator.strip(" \t\r\n") or self.page_marker.strip())

    def to_wire(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return asdict(self)

    @classmethod
    def from_wire(cls, wire: Mapping[str, Any]) -> Self:
        """Rebuild a style; unknown keys are ignored, missing ones have their default.

        Raises:
            ValueError: `on_page_error` is none of ours.
        """
        known = {k: wire[k] for k in cls.__dataclass_fields__ if k in wire}
        known["on_page_error"] = OnPageError(known.get("on_page_error", OnPageError.PLACEHOLDER))
        return cls(**known)

    @classmethod
    def from_settings(cls, output: OutputSettings) -> Self:
        """Return the style that the settings ask for."""
        return cls.from_wire(asdict(output))


def check_template(template: str) -> None:
    """Check a page separator or page marker.

    Raises:
        SettingsError: it names a field other than {page}, {pages} and {name}.
    """
    if problem := problem_in(template):
        raise SettingsError(f"{template!r}: {problem}")
