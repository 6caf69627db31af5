"""Where a workspace, its outputs or an input lie: at a path of this machine, or in a bucket."""

import os
import re
from pathlib import Path, PurePosixPath
from typing import TypeAlias

SCHEME = "s3://"
_FIRST = "s3:"
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")  # as S3 allows it
_PERCENT = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)


class BucketPath(PurePosixPath):
    """The place of an object, or of several that begin alike: `s3://BUCKET/KEY`.

    Its parts are `s3:`, the bucket and the parts of the key. No file of this machine is meant, so
    that nothing opens one by it.
    """

    __slots__ = ()

    def __str__(self) -> str:
        """Return it as users write it; a part of it, such as what lies below another, as a path."""
        is_whole = self.parts[:1] == (_FIRST,)
        return SCHEME + "/".join(self.parts[1:]) if is_whole else super().__str__()

    def __fspath__(self) -> str:
        raise TypeError(f"{self} lies in a bucket, not on this machine")

    def is_absolute(self) -> bool:
        """Return whether it means the same everywhere, which it does."""
        return True

    @property
    def bucket(self) -> str:
        """The name of the bucket."""
        return self.parts[1]

    @property
    def key(self) -> str:
        """The key in the bucket, without a slash at either end; "": the bucket as a whole."""
        return "/".join(self.parts[2:])


Place: TypeAlias = Path | BucketPath


def is_address(text: str) -> bool:
    """Return whether a text is no path but an address, such as `s3://scans/2024`."""
    return bool(_ADDRESS.match(text))


def place_of(text: str) -> Place:
    """Return the place that a text means: a path, `file:///PATH` or `s3://BUCKET/PREFIX`.

    Raises:
        ValueError: it is an address of another kind, or makes no sense.
    """
    if not is_address(text):
        return Path(text)
    if text.startswith("file:///"):
        return Path(_PERCENT.sub(_byte, text.removeprefix("file://")))
    if not text.startswith(SCHEME):
        raise ValueError(f"{text:.60} begins with neither {SCHEME} nor file:///")
    bucket, _, key = text.removeprefix(SCHEME).partition("/")
    parts = [part for part in key.split("/") if part]
    if not _BUCKET.fullmatch(bucket):
        raise ValueError(f"{bucket!r:.60} is no name of a bucket")
    if "\0" in key or {".", ".."} & {*parts}:
        raise ValueError(f"{text!r:.200} has a part that is no name")
    return BucketPath(_FIRST, bucket, *parts)


def absolute(place: Place) -> Place:
    """Return a place that does not depend on the current folder."""
    return place if isinstance(place, BucketPath) else place.absolute()


def _byte(spelled: "re.Match[str]") -> str:
    return os.fsdecode(bytes.fromhex(spelled[0].replace("%", "")))
