"""Places: paths of this machine and in buckets, as texts say them."""

import os
from pathlib import Path, PurePath

import pytest

from ocrqueue.model.place import BucketPath, absolute, place_of


def test_a_place_in_a_bucket_is_spelled_as_it_was_given() -> None:
    """And its bucket and key are told apart; slashes at the end or doubled mean nothing."""
    place = place_of("s3://scans/2024//März 1.pdf/")

    assert isinstance(place, BucketPath)
    assert str(place) == "s3://scans/2024/März 1.pdf"
    assert (place.bucket, place.key) == ("scans", "2024/März 1.pdf")
    assert place_of(str(place)) == place
    assert absolute(place) is place


def test_what_lies_below_a_place_is_a_place() -> None:
    """As with paths; what is relative is a path again."""
    place = place_of("s3://scans/in")

    assert str(place / "a" / "b.pdf") == "s3://scans/in/a/b.pdf"
    assert str((place / "b.json").with_suffix(".md")) == "s3://scans/in/b.md"
    assert str((place / "a" / "b").parent.parent) == "s3://scans/in"
    assert str((place / "a" / "b").relative_to(place)) == str(PurePath("a/b"))
    assert (place / "a").is_relative_to(place)
    assert not place_of("s3://scans/inbox").is_relative_to(place)


def test_no_file_of_this_machine_is_meant_by_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though one could be called so."""
    monkeypatch.chdir(tmp_path)
    Path("s3:/scans").mkdir(parents=True)

    with pytest.raises(TypeError, match="lies in a bucket"):
        os.listdir(place_of("s3://scans"))  # noqa: PTH208 - it is not to work


@pytest.mark.parametrize(
    "text",
    ["s3://", "s3:///a", "s3://UP/a", "s3://abc/../x", "gs://abc/x", "s3://abc/a\0b", "S3://a"],
)
def test_other_addresses_are_none(text: str) -> None:
    """Nobody guesses what they could mean."""
    with pytest.raises(ValueError, match=r"\w"):
        place_of(text)


@pytest.mark.parametrize(
    ("text", "path"), [("/a b", "/a b"), ("file:///a%20b", "/a b"), ("a/b", "a/b"), ("s3", "s3")]
)
def test_a_path_is_a_path(text: str, path: str) -> None:
    """Also as an address."""
    assert place_of(text) == Path(path)
