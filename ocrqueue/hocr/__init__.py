"""What an OCR engine saw (hOCR) -> Markdown, in the engine's reading order; pure."""

from ocrqueue.hocr.markdown import to_markdown, to_table
from ocrqueue.hocr.page import Page
from ocrqueue.hocr.parser import parse
from ocrqueue.hocr.strokes import unread

__all__ = ["Page", "parse", "to_markdown", "to_table", "unread"]
