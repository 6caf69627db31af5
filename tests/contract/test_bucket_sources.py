"""Files of inputs in buckets: fetched once, known by their content, bounded on this machine."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from redis import Redis

from ocrqueue.inputs import fingerprint
from ocrqueue.inputs.walk import Skip
from ocrqueue.model.errors.document import FileUnreadable
from ocrqueue.model.errors.operator import StorageAway
from ocrqueue.model.place import BucketPath, Place
from ocrqueue.workspace import bucket_walk, buckets, confirmation, sources
from tests.support import seaweed
from tests.support.batch import Batch, make_batch
from tests.support.fault_proxy import Choose, Fault, FaultProxy
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


@pytest.fixture
def proxy(weed: Seaweed, bucket: Place) -> FaultProxy:
    """What stands before the server."""
    del bucket
    return FaultProxy(weed.port)


@pytest.fixture
def large(batch: Batch, proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch) -> Iterator[Batch]:
    """A document whose file is sent in three parts, and is nowhere yet."""
    monkeypatch.setattr(sources, "WHOLE", 1)
    path, content = Path(batch.document.source), os.urandom(2 * sources.PART + 1)
    path.write_bytes(content)
    sha256, _ = fingerprint.digest(path)
    with proxy:
        buckets.settle(replace(seaweed.settings_of(proxy.port), patience_s=60.0))
        yield replace(batch, document=replace(batch.document, sha256=sha256))


@contextmanager
def patience(proxy: FaultProxy, seconds: float) -> Iterator[None]:
    """Ask again for so long only."""
    told = seaweed.settings_of(proxy.port)
    buckets.settle(replace(told, patience_s=seconds))
    try:
        yield
    finally:
        buckets.settle(replace(told, patience_s=60.0))


def keep(large: Batch) -> None:
    """Put the file into the bucket, as a producer does."""
    sources.keep(large.store, large.document, fingerprint.digest(Path(large.document.source))[1])


def is_whole(large: Batch) -> bool:
    """Return whether a machine that has no file finds all of it in the bucket."""
    path = Path(sources.at_hand(large.store, large.document).source)
    return path.exists() and path.read_bytes() == Path(large.document.source).read_bytes()


def requests(at: str, *faults: Fault) -> Choose:
    """Return what lets the first requests fail, in these ways, that look like this."""
    left = [*faults]
    looks = re.compile(at).search
    return lambda one: left.pop(0) if left and looks(f"{one.method} {one.path}") else None


PART_2, END = "PUT .*partNumber=2", "POST .*uploadId"


@pytest.mark.parametrize(
    ("at", "faults"),
    [
        *((at, [fault]) for at in (PART_2, END) for fault in (Fault.CUT, Fault.LOST)),
        (f"{END}|DELETE", [Fault.LOST, Fault.FORGOTTEN, Fault.FORGOTTEN]),
    ],
    ids=["part-cut", "part-lost", "end-cut", "end-lost", "end-lost-and-forgotten"],
)
def test_what_breaks_off_between_parts_is_sent_again(
    large: Batch, proxy: FaultProxy, at: str, faults: list[Fault]
) -> None:
    """A part, and what puts all together: the file is there, whole, and the producer goes on."""
    proxy.choose = requests(at, *faults)

    keep(large)

    assert is_whole(large)


def test_half_of_a_large_file_is_never_a_file(large: Batch, proxy: FaultProxy) -> None:
    """Who gives up leaves nothing that is read, not even where he cannot take back his parts."""
    proxy.choose = requests(f"{PART_2}|{END}|DELETE", *[Fault.CUT] * 1000)

    with pytest.raises(StorageAway), patience(proxy, 2.0):
        keep(large)

    proxy.choose = lambda _: None
    assert not is_whole(large)
    assert not [one for one in seaweed.contents(large.store.place) if large.document.sha256 in one]
    keep(large)
    assert is_whole(large)


def test_what_is_shorter_than_the_file_is_replaced(large: Batch) -> None:
    """Whoever put it there, and whenever: the next producer sends the file."""
    sha256 = large.document.sha256
    seaweed.put(large.store.place / "sources" / sha256[:2] / sha256, b"half")

    keep(large)

    assert is_whole(large)
