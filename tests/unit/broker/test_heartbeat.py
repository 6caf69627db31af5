"""One thread beats for whatever job is in hand, and for none that has been let go."""

import threading
from collections.abc import Callable

from ocrqueue.broker.heartbeat import Pulse

BEAT_S = 0.01
DEADLINE_S = 10.0


class Beats:
    """Notes who was beaten for, and lets a test wait for it."""

    def __init__(self) -> None:
        self.jobs: list[str] = []
        self.beaten = threading.Condition()

    def __call__(self, job: str) -> None:
        with self.beaten:
            self.jobs.append(job)
            self.beaten.notify_all()

    def wait_for(self, holds: Callable[[list[str]], bool]) -> bool:
        with self.beaten:
            return self.beaten.wait_for(lambda: holds(self.jobs), DEADLINE_S)


def test_it_beats_again_and_again_for_the_job_in_hand() -> None:
    """A job that is held is beaten for until it is let go."""
    beats = Beats()
    with Pulse(beats, lambda: BEAT_S).holding("a"):
        assert beats.wait_for(lambda jobs: len(jobs) >= 3)
    assert set(beats.jobs) == {"a"}


def test_nothing_is_beaten_for_once_let_go() -> None:
    """Between two jobs there is no beat, and the second one gets its own."""
    beats = Beats()
    pulse = Pulse(beats, lambda: BEAT_S)
    with pulse.holding("a"):
        assert beats.wait_for(lambda jobs: "a" in jobs)
    count = len(beats.jobs)
    with pulse.holding("b"):
        assert beats.wait_for(lambda jobs: jobs.count("b") >= 2)
    assert set(beats.jobs[count:]) == {"b"}


def test_many_jobs_share_one_thread() -> None:
    """The thread is started once, with the first job."""
    pulse = Pulse(lambda _: None, lambda: BEAT_S)
    before = threading.active_count()
    for job in range(5):
        with pulse.holding(job):
            pass
    assert threading.active_count() == before + 1


def test_letting_go_waits_for_the_beat_that_has_begun() -> None:
    """A beat in flight ends before the job is let go: it cannot reach the job's next owner."""
    begun, told = threading.Event(), threading.Event()
    ended: list[str] = []

    def beat(job: str) -> None:
        begun.set()
        told.wait(DEADLINE_S)
        ended.append(job)

    with Pulse(beat, lambda: 1.0 if begun.is_set() else BEAT_S).holding("a"):
        assert begun.wait(DEADLINE_S)
        threading.Timer(0.05, told.set).start()
    assert ended == ["a"]


def test_a_beat_that_never_ends_holds_nobody_up() -> None:
    """A beat that waits for a lost server delays its job by one beat at most."""
    begun, never = threading.Event(), threading.Event()

    def beat(_: str) -> None:
        begun.set()
        never.wait(DEADLINE_S)

    with Pulse(beat, lambda: BEAT_S).holding("a"):
        assert begun.wait(DEADLINE_S)
    assert not never.is_set()
    never.set()
