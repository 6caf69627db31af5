"""One process of the CPU pool: reads pages with Tesseract, and checks what models have read.

`--aside`: a model computes on this machine, and has precedence.
"""

import os
import sys

from workers.page_worker import read_pages

ASIDE = 10  # how much nicer than the model


def main() -> None:
    """Read pages until told to stop."""
    if "--aside" in sys.argv[1:]:
        os.nice(ASIDE)
    read_pages("tesseract")


if __name__ == "__main__":
    main()
