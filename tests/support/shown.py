"""What a reader of Markdown makes of a text: its HTML tags, links and pictures."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token

_TAG = re.compile(r"<[^>]*>?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """All that would act."""

    tags: frozenset[str]
    links: frozenset[str]
    pictures: frozenset[str]


def acts(markdown: str) -> Shown:
    """Return what a Markdown file holds besides text, as CommonMark with HTML reads it."""
    reader = MarkdownIt("commonmark", {"html": True}).enable("table")
    # The oracle forgives nothing: it does not drop what it knows to be dangerous.
    reader.validateLink = lambda _: True  # type: ignore[method-assign, assignment]
    tokens = list(_flat(reader.parse(markdown)))
    html = "\n".join(t.content for t in tokens if t.type in {"html_block", "html_inline"})
    return Shown(
        tags=frozenset(_TAG.findall(html)),
        links=frozenset(str(t.attrs["href"]) for t in tokens if t.type == "link_open"),
        pictures=frozenset(str(t.attrs["src"]) for t in tokens if t.type == "image"),
    )


def _flat(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _flat(token.children or [])
