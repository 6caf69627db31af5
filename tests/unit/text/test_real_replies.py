"""Facts about real replies of DeepSeek-OCR and olmOCR: what is made of them, and what is lost."""

import pytest

from benchmarks.replies import Judged, all_in
from tests.support.corpus import REPLIES, needs_replies


@pytest.fixture(scope="module", name="judged")
def _judged() -> list[Judged]:
    """All of them, judged once."""
    return list(all_in(REPLIES))


@needs_replies
def test_no_good_reply_is_doubted_and_no_loop_or_cut_is_taken(judged: list[Judged]) -> None:
    """206 good ones and 26 that loop or are cut off; one more is empty, and no page."""
    wrong = [(one.name, one.told) for one in judged if one.is_wrong]

    assert len(judged) == 232
    assert sum(one.is_good for one in judged) == 206
    assert wrong == []


@needs_replies
def test_no_word_is_lost_between_a_reply_and_its_markdown(judged: list[Judged]) -> None:
    """Labels and boxes aside; running heads count."""
    assert [(one.name, one.lost) for one in judged if one.lost] == []
