"""A worker of any backend's queue that answers by script: for engines that are not there.

    python -m tests.support.stand_in BACKEND

Its script is the backend's option `script`.
"""

import sys

from ocrqueue.backends import factory
from workers.page_worker import read_pages


def main() -> None:
    """Answer pages until told to stop."""
    (name,) = sys.argv[1:]
    factory.MODULES[name] = "ocrqueue.backends.scripted"
    read_pages(name)


if __name__ == "__main__":
    main()
