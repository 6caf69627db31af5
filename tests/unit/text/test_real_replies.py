"""Facts about real replies of DeepSeek-OCR and olmOCR: what is made of them, and what is lost."""

import csv
import re
from collections import Counter
from collections.abc import Iterator

from ocrqueue.model.errors.page import ReplyRejected
from ocrqueue.model.page import ImageMode, PageImage, Reply, Verdict
from ocrqueue.text import grounding, quality
from ocrqueue.text.witness.tokens import tokens
from tests.support.corpus import REPLIES, needs_replies

IMAGE = PageImage(width=0, height=0, mode=ImageMode.GREY, pixels=b"", dpi=72, ink=0.05)
TAGS = re.compile(r"<\|ref\|>.{0,60}?<\|/ref\|>|<\|det\|>.*?<\|/det\|>", re.DOTALL)
# It drifts on until it has no room: only the way it ends tells.
NOT_FOUND = ("mamorx",)


def replies() -> Iterator[tuple[str, str, str]]:
    """Yield kind, name and text of each reply."""
    with (REPLIES / "manifest.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            text = (REPLIES / row["set"] / row["name"] / row["reply_file"]).read_text("utf-8")
            yield row["kind"], f"{row['name']} {row['page']}", text


def verdict(text: str) -> str:
    shown = grounding.page(text, number=1).markdown
    reply = Reply(
        text=shown, raw=text, backend="b", model="m", words=len(shown.split()), finish_reason="stop"
    )
    try:
        return quality.judge(reply, IMAGE).verdict
    except ReplyRejected as error:
        return str(error)


@needs_replies
def test_no_good_reply_is_doubted_and_no_loop_or_cut_is_taken() -> None:
    """207 good ones (one is empty, and no page) and 26 that loop or are cut off."""
    wrong = [
        (kind, name, told)
        for kind, name, text in replies()
        if text.strip() and not name.startswith(NOT_FOUND)
        if ((told := verdict(text)) == Verdict.GOOD) != (kind in {"grounded", "plain"})
    ]
    assert wrong == []


@needs_replies
def test_no_word_is_lost_between_a_reply_and_its_markdown() -> None:
    """No word is lost between a reply and its markdown."""
    lost: Counter[str] = Counter()
    for kind, _, text in replies():
        if kind in {"grounded", "plain"}:
            said = Counter(token.form for token in tokens(TAGS.sub(" ", text)))
            shown = grounding.page(text, number=1, keep_headers=True).markdown
            lost += said - Counter(token.form for token in tokens(shown))
    assert lost == Counter()
