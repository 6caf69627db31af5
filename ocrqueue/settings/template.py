"""The page separator and page marker: texts that may name {page}, {pages} and {name}."""

import re
from collections.abc import Mapping

FIELDS = ("page", "pages", "name")
_PART = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")


def problem_in(template: str) -> str | None:
    """Return what is wrong with a template, or None."""
    for part in _PART.finditer(template):
        if part[0] in ("{{", "}}"):
            continue
        if part[0] in ("{", "}"):
            return f"a lone {part[0]} (write it twice to mean itself)"
        if part[1] not in FIELDS:
            return f"unknown field {part[0]} (known: {{page}}, {{pages}}, {{name}})"
    return None


def fill(template: str, values: Mapping[str, object]) -> str:
    """Return the template with its fields replaced; `{{` and `}}` stand for themselves."""

    def replace(part: re.Match[str]) -> str:
        return part[0][0] if part[1] is None else str(values[part[1]])

    return _PART.sub(replace, template)
