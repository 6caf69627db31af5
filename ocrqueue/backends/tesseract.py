"""The embedded engine: Tesseract, one process a page, turned until the page stands upright."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import cast

from ocrqueue.backends import tesseract_data, tesseract_program
from ocrqueue.backends.base import OnTokens, tell_nobody
from ocrqueue.backends.tesseract_data import LanguageData
from ocrqueue.backends.tesseract_resident import LineReader
from ocrqueue.model.errors.page import (
    BackendCrashed,
    BackendTimedOut,
    BackendUnavailable,
    NotEquipped,
    ReplyRejected,
)
from ocrqueue.model.page import ImageMode, PageImage, Reply
from ocrqueue.settings.engines import Candidate, TesseractSettings
from ocrqueue.text import languages, marks
from ocrqueue.text.hocr import excerpt, noise, number_signs, rereading, second_reading
from ocrqueue.text.hocr.ink_coverage import Coverage, coverage
from ocrqueue.text.hocr.layout import PageLayout
from ocrqueue.text.hocr.markdown import to_markdown, to_table
from ocrqueue.text.hocr.parser import parse
from ocrqueue.text.hocr.text_lines import letters_read, unsure_share
from ocrqueue.text.turning import turned

UPRIGHT_CONFIDENCE = 60.0  # below it the page may be turned; upright print has 85 and more
LEAST_INK = 0.0005  # share of pixels; below it there is nothing to turn
BLOCK_PSM = 6  # one uniform block of text
MOST_READINGS = 2  # in languages of a script: Japanese may run downwards
NEARLY_AS_MUCH = 0.9  # of the letters that data of another language finds, as "ii" for "ü"
OF_THIS_SCRIPT = 80.0  # confidence of a page that is in another script stays below it


class Tesseract:
    """Reads pages with Tesseract, each in a process of its own; one stays to read lines."""

    image_mode: ImageMode | None = ImageMode.GREY

    def __init__(self, options: TesseractSettings) -> None:
        """Keep the options; nothing is looked for before the first page."""
        self.name = options.name
        self.model = options.model
        self.on_tokens: OnTokens = tell_nobody
        self._options = options
        self._lang = options.lang  # the last one that needs no looking for its data
        self._data: list[LanguageData] = []
        self._lines = LineReader()

    def obey(self, asked: Candidate) -> None:
        """Read with these settings from now on.

        What is no language with data here is never handed to the program: it may be a path.

        Raises:
            NotEquipped: there is no data for one of their languages.
            PageError: see `tesseract_data.find`.
        """
        options = cast("TesseractSettings", asked)  # the own ones, but for what a document says
        if options.lang not in {self._lang, tesseract_data.AUTO}:
            self._data = tesseract_data.find(_find(options))
            if lacking := tesseract_data.missing(options.lang, self._data):
                message = f"it waits for a worker of {self.name} that reads {options.lang!r:.60}"
                raise NotEquipped(f"{message}; here {lacking[0]:.200}")
            self._lang = options.lang
        self._options = options

    def page_to_markdown(self, image: PageImage, *, deadline: float, page: int = 0) -> Reply:
        """Read a page, upright or turned.

        Raises:
            PageError: see `tesseract_program.hocr`; ReplyRejected: the answer is no hOCR.
        """
        del page
        read = self._with_lost_regions(self._read_whole(image, deadline), deadline)
        written = to_markdown(read.page)
        text = marks.shown(written.markdown, ())
        return replace(self._reply(text, read), margins=written.margins)

    def read_lines(self, image: PageImage, *, deadline: float, lang: str = "") -> PageLayout:
        """Read lines that stand below each other.

        Raises:
            PageError: as `page_to_markdown`.
        """
        first = self._first_language(deadline)
        return self._read(image.in_grey(), BLOCK_PSM, lang or first, deadline).page

    def first_of(self, codes: Sequence[str], *, deadline: float) -> str:
        """Return the first of these languages that there is data for; "" for none.

        Raises:
            PageError: see `tesseract_data.find`.
        """
        self._first_language(deadline)
        return next((code for code in codes if tesseract_data.that_reads(code, self._data)), "")

    def read_page(self, image: PageImage, *, deadline: float) -> PageLayout:
        """Return all words of a page, with their places on it as it was turned to be read.

        Raises:
            PageError: as `page_to_markdown`.
        """
        read = self._read_whole(image, deadline)
        return number_signs.mended(read.image, read.page)

    def table_to_markdown(self, image: PageImage, *, deadline: float, page: int = 0) -> Reply:
        """Read an image that shows one table.

        Raises:
            PageError: as `page_to_markdown`.
        """
        del page
        read = self._read(image.in_grey(), BLOCK_PSM, self._first_language(deadline), deadline)
        read = replace(read, page=number_signs.mended(read.image, read.page))
        read = replace(read, found=coverage(read.image, read.page))
        return self._reply(to_table(read.page), read)

    def formula_to_latex(self, image: PageImage, *, deadline: float, page: int = 0) -> Reply:
        """Refuse.

        Raises:
            BackendUnavailable: always.
        """
        del image, deadline, page
        raise BackendUnavailable("tesseract does not read formulas")

    def close(self) -> None:
        """Forget where the program and its data are, and end the one that stays for lines."""
        self._data = []
        self._lines.close()

    def _read_whole(self, image: PageImage, deadline: float) -> "_PageRead":
        grey = image.in_grey()
        return self._in_its_language(self._read_upright(grey, deadline), grey, deadline)

    def _read_upright(self, image: PageImage, deadline: float) -> "_PageRead":
        lang = self._first_language(deadline)
        best = self._read(image, self._options.psm, lang, deadline)
        if image.ink < LEAST_INK or best.page.confidence >= UPRIGHT_CONFIDENCE:
            return best
        with suppress(BackendTimedOut):  # what was read so far is still a reading
            for degrees in self._likely_turns(best, deadline):
                other = self._read(turned(image, degrees), self._options.psm, lang, deadline)
                best = max(
                    best, replace(other, rotation=degrees), key=lambda read: letters_read(read.page)
                )
                if best.page.confidence >= UPRIGHT_CONFIDENCE:
                    break
        return best

    def _likely_turns(self, read: "_PageRead", deadline: float) -> Sequence[int]:
        def ask(part: PageImage) -> PageLayout:
            return self._read(part, BLOCK_PSM, read.lang, deadline).page

        return excerpt.likely_turns(read.image, read.page, ask)

    def _in_its_language(self, read: "_PageRead", drawn: PageImage, deadline: float) -> "_PageRead":
        """Return the page read with the data of its own language, or why it is not."""
        if self._options.lang != tesseract_data.AUTO:
            return read
        read = self._as_recognised(read, deadline)
        if len(read.page.words) < rereading.FEW_WORDS or read.page.confidence >= OF_THIS_SCRIPT:
            return read
        if (program := tesseract_data.that_reads(tesseract_data.SCRIPTS, self._data)) is None:
            untold = languages.untold(read.page.text, read.page.confidence)
            return replace(read, doubt=read.doubt or untold)
        sure = tesseract_program.SURE_OF_SCRIPT * (read.page.confidence >= UPRIGHT_CONFIDENCE)
        script = tesseract_program.script(program, drawn, sure, deadline)
        if codes := languages.printed_in(script):
            if languages.recognised(read.page.text):  # a part of it
                codes = tuple(f"{code}+{read.lang}" for code in codes)
            read = self._again(read, codes, f"{script} script", drawn, deadline)
        return self._as_recognised(read, deadline)

    def _as_recognised(self, read: "_PageRead", deadline: float) -> "_PageRead":
        """Return the page read in the languages that its words are of."""
        found = languages.recognised(read.page.text)
        if set(found) <= set(read.lang.split("+")):
            return read
        name = " and ".join(languages.NAMES[one] for one in found)
        return self._again(read, ["+".join(found)], name, read.image, deadline)

    def _again(
        self, read: "_PageRead", codes: Sequence[str], name: str, image: PageImage, deadline: float
    ) -> "_PageRead":
        """Read the page in the first of these languages that there is data for."""
        there = [code for code in codes if tesseract_data.that_reads(code, self._data)]
        if not there:
            remedy = tesseract_data.remedy(codes[0], self._data)
            return replace(read, doubt=f"printed in {name}, read as {read.lang}: {remedy}")
        best = read
        with suppress(BackendTimedOut):  # what was read so far is still a reading
            for code in there[:MOST_READINGS]:
                again = self._read(image, self._options.psm, code, deadline)
                if letters_read(again.page) >= NEARLY_AS_MUCH * letters_read(best.page):
                    best = replace(again, rotation=read.rotation if image is read.image else 0)
                if best.page.confidence >= UPRIGHT_CONFIDENCE:
                    break
        return best

    def _with_lost_regions(self, read: "_PageRead", deadline: float) -> "_PageRead":
        """Return the page with what a second reading finds where the first one has no words."""

        def ask(part: PageImage, psm: int = BLOCK_PSM) -> PageLayout | None:
            try:
                return self._read(part, psm, read.lang, deadline).page
            except BackendTimedOut:
                return None  # what was read so far is still a reading

        ask_page = partial(ask, psm=self._options.psm)
        whole = rereading.completed(read.image, read.page, ask_part=ask, ask_page=ask_page)
        doubt = read.doubt or whole.doubt
        return replace(read, image=whole.image, page=whole.page, found=whole.found, doubt=doubt)

    def _read(self, image: PageImage, psm: int, lang: str, deadline: float) -> "_PageRead":
        program = tesseract_data.that_reads(lang, self._data) or self._data[0].program
        hocr = self._lines.hocr if psm == BLOCK_PSM else tesseract_program.hocr
        answer = hocr(program, image, ["-l", lang, "--psm", str(psm)], deadline)
        try:
            page = noise.printed(parse(answer), image)
        except ValueError as error:
            message = f"tesseract's answer is no hOCR: {error}"
            raise ReplyRejected(message) from error
        return _PageRead(image=image, page=page, lang=lang)

    def _first_language(self, deadline: float) -> str:
        """Return the language in which a page is read first; looks once what data there is."""
        if not self._data:
            self._data = tesseract_data.find(_find(self._options), deadline)
        auto = self._options.lang == tesseract_data.AUTO
        return tesseract_data.first_language(self._data) if auto else self._options.lang

    def _reply(self, text: str, read: "_PageRead") -> Reply:
        words, regions = read.page.words, read.found.regions
        return Reply(
            text=text,
            backend=self.name,
            model=self.model,
            confidence=round(read.page.confidence, 1) if words else None,
            words=len(words),
            letter_px=second_reading.letter_px(read.image, read.found, read.page),
            unread=round(read.found.unread, 2),
            unread_at=second_reading.place_of(regions[0], read.page.box) if regions else "",
            unsure=unsure_share(read.page),
            doubt=read.doubt,
            lang=read.lang,
            rotation=read.rotation,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _PageRead:
    """What was read on the image, which was turned clockwise by so many degrees."""

    image: PageImage
    page: PageLayout
    lang: str
    rotation: int = 0
    found: Coverage = field(default_factory=lambda: Coverage(unread=0.0))
    doubt: str = ""  # why the text is not what the page says; "": nothing speaks for it


create = Tesseract  # what `factory` asks a backend's module for


def check(candidate: TesseractSettings) -> list[str]:
    """Return what keeps the candidate from working, in words; reads no page."""
    try:
        program = _find(candidate)
        tesseract_program.languages(program)  # it starts and answers
        found = tesseract_data.find(program)
    except (BackendUnavailable, BackendTimedOut, BackendCrashed) as error:
        return [str(error)]
    return tesseract_data.missing(candidate.lang, found)


def languages_here(candidate: TesseractSettings) -> str:
    """Return the languages that pages can be read in, and where their data is.

    Raises:
        PageError: there is no tesseract, or it does not answer.
    """
    return tesseract_data.listed(tesseract_data.find(_find(candidate)))


def _find(options: TesseractSettings) -> tesseract_program.Program:
    return tesseract_program.find(options.tesseract_cmd, str(options.tessdata_dir or ""))
