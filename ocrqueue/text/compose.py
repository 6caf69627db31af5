"""Ordered page results in, Markdown out."""

import re
from collections.abc import Iterator, Sequence

from ocrqueue.model.page import PageResult, Verdict
from ocrqueue.settings.schema import OnPageError, OutputSettings
from ocrqueue.settings.template import fill
from ocrqueue.text import margins
from ocrqueue.text.compose_blocks import clean, closed, joint, marked, without_head
from ocrqueue.text.front_matter import FrontMatter

LONGEST_NOTE = 300  # letters of a reason
_SIGNS = re.compile(r"([\\`*_\[\]<>&|~])")
_NOT_IN_COMMENTS = re.compile(r"-(?=-)|[<>{}]")  # what ends one, or begins what sites run


def compose(pages: Sequence[PageResult], style: OutputSettings, front: FrontMatter) -> str | None:
    """Return the Markdown of a document from its pages in order.

    None where a page failed and the style says that this fails the document. Between two pages
    stands the separator, {page} being the page that follows. A page without text leaves no trace,
    unless the marker or the separator is visible: then every page has its own. Paragraphs are
    joined over a page break only where nothing visible comes between.
    """
    if style.on_page_error is OnPageError.FAIL_DOCUMENT and is_partial(pages):
        return None
    text = "".join(_joined(_shown(pages, style), style, front))
    text = text.rstrip(" \n")
    head = front.to_yaml() if style.front_matter else ""
    return head + text + "\n" if text else head


def compose_pages(
    pages: Sequence[PageResult], style: OutputSettings, front: FrontMatter
) -> dict[int, str] | None:
    """Return the Markdown of each page for a file of its own; None as in `compose`."""
    if style.on_page_error is OnPageError.FAIL_DOCUMENT and is_partial(pages):
        return None
    files = {}
    for result in _shown(pages, style):
        head = front.to_yaml(page=result.page) if style.front_matter else ""
        text = _page(result, style, front, is_head=not head)
        files[result.page] = head + text + "\n" if text else head
    return files


def _shown(pages: Sequence[PageResult], style: OutputSettings) -> Sequence[PageResult]:
    pages = [marked(page) for page in pages] if style.mark_doubts else pages
    return pages if style.keep_headers else margins.without(pages)


def is_partial(pages: Sequence[PageResult]) -> bool:
    """Tell whether a page is missing from the document."""
    return any(result.failed for result in pages)


def _joined(
    pages: Sequence[PageResult], style: OutputSettings, front: FrontMatter
) -> Iterator[str]:
    """Yield the text piece by piece; only the last page is held back, for the next may join it."""
    held = ""
    may_join = False
    is_head = True
    notes: list[str] = []  # of pages without text, which hold up no paragraph
    for result in pages:
        text = _page(result, style, front, is_head=is_head and not style.front_matter)
        if not style.shows_pages and not _body(result, style):
            notes += [text] if text else []
            continue
        joins = None
        if not is_head:
            joins = joint(held, text) if may_join and _may_join(result, style) else None
            before, text = joins or (
                held + fill(style.page_separator, _fields(result, front)),
                text,
            )
            yield before
        if joins is None:
            text, notes = "\n\n".join([*notes, text]), []
        held, may_join, is_head = text, _may_join(result, style), False
    yield "\n\n".join(filter(None, [held, *notes]))


def _may_join(result: PageResult, style: OutputSettings) -> bool:
    is_text = not result.failed and result.verdict is not Verdict.DOUBTFUL
    return is_text and style.join_paragraphs and not style.shows_pages


def _page(result: PageResult, style: OutputSettings, front: FrontMatter, *, is_head: bool) -> str:
    body = _body(result, style)
    marker = fill(style.page_marker, _fields(result, front)) if style.page_marker.strip() else ""
    before = list(filter(None, [marker, _note(result) if style.page_notes else ""]))
    if not before:
        return without_head(body) if is_head else body
    return "\n\n".join(filter(None, [*before, body]))


def _note(result: PageResult) -> str:
    """Return a comment that says what is the matter with a page that was read; "": nothing is."""
    if result.by_person or result.verdict not in (Verdict.DOUBTFUL, Verdict.BLANK):
        return ""
    reason = " ".join(_NOT_IN_COMMENTS.sub("", clean(result.reason)[:LONGEST_NOTE]).split())
    return f"<!-- page {result.page}: {result.verdict}{f': {reason}' if reason else ''} -->"


def _body(result: PageResult, style: OutputSettings) -> str:
    if result.markdown is not None:
        return closed(clean(result.markdown))
    return _placeholder(result) if style.on_page_error is OnPageError.PLACEHOLDER else ""


def _placeholder(result: PageResult) -> str:
    """Return one visible line; what happened in detail is in the ledger, not in the text."""
    reason = " ".join((result.message or result.error or "unknown reason").split())
    shown = _SIGNS.sub(r"\\\1", clean(reason))
    return f"> **[page {result.page} could not be read: {shown}]**"


def _fields(result: PageResult, front: FrontMatter) -> dict[str, object]:
    return {"page": result.page, "pages": front.pages, "name": front.name}
