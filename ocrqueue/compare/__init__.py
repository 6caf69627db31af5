"""The same pages read by several backends, and how what they read differs."""

from ocrqueue.compare.page import html
from ocrqueue.compare.purse import Purse
from ocrqueue.compare.reading import Input, OnePage, PageRead, find, read, sample, that_stay
from ocrqueue.compare.summary import Figures, of_backends, to_wire

__all__ = [
    "Figures",
    "Input",
    "OnePage",
    "PageRead",
    "Purse",
    "find",
    "html",
    "of_backends",
    "read",
    "sample",
    "that_stay",
    "to_wire",
]
