"""The links to a page's figures are pointed at the folder where their files lie."""

from collections.abc import Sequence
from dataclasses import replace

from ocrqueue.model import PageResult


def linked(pages: Sequence[PageResult], folder: str) -> Sequence[PageResult]:
    """Return the pages with links to their figures in a folder, given as the beginning of a URL.

    Only we write a link of this form; whatever looks like one in a reply was escaped.
    """
    return [_linked(page, folder) if page.figures else page for page in pages]


def without_figures(page: PageResult, lost: Sequence[str]) -> PageResult:
    """Return the page without the figures of these names and the links to them."""
    markdown = page.markdown or ""
    for name in lost:
        markdown = markdown.replace(f"![]({name})", "")
    kept = tuple(figure for figure in page.figures if figure.name not in lost)
    return replace(page, markdown=markdown, figures=kept) if lost else page


def _linked(page: PageResult, folder: str) -> PageResult:
    markdown = page.markdown or ""
    for figure in page.figures:
        markdown = markdown.replace(f"![]({figure.name})", f"![]({folder}/{figure.name})")
    return replace(page, markdown=markdown)
