"""A worker of any backend's queue that answers as the scripted one does: for engines not here.

python -m tests.support.stand_in BACKEND
"""

import sys

from demo.scripted import Scripted
from ocrqueue.backends import factory
from ocrqueue.backends.base import Backend
from ocrqueue.settings.engines import Candidate, ScriptedSettings
from workers.page_worker import read_pages


def main() -> None:
    """Answer pages until told to stop."""
    (name,) = sys.argv[1:]
    factory.MODULES[name] = "tests.support.stand_in"
    read_pages(name)


def create(candidate: Candidate) -> Backend:
    """Return what answers in the place of a backend."""
    return Scripted(ScriptedSettings(name=candidate.name))


def check(candidate: Candidate) -> list[str]:
    """Return nothing: it always works."""
    del candidate
    return []


if __name__ == "__main__":
    main()
