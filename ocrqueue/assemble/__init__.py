"""The settled pages of a document become its Markdown: pure, and the same from run to run."""

from ocrqueue.assemble.compose import compose, compose_pages, is_partial
from ocrqueue.assemble.front import FrontMatter
from ocrqueue.assemble.linking import linked, without_figures
from ocrqueue.assemble.style import OnPageError, OutputStyle, check_template

__all__ = [
    "FrontMatter",
    "OnPageError",
    "OutputStyle",
    "check_template",
    "compose",
    "compose_pages",
    "is_partial",
    "linked",
    "without_figures",
]
