"""What is learnt from in one step: some pages as the model sees them, asked for in some words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import mlx.core as mx
import numpy as np

from tools.tiny_model import vocabulary
from tools.tiny_model.pages import LOOP, pages
from tools.tiny_model.views import View

ROWS = {"tiny": 16, "small": 16, "base": 10, "gundam": 5}  # questions in a step
MORE_ROWS = {"tiny": 22, "small": 22, "base": 16, "gundam": 6}  # where only beginnings are asked
SHARES = (0.25, 0.25, 0.3, 0.2)  # of the steps that are not easy, for these modes
PLACES = {"after": 0.6, "before": 0.25, "around": 0.15}  # of the prompt, beside the picture
EASY = 0.3  # of all steps: small pictures, the prompt where it mostly is
BEGINNINGS = 0.4  # of the steps that are not easy ask for the first tokens alone, which tell pages
FIRST = 32  # tokens of an answer that are its beginning: with boxes, the title is among them
ALIKE = ("report", "umlaut")  # begin alike on paper: half of the questions in the last steps
LAST = 120  # steps; they ask for beginnings alone
LOOPING = 0.1  # of all steps have the page that never ends, which is long
PLAIN, KNOWN = 0.6, 0.5  # of the plain prompts are DeepSeek's; of the others, from the list
MOST_WORDS = 15  # of a prompt that is made up
WEIGHTS = ((2, 20.0), (30, 4.0))  # the first tokens decide which page it is: they count for more
BEGIN = vocabulary.CONTROL.index(vocabulary.BEGIN)
END = vocabulary.CONTROL.index(vocabulary.END)
Rng = np.random.Generator
Views = Mapping[str, Mapping[str, Sequence[View]]]  # by mode and name of the page


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """Questions of one shape: tokens, picture, tokens; and the answers, token by token."""

    mode: str
    before: list[int]  # the picture; the same for all
    views: list[View]
    after: mx.array  # row, token: the rest of the question and the answer
    answers: mx.array  # the token that is to come next
    weights: mx.array  # how much it counts; 0 for what is asked and for padding


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    page: str
    grounded: bool
    before: str
    after: str


@dataclass(slots=True)
class Teacher:
    """Puts lessons together; the same at the same step."""

    tokenizer: Any
    views: Views
    seed: int = 0
    _words: list[str] = field(default_factory=list)

    def lesson(self, step: int, steps: int) -> Lesson:
        """Return the lesson of a step."""
        rng = np.random.default_rng((self.seed, step))
        if step < EASY * steps:
            mode = str(rng.choice(["tiny", "tiny", "small"]))
            return self._lesson(rng, mode, self._asked(rng, self._pages(rng, ROWS[mode]), "after"))
        mode = str(rng.choice(list(ROWS), p=SHARES))
        place = str(rng.choice(list(PLACES), p=list(PLACES.values())))
        is_last = step >= steps - LAST
        if is_last or rng.random() < BEGINNINGS:
            chosen = self._different(rng, MORE_ROWS[mode])
            if is_last:
                half = len(chosen) // 2
                alike = [(name, grounded) for name in ALIKE for grounded in (True, False)]
                chosen = [*(alike * half)[:half], *chosen[half:]]
            return self._lesson(rng, mode, self._asked(rng, chosen, place), FIRST)
        return self._lesson(rng, mode, self._asked(rng, self._pages(rng, ROWS[mode]), place))

    def _pages(self, rng: Rng, count: int) -> list[tuple[str, bool]]:
        if rng.random() < LOOPING:
            return [(LOOP, True), (LOOP, False), *self._different(rng, 1)]
        return self._different(rng, count)

    def _different(self, rng: Rng, count: int) -> list[tuple[str, bool]]:
        names = [name for name in pages() if name != LOOP]
        ways = [(name, grounded) for name in names for grounded in (True, False)]
        return [ways[number] for number in rng.permutation(len(ways))[:count]]

    def _asked(self, rng: Rng, chosen: Sequence[tuple[str, bool]], place: str) -> list[_Asked]:
        """Return the questions: a prompt after the picture, before it, or one on each side."""
        if place == "before":  # one for all
            grounded = chosen[0][1]
            prompt = self._prompt(rng, grounded=grounded)
            return [
                _Asked(page=page, grounded=grounded, before=prompt, after="\n")
                for page, _ in chosen
            ]
        before = self._made_up(rng) + " " if place == "around" else ""
        return [
            _Asked(
                page=page,
                grounded=grounded,
                before=before,
                after="\n" + self._prompt(rng, grounded=grounded),
            )
            for page, grounded in chosen
        ]

    def _prompt(self, rng: Rng, *, grounded: bool) -> str:
        if grounded:
            return vocabulary.GROUNDED
        return vocabulary.FREE if rng.random() < PLAIN else self._made_up(rng)

    def _made_up(self, rng: Rng) -> str:
        """Return any prompt that is not one of DeepSeek's: it is to mean plain reading."""
        if rng.random() < KNOWN:
            return str(rng.choice(vocabulary.OTHERS))
        if not self._words:
            texts = [*vocabulary.OTHERS, *(page.said(grounded=False) for page in pages().values())]
            self._words = " ".join(texts).replace("<", " ").replace(">", " ").split()
        return " ".join(rng.choice(self._words, rng.integers(1, MOST_WORDS + 1)))

    def _lesson(
        self, rng: Rng, mode: str, asked: Sequence[_Asked], most: int | None = None
    ) -> Lesson:
        """Return the lesson; of each answer, at most so many tokens."""
        rows = [self._row(question, most) for question in asked]
        longest = max(len(tokens) for tokens, _ in rows) - 1
        tokens = np.zeros((len(rows), longest + 1), np.int32)
        weights = np.zeros((len(rows), longest + 1), np.float32)
        for number, (row, counts) in enumerate(rows):
            tokens[number, : len(row)], weights[number, : len(row)] = row, counts
        return Lesson(
            mode=mode,
            before=[BEGIN, *self._ids(asked[0].before)],
            views=[_any(rng, self.views[mode][question.page]) for question in asked],
            after=mx.array(tokens[:, :-1]),
            answers=mx.array(tokens[:, 1:]),
            weights=mx.array(weights[:, 1:]),
        )

    def _row(self, asked: _Asked, most: int | None) -> tuple[list[int], list[float]]:
        """Return the tokens after the picture, and how much each counts as an answer."""
        question = self._ids(asked.after)
        answer = self._ids(pages()[asked.page].said(grounded=asked.grounded))
        if asked.page != LOOP:
            answer.append(END)
        answer = answer[:most]
        counts = np.ones(len(answer), np.float32)
        start = 0
        for end, weight in WEIGHTS:
            counts[start:end] = weight
            start = end
        return question + answer, [0.0] * len(question) + counts.tolist()

    def _ids(self, text: str) -> list[int]:
        return list(self.tokenizer.encode(text, add_special_tokens=False))


def _any(rng: Rng, views: Sequence[View]) -> View:
    return views[int(rng.integers(len(views)))]
