"""How often is a sound page taken for a loop or for garbage, and how soon is a loop stopped?

    python -m benchmarks.loop_false_alarms [--pages 2000] [--loops 500]

Sound pages: the text of each corpus page that has one (its truth, or its own text layer), and some
made to look like loops: leaders, blank forms, tables of zeros, lists of numbers. Loops: the start
of a corpus page, then a part of it again and again, with a counter or without.
"""

import argparse
import json
import random
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from statistics import median

from benchmarks import reading
from benchmarks.corpus import CORPUS, documents
from ocrqueue.model.errors.base import OcrqueueError
from ocrqueue.model.errors.page import ReplyRejected
from ocrqueue.model.page import ImageMode, PageImage, Reply
from ocrqueue.render.renderer import Renderer
from ocrqueue.settings.schema import RenderSettings
from ocrqueue.text import quality, repetition

LONGEST_REPLY = 25_000  # letters; some 8,000 tokens
PIECE = 4  # letters of a token


def main() -> None:
    """Print both rates."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--pages", type=int, default=2000, help="at most so many text layers")
    parser.add_argument("--loops", type=int, default=500, help="of each kind")
    given = parser.parse_args()
    truth, layers = list(truths()), list(_text_layers(given.pages))
    _print_alarms("truth of corpus pages", truth)
    _print_alarms("text layers of corpus pages", layers)
    _print_alarms("pages made to look like loops", list(look_alikes()))
    pages = [text for _, text in [*truth, *layers] if len(text) > 500]  # noqa: PLR2004
    _print_detection(pages, given.loops)


def _print_alarms(name: str, pages: Sequence[tuple[str, str]]) -> None:
    alarms = [(where, why) for where, text in pages if (why := _rejected(text))]
    rate = len(alarms) / max(len(pages), 1)
    print(f"{name:32} {len(pages):5} pages, {len(alarms):3} alarms ({rate:.2%})")
    for where, why in alarms:
        print(f"    {where}: {why}")


def _rejected(text: str) -> str | None:
    """Return why a text would be rejected, had a model replied it for a page full of ink."""
    image = PageImage(width=0, height=0, mode=ImageMode.GREY, pixels=b"", dpi=0, ink=0.1)
    said = text if text.strip() else "[nothing]"  # on most of these pages there is no ink
    reply = Reply(text=said, raw=said, backend="", model="", finish_reason="stop")
    try:
        quality.judge(reply, image)
    except ReplyRejected as error:
        return str(error)
    return None


def truths() -> Iterator[tuple[str, str]]:
    """Yield where each page of ground truth is, and its text."""
    for file in sorted((CORPUS / "truth").rglob("*.jsonl")):
        if file.parent.name == "tests":
            continue
        for row in map(json.loads, file.read_text("utf-8").splitlines()):
            yield f"{file.name} page {row['page']}", row["text"]
    for file in sorted((CORPUS / "truth").rglob("*.*")):
        if file.suffix in {".txt", ".md"}:
            text = file.read_text("utf-8")
            for start in range(0, len(text), 6000):  # as much as a dense page
                yield f"{file.name} from {start}", text[start : start + 6000]


def _text_layers(most: int) -> Iterator[tuple[str, str]]:
    count = 0
    with Renderer(RenderSettings()) as renderer:
        for document in documents():
            if not document.file.name.endswith(".pdf") or document.kind.startswith("hostile"):
                continue
            for page in range(1, min(document.pages, 40) + 1):
                try:
                    text = reading.own_text(renderer, document.file, page)
                except OcrqueueError:
                    continue
                if text:
                    yield f"{document.path} page {page}", text
                    count += 1
                if count >= most:
                    return


def look_alikes() -> Iterator[tuple[str, str]]:
    """Yield sound pages that are like loops, by name."""
    chapters = [f"{n} Chapter of the year {1900 + n}" for n in range(1, 61)]
    yield "contents, dots", "\n".join(f"{c} {'.' * 120} {n}" for n, c in enumerate(chapters))
    yield "contents, spaced dots", "\n".join(f"{c} {'. ' * 80}{n}" for n, c in enumerate(chapters))
    yield "form of lines", "\n\n".join("_" * 90 for _ in range(50))
    yield "form of escaped lines", "\n".join("\\_" * 90 for _ in range(50))
    yield "form of fields", "\n".join("Name: ______ Date: ______ Signed: ______" for _ in range(20))
    yield "numbered form", "\n".join(f"{n}. ________________________" for n in range(1, 61))
    yield "questionnaire", "\n".join(f"Question {n}: yes [ ] no [ ]" for n in range(1, 46))
    row = "<tr>" + "<td></td>" * 10 + "</tr>"
    yield "empty table", f"<table>{row * 60}</table>"
    zeros = "<tr><td>0</td><td>0.00</td><td>0.00</td><td>0</td></tr>"
    yield "table of zeros", f"<table>{zeros * 48}</table>"
    yield "pipe table of zeros", "\n".join("| 0 | 0.00 | 0 | 0.00 | 0 |" for _ in range(70))
    yield "one column of dashes", "\n".join("| - |" for _ in range(80))
    ditto = "".join(f"<tr><td>{n}</td><td>ditto</td><td>none</td></tr>" for n in range(60))
    yield "table of dittos", f"<table>{ditto}</table>"
    bank = "<tr><td>Card payment Market Street</td><td>{}.{}0 EUR</td><td>{} May</td></tr>"
    chance = random.Random(7)  # noqa: S311 - a fixed example
    rows = [bank.format(chance.randrange(300), chance.randrange(9), n) for n in range(1, 50)]
    yield "statement", f"<table>{''.join(rows)}</table>"
    yield "line numbers", "\n".join(map(str, range(1, 200)))
    digits = "".join(str(chance.randrange(10)) for _ in range(5000))
    yield "digits without end", " ".join(digits[n : n + 10] for n in range(0, 5000, 10))
    yield "binary", " ".join(f"{chance.randrange(256):08b}" for _ in range(400))
    icons = [
        f"<|ref|>image<|/ref|><|det|>[[{x}, {y}, {x + 40}, {y + 40}]]<|/det|>"
        for y in range(100, 900, 100)
        for x in range(100, 900, 100)
    ]
    yield "icons in a grid", "\n\n".join(icons)
    yield "letter", "Yours sincerely, the undersigned\n\n" * 4


def _print_detection(pages: Sequence[str], loops_of_a_kind: int) -> None:
    chance = random.Random(1)  # noqa: S311 - the same loops in each run
    found: Counter[str] = Counter()
    costs: dict[str, list[int]] = {}
    for _ in range(loops_of_a_kind):
        for kind, (head, tail) in _looping(chance.choice(pages), chance).items():
            at = _stopped_at(head + tail)
            if at is not None:
                found[kind] += 1
                costs.setdefault(kind, []).append(max(at - len(head), 0))
    for kind, cost in costs.items():
        print(
            f"loop of {kind:24} found {found[kind]} of {loops_of_a_kind} "
            f"({found[kind] / loops_of_a_kind:.1%}), after {median(cost):.0f} letters (median), "
            f"{max(cost)} at most"
        )


def _looping(page: str, chance: random.Random) -> Mapping[str, tuple[str, str]]:
    """Return a looping reply of each kind: how it begins, and what goes round."""
    words = page.split()
    start = chance.randrange(max(len(words) - 120, 1))
    head = " ".join(words[:start])[:6000] + " "
    some = words[start:]
    word = next((w for w in some if len(re.sub(r"\W|\d|_", "", w)) > 1), "background")
    count = iter(range(1, LONGEST_REPLY))
    cells = "<tr><td>" + "</td><td>".join(some[:4]) + "</td></tr>"
    return {
        "one word": (head, _round(word + " ")),
        "a phrase": (head, _round(" ".join(some[: chance.randrange(3, 8)]) + " ")),
        "a sentence": (head, _round(" ".join(some[: chance.randrange(8, 30)]) + ". ")),
        "a paragraph": (head, _round(" ".join(some[: chance.randrange(30, 110)]) + "\n\n")),
        "a table row": (head + "<table>", _round(cells)),
        "a zero row": (head + "<table>", _round("<tr><td>0</td></tr>")),
        "a numbered line": (
            head,
            "".join(f"{next(count)}. {' '.join(some[:6])}\n" for _ in range(600))[:LONGEST_REPLY],
        ),
        "a box": (
            "",
            _round("<|ref|>text<|/ref|><|det|>[[100, 80, 900, 120]]<|/det|>\n" + word + "\n\n"),
        ),
        "dots": (head, "." * LONGEST_REPLY),
        "a line end": (head, "\n" * LONGEST_REPLY),
    }


def _round(text: str) -> str:
    return (text * (LONGEST_REPLY // len(text) + 1))[:LONGEST_REPLY]


def _stopped_at(reply: str) -> int | None:
    loop = repetition.Loop()
    for at in range(0, len(reply), PIECE):
        if loop.feed(reply[at : at + PIECE]):
            return at
    return len(reply) if loop.end() else None


if __name__ == "__main__":
    main()
