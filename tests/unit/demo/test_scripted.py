"""Facts about the backend that does what it is told."""

import signal
import subprocess
import sys
import time

import pytest

from demo.scripted import Scripted, parse_script
from ocrqueue.backends import factory
from ocrqueue.backends.base import NO_IMAGE
from ocrqueue.model.errors.page import (
    BackendCrashed,
    BackendTimedOut,
    BackendUnavailable,
    PageDamaged,
    PageError,
    ReplyRejected,
)
from ocrqueue.model.page import Reply, Verdict
from ocrqueue.settings.engines import ScriptedSettings
from ocrqueue.text.quality import judge


def read(script: str, page: int, *, seconds: float = 30.0) -> Reply:
    backend = Scripted(ScriptedSettings(script=script))
    return backend.page_to_markdown(NO_IMAGE, deadline=time.monotonic() + seconds, page=page)


def test_without_a_script_the_text_names_the_page() -> None:
    """The same page always has the same text, another page another."""
    assert read("", 4) == read("", 4)
    assert "page 4" in read("", 4).text
    assert read("", 4).text != read("", 5).text


def test_a_script_speaks_of_single_pages_ranges_and_the_rest() -> None:
    """Later parts win over earlier ones."""
    script = parse_script("2-4: empty; 3: slow 2.5; *: refuse")

    assert [script.at(page).word for page in (1, 2, 3, 4, 5)] == [
        "refuse",
        "empty",
        "slow",
        "empty",
        "refuse",
    ]
    assert script.at(3).number == 2.5


@pytest.mark.parametrize(
    ("script", "verdict"),
    [("1: ok", Verdict.GOOD), ("1: doubtful", Verdict.DOUBTFUL), ("1: empty", Verdict.BLANK)],
)
def test_each_verdict_can_be_ordered(script: str, verdict: Verdict) -> None:
    """The quality check says of the reply what the script wants."""
    assert judge(read(script, 1), NO_IMAGE).verdict is verdict


@pytest.mark.parametrize(
    ("script", "error"),
    [
        ("1: refuse", PageDamaged),
        ("1: reject", ReplyRejected),
        ("1: hang", BackendTimedOut),
        ("1: slow 60", BackendTimedOut),
        ("1: dance", BackendUnavailable),
    ],
)
def test_each_kind_of_failure_can_be_ordered(script: str, error: type[PageError]) -> None:
    """Permanent, curable, late and unusable are different errors."""
    with pytest.raises(error):
        read(script, 1, seconds=0.05)


def test_a_page_may_fail_some_times_and_then_be_read() -> None:
    """Each page counts its own failures."""
    backend = Scripted(ScriptedSettings(script="*: fail 2"))
    outcomes = []
    for page in (1, 2, 1, 1, 2, 2):
        try:
            backend.page_to_markdown(NO_IMAGE, deadline=time.monotonic() + 9, page=page)
            outcomes.append("read")
        except BackendCrashed:
            outcomes.append("failed")

    assert outcomes == ["failed", "failed", "failed", "read", "failed", "read"]


def test_a_crash_is_a_real_one() -> None:
    """The process is killed; nobody in it can clean up."""
    program = (
        "from demo.scripted import *; from ocrqueue.backends.base import NO_IMAGE;"
        "Scripted(ScriptedSettings(script='7: crash'))"
        ".page_to_markdown(NO_IMAGE, deadline=1e9, page=7)"
    )

    ended = subprocess.run([sys.executable, "-c", program], check=False, timeout=60)

    assert ended.returncode == -signal.SIGKILL


def test_check_tells_of_a_script_that_is_not_understood() -> None:
    """The message quotes the part that is wrong."""
    wrong = ScriptedSettings(script="1: ok; 2: dance")

    assert "'2: dance'" in factory.check(wrong)[0]


def test_an_image_is_drawn_only_on_request() -> None:
    """Benchmarks may want the page drawn although nobody looks at it."""
    plain = factory.create(ScriptedSettings())
    asking = factory.create(ScriptedSettings(needs_image=True))

    assert plain.image_mode is None
    assert asking.image_mode is not None
