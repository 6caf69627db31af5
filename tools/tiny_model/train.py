"""Teaches a model its pages by heart, an hour or two on two cores.

Every fifty steps it writes down where it is; started again in the same folder, it goes on there,
also with more steps than it was first given. What came out of our own run is told in the README of
tests/data/tiny-deepseekocr.
"""

import time
from collections.abc import Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

import mlx.core as mx
import mlx_vlm
import numpy as np
from mlx import nn, optimizers
from mlx.utils import tree_flatten, tree_unflatten

from tools.tiny_model.lessons import Lesson, Teacher, Views
from tools.tiny_model.pages import document, pages
from tools.tiny_model.pupil import Pupil
from tools.tiny_model.views import MODES, View, views

STEPS = 2080
WRONG = 4.0  # times as much counts a token that the model does not say
FASTEST, SLOWEST, WARM_UP = 3e-3, 3e-5, 50  # learning rates, and the steps until the first
STATE = "state.safetensors"
SAVE_EVERY, TELL_EVERY = 50, 25  # steps


@dataclass(slots=True)
class School:
    """A pupil, and how far it is."""

    pupil: Pupil
    teacher: Teacher
    optimizer: Any
    steps: int = STEPS
    step: int = 0
    losses: list[float] = field(default_factory=list)
    exact: list[float] = field(default_factory=list)  # shares of the answers

    def learn(self) -> None:
        """Take one step."""
        lesson = self.teacher.lesson(self.step, self.steps)
        (loss, exact), changes = nn.value_and_grad(self.pupil, _loss)(self.pupil, lesson)
        changes, _ = optimizers.clip_grad_norm(changes, 1.0)
        self.optimizer.update(self.pupil, changes)
        mx.eval(self.pupil.parameters(), self.optimizer.state, loss, exact)
        self.losses.append(loss.item())
        self.exact.append(exact.item())
        self.step += 1

    def save(self, file: Path) -> None:
        """Write down all that is needed to go on."""
        state = {
            "pupil": self.pupil.parameters(),
            "optimizer": self.optimizer.state,
            "step": mx.array(self.step),
        }
        new = file.with_name("new.safetensors")
        mx.save_safetensors(str(new), dict(tree_flatten(state)))
        new.replace(file)

    def resume(self, file: Path) -> None:
        """Go on where a file says."""
        state: Any = tree_unflatten(list(mx.load(str(file)).items()))
        self.pupil.update(state["pupil"])
        self.optimizer.state = state["optimizer"]
        self.step = state["step"].item()


def train(start: Path, work: Path, steps: int) -> Mapping[str, mx.array]:
    """Return what a checkpoint has learnt, by name; `work` keeps the state."""
    school = enrol(start, all_views(start, tuple(MODES)), steps)
    state = work / STATE
    if state.exists():
        school.resume(state)
    began = time.monotonic()
    while school.step < steps:
        school.learn()
        if school.step % TELL_EVERY == 0:
            _tell(school, time.monotonic() - began)
        if school.step % SAVE_EVERY == 0 or school.step == steps:
            school.save(state)
    return dict(tree_flatten(school.pupil.parameters()))


def enrol(start: Path, seen: Views, steps: int = STEPS) -> School:
    """Return a checkpoint ready to learn."""
    with redirect_stdout(StringIO()):
        model, processor = mlx_vlm.load(str(start))
    pupil = Pupil(model)
    pupil.train()
    optimizer = optimizers.AdamW(learning_rate=_pace(steps), weight_decay=0.01)
    optimizer.init(pupil.trainable_parameters())
    teacher = Teacher(tokenizer=processor.tokenizer, views=seen)
    return School(pupil=pupil, teacher=teacher, optimizer=optimizer, steps=steps)


def all_views(start: Path, modes: tuple[str, ...]) -> dict[str, dict[str, list[View]]]:
    """Return what the model sees of each page, in each mode; takes some minutes for all four."""
    with redirect_stdout(StringIO()):
        _, processor = mlx_vlm.load(str(start))
        return {
            mode: dict(zip(pages(), views(processor, document(), mode), strict=True))
            for mode in modes
        }


def _pace(steps: int) -> Any:
    warm_up = optimizers.linear_schedule(0, FASTEST, WARM_UP)
    slower = optimizers.cosine_decay(FASTEST, steps - WARM_UP, SLOWEST)
    return optimizers.join_schedules([warm_up, slower], [WARM_UP])


def _loss(pupil: Pupil, lesson: Lesson) -> tuple[mx.array, mx.array]:
    """Return how wrong the answers are, and the share of those that are exact."""
    scores = pupil(lesson)
    wrong = nn.losses.cross_entropy(scores, lesson.answers, reduction="none")
    right = scores.argmax(-1) == lesson.answers
    exact = mx.all(right | (lesson.weights == 0), axis=1).astype(mx.float32).mean()
    weights = mx.stop_gradient(lesson.weights * mx.where(right, 1.0, WRONG))
    loss = (wrong * weights).sum() / lesson.weights.sum()
    return loss, mx.stop_gradient(exact)


def _tell(school: School, seconds: float) -> None:
    loss, exact = (np.mean(kept[-TELL_EVERY:]) for kept in (school.losses, school.exact))
    print(
        f"step {school.step} of {school.steps}: loss {loss:.4f}, "
        f"{exact:.0%} of the answers exact, {seconds:.0f} s",
        flush=True,
    )
