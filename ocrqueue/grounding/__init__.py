"""What a vision model replies becomes blocks, and blocks become Markdown and figures: pure.

The grammar is that of DeepSeek-OCR and its kin: `<|ref|>LABEL<|/ref|><|det|>[[x1, y1, x2, y2],
...]<|/det|>`, then the block's text. A reply without it is one block of plain Markdown.
"""

from ocrqueue.grounding.markdown import Figure, Page, page, to_markdown
from ocrqueue.grounding.parser import SCALE, Block, Box, parse
from ocrqueue.grounding.parts import formula, table

__all__ = [
    "SCALE",
    "Block",
    "Box",
    "Figure",
    "Page",
    "formula",
    "page",
    "parse",
    "table",
    "to_markdown",
]
