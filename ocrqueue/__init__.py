"""Folders of PDFs and scans in, one Markdown file per document out, every page accounted for."""

__version__ = "0.1.0"
