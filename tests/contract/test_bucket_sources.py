"""Files of inputs in buckets: fetched once, known by their content, bounded on this machine."""

import os
from pathlib import Path

import pytest
from redis import Redis

from ocrqueue.inputs.walk import Skip
from ocrqueue.model.errors.document import FileUnreadable
from ocrqueue.model.place import BucketPath, Place
from ocrqueue.workspace import bucket_walk, buckets, confirmation, sources
from tests.support import seaweed
from tests.support.batch import Batch, make_batch
from tests.support.fault_proxy import FaultProxy
from tests.support.seaweed import Seaweed


@pytest.fixture(autouse=True)
def _own_copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep none of another test."""
    monkeypatch.setattr(confirmation, "STATE", tmp_path / "state")


@pytest.fixture
def batch(tmp_path: Path, client: Redis, bucket: Place) -> Batch:
    """A document whose file this machine has, in a workspace in the bucket."""
    return make_batch(tmp_path, client, count=1, place=bucket)


def test_a_machine_without_the_file_has_its_content(batch: Batch) -> None:
    """The producer put it into the bucket, once; it is fetched once, and keeps its name."""
    Path(batch.document.source).unlink()

    first = sources.at_hand(batch.store, batch.document)
    before = Path(first.source).stat().st_ino
    again = sources.at_hand(batch.store, batch.document)

    assert Path(first.source).read_bytes() == b"a"
    assert Path(first.source).name == "a.pdf"
    assert Path(again.source).stat().st_ino == before
    assert Path(first.source).stat().st_mtime_ns == batch.document.mtime_ns


def test_another_content_is_not_taken_for_it(batch: Batch) -> None:
    """Whoever writes to the bucket chooses no text: the page then fails."""
    place = batch.store.place / "sources" / batch.document.sha256[:2] / batch.document.sha256
    seaweed.put(place, b"of somebody")

    found = sources.at_hand(batch.store, batch.document)

    assert not Path(found.source).exists()


def test_a_known_object_is_not_fetched_again(weed: Seaweed, bucket: Place) -> None:
    """Its stamp is looked at, with one request; a new content is told."""
    source = bucket / "a.pdf"
    seaweed.put(source, b"one")
    with FaultProxy(weed.port) as proxy:
        buckets.settle(seaweed.settings_of(proxy.port))
        known = sources.digest(str(source))
        before = len(proxy.asked)
        assert sources.digest(str(source), known=known) == known
        assert [one.method for one in proxy.asked[before:]] == ["HEAD"]
    buckets.settle(weed.settings)
    seaweed.put(source, b"another")

    assert sources.digest(str(source), known=known)[0] != known[0]
    with pytest.raises(FileUnreadable, match=r"none\.pdf cannot be read"):
        sources.digest(str(bucket / "none.pdf"))


def test_copies_leave_when_there_are_too_many(
    bucket: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that were used longest ago; and a file that is too large for all is not fetched."""
    monkeypatch.setattr(buckets, "cache_bytes", lambda: 10)
    copies = []
    for name in ("a", "b", "c"):
        seaweed.put(bucket / name, name.encode() * 4)
        sha256, stamp = sources.digest(str(bucket / name))
        copies.append(sources.opened(str(bucket / name), sha256, stamp)[0])
        os.utime(copies[-1].parent, (1.0, 1.0 + len(copies)))
    seaweed.put(bucket / "large", b"12345678901")

    assert [copy.exists() for copy in copies] == [False, True, True]
    with pytest.raises(FileUnreadable, match=r"storage\.cache_mb"):
        sources.digest(str(bucket / "large"))


def test_inputs_are_taken_by_their_names(bucket: Place) -> None:
    """What is hidden, ours or of another kind is left out; one object may be named itself."""
    assert isinstance(bucket, BucketPath)
    for name in ("b.PDF", "sub/a.png", "sub/notes.txt", ".git/x.pdf", "out/a.pdf", "~$b.pdf"):
        seaweed.put(bucket / name, b"x")
    left = list[tuple[str, Skip]]()

    found = bucket_walk.find(
        bucket, skip=[bucket / "out"], on_skip=lambda place, why: left.append((place.name, why))
    )

    assert [str(one.relative) for one in found] == ["b.PDF", "sub/a.png"]
    assert dict(left)["notes.txt"] is Skip.NOT_SUPPORTED
    assert [str(one.relative) for one in bucket_walk.find(bucket / "b.PDF")] == ["b.PDF"]
    with pytest.raises(FileUnreadable, match="there is nothing"):
        list(bucket_walk.find(bucket / "none"))
