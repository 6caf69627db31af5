"""Facts about who is a model's witness, and what becomes of the page."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from time import monotonic

import pytest

from ocrqueue.api import Converted, convert
from ocrqueue.backends import factory
from ocrqueue.model import page
from ocrqueue.model.page import ImageMode, PageImage, PageResult, Reply
from ocrqueue.pipeline import witness
from ocrqueue.settings.load import load as load_settings
from ocrqueue.settings.schema import Settings
from ocrqueue.text.hocr.layout import Box, Line, PageLayout, Paragraph, Word
from tests.support.pdfs import write_pdf

LINES = [
    "The station at the northern shore took samples between April and June",
    "and sent them to the laboratory in the capital where they were counted",
    "by three people who did not know from which of the lakes they had come",
    "All but four of the samples were clear and those four had been shaken",
    "during the transport so that nobody could say what they had contained",
    "The committee therefore asked for another series in the coming autumn",
    "with bottles that close better and with a driver who knows the roads",
    "Until then the beaches stay open and the signs remain where they are",
]
PAGE = "\n".join(LINES)


def converted(folder: Path, said: str, *, page: str = PAGE, witness: str = "auto") -> Converted:
    """Return what becomes of a page of which a model said this."""
    source = write_pdf(folder / "lake.pdf", page)
    (folder / "replies" / "lake").mkdir(parents=True)
    (folder / "replies" / "lake" / "0001.md").write_text(said)
    flags = {
        "reading.route": "replay",
        "reading.witness": witness,
        "backends.replay.replies": str(folder / "replies"),
    }
    return convert(source, settings=load_settings(None, {}, flags))


def test_a_page_that_its_own_text_bears_out_is_good(tmp_path: Path) -> None:
    """The ledger says who the witness was, and how far it agrees."""
    (entry,) = converted(tmp_path, "# Lake\n\n" + PAGE).ledger.results

    assert entry["verdict"] == "good"
    assert entry["witness"] == {"by": "text-layer", "agreed": pytest.approx(1.0, abs=0.03)}


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (LINES[:4], "words are not in the text, but on the page"),
        (LINES[:3] + LINES[4:], "words are not in the text, but on the page"),
        ([*LINES, *[line[::-1] for line in LINES[:2]]], "words are in the text, but not on the"),
        ([*LINES[:3], *LINES[2:]], "words are more often in the text than on the page"),
        ([line[::-1] for line in LINES], "of the words are the same"),
    ],
)
def test_what_a_model_left_out_or_made_up_is_doubtful(
    tmp_path: Path, said: list[str], reason: str
) -> None:
    """The reason holds no text of the page: it travels; the words are in the ledger."""
    (entry,) = converted(tmp_path, "\n".join(said)).ledger.results

    assert entry["verdict"] == "doubtful"
    assert reason in entry["reason"]
    assert not any(line[:12] in entry["reason"] for line in LINES)


def test_the_words_and_their_place_are_in_the_ledger(tmp_path: Path) -> None:
    """The owner finds what is missing without looking for it."""
    (entry,) = converted(tmp_path, "\n".join(LINES[:3] + LINES[4:])).ledger.results

    assert LINES[3].split()[-1] in entry["witness"]["words"]
    left, top, right, bottom = entry["witness"]["box"]
    assert 0 < left < right
    assert 0 < top < bottom


def test_without_text_of_its_own_the_embedded_engine_is_the_witness(tmp_path: Path) -> None:
    """Few words are on the page's layer: what is read from the picture counts, or nobody does."""
    (entry,) = converted(tmp_path, "Lake Orlo", page="Lake Orlo").ledger.results

    assert entry["verdict"] == "good"
    assert entry["witness"]["unwitnessed"].startswith("its own text is not to be trusted: ")


def test_nobody_is_asked_where_nobody_is_wanted(tmp_path: Path) -> None:
    """`--witness off` costs nothing, and says nothing."""
    (entry,) = converted(tmp_path, "\n".join(LINES[:4]), witness="off").ledger.results

    assert entry["verdict"] == "good"
    assert "witness" not in entry


def test_a_witness_has_no_more_time_than_the_page() -> None:
    """What was read and paid for is kept; that nobody had time to check it is told."""
    engine = factory.witness(Settings(), "replay")
    image = PageImage(
        width=400, height=400, mode=ImageMode.GREY, pixels=bytes(160_000), dpi=72, ink=0.1
    )
    said = Reply(text=PAGE, raw=PAGE, backend="replay", model="replay")
    told = witness.testify(said, None, image, engine=engine, deadline=monotonic() - 1)

    assert told.doubt == ""
    assert "no time was left" in told.unwitnessed


class Half:
    """An engine that is sure of what it reads, and reads the upper half of a page."""

    name = "half"

    def first_of(self, codes: Sequence[str], *, deadline: float) -> str:
        raise AssertionError((codes, deadline))

    def read_lines(self, image: PageImage, *, deadline: float, lang: str = "") -> PageLayout:
        del image, deadline, lang
        raise NotImplementedError

    def read_page(self, image: PageImage, *, deadline: float) -> PageLayout:
        del image, deadline
        words = tuple(Word(word, Box(0, 0, 400, 200), 95.0) for word in PAGE.split())
        line = Line(words, words[0].box, 12.0)
        return PageLayout(box=Box(0, 0, 400, 400), blocks=((Paragraph((line,)),),))


class Untouched(PageImage):
    """A picture at which nobody may look."""

    def in_grey(self) -> PageImage:
        raise AssertionError


def test_no_picture_is_made_grey_where_nobody_looks_at_it() -> None:
    """A model's worker leaves a page without text of its own to the one who checks."""
    image = Untouched(width=1, height=1, mode=ImageMode.RGB, pixels=b"\0\0\0", dpi=72, ink=0.2)
    said = Reply(text=PAGE, raw=PAGE, backend="replay", model="replay")

    told = witness.testify(said, None, image, engine=None, deadline=monotonic() + 60)

    assert told.unwitnessed == "the page has no text of its own"


def test_an_engine_that_leaves_much_of_a_page_unread_is_no_witness() -> None:
    """It cannot tell whether what it has not read is there: nothing is called made up."""
    row = (b"\xff" * 8 + b"\x00\x00") * 41  # strokes, of which none stands below another one
    pixels = b"".join(row[5 * (n // 4) % 10 :][:400] for n in range(400))
    image = PageImage(width=400, height=400, mode=ImageMode.GREY, pixels=pixels, dpi=72, ink=0.2)
    text = "\n".join([PAGE, *(line[::-1] for line in LINES)])
    said = Reply(text=text, raw=text, backend="replay", model="replay")

    told = witness.testify(said, None, image, engine=Half(), deadline=monotonic() + 60)

    assert told.doubt == ""
    assert told.unwitnessed.endswith("half leaves 49% of it unread")


def test_no_check_is_waited_for_where_the_page_s_own_text_was_taken() -> None:
    """The engine had it already; of a model's page it is asked while nobody was a witness."""
    nobody = page.Testimony(unwitnessed="its own text is in Arabic script")
    read = PageResult(page=1, markdown="", attempts=(), backend="text-layer", witness=nobody)

    assert not witness.wants_engine(read)
    assert witness.wants_engine(replace(read, backend="deepseek-mlx"))
