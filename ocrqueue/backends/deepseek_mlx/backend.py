"""Reads pages with a vision model: loads it with the first page, watches it while it writes."""

import importlib.util
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, cast

from ocrqueue import logs
from ocrqueue.backends.base import OnTokens, tell_nobody
from ocrqueue.backends.by_task import ByTask
from ocrqueue.backends.deepseek_mlx import checkpoint, machine_lock, questions
from ocrqueue.backends.deepseek_mlx.models import Profile, Question, Said
from ocrqueue.backends.deepseek_mlx.stream import LOOP, is_stuck, listen
from ocrqueue.model.document import Task
from ocrqueue.model.errors.page import (
    BackendCrashed,
    BackendTimedOut,
    BackendUnavailable,
    PageError,
)
from ocrqueue.model.page import ImageMode, PageImage, Reply
from ocrqueue.settings.engines import Candidate, MlxSettings
from ocrqueue.text import quality, replies

if TYPE_CHECKING:
    from ocrqueue.backends.deepseek_mlx.engine import Engine

# A question that ended so ends so again: at temperature 0 every one does.
SAME_AGAIN = (LOOP, quality.CUT_OFF)
FORCED = "the model was kept from repeating itself, so something may be other than it is"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Loaded:
    engine: "Engine"
    profile: Profile
    thread: int


class DeepseekMlx(ByTask):
    """Reads pages with a model that stays in this process, on the thread of the first page."""

    image_mode: ImageMode | None = ImageMode.RGB

    def __init__(self, settings: MlxSettings) -> None:
        """Keep the settings; nothing is looked for before the first page."""
        self.name = settings.name
        self.model = settings.model
        self.load_timeout_s = settings.load_timeout_s
        self.broken = ""
        self.on_tokens: OnTokens = tell_nobody
        self._settings = settings
        self._loaded: _Loaded | None = None

    @property
    def is_loaded(self) -> bool:
        """Whether the model is in memory."""
        return self._loaded is not None

    @property
    def memory_mb(self) -> float:
        """What MLX holds now, in MB; 0 before the first page. On a Mac it is not all in the RSS."""
        return float(module.memory_mb()) if (module := _engine_module()) else 0.0

    @property
    def peak_memory_mb(self) -> float:
        """The most MLX has held at once, in MB; 0 before the first page."""
        return float(module.peak_mb()) if (module := _engine_module()) else 0.0

    def obey(self, asked: Candidate) -> None:
        """Ask the model with these settings from now on; whether it can is seen with the page."""
        self._settings = cast("MlxSettings", asked)  # the own ones, but for what a document says

    def load(self, *, deadline: float) -> None:
        """Load the model now; waits until the deadline for another process to give the lease back.

        Raises:
            BackendUnavailable: there is no such model here, or it may not be loaded.
        """
        with _silenced():
            self._ready(deadline)

    def read(self, task: Task, image: PageImage, deadline: float, page: int) -> Reply:
        """Read an image as the task says.

        Raises:
            BackendUnavailable: there is no such model here, or it may not be loaded.
            BackendTimedOut: the deadline passed; the time to load the model does not count.
            BackendCrashed: the model failed.
        """
        del page
        began, on_tokens = time.monotonic(), _aloud(self.on_tokens)
        with _silenced():
            loaded = self._ready(deadline)
            deadline += time.monotonic() - began
            side_px = max(image.width, image.height)
            question = questions.first(self._settings, task, loaded.profile, side_px)
            first = self._heard(loaded, image, question, deadline, on_tokens)
            reply = self._reply(task, first)
            flaw = quality.flaw(reply, image)
            if not flaw and not first.forced:
                return reply
            other = questions.otherwise(question, loaded.profile)
            if other is not None:
                with suppress(BackendTimedOut):  # then the first reading is what there is
                    second = self._heard(loaded, image, other, deadline, on_tokens)
                    reply = self._better(task, image, first, second)
        is_same = not question.temperature or first.finish_reason in SAME_AGAIN
        return replace(reply, final=other is not None or is_same)

    def _heard(
        self,
        loaded: _Loaded,
        image: PageImage,
        question: Question,
        deadline: float,
        on_tokens: OnTokens,
    ) -> Said:
        try:
            return listen(loaded.engine, image, question, deadline, on_tokens)
        except BackendCrashed as error:
            # What a device says once, it says of each page that follows (mlx-lm#1332).
            self.broken = str(error)
            raise

    def _better(self, task: Task, image: PageImage, first: Said, second: Said) -> Reply:
        """Return the second reading, unless it is stuck, or none while the first one is a page."""
        one, other = self._reply(task, first), self._reply(task, second)
        why = quality.flaw(one, image)
        if is_stuck(first, second) or (not why and quality.flaw(other, image)):
            return one
        return replace(other, retried=why or one.doubt)

    def close(self) -> None:
        """Give the model's memory back; the lease ends with the process."""
        loaded, self._loaded = self._loaded, None
        if loaded is not None:
            loaded.engine.close()

    def _ready(self, deadline: float) -> _Loaded:
        """Return the loaded model, on the thread that loaded it."""
        if self._loaded is None:
            self._loaded = self._load(deadline)
        if self._loaded.thread != threading.get_ident():
            message = f"{self.name} was loaded on another thread and can only be used there"
            raise BackendUnavailable(message)
        machine_lock.take(self._settings.lease_file)
        return self._loaded

    def _load(self, deadline: float) -> _Loaded:
        found = _find(self._settings)
        _take_lease(self._settings.lease_file, deadline)
        began = time.monotonic()
        try:
            from ocrqueue.backends.deepseek_mlx import engine  # noqa: PLC0415 - takes the GPU

            with checkpoint.loadable(found) as folder:
                made = engine.Engine(folder)
            loaded_s = time.monotonic() - began
            side_px = max(engine.WARM_UP_SIZE)
            question = questions.first(self._settings, Task.PAGE, found.profile, side_px)
            made.warm_up(question)
        except PageError:  # the time limit of the page
            raise
        except ImportError as error:
            raise BackendUnavailable(f"{checkpoint.NOT_INSTALLED} ({error})") from error
        except Exception as error:
            message = f"{self.model} cannot be loaded: {type(error).__name__}: {error}"
            raise BackendUnavailable(message) from error
        logs.emit(
            logs.Event.MODEL_LOADED,
            backend=self.name,
            model=self.model,
            seconds=round(loaded_s, 2),
            warm_up_s=round(time.monotonic() - began - loaded_s, 2),
            memory_mb=round(engine.memory_mb()),
            corrected=" ".join(made.corrected),
        )
        return _Loaded(engine=made, profile=found.profile, thread=threading.get_ident())

    def _reply(self, task: Task, said: Said) -> Reply:
        text = replies.written(task, said.text)
        return Reply(
            text=text,
            backend=self.name,
            model=self.model,
            words=len(text.split()),
            tokens=said.tokens,
            tokens_per_s=round(said.tokens_per_s, 1),
            first_token_s=round(said.first_token_s, 3),
            prompt_tokens=said.prompt_tokens,
            finish_reason=said.finish_reason,
            loop=said.loop,
            doubt=f"{FORCED}: {said.forced} times" if said.forced else "",
            raw=said.text,
        )


def _engine_module() -> ModuleType | None:
    """Return the module that knows mlx, if it was imported: that takes seconds, and the GPU."""
    return sys.modules.get("ocrqueue.backends.deepseek_mlx.engine")


def _take_lease(place: Path | None, deadline: float) -> None:
    """Wait for the lease as long as the page may take."""
    try:
        while not machine_lock.take(place):
            if time.monotonic() > deadline:
                raise BackendUnavailable(machine_lock.refusal(place))
            threading.Event().wait(machine_lock.LOOK_S)
    except OSError as error:
        message = f"the lease on computing with MLX cannot be taken: {error}"
        raise BackendUnavailable(message) from error


@contextmanager
def _silenced() -> Iterator[None]:
    """Keep what mlx-vlm prints out of our standard output."""
    printed = StringIO()
    try:
        with redirect_stdout(printed):
            yield
    finally:
        for line in printed.getvalue().splitlines()[:20]:
            logs.emit(logs.Event.MODEL_PRINTED, line=line)


def _aloud(on_tokens: OnTokens) -> OnTokens:
    """Return the same callback, with the standard output that counts now: it may want to print."""
    out = sys.stdout

    def aloud(tokens: int, tokens_per_s: float, first_token_s: float) -> None:
        with redirect_stdout(out):
            on_tokens(tokens, tokens_per_s, first_token_s)

    return aloud


create = DeepseekMlx  # what `factory` asks a backend's module for


def check(candidate: MlxSettings) -> list[str]:
    """Return what keeps the candidate from working, in words; imports nothing of mlx."""
    try:
        _find(candidate)
    except BackendUnavailable as error:
        return [str(error)]
    return []


def _find(asked: MlxSettings) -> checkpoint.Checkpoint:
    if importlib.util.find_spec("mlx_vlm") is None:
        raise BackendUnavailable(checkpoint.NOT_INSTALLED)
    found = checkpoint.find(asked.model, asked.revision, trusted=asked.trust_model_code)
    questions.require_size(asked, found.profile)
    return found
