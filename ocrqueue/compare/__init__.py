"""The same pages read by several backends, and how what they read differs."""

from ocrqueue.compare.page import html
from ocrqueue.compare.part import PageRead
from ocrqueue.compare.purse import Purse
from ocrqueue.compare.reading import Input, OnePage, find, read, sample, without_those_that_stay
from ocrqueue.compare.summary import UNTRIED, Figures, of_backends, to_wire

__all__ = [
    "UNTRIED",
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
    "to_wire",
    "without_those_that_stay",
]
