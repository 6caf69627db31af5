"""What is made of real replies of vision models: are good ones doubted, bad ones found, words kept?

    python -m benchmarks.replies [--folder ../shared/replies]

The folder has a `manifest.csv` that names each reply, its set, its page and its kind: `grounded`
and `plain` are good, a loop or a cut is none. Each is judged as if its model had ended it by
itself. A word is lost where it is in the reply, outside of its labels, and not in the Markdown.
"""

import argparse
import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.corpus import CORPUS
from ocrqueue.model.errors.page import ReplyRejected
from ocrqueue.model.page import ImageMode, PageImage, Reply, Verdict
from ocrqueue.text import grounding, quality
from ocrqueue.text.witness.tokens import tokens

GOOD = ("grounded", "plain")  # kinds of replies that are whole
IMAGE = PageImage(width=0, height=0, mode=ImageMode.GREY, pixels=b"", dpi=72, ink=0.05)
LABELS = re.compile(r"<\|ref\|>[^<]{0,60}<\|/ref\|>|<\|det\|>[^<]*+<\|/det\|>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A reply and what became of it."""

    family: str  # the set it belongs to
    kind: str
    name: str
    told: str  # the verdict, or why it is no page
    lost: Counter[str] = field(default_factory=Counter)  # words that its Markdown lacks

    @property
    def is_good(self) -> bool:
        """Whether it is a whole page, as whoever collected it says."""
        return self.kind in GOOD

    @property
    def is_wrong(self) -> bool:
        """Whether the judgement is another one."""
        return (self.told == Verdict.GOOD) is not self.is_good


def main() -> None:
    """Print the table, and what is wrong."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--folder", type=Path, default=CORPUS.parent / "replies")
    judged = list(all_in(parser.parse_args().folder))
    print("| set, kind | replies | judged otherwise | words lost |\n|---|---|---|---|")
    for group in sorted({(one.family, one.kind) for one in judged}):
        _print(", ".join(group), [one for one in judged if (one.family, one.kind) == group])
    good = [one for one in judged if one.is_good]
    _print("all that are good: doubted", good)
    _print("all loops and cuts: missed", [one for one in judged if not one.is_good])
    for one in judged:
        if one.is_wrong or one.lost:
            print(f"{one.family}/{one.name}: {one.told} {dict(one.lost) or ''}")


def all_in(folder: Path) -> Iterator[Judged]:
    """Yield what becomes of each reply of a folder that says something."""
    with (folder / "manifest.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            said = (folder / row["set"] / row["name"] / row["reply_file"]).read_text("utf-8")
            if said.strip():
                name = f"{row['name']} {row['page']}"
                yield Judged(
                    family=row["set"],
                    kind=row["kind"],
                    name=name,
                    told=_told(said),
                    lost=_lost(said) if row["kind"] in GOOD else Counter(),
                )


def _told(said: str) -> str:
    shown = grounding.page(said, number=1).markdown
    reply = Reply(
        text=shown, raw=said, backend="b", model="m", words=len(shown.split()), finish_reason="stop"
    )
    try:
        judgement = quality.judge(reply, IMAGE)
    except ReplyRejected as error:
        return str(error)
    return judgement.verdict if judgement.verdict is Verdict.GOOD else judgement.reason


def _lost(said: str) -> Counter[str]:
    shown = grounding.page(said, number=1, keep_headers=True).markdown
    words = Counter(token.form for token in tokens(LABELS.sub(" ", said)))
    return words - Counter(token.form for token in tokens(shown))


def _print(name: str, judged: Sequence[Judged]) -> None:
    wrong, lost = sum(one.is_wrong for one in judged), sum(sum(one.lost.values()) for one in judged)
    print(f"| {name} | {len(judged)} | {wrong} | {lost} |")


if __name__ == "__main__":
    main()
