"""A second, independent reading that a model's page is held against: who it is, what it says.

The witness is the page's own text where that can be trusted: it is asked at once. Else it is the
embedded engine, in a worker of its own (see `check`), for a machine that computes a model has no
time for both. Where there is neither, the page settles as it is, and its result says why nobody has
checked it.
"""

import time
from collections.abc import Sequence

from ocrqueue.backends.base import ReadsLines
from ocrqueue.model import readings
from ocrqueue.model.document import Reading, Task
from ocrqueue.model.errors.page import PageError
from ocrqueue.model.page import TEXT_LAYER, PageImage, PageResult, Reply, Testimony
from ocrqueue.pipeline import own_text
from ocrqueue.text import prose
from ocrqueue.text.hocr.ink_coverage import coverage
from ocrqueue.text.hocr.layout import PageLayout
from ocrqueue.text.layer import page as layer_page
from ocrqueue.text.layer import trust
from ocrqueue.text.layer.sheet import Sheet
from ocrqueue.text.witness.agreement import Witness, agreement
from ocrqueue.text.witness.testimony import ENGINE, LEAST_WITNESSED, OWN_TEXT, testimony, told_of

LONGEST_S = 60.0  # for a second reading
MOST_UNREAD = 0.18  # share of pen strokes: what it left out may be what a text has
LEAST_CONFIDENCE = 75.0  # mean of an engine that is a witness: clean print has 80 and more
ROUNDED = 2  # pixels by which two drawings of a page may differ
LEAST_WORDS = LEAST_WITNESSED  # of a reading that can be held against another one


def is_wanted(reading: Reading, said: Reply) -> bool:
    """Whether a page is held against a second reading: what a model said of it is."""
    return reading.witness != readings.OFF and reading.task is Task.PAGE and said.raw is not None


def testify(
    said: Reply,
    sheet: Sheet | None,
    image: PageImage,
    *,
    engine: ReadsLines | None,
    deadline: float,
) -> Testimony:
    """Return what a witness says of a reply; `engine` is the embedded one, where it may be asked.

    Raises nothing: a witness that cannot speak before the page's deadline, an instant of
    `time.monotonic()`, is none.
    """
    found, why = _own_text(said, sheet, image, engine, deadline)
    if found is not None:
        return found
    if engine is None:
        return Testimony(unwitnessed=why)
    grey = image.in_grey()
    try:
        page = engine.read_page(grey, deadline=min(deadline, time.monotonic() + LONGEST_S))
    except PageError as error:
        return Testimony(unwitnessed=f"{why}; {engine.name}: {error}")
    if unable := objection(len(page.words), page.confidence, _unread(page, grey)):
        return Testimony(unwitnessed=f"{why}; {engine.name} {unable}")
    return testimony(
        said.text,
        said.figures,
        words=page.words,
        height=page.box.height,
        by=engine.name,
        limits=ENGINE,
    )


def wants_engine(read: PageResult) -> bool:
    """Whether the engine has a say still: nobody was a witness, or the page's own text objects.

    Where the page's own text was taken, the engine has had it already.
    """
    told = read.witness
    if told is None or read.backend == TEXT_LAYER:
        return False
    return not told.by or (told.by == TEXT_LAYER and bool(told.doubt))


def outweighed(read: PageResult, others: Sequence[PageResult]) -> PageResult:
    """Return a page that its witness doubts as good where another backend has read the same.

    Two readings that agree outweigh the third.
    """
    if not readings.is_doubted(read):
        return read
    for other in others:
        said = prose.alone(other.markdown or "")
        found = agreement(read.markdown or "", Witness(text=said))
        told = told_of(found, by=other.backend, limits=ENGINE)
        if found.words >= LEAST_WORDS and not told.doubt:
            return readings.witnessed(read, told)
    return read


def objection(words: int, confidence: float, unread: float) -> str:
    """Return why so many words are no witness; "" where they are one.

    `confidence` is the engine's mean, 0 to 100, `unread` the share of strokes that are in no word.
    """
    if words < LEAST_WORDS:
        return "finds few words"
    if confidence < LEAST_CONFIDENCE:
        return f"is not sure of it: mean confidence {confidence:.0f}"
    return f"leaves {unread:.0%} of it unread" if unread > MOST_UNREAD else ""


def _unread(page: PageLayout, grey: PageImage) -> float:
    is_upright = (page.box.width, page.box.height) == (grey.width, grey.height)
    return coverage(grey, page).unread if is_upright else 0.0


def _own_text(
    said: Reply, sheet: Sheet | None, image: PageImage, engine: ReadsLines | None, deadline: float
) -> tuple[Testimony | None, str]:
    """Return what the page's own text says, or None and why it is no witness."""
    if sheet is None or not sheet.has_text:
        return None, "the page has no text of its own"
    if max(abs(sheet.width - image.width), abs(sheet.height - image.height)) > ROUNDED:
        return None, "its own text was measured at another size"
    grey = image.in_grey()  # milliseconds, on a machine that computes a model
    seen = trust.seen(sheet, grey)
    page = layer_page.read(seen)
    why = trust.objection(seen, page) or trust.picture_objection(seen, page, grey)
    if not why and len(page.layout.words) < LEAST_WORDS:
        why = "it has few words"
    if why:
        return None, f"its own text is not to be trusted: {why}"
    told = testimony(
        said.text,
        said.figures,
        words=page.layout.words,
        height=page.layout.box.height,
        by=TEXT_LAYER,
        limits=OWN_TEXT,
    )
    if told.doubt and engine is not None:  # rather the text of another page than a bad reading?
        try:
            why, _ = own_text.held(page, grey, engine, deadline)
        except PageError as error:
            why = str(error)
        if why:
            return None, f"its own text is not to be trusted: {why}"
    return told, ""
