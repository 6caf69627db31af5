"""The parts of deepseek-mlx that need no model: guard, listening, what a check imports."""

import subprocess
import sys
import threading
import time
from collections.abc import Generator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from ocrqueue.backends.deepseek_mlx import stream
from ocrqueue.backends.deepseek_mlx.backend import DeepseekMlx, _Loaded
from ocrqueue.backends.deepseek_mlx.models import PROFILES, Said, kind_of
from ocrqueue.backends.deepseek_mlx.stream import is_stuck, listen
from ocrqueue.model.document import Task
from ocrqueue.model.errors.page import BackendCrashed, BackendTimedOut, PageError, ReplyRejected
from ocrqueue.model.page import Reply
from ocrqueue.settings.engines import MlxSettings
from tests.support.page_images import blank


def step(text: str, tokens: int, finish_reason: str = "", forced: int = 0) -> Said:
    """Return one step of a stand-in for the model."""
    return Said(
        text=text,
        tokens=tokens,
        prompt_tokens=7,
        tokens_per_s=30.0,
        finish_reason=finish_reason,
        forced=forced,
    )


class Model:
    """Says what it was given, and notes that its stream was closed."""

    def __init__(self, pieces: Iterator[Said]) -> None:
        self.pieces, self.closed = pieces, False

    def stream(self, image: object, question: object) -> Generator[Said]:
        del image, question
        try:
            yield from self.pieces
        finally:
            self.closed = True


def hear(model: Model, seconds: float = 60.0) -> Said:
    return listen(cast("Any", model), blank(), cast("Any", None), time.monotonic() + seconds)


def test_every_profile_has_its_prompts() -> None:
    """One for each task, and the resolutions it names exist."""
    for profile in PROFILES.values():
        assert set(profile.prompts) == set(Task)
        assert {profile.size, *profile.second_sizes} <= {"", *profile.sizes}


def test_a_kind_is_told_by_type_and_architecture() -> None:
    """DeepSeek calls its own checkpoints after the code that they came from."""
    own = {"model_type": "deepseek_vl_v2", "architectures": ["DeepseekOCRForCausalLM"]}
    assert kind_of(own) == "deepseekocr"
    assert kind_of({**own, "architectures": ["DeepseekOCR2ForCausalLM"]}) == "deepseekocr_2"
    assert kind_of({**own, "architectures": ["DeepseekVLV2ForCausalLM"]}) == "deepseek_vl_v2"
    assert kind_of({**own, "architectures": 7}) == "deepseek_vl_v2"
    assert kind_of({"model_type": "Unlimited-OCR"}) == "unlimited_ocr"
    assert kind_of({"model_type": ["deepseekocr"]}) not in PROFILES


LATE_S = 0.05


def late(pieces: Iterator[Said]) -> Model:
    """Return a model that takes longer for its first token than it has."""

    def slowly() -> Iterator[Said]:
        over = time.monotonic() + 2 * LATE_S
        while time.monotonic() < over:
            pass
        yield from pieces

    return Model(slowly())


def test_what_the_model_writes_is_joined() -> None:
    """The text, the count of tokens and the reason come from the stream."""
    said = hear(Model(iter([step("a", 1), step("b", 2), step("", 3, "stop")])))

    assert (said.text, said.tokens, said.finish_reason, said.loop) == ("ab", 3, "stop", "")


def test_a_loop_ends_the_reading() -> None:
    """Nobody waits for max_tokens: the stream is closed as soon as the loop is told."""
    row = "the same five words come again and again\n"
    model = Model(step(row, number) for number in range(10_000))

    said = hear(model)

    assert said.finish_reason == "loop"
    assert said.loop
    assert said.tokens < 100
    assert model.closed


def test_the_deadline_ends_the_reading() -> None:
    """It is looked at after every step."""
    with pytest.raises(BackendTimedOut, match=r"^1 tokens were written"):
        hear(late(step("word ", number) for number in range(1, 10)), LATE_S)


def test_a_model_is_not_asked_when_the_time_is_over() -> None:
    """To look at a page takes seconds, before the first token."""
    model = Model(step("word ", number) for number in range(1, 10))

    with pytest.raises(BackendTimedOut, match=r"^0 tokens were written"):
        hear(model, -1.0)
    assert next(model.pieces).tokens == 1


@pytest.mark.parametrize("piece", ["<td>0.00</td>", "again and ", "- "])
def test_a_loop_that_the_deadline_ends_is_a_loop(piece: str) -> None:
    """It is told as one, and never as a page that took too long; a begun list is none."""
    often = {"<td>0.00</td>": 25, "again and ": 35, "- ": 130}[piece]

    said = hear(late(iter([step(piece * often, 99)])), LATE_S)
    assert (said.finish_reason, said.tokens) == ("loop", 99)
    assert said.loop.endswith("when the time was over")
    with pytest.raises(BackendTimedOut):
        hear(late(iter([step(piece * (often // 3), 99)])), LATE_S)


def test_a_loop_that_a_guard_hides_is_a_loop() -> None:
    """What it changes is garbage: nobody waits for the end of it. A few changes are none."""
    texts = "A text that never comes twice 0123456789"
    model = Model(step(letter, n, forced=n // 3) for n, letter in enumerate(texts))

    said = hear(model)
    few = hear(Model(step(letter, n, forced=n // 5) for n, letter in enumerate(texts)))

    assert (said.finish_reason, said.tokens) == ("loop", 27)
    assert said.loop == "it was kept from repeating itself 9 times"
    assert (few.finish_reason, few.loop) == ("", "")


@pytest.mark.parametrize("error", [RuntimeError("[metal::malloc] too large"), ValueError("shape")])
def test_a_failure_of_the_model_is_the_page_s(error: Exception) -> None:
    """What mlx raises is told as a crash of the backend."""

    def failing() -> Iterator[Said]:
        yield step("a", 1)
        raise error

    with pytest.raises(BackendCrashed, match=str(error).replace("[", r"\[")):
        hear(Model(failing()))


def test_what_ends_the_process_passes_through() -> None:
    """A second signal raises SystemExit; the stream is closed on its way."""

    def told_to_stop() -> Iterator[Said]:
        yield step("a", 1)
        raise SystemExit

    model = Model(told_to_stop())
    with pytest.raises(SystemExit):
        hear(model)
    assert model.closed


def test_a_silent_stream_is_no_reply() -> None:
    """Even an empty page ends with a token."""
    with pytest.raises(ReplyRejected, match="said nothing"):
        hear(Model(iter([])))


def test_a_failure_of_the_model_asks_for_a_new_process() -> None:
    """What a device says once it says of each page that follows; to be late is no failure."""
    backend = DeepseekMlx(MlxSettings())
    for error in (BackendTimedOut("late"), RuntimeError("[metal] resource limit")):
        assert backend.broken == ""
        loaded = _Loaded(
            engine=cast("Any", Failing(error)),
            profile=PROFILES["deepseekocr"],
            thread=threading.get_ident(),
        )
        backend._loaded = loaded
        with pytest.raises(PageError):
            backend.page_to_markdown(blank(), deadline=time.monotonic() + 60)

    assert "resource limit" in backend.broken


def test_the_seconds_before_the_first_token_are_told() -> None:
    """From the question on; those between tokens do not count."""
    said = hear(late(iter([step("a", 1), step("b", 2, "stop")])))

    assert 2 * LATE_S <= said.first_token_s < 30


def test_the_pace_is_the_models_own_from_the_second_token_on() -> None:
    """After one token alone the library divides by nothing."""
    told: list[tuple[int, float]] = []
    model = Model(iter([step("a", 1), step("b", 2, "stop")]))

    listen(
        cast("Any", model),
        blank(),
        cast("Any", None),
        time.monotonic() + 60,
        lambda tokens, pace, _: told.append((tokens, pace)),
    )

    assert told == [(1, 0.0), (2, 30.0)]


LOOP = "and around " * 99 + "and around"


class Failing:
    """A model that fails at once."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def stream(self, image: object, question: object) -> Generator[Said]:
        del image, question
        yield step("a", 1)
        raise self.error


class Answers:
    """A model that has one answer after the other; `slow` never comes to an end in time."""

    def __init__(self, *answers: str) -> None:
        self.answers, self.asked = list(answers), list[Any]()

    def stream(self, image: object, question: object) -> Generator[Said]:
        del image
        self.asked.append(question)
        match answer := self.answers.pop(0):
            case "slow":
                raise BackendTimedOut
            case "cut off":
                yield step("and so on", 9, "length")
            case "guarded":
                yield step("about right", 9, "stop", forced=2)
            case "held up":
                yield step("a table", 9, forced=9)
            case _:
                yield step(answer, 9, "stop")


def ask(engine: Answers, **options: Any) -> Reply:
    """Ask a backend with this engine in it for a page with ink on it."""
    backend = DeepseekMlx(MlxSettings(**options))
    profile = PROFILES["deepseekocr"]
    backend._loaded = _Loaded(
        engine=cast("Any", engine), profile=profile, thread=threading.get_ident()
    )
    image = replace(blank(), ink=0.1)
    return backend.page_to_markdown(image, deadline=time.monotonic() + 60)


@pytest.mark.parametrize(
    ("answers", "text", "again"),
    [
        (["fine"], "fine", False),
        (["cut off", "fine"], "fine", True),
        (["", "fine"], "fine", True),
        (["cut off", ""], "", True),
        (["cut off", "slow"], "and so on", True),
        ([LOOP, "slow"], LOOP, True),
        ([LOOP, "and around " * 30 + "to the end"], LOOP, True),
        (["guarded", "fine"], "fine", True),
        (["guarded", "slow"], "about right", True),
        (["guarded", LOOP], "about right", True),
        (["held up", "a table " * 5], ("a table " * 5), True),
    ],
)
def test_a_reply_that_is_no_page_is_asked_for_once_more(
    answers: list[str], text: str, again: object
) -> None:
    """With another prompt and another size, once; what is no page then will never be one."""
    engine = Answers(*answers)

    reply = ask(engine, resolution="tiny")

    assert (reply.text, reply.final, engine.answers) == (text, again, [])
    assert bool(reply.retried) is (
        len(answers) > 1 and text not in {LOOP, "and so on", "about right"}
    )
    assert bool(reply.doubt) is (text == "about right")
    if len(answers) > 1:
        first, second = engine.asked
        assert (first.prompt, second.prompt) == (
            "<|grounding|>Convert the document to markdown.",
            "Free OCR.",
        )
        assert (first.size["base_size"], second.size["base_size"]) == (512, 1024)
        assert (first.guard.size, second.guard) == (20, None)


def test_a_second_reading_in_the_same_circle_is_stuck() -> None:
    """Even if it found an end: it is not trusted."""
    plain = step("", 1, "stop")
    looped = step("<tr><td>0</td></tr>" * 121, 1, stream.LOOP)
    other = step("<tr><td>0</td></tr>" * 50 + "40", 1, "stop")

    assert is_stuck(looped, other)
    assert is_stuck(looped, looped)
    assert not is_stuck(looped, plain)


def test_a_check_imports_nothing_of_mlx(tmp_path: Path) -> None:
    """A second Metal process can take the machine down, so looking must not be one."""
    code = (
        "import sys; from ocrqueue.backends import factory;"
        "from ocrqueue.settings.engines import MlxSettings;"
        f"c = MlxSettings(model={str(tmp_path)!r});"
        "factory.create(c).close(); print(factory.check(c), 'mlx' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )

    assert done.stdout.rstrip().endswith("False")
    assert "config.json" in done.stdout or "not installed" in done.stdout
