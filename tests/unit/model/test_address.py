"""How jobs name a workspace."""

from ocrqueue.model.address import Address

ID = "0123456789abcdef"


def test_an_address_comes_back() -> None:
    """Id and path are read as they were said, whatever is in the path."""
    for path in ("/a/out/.ocrqueue", "/x@y\nz", "/\udcff"):
        assert Address.of(str(Address(id=ID, path=path))) == Address(id=ID, path=path)


def test_a_workspace_of_an_earlier_version_is_named_by_its_path() -> None:
    """It has no id: its name in Redis follows from the path, as it always did."""
    old = Address.of("/data/out/.ocrqueue")
    assert (old.id, str(old)) == ("", "/data/out/.ocrqueue")
    assert old.key == "a5373ac7"


def test_with_an_id_the_path_is_a_hint() -> None:
    """Two machines that see a workspace at two places call it the same in Redis."""
    names = {Address(id=ID, path=path).key for path in ("/a/out", "/b/out")}
    assert names == {ID[:8]}
