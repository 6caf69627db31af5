"""Is a page drawn large enough to be read? The engine that reads each pixel may have it larger."""

from collections.abc import Callable
from math import sqrt

from ocrqueue.model.document import PageSize
from ocrqueue.model.errors.page import PageError
from ocrqueue.model.page import ImageMode, Judgement, PageImage, Reply, Verdict
from ocrqueue.text.layer.sheet import Sheet

LEAST_DPI = 150  # pixels an inch; below it small print is lost: at 73, of an A0 plan, a line of 12
LEAST_MODEL_DPI = 100  # models reduce pages further by themselves
MOST_PIXELS = 80_000_000  # A0 at 200 dots an inch has 62 million: 6 CPU s and 400 MB of Tesseract
LONGEST_SIDE = 30_000  # pixels; Tesseract takes 32,767
SMALL_LETTERS = 20.0  # pixels; larger print gains nothing
GOOD_LETTERS = 30.0
MOST_ENLARGED = 2.0
AS_SURE = 0.9  # of the confidence of the first reading
AS_MUCH = 0.98  # of what it read; the end of a word is lost from small print without a trace


Draw = Callable[[PageSize], PageImage]
Ask = Callable[[PageImage], Reply]
Look = Callable[[PageSize], Sheet | None]


def read(image: PageImage, asked: PageSize, *, draw: Draw, ask: Ask) -> tuple[Reply, PageImage]:
    """Return what is read of a page, and the drawing that it was read from.

    A page that the cap made too small is drawn anew before it is read; one whose letters prove to
    be small is read a second time, and the better reading counts. Only grey pages: their engine
    sees each pixel, where a model would reduce them again.

    Raises:
        PageError: what the first reading raises.
    """
    if image.mode is not ImageMode.GREY:
        return ask(image), image
    image = _drawn(image, large_enough(image, asked), draw)
    said = ask(image)
    larger = _drawn(image, with_larger_letters(image, said, asked), draw)
    if larger is image:
        return said, image
    try:
        again = ask(larger)
    except PageError:
        return said, image  # what was read so far is still a reading
    return (again, larger) if _is_better(again, said) else (said, image)


def with_sheet(
    image: PageImage, sheet: Sheet | None, asked: PageSize, *, draw: Draw, look: Look
) -> tuple[PageImage, Sheet | None]:
    """Return a page's drawing and its own text in one size, in which print can be read.

    Where the cap made a drawing illegible, the picture would say something else than the text.

    Raises:
        PageError: what the sheet raises.
    """
    size = large_enough(image, asked)
    if sheet is None or size is None or image.mode is not ImageMode.GREY:
        return image, sheet
    larger = _drawn(image, size, draw)
    return (image, sheet) if larger is image else (larger, look(size))


def weigh(judgement: Judgement, image: PageImage) -> Judgement:
    """Return the judgement of a page; one that is drawn too small to be read is doubtful."""
    least = LEAST_DPI if image.mode is ImageMode.GREY else LEAST_MODEL_DPI
    if not image.is_reduced or image.dpi >= least or judgement.verdict is not Verdict.GOOD:
        return judgement
    reason = (
        f"the page is so large that it was read at {image.dpi} dots an inch: small print may be "
        "lost (raise `render.max_side_px`, or cut the page)"
    )
    return Judgement(verdict=Verdict.DOUBTFUL, reason=reason)


def large_enough(image: PageImage, asked: PageSize) -> PageSize | None:
    """Return how a page that the cap made illegible is drawn instead; None: it is legible."""
    if not image.is_reduced or image.dpi >= LEAST_DPI:
        return None
    return _enlarged(image, asked.dpi / image.dpi, asked)


def with_larger_letters(image: PageImage, said: Reply, asked: PageSize) -> PageSize | None:
    """Return how a page of small letters is drawn instead; None: they are large enough."""
    if said.letter_px is None or said.letter_px >= SMALL_LETTERS:
        return None
    return _enlarged(image, min(MOST_ENLARGED, GOOD_LETTERS / said.letter_px), asked)


def _enlarged(image: PageImage, factor: float, asked: PageSize) -> PageSize:
    """Return the size that is so much larger, as far as the limits go."""
    longest = max(image.width, image.height)
    most = min(sqrt(MOST_PIXELS / (image.width * image.height)), LONGEST_SIDE / longest)
    side = int(longest * min(factor, most))
    return PageSize(dpi=round(max(asked.dpi, image.dpi * factor)), max_side_px=side)


def _drawn(image: PageImage, size: PageSize | None, draw: Draw) -> PageImage:
    """Return the page in another size, where it can be drawn so and is larger then."""
    if size is None:
        return image
    try:
        drawn = draw(size)
    except PageError:
        return image  # too large for this machine: as it is, it is still a page
    return drawn if drawn.width > image.width else image


def _is_better(again: Reply, said: Reply) -> bool:
    # Specks and drawn lines become more words in a larger drawing, and the engine less sure.
    is_as_sure = (again.confidence or 0.0) >= AS_SURE * (said.confidence or 0.0)
    return is_as_sure and _read_surely(again) >= AS_MUCH * _read_surely(said)


def _read_surely(reply: Reply) -> float:
    """Return how much was read, doubt discounted."""
    return reply.words * (reply.confidence or 0.0)
