"""Where the shared test documents are, and the marker for tests that need them."""

from pathlib import Path

import pytest

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"

needs_corpus = pytest.mark.skipif(
    not CORPUS.is_dir(), reason=f"the shared test documents are not at {CORPUS}"
)
