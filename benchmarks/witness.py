"""How much of what is wrong with a page does a second reading notice, and how often is it alarmed?

    python -m benchmarks.witness [--half 0|1] [--sample 300] [--seed 7] [--each]
    python -m benchmarks.witness --replies --each           real replies of models, with their pages

Good readings of the corpus are damaged in known ways, and held against a witness that nobody
damaged: Tesseract's reading with the page's own text as the witness, and the other way round. The
pages that are read well show the false alarms. What was read once is kept (`second_readings`).
"""

import argparse
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks import corpus, score, second_readings, text_score
from benchmarks.damages import DAMAGES, lines_of
from benchmarks.second_readings import SecondReadings
from ocrqueue.model.errors.base import OcrqueueError
from ocrqueue.model.page import TEXT_LAYER, Figure, ImageMode, PageImage, Reply, Testimony
from ocrqueue.pipeline import witness as pipeline_witness
from ocrqueue.pipeline.order import reading_of
from ocrqueue.settings.schema import Settings
from ocrqueue.text import replies
from ocrqueue.text.hocr.layout import Word
from ocrqueue.text.witness.testimony import ENGINE, OWN_TEXT, testimony

WELL = 0.9  # word recall of a page that is damaged
FAIR = 0.85  # of a page on which an alarm is false
LEAST_WORDS = 60
SHOWN_LETTERS = 160  # of a run that is printed


@dataclass(frozen=True, slots=True, kw_only=True)
class Witnessed:
    """A reading of a page, and what its witness sees there."""

    name: str
    text: str
    words: Sequence[Word]
    height: int
    by: str
    recall: float = 1.0  # of the page's own words, in Tesseract's reading
    figures: Sequence[Figure] = ()

    def told(self, text: str) -> Testimony:
        """Return what the witness says of a text of this page."""
        limits = OWN_TEXT if self.by == TEXT_LAYER else ENGINE
        return testimony(
            text, self.figures, words=self.words, height=self.height, by=self.by, limits=limits
        )


def main() -> None:
    """Read what is not kept yet; print detection and false alarms for both directions."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--sample", type=int, default=300, help="pages to read, about")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--half", type=int, choices=(0, 1), help="of the documents, by their path")
    parser.add_argument("--kept", type=Path, default=second_readings.KEPT)
    parser.add_argument("--replies", action="store_true", help="of models, instead of the corpus")
    parser.add_argument("--each", action="store_true", help="print each alarm")
    given = parser.parse_args()
    with second_readings.Reader(given.kept) as reader:
        if given.replies:
            _report_replies(list(_replies(reader)), each=given.each)
            return
        pages = corpus.sample(given.sample, ["born-digital"], _pages_of, half=given.half)
        seen = list(_pages(reader, pages))
    print(f"{len(seen)} pages, half {given.half}, seed {given.seed}")
    by_own = [one for name, page in seen if (one := _by_own_text(name, page))]
    by_engine = [one for name, page in seen if (one := _by_engine(name, page))]
    _report("reader Tesseract, witness the page's own text", by_own, given.seed, each=given.each)
    _report("reader the page's own text, witness Tesseract", by_engine, given.seed, each=given.each)


def _pages_of(document: corpus.Document) -> set[int]:
    """Return the pages that a fact is known of, and those that begin each quarter."""
    quarters = {document.pages * quarter // 4 + 1 for quarter in range(4)}
    return quarters | set(score.pages_of(document))


def _pages(
    reader: second_readings.Reader, pages: Sequence[tuple[corpus.Document, int]]
) -> Iterator[tuple[str, SecondReadings]]:
    """Yield the pages whose own text can be trusted."""
    for document, number in pages:
        try:
            page = reader.read(document.file, number)
        except OcrqueueError as error:
            print(f"left out: {document.path} page {number}: {error}")
            continue
        if not page.own.objection and len(page.own.words) >= LEAST_WORDS:
            yield f"{document.path} {number}", page


def _by_own_text(name: str, page: SecondReadings) -> Witnessed | None:
    if page.own.objection or len(page.own.words) < pipeline_witness.LEAST_WORDS:
        return None
    return Witnessed(
        name=name,
        text=page.engine.markdown,
        words=page.own.words,
        height=page.height,
        by=TEXT_LAYER,
        recall=text_score.recall(page.engine.markdown, page.own.markdown),
    )


def _by_engine(name: str, page: SecondReadings) -> Witnessed | None:
    engine = page.engine
    if pipeline_witness.objection(len(engine.words), engine.confidence, engine.unread):
        return None
    return Witnessed(
        name=name,
        text=page.own.markdown,
        words=engine.words,
        height=page.height,
        by="tesseract",
    )


def _replies(reader: second_readings.Reader) -> Iterator[Witnessed | str]:
    """Yield the replies with the witness that their pages have, or the name of one without."""
    reading = reading_of(Settings(), ["replay"])
    for file in second_readings.pages_of_replies():
        page = reader.read(file, 1)
        raw = file.with_suffix(".md").read_text("utf-8-sig")
        image = PageImage(
            width=page.width, height=page.height, mode=ImageMode.RGB, pixels=b"-", dpi=200, ink=1.0
        )
        said = Reply(text=raw, raw=raw, backend="", model="", chats=True)
        said = replies.finished(said, reading=reading, page=1, image=image)
        name = f"{file.parent.parent.name}/{file.parent.name}/{file.name}"
        found = _by_own_text(name, page) or _by_engine(name, page)
        if found is None:
            yield name
        else:
            yield replace(found, text=said.text, figures=said.figures)


def _report_replies(found: Sequence[Witnessed | str], *, each: bool) -> None:
    told = [(one, one.told(one.text)) for one in found if isinstance(one, Witnessed)]
    for by in sorted({one.by for one, _ in told}):
        alarms = [(one, said) for one, said in told if one.by == by and said.doubt]
        print(f"witness {by}: {len(alarms)} of {sum(one.by == by for one, _ in told)} doubted")
        for one, said in alarms if each else ():
            _print(one, said)
    print(f"no witness: {sum(isinstance(one, str) for one in found)}")


def _report(title: str, pages: Sequence[Witnessed], seed: int, *, each: bool) -> None:
    chance = random.Random(seed)  # noqa: S311
    print(f"\n{title}")
    fair = [page for page in pages if page.recall >= FAIR]
    told = [(page, page.told(page.text)) for page in fair]
    alarms = [(page, said) for page, said in told if said.doubt]
    print(f"{'false alarms':32} {len(alarms)} of {len(fair)}")
    for page, said in alarms if each else ():
        _print(page, said)
    bad = [page for page in pages if page.recall < FAIR]
    found = sum(bool(page.told(page.text).doubt) for page in bad)
    print(f"{'badly read pages found':32} {found} of {len(bad)}")
    good = [page for page, said in told if page.recall >= WELL and not said.doubt]
    for name, damage in DAMAGES.items():
        noticed = []
        for place, page in enumerate(good):
            other = lines_of(good[(place + 3) % len(good)].text)
            damaged = damage(lines_of(page.text), other, chance)
            if damaged is not None:
                noticed.append(bool(page.told(damaged).doubt))
        share = sum(noticed) / max(1, len(noticed))
        print(f"{name:32} {sum(noticed)} of {len(noticed)} ({share:.0%})", flush=True)


def _print(page: Witnessed, said: Testimony) -> None:
    print(f"    {page.name}: agreed {said.agreed}; {said.doubt}: {said.words[:SHOWN_LETTERS]}")


if __name__ == "__main__":
    main()
