"""A page's own text: taken where it agrees with the picture, else the backend reads the page."""

import time
from dataclasses import dataclass, replace
from enum import StrEnum

from ocrqueue.backends.base import Backend, ReadsLines
from ocrqueue.model.document import Reading, Task
from ocrqueue.model.errors.page import NoTextLayer
from ocrqueue.model.page import TEXT_LAYER, Judgement, PageImage, Reply, Testimony, Verdict
from ocrqueue.text import languages, quality
from ocrqueue.text.layer import boxes, ligatures, spot, trust
from ocrqueue.text.layer import page as layer_page
from ocrqueue.text.layer.page import LayerPage
from ocrqueue.text.layer.sheet import Sheet
from ocrqueue.text.turning import turned

SURE_ENOUGH = 60.0  # mean confidence of lines in another script; of pages read wrongly 58 at most
CHECK_S = 30.0  # at most, for the engine to read the lines; they take a quarter of a second


class Use(StrEnum):
    """What is done with the text that a page has itself."""

    NEVER = "never"
    CHECKED = "checked"  # taken where it agrees with the picture
    ONLY = "only"  # nothing else is read


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnText:
    """The page as its own text has it; doubtful where that is not to be trusted."""

    reply: Reply
    judgement: Judgement

    @property
    def is_sound(self) -> bool:
        """Whether nothing else need be read."""
        return self.judgement.verdict is Verdict.GOOD


def use(reading: Reading, backend: Backend, engine: ReadsLines | None = None) -> Use:
    """Return what the setting means for this backend; `engine` is another one beside it.

    `auto` is for the engine that leads its route and can hold lines of text against the picture.
    Where a model leads, its reading stands, but for `first`, where an engine can do that for it.
    """
    if reading.task is not Task.PAGE:
        return Use.NEVER
    checks = isinstance(backend, ReadsLines)
    match reading.text_layer:
        case "only":
            return Use.ONLY
        case "first":
            checks = checks or engine is not None
        case "auto" | "prefer":  # as the first version called it
            pass
        case _:
            return Use.NEVER
    return Use.CHECKED if checks and reading.route[0].backend == backend.name else Use.NEVER


def read(
    sheet: Sheet, image: PageImage, backend: Backend, engine: ReadsLines | None, deadline: float
) -> OwnText | None:
    """Return the page's own text; `backend`, else `engine`, reads a few of its lines if it can.

    None: the page has none, but it has something to see.

    Raises:
        PageError: the engine cannot read them.
    """
    if not sheet.has_text and image.ink >= quality.LEAST_INK:
        return None
    image = image.in_grey()
    reader = backend if isinstance(backend, ReadsLines) else engine
    seen = _whole(trust.seen(sheet, image), image, reader or backend, deadline)
    seen = boxes.with_boxes(seen, image)
    page = layer_page.read(seen)
    written = layer_page.markdown(seen, page)
    words = len(page.layout.words) + sum(len(aside.text.split()) for aside in page.asides)
    reply = Reply(
        text=written.markdown, backend=TEXT_LAYER, model="", words=words, margins=written.margins
    )
    is_silent = not reply.text.strip()
    judged = quality.judge_silence(reply, image) if is_silent else Judgement(verdict=Verdict.GOOD)
    reason = trust.objection(seen, page)
    if not reason and judged.verdict is Verdict.GOOD:
        reason = trust.picture_objection(seen, page, image)
        reason, untold = (reason, "") if reason else held(page, image, reader or backend, deadline)
        reply = replace(reply, witness=Testimony(unwitnessed=untold) if untold else None)
    if reason:
        judged = Judgement(verdict=Verdict.DOUBTFUL, reason=reason)
    return OwnText(reply=reply, judgement=judged)


def _whole(sheet: Sheet, image: PageImage, backend: Backend | ReadsLines, deadline: float) -> Sheet:
    """Return the sheet with the ligatures that its file lost, as far as they can be read."""
    lost = ligatures.lost_words(sheet) if isinstance(backend, ReadsLines) else []
    shown = ligatures.strip(lost, image) if lost else None
    if shown is None or not isinstance(backend, ReadsLines):
        return sheet
    until = min(deadline, time.monotonic() + CHECK_S)
    return ligatures.filled(sheet, lost, shown, backend.read_lines(shown.image, deadline=until))


def alone(own: OwnText | None) -> tuple[Reply, Judgement]:
    """Return the page's own text, doubtful where it is not to be trusted: nothing else is read.

    Raises:
        NoTextLayer: there is none.
    """
    if own is None or (not own.reply.text and own.judgement.verdict is not Verdict.BLANK):
        reason = own.judgement.reason if own else "it is a picture"
        raise NoTextLayer(f"the page has no text of its own: {reason}")
    return own.reply, own.judgement


def held(
    page: LayerPage, image: PageImage, backend: Backend | ReadsLines, deadline: float
) -> tuple[str, str]:
    """Return what a few lines, read from the picture, say against the text.

    And why they cannot tell; "" each: nothing.
    """
    if not isinstance(backend, ReadsLines):
        return "", ""
    if page.angle % 90:
        return "slanting text", ""
    if page.downward:
        return "", "its own text runs from top to bottom, which nothing here reads"
    upright = turned(image, -page.angle % 360)
    until = min(deadline, time.monotonic() + CHECK_S)
    if why := _lines_held(page, upright, backend, until):
        return why, ""
    return _others_held(page, upright, backend, until)


def _lines_held(page: LayerPage, upright: PageImage, backend: ReadsLines, until: float) -> str:
    """Return what lines in Latin script say against the text: at a glance, else in full."""
    short = spot.glance(page.layout, upright)
    if short and spot.agrees_plainly(short, backend.read_lines(short.image, deadline=until)):
        return ""
    full = spot.strip(page.layout, upright)
    return spot.disagreement(full, backend.read_lines(full.image, deadline=until)) if full else ""


def _others_held(
    page: LayerPage, upright: PageImage, backend: ReadsLines, until: float
) -> tuple[str, str]:
    """Return the same of lines in another script, which there may be data for."""
    script = languages.other_script("".join(word.text for word in page.layout.words))
    if not script:
        return "", ""
    codes = languages.printed_in(script)
    lang = backend.first_of(codes, deadline=until)
    if not lang:
        why = f"its own text is in {script} script, which nothing here reads"
        return "", ": ".join([why, *map(languages.remedy, codes[:1])])
    others = spot.strip_of_others(page.layout, upright)
    if others is None:
        return "", ""
    read = backend.read_lines(others.image, deadline=until, lang=lang)
    why = spot.disagreement_of_others(others, read)
    if why and read.confidence < SURE_ENOUGH:
        return "", f"its own text is in {script} script, which {backend.name} does not read surely"
    return why, ""
