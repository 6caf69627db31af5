"""The guard against repeats, as a step of mlx-vlm's own loop, and alone."""

import importlib
import random
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from ocrqueue.backends.deepseek_mlx.backend import DeepseekMlx
from ocrqueue.backends.deepseek_mlx.models import PROFILES, Guard
from ocrqueue.model.document import Task
from tests.support import tiny_model
from tests.support.tiny_model import FREE

pytestmark = tiny_model.needs_tiny
VOCABULARY = 129_280  # of the real model


def forbid(guard: Guard, free: Sequence[int] = ()) -> Any:
    """Return a guard at the begin of a reply; importing it is for tests that may have mlx."""
    return importlib.import_module("ocrqueue.backends.deepseek_mlx.guard").Forbid(guard, free)


def repeating(tokens: Sequence[int], size: int) -> set[int]:
    """Return what the guard of DeepSeek's scripts bans, written down from them."""
    if len(tokens) < size:
        return set()
    begun = list(tokens[len(tokens) - size + 1 :])
    starts = range(len(tokens) - size + 1)
    return {tokens[n + size - 1] for n in starts if list(tokens[n : n + size - 1]) == begun}


@pytest.mark.parametrize("lag", [0, 1, 3])
@pytest.mark.parametrize(("size", "window"), [(2, 5), (3, 6), (4, 20)])
def test_it_bans_what_the_reference_bans(size: int, window: int, lag: int) -> None:
    """However late the tokens are heard, and however much of the prompt lies before them."""
    mx = importlib.import_module("mlx.core")
    chance = random.Random(size)  # noqa: S311 - the same in each run
    guard, prompt, reply = forbid(Guard(size=size, window=window), [0]), [7, 7, 7], list[int]()
    guard(mx.array(prompt), mx.zeros((1, 8)))

    for number in range(60):
        reply.append(chance.randrange(3))
        if number >= lag:
            guard.hear(reply[number - lag])
        left = guard(mx.array(prompt + reply), mx.zeros((1, 8)))
        banned = {n for n, value in enumerate(left[0].tolist()) if value == -float("inf")}
        assert banned == repeating(reply[-window:], size) - {0}


def test_it_counts_what_it_changed() -> None:
    """Only where the model wanted what is banned: 1 2 1 2 may not come, 1 2 1 3 may."""
    mx = importlib.import_module("mlx.core")
    guard, reply = forbid(Guard(size=2, window=9)), list[int]()

    for wanted in (1, 2, 1, 2, 3, 1, 3):
        left = guard(mx.array([9, *reply]), mx.where(mx.arange(8) == wanted, 1.0, 0.0)[None])
        reply.append(int(mx.argmax(left).item()))
        guard.hear(reply[-1])

    assert reply[3] != 2
    assert guard.forced == sum(a != b for a, b in zip(reply, (1, 2, 1, 2, 3, 1, 3), strict=True))


def test_it_costs_next_to_nothing() -> None:
    """Under 280 µs: 2 % of a token at 70 a second; ten times as long where a run may come twice."""
    mx = importlib.import_module("mlx.core")
    guard, logits, tokens = (
        forbid(Guard(size=20, window=50)),
        mx.zeros((1, VOCABULARY)),
        mx.zeros(9),
    )
    mx.eval(logits)

    took = []
    for number in range(400):
        began = time.thread_time()
        mx.eval(guard(tokens, logits))
        guard.hear(number)
        took.append(time.thread_time() - began)

    assert sorted(took)[len(took) // 2] < 280e-6


def test_its_sizes_are_those_of_its_makers() -> None:
    """20 among 50 for a page, 30 among 90 for an image of one thing; cells are free."""
    cells = ("<td>", "</td>")
    for name in ("deepseekocr", "deepseekocr_2", "unlimited_ocr"):
        assert PROFILES[name].guards == {
            Task.PAGE: Guard(size=20, window=50, free=cells),
            Task.TABLE: Guard(size=30, window=90, free=cells),
            Task.FORMULA: Guard(size=30, window=90, free=cells),
        }
    assert not PROFILES["glm_ocr"].guards


def test_it_keeps_a_real_model_from_repeating_itself() -> None:
    """On the page that loops without it: the loop is told from what was changed, and soon."""
    (image,) = tiny_model.images("loop").values()
    guarded = replace(tiny_model.candidate(prompt=FREE, no_repeat_ngram=4), max_tokens=600)
    backend = DeepseekMlx(guarded)
    reply = backend.page_to_markdown(image, deadline=time.monotonic() + 60)
    backend.close()

    assert reply.final
    assert reply.finish_reason == "loop"
