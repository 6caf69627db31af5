"""Which inputs are taken, in buckets as in folders: objects by name, as a listing says no more."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import PurePath

from ocrqueue.inputs import walk
from ocrqueue.inputs.globs import matcher
from ocrqueue.inputs.walk import Found, OnSkip, Skip, is_named_for_us, why_no_name
from ocrqueue.model.errors.document import FileUnreadable
from ocrqueue.model.place import BucketPath, Place
from ocrqueue.settings.schema import InputSettings
from ocrqueue.workspace import buckets


def find_anywhere(
    roots: Sequence[Place],
    wanted: InputSettings,
    *,
    skip: Sequence[Place] = (),
    on_skip: OnSkip = lambda place, reason: None,  # noqa: ARG005
) -> Iterator[Found]:
    """Yield the wanted inputs below folders and in buckets: as `walk.find`, and as `find`.

    Raises:
        FileUnreadable: there is nothing in a bucket.
        StorageAway: it cannot be asked.
    """
    include, exclude, links = wanted.include, wanted.exclude, wanted.follow_links
    for root in roots:
        if isinstance(root, BucketPath):
            yield from find(root, include=include, exclude=exclude, skip=skip, on_skip=on_skip)
            continue
        yield from walk.find(
            [root], include=include, exclude=exclude, skip=skip, follow_links=links, on_skip=on_skip
        )


def find(
    root: BucketPath,
    *,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    skip: Sequence[Place] = (),
    on_skip: OnSkip = lambda place, reason: None,  # noqa: ARG005
) -> Iterator[Found]:
    """Yield the object of this name, or else what lies below it and is named as a document.

    `skip` names what is not looked into: the outputs, the workspace.

    Raises:
        FileUnreadable: there is nothing.
        StorageAway: the bucket cannot be asked.
    """
    import obstore  # noqa: PLC0415 - an extra

    store, any_is_there = buckets.store(root.bucket), False
    if root.key and (version := _version(root)):
        yield Found(source=root, relative=PurePath(root.name), version=version)
        return
    is_included = matcher(include) if include else lambda _: True
    is_excluded = matcher(exclude)
    with buckets.asking(root):
        for chunk in obstore.list(store, root.key or None):
            for one in chunk:
                any_is_there = True
                place = root.joinpath(*one["path"].removeprefix(root.key).strip("/").split("/"))
                relative = PurePath(*place.parts[len(root.parts) :])
                reason = _why_not(place, relative, skip)
                if not reason and (is_excluded(relative) or not is_included(relative)):
                    reason = Skip.EXCLUDED
                if reason:
                    on_skip(place, reason)
                else:
                    yield Found(source=place, relative=relative, version=str(one["e_tag"]))
    if not any_is_there:
        raise FileUnreadable(f"there is nothing at {root}")


def _version(place: BucketPath) -> str:
    """Return what changes with an object; "": there is none."""
    with suppress(FileNotFoundError):
        return str(buckets.head(place)["e_tag"])
    return ""


def _why_not(place: BucketPath, relative: PurePath, skip: Sequence[Place]) -> Skip | None:
    if any(place.is_relative_to(known) for known in skip):
        return Skip.OUTPUT
    if any(part.startswith(".") for part in relative.parts[:-1]):
        return Skip.HIDDEN
    if reason := why_no_name(relative.name):
        return reason
    return None if is_named_for_us(relative) else Skip.NOT_SUPPORTED
