"""Which files and pages are read, what a file is, and what its output is called."""

from ocrqueue.inputs.globs import matcher
from ocrqueue.inputs.names import collision_key, output_candidates
from ocrqueue.inputs.pages import PageSelection, parse_pages
from ocrqueue.inputs.sniff import HEAD_BYTES, sniff
from ocrqueue.inputs.walk import EXTENSIONS, Found, OnSkip, Skip, find, read_list

__all__ = [
    "EXTENSIONS",
    "HEAD_BYTES",
    "Found",
    "OnSkip",
    "PageSelection",
    "Skip",
    "collision_key",
    "find",
    "matcher",
    "output_candidates",
    "parse_pages",
    "read_list",
    "sniff",
]
