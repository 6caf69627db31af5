"""Facts about the readings of a page that are kept, and which of them counts."""

from dataclasses import replace

from ocrqueue.model import page as model
from ocrqueue.model import readings
from ocrqueue.model.page import Attempt, PageResult, Verdict
from ocrqueue.model.readings import Kept

EARLY, LATE = "2026-01-01T00:00:00.000+00:00", "2026-01-01T00:00:09.000+00:00"


def read(
    text: str, *, backend: str = "a", at: str = EARLY, agreed: float | None = None, doubt: str = ""
) -> PageResult:
    """Return what a backend has read, and what a witness says of it."""
    told = model.Testimony(by="tesseract" if agreed else "", agreed=agreed, doubt=doubt)
    verdict = Verdict.DOUBTFUL if doubt else Verdict.GOOD
    tried = Attempt(backend=backend, seconds=1.0, at=at, verdict=verdict)
    return PageResult(
        page=1,
        markdown=text,
        backend=backend,
        verdict=verdict,
        reason=doubt,
        witness=told,
        attempts=(tried,),
    )


CHECK = Attempt(backend="tesseract", seconds=1.0, at=LATE, checks=True)


def test_a_reading_takes_the_place_of_an_earlier_one() -> None:
    """One for each backend: the check's word on it, or what it reads when it is asked again."""
    first = Kept().adding(read("old")).adding(read("other", backend="b"))
    checked = readings.witnessed(read("old"), model.Testimony(by="tesseract", doubt="words"))

    assert [one.markdown for one in first.adding(read("new", at=LATE)).readings] == ["other", "new"]
    assert first.adding(checked).of("a") == checked


def test_who_was_asleep_replaces_nothing() -> None:
    """A reading that is older than the one that is kept comes too late."""
    kept = Kept().adding(read("new", at=LATE, agreed=0.5, doubt="words"))

    assert kept.adding(read("old")) == kept


def test_a_page_waits_for_its_check_until_that_has_an_end() -> None:
    """What says so is that its last reading has no error, whatever became of checks."""
    good, bad = read("a").attempts[0], replace(read("a").attempts[0], error="doubtful")

    assert readings.unchecked([]) is None
    assert readings.unchecked([good]) == good
    assert readings.unchecked([good, CHECK]) == good
    assert readings.unchecked([bad, CHECK]) is None
    assert readings.checks([bad, CHECK, good, CHECK, CHECK]) == 2


def test_a_witness_takes_back_its_own_doubt_alone() -> None:
    """What else speaks against a page stays, whatever a second look says."""
    agrees = model.Testimony(by="tesseract", agreed=1.0)
    cut = replace(read("a", agreed=0.5, doubt="words"), reason="the reply is cut off")

    assert readings.witnessed(read("a", agreed=0.5, doubt="words"), agrees).verdict is Verdict.GOOD
    assert readings.witnessed(cut, agrees).verdict is Verdict.DOUBTFUL
    assert readings.witnessed(cut, agrees).reason == "the reply is cut off"


def test_what_stands_in_is_the_best_there_is() -> None:
    """A reading that nobody doubts, else the one that agrees best; with why nobody goes on."""
    ended = Attempt(backend="b", seconds=0.0, at=LATE, error="x", message="it was cancelled")
    worse = read("worse", agreed=0.4, doubt="x")
    better = read("better", backend="b", agreed=0.6, doubt="x")
    waits = read("waits", backend="c")

    def chosen(*kept: PageResult) -> PageResult | None:
        return readings.stand_in(Kept(readings=kept), [ended])

    assert chosen() is None
    assert chosen(worse, better) == replace(better, attempts=(ended,))
    found = chosen(worse, waits, better)
    assert found is not None
    assert (found.markdown, found.attempts) == ("waits", (ended,))
    assert found.witness == model.Testimony(unwitnessed="it was cancelled")


def test_the_last_reading_stays_where_it_agrees_as_well() -> None:
    """One that nobody held against anything is not compared either."""
    last, other = read("last", agreed=0.5, doubt="x"), read("other", backend="b", agreed=0.5)

    assert readings.best(last, [other]) == last
    assert (
        readings.best(replace(last, witness=None), [replace(other, witness=None)]).markdown
        == "last"
    )
    assert readings.best(last, [read("other", backend="b", agreed=0.6)]).markdown == "other"


def test_a_reading_that_nobody_has_checked_agrees_least() -> None:
    """Whether no witness was there, or one that could not say how much it agrees."""
    alone, unsure = replace(read("alone"), witness=None), read("unsure", backend="c")
    checked = read("checked", backend="b", agreed=0.1, doubt="words")

    assert readings.best(checked, [alone, unsure]).markdown == "checked"


def test_what_is_kept_is_of_its_page_and_was_read() -> None:
    """Neither another page's reading nor a failure may wait for a check."""
    failed = replace(read("a"), error="render-crashed", markdown=None, verdict=None)

    assert Kept(readings=(read("a"),)).is_of(1)
    assert not Kept(readings=(read("a"),)).is_of(2)
    assert not Kept(readings=(read("a"), failed)).is_of(1)


def test_why_nobody_checked_a_page_is_said_of_no_other() -> None:
    """What a witness has seen, and what wants none, stays as it is."""
    checked, wants_none = read("a", agreed=0.5), replace(read("a"), witness=None)

    assert readings.unwitnessed(checked, "nobody was there") == checked
    assert readings.unwitnessed(wants_none, "nobody was there") == wants_none
