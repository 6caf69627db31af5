"""The embedded engine: Tesseract, one process a page, turned until the page stands upright."""

from dataclasses import dataclass, replace

from ocrqueue.backends import tesseract_program
from ocrqueue.backends.base import OnTokens, tell_nobody
from ocrqueue.model.errors.page import BackendTimedOut, BackendUnavailable, ReplyRejected
from ocrqueue.model.page import ImageMode, PageImage, Reply
from ocrqueue.settings.engines import TesseractSettings
from ocrqueue.text.hocr.ink_coverage import unread
from ocrqueue.text.hocr.layout import PageLayout
from ocrqueue.text.hocr.markdown import to_markdown, to_table
from ocrqueue.text.hocr.parser import parse

UPRIGHT_CONFIDENCE = 60.0  # below it the page may be turned; upright print has 85 and more
LEAST_INK = 0.0005  # share of pixels; below it there is nothing to turn
TELLING_CONFIDENCE = 50.0  # of a word that counts when readings are compared
TURNS = (180, 90, 270)  # degrees clockwise, the likeliest first
TABLE_PSM = 6  # one uniform block of text


class Tesseract:
    """Reads pages with Tesseract; no model stays in memory between pages."""

    image_mode: ImageMode | None = ImageMode.GREY

    def __init__(self, options: TesseractSettings) -> None:
        """Keep the options; nothing is looked for before the first page."""
        self.name = options.name
        self.model = options.model
        self.on_tokens: OnTokens = tell_nobody
        self._options = options
        self._program: tesseract_program.Program | None = None

    def page_to_markdown(self, image: PageImage, *, deadline: float, page: int = 0) -> Reply:
        """Read a page, upright or turned.

        Raises:
            PageError: see `tesseract_program.hocr`; ReplyRejected: the answer is no hOCR.
        """
        del page
        best = self._read_upright(grey(image), deadline)
        return self._reply(to_markdown(best.page), best)

    def table_to_markdown(self, image: PageImage, *, deadline: float, page: int = 0) -> Reply:
        """Read an image that shows one table.

        Raises:
            PageError: as `page_to_markdown`.
        """
        del page
        read = self._read(grey(image), TABLE_PSM, deadline)
        return self._reply(to_table(read.page), read)

    def formula_to_latex(self, image: PageImage, *, deadline: float, page: int = 0) -> Reply:
        """Refuse.

        Raises:
            BackendUnavailable: always.
        """
        del image, deadline, page
        message = "tesseract does not read formulas"
        raise BackendUnavailable(message)

    def close(self) -> None:
        """Forget where the program is."""
        self._program = None

    def _read_upright(self, image: PageImage, deadline: float) -> "_PageRead":
        best = self._read(image, self._options.psm, deadline)
        if image.ink < LEAST_INK:
            return best
        for degrees in TURNS:
            if best.page.confidence >= UPRIGHT_CONFIDENCE:
                break
            try:
                turned = self._read(turn(image, degrees), self._options.psm, deadline)
            except BackendTimedOut:
                break  # what was read so far is still a reading
            best = max(best, replace(turned, rotation=degrees), key=_letters_read)
        return best

    def _read(self, image: PageImage, psm: int, deadline: float) -> "_PageRead":
        if self._program is None:
            self._program = _find(self._options)
        arguments = ["-l", self._options.lang, "--psm", str(psm)]
        answer = tesseract_program.hocr(self._program, image, arguments, deadline)
        try:
            return _PageRead(image=image, page=parse(answer))
        except ValueError as error:
            message = f"tesseract's answer is no hOCR: {error}"
            raise ReplyRejected(message) from error

    def _reply(self, text: str, read: "_PageRead") -> Reply:
        words = read.page.words
        return Reply(
            text=text,
            backend=self.name,
            model=self.model,
            confidence=round(read.page.confidence, 1) if words else None,
            words=len(words),
            letter_px=read.page.letter_px,
            unread=round(unread(read.image, read.page), 2),
            rotation=read.rotation,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _PageRead:
    """What was read on the image, which was turned clockwise by so many degrees."""

    image: PageImage
    page: PageLayout
    rotation: int = 0


def _letters_read(read: _PageRead) -> int:
    """Return how much was read with some confidence; a mean alone would prefer a single word."""
    return sum(
        len(word.text)
        for word in read.page.words
        if word.confidence >= TELLING_CONFIDENCE and word.text.isalnum()
    )


def create(candidate: TesseractSettings) -> Tesseract:
    """Return the backend, not loaded yet."""
    return Tesseract(candidate)


def check(candidate: TesseractSettings) -> list[str]:
    """Return what keeps the candidate from working, in words; reads no page."""
    try:
        program = _find(candidate)
        there = tesseract_program.languages(program)
    except (BackendUnavailable, BackendTimedOut) as error:
        return [str(error)]
    missing = [lang for lang in candidate.lang.split("+") if lang not in there]
    known = ", ".join(sorted(there)) or "none"
    return [
        f"{program.path} has no data for language {lang!r}; it has: {known}" for lang in missing
    ]


def _find(options: TesseractSettings) -> tesseract_program.Program:
    return tesseract_program.find(options.tesseract_cmd, str(options.tessdata_dir or ""))


def grey(image: PageImage) -> PageImage:
    """Return the image in grey; of a colour image the green channel, the nearest to brightness."""
    if image.mode is ImageMode.GREY:
        return image
    return replace(image, mode=ImageMode.GREY, pixels=image.pixels[1::3])


def turn(image: PageImage, degrees: int) -> PageImage:
    """Return a grey image turned clockwise by 90, 180 or 270 degrees."""
    match degrees:
        case 180:
            return replace(image, pixels=image.pixels[::-1])
        case 90:
            return _quarter(image)
        case _:
            return turn(_quarter(image), 180)


def _quarter(image: PageImage) -> PageImage:
    width, height, pixels = image.width, image.height, image.pixels
    bottom = (height - 1) * width
    # A column read upwards is a row of the turned image.
    rows = [pixels[bottom + column :: -width] for column in range(width)]
    return replace(image, width=height, height=width, pixels=b"".join(rows))
