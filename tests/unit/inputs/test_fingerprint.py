"""Which document a file is."""

from pathlib import Path

import pytest

from ocrqueue.inputs import fingerprint
from ocrqueue.model.document import MOST_PAGES, Counted, Kind
from ocrqueue.model.errors.document import DocumentDamaged
from tests.support.readings import a_reading


def test_a_file_that_claims_impossible_pages_is_damaged(tmp_path: Path) -> None:
    """No record is made of it that nobody could read back."""
    path = tmp_path / "a.pdf"
    path.write_bytes(b"%PDF")

    def counted_as(pages: int) -> Counted:
        return Counted(kind=Kind.PDF, pages=pages, password=None)

    document, _ = fingerprint.identify(path, a_reading(), lambda _: counted_as(MOST_PAGES))
    assert document.pages == MOST_PAGES
    with pytest.raises(DocumentDamaged, match="claims 2,000,000,000 pages"):
        fingerprint.identify(path, a_reading(), lambda _: counted_as(2_000_000_000))
