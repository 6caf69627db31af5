"""How many of DeepSeek's tokens go by before a loop is told, and which pages does the guard change?

    python -m benchmarks.loop_tokens [--pages 1000]

A loop is written token by token: with table cells as the language models spell them, as the OCR
model does, and with the guard, where another token stands for each that it bans. Sound pages are
the truth of the test documents: which are taken for loops, and which would the guard change?
"""

import argparse
import random
from collections.abc import Iterator, Sequence
from typing import Any

from benchmarks import loop_false_alarms
from benchmarks.vocabulary import CELLS, deepseek, deepseek_ocr, spelled
from ocrqueue.backends.deepseek_mlx.letters import Letters
from ocrqueue.backends.deepseek_mlx.models import PROFILES
from ocrqueue.backends.deepseek_mlx.stream import MOST_FORCED
from ocrqueue.model.document import Task
from ocrqueue.text.repetition import Loop

LONGEST = 4000  # tokens
BEGIN = "The station took 418 samples.\n\n"
GUARD = PROFILES["deepseekocr"].guards[Task.PAGE]
LOOPS = {
    "empty cells": "<td></td>",
    "cells `0.00`": "<td>0.00</td>",
    "cells `-`": "<td>-</td>",
    "rows of an empty cell": "<tr><td></td></tr>",
    "rows of one `0`": "<tr><td>0</td></tr>",
    "rows of two empty cells": "<tr><td></td><td></td></tr>",
    "rows of ten empty cells": "<tr>" + "<td></td>" * 10 + "</tr>",
    "rows of four `0.00`": "<tr>" + "<td>0.00</td>" * 4 + "</tr>",
    "dots": ".",
    "spaced dots": " .",
    "underscores": "_",
    "escaped underscores": "\\_",
    "`\\n-`": "\n-",
    "`| - |`": "| - |\n",
    "`0, `": "0, ",
    "one Chinese word": "的",
    "a Chinese phrase": "我们今天去看书",
    "one word": "background ",
    "a phrase": "of the water, ",
    "a sentence": "All but three of the samples were clear. ",
}


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pages", type=int, default=1000, help="at most so many sound pages")
    given = parser.parse_args()
    print("| loop | cells spelled | cells one token | with the guard |\n|---|---|---|---|")
    for name, piece in LOOPS.items():
        told = [_told_after(spell, _around(spell, piece)) for spell in (deepseek(), deepseek_ocr())]
        print(f"| {name} | {told[0]} | {told[1]} | {_guarded(deepseek_ocr(), piece)} |")
    pages = [*loop_false_alarms.truths()][: given.pages]
    _print_sound("truth", pages)
    _print_sound("made to look like loops", [*loop_false_alarms.look_alikes()])


def _around(tokenizer: Any, piece: str) -> list[int]:
    return spelled(tokenizer, piece * (LONGEST // len(piece) * 4))[:LONGEST]


def _told_after(tokenizer: Any, tokens: Sequence[int]) -> int | None:
    loop = Loop()
    loop.feed(BEGIN)
    letters = Letters(tokenizer.decode)
    for number, token in enumerate(tokens, 1):
        if loop.feed(letters.add(token)):
            return number
    return len(tokens) if loop.feed(letters.end()) or loop.end() else None


def _guarded(tokenizer: Any, piece: str) -> int | None:
    """Return after how many tokens it is told that a model wants to go round, and may not."""
    chance = random.Random(1)  # noqa: S311 - the same in each run
    wanted, others = iter(_around(tokenizer, piece)), spelled(tokenizer, BEGIN)
    written, forced = list[int](), 0
    loop, letters = Loop(), Letters(tokenizer.decode)
    loop.feed(BEGIN)
    for token in wanted:
        banned = _banned(written, _free(tokenizer))
        forced += token in banned
        usable = [other for other in others if other not in banned]
        written.append(chance.choice(usable) if token in banned else token)
        if loop.feed(letters.add(written[-1])) or forced > MOST_FORCED:
            return len(written)
    return None


def _free(tokenizer: Any) -> set[int]:
    return {ids[0] for cell in CELLS if len(ids := spelled(tokenizer, cell)) == 1}


def _banned(written: Sequence[int], free: set[int]) -> set[int]:
    recent = written[-GUARD.window :]
    run = recent[len(recent) - GUARD.size + 1 :]
    if len(run) < GUARD.size - 1:
        return set()
    starts = range(len(recent) - GUARD.size + 1)
    return {recent[n + len(run)] for n in starts if recent[n : n + len(run)] == run} - free


def _print_sound(name: str, pages: Sequence[tuple[str, str]]) -> None:
    alarms, hit = list[str](), list[str]()
    for where, text in pages:
        tokens = spelled(deepseek_ocr(), text)
        if (told := _told_after(deepseek_ocr(), tokens)) is not None:
            alarms.append(f"{where}: after {told} of {len(tokens)} tokens")
        if forced := sum(_forced(tokens)):
            hit.append(f"{where}: {forced} of {len(tokens)} tokens")
    print(f"\n{name}: {len(pages)} pages, {len(alarms)} told as loops, {len(hit)} guarded")
    print("\n".join([*alarms, *hit]))


def _forced(tokens: Sequence[int]) -> Iterator[bool]:
    free = _free(deepseek_ocr())
    for number, token in enumerate(tokens):
        yield token in _banned(tokens[max(0, number - GUARD.window) : number], free)


if __name__ == "__main__":
    main()
