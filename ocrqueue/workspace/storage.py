"""Which files a place means, and where a run keeps what is of this machine alone."""

import hashlib
from functools import lru_cache
from pathlib import Path

from ocrqueue.model.errors.operator import UsageError
from ocrqueue.model.place import BucketPath, Place
from ocrqueue.settings.schema import Settings
from ocrqueue.workspace import buckets
from ocrqueue.workspace.bucket_files import BucketFiles
from ocrqueue.workspace.confirmation import STATE
from ocrqueue.workspace.files import Files
from ocrqueue.workspace.folder_files import FolderFiles

MARK = "workspace.json"  # makes a place a workspace


def settle(settings: Settings) -> None:
    """Tell this process how buckets are reached, and which ones are meant."""
    buckets.settle(settings.storage)
    buckets.name(*settings.workspace.places, settings.workers.root)


@lru_cache(maxsize=64)  # each page asks four times
def of_workspace(root: Place) -> Files:
    """Return the files of a workspace, which is itself entered as what must be no link."""
    if isinstance(root, BucketPath):
        return _in_bucket(root)
    return FolderFiles(below=root.parent, needed=root / MARK)


def of_output(folder: Place) -> Files:
    """Return the files of an output folder, which the user named and which may be a link.

    Raises:
        UsageError: it is in a bucket that only a workspace names.
    """
    if not buckets.is_named(folder):
        message = f"only the workspace says that outputs go to {folder}: if so, name it with -o"
        raise UsageError(message)
    return _in_bucket(folder) if isinstance(folder, BucketPath) else FolderFiles(below=folder)


def desk(root: Place) -> Path:
    """Return where a run's lock, its log and its list of inputs lie: no bucket can be appended to.

    That is the workspace itself, or a folder of this user for one in a bucket.
    """
    if not isinstance(root, BucketPath):
        return root
    name = hashlib.sha256(str(root).encode(errors="surrogateescape")).hexdigest()[:16]
    return STATE.expanduser() / "buckets" / name


@lru_cache(maxsize=64)
def _in_bucket(place: BucketPath) -> BucketFiles:
    return BucketFiles(below=place)
