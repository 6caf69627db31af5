"""What a model said becomes the reply's text and figures, as the document's reading asks; pure."""

from dataclasses import replace

from ocrqueue.model.document import Reading, Task
from ocrqueue.model.page import Figure, PageImage, Reply
from ocrqueue.text import chatter, figures, grounding
from ocrqueue.text.grounding_parser import SCALE
from ocrqueue.text.html_tables import Style


def finished(reply: Reply, *, reading: Reading, page: int, image: PageImage) -> Reply:
    """Return the reply with what follows from its raw text; one without raw text stays as it is.

    What a document wants of its text is a part of its reading and may differ from page to page of
    one worker, so it is no business of the backend.
    """
    if reply.raw is None:
        return reply
    style = Style(reading.tables)
    said = chatter.cleaned(reply.raw) if reply.chats else chatter.tidied(reply.raw)
    if reading.task is not Task.PAGE:
        text = written(reading.task, said, style)
        return replace(reply, text=text, words=len(text.split()))
    whole = grounding.page(said, number=page, keep_headers=True, tables=style)
    return replace(
        reply,
        text=whole.markdown,
        words=len(whole.markdown.split()) - len(whole.figures),  # a link is no word
        figures=tuple(
            Figure(name=figure.name, box=figures.in_pixels(figure.box, SCALE, image))
            for figure in whole.figures
            if image.pixels
        ),
        # The version before let the document's reading say whether they stay.
        margins=() if reading.keep_headers else whole.margins,
    )


def written(task: Task, said: str, style: Style = Style.MARKDOWN) -> str:
    """Return what a model said as Markdown, or as LaTeX where a formula was asked for."""
    match task:
        case Task.TABLE:
            return grounding.table(said, style)
        case Task.FORMULA:
            return grounding.formula(said)
        case Task.PAGE:
            return grounding.page(said, tables=style).markdown
