"""What a look at the queue says of work that does not go on."""

from dataclasses import replace

from ocrqueue.broker.monitor import WorkerState
from ocrqueue.cli.wait import Patience
from ocrqueue.pipeline.status import Now

NO_MONEY = {"openrouter": "the budget of the day is spent"}


def worker(queue: str, state: str = "idle") -> WorkerState:
    return WorkerState(name=queue, queue=queue, state=state, host="h", pid=1, done=0)


def test_pages_that_nobody_reads_stand_still() -> None:
    """A queue without a worker keeps what waits there; one with a worker does not."""
    now = Now(queues={"openrouter": 3, "collect": 0}, workers=(worker("collect"),))
    assert (now.unread, now.standstill) == (("openrouter",), "")
    served = Now(queues={"openrouter": 3}, workers=(worker("openrouter"),))
    assert served.unread == ()


def test_pages_whose_worker_waits_for_its_turn_are_waited_for() -> None:
    """There is somebody who will read them, so nobody gives up; why they wait is said."""
    taken = {"deepseek-mlx": "process 12 of me computes with MLX already"}
    now = Now(queues={"deepseek-mlx": 3}, workers=(worker("collect"),), awaited=taken)
    assert (now.unread, now.standstill) == ((), taken["deepseek-mlx"])
    busy = replace(now, workers=(worker("tesseract", "busy"),))
    assert busy.standstill == ""
    assert replace(now, queues={"deepseek-mlx": 0}).standstill == ""


def test_pages_that_wait_for_money_stand_still_though_there_are_workers() -> None:
    """Workers that rest read nothing, also while one looks whether there is money."""
    resting = (worker("openrouter"), worker("openrouter", "busy"), worker("tesseract"))
    now = Now(queues={"openrouter": 3}, workers=resting, held=NO_MONEY)
    assert (now.unread, now.standstill) == (("openrouter",), NO_MONEY["openrouter"])
    elsewhere = Now(
        queues={"openrouter": 3, "tesseract": 1},
        workers=(*resting, worker("tesseract", "busy")),
        held=NO_MONEY,
    )
    assert (elsewhere.unread, elsewhere.standstill) == ((), "")


def test_pages_that_wait_for_another_worker_stand_still() -> None:
    """One that only declines reads nothing; one that is busy, or may take them, does."""
    declining = replace(worker("tesseract"), declined="a.pdf: no data for 'swe'")
    now = Now(queues={"tesseract": 3}, workers=(declining, worker("collect")))
    assert (now.unread, now.standstill) == (("tesseract",), declining.declined)
    for other in (worker("tesseract"), replace(declining, state="busy")):
        served = replace(now, workers=(declining, other))
        assert (served.unread, served.standstill) == ((), "")
    assert replace(now, queues={"tesseract": 0}).declining == ()


AWAY = "no connection"


def test_pages_whose_service_is_away_stand_still_also_while_it_is_asked() -> None:
    """A worker that tries in vain reads nothing; another machine's that reaches it does."""
    away = replace(worker("openrouter", "busy"), stalled=AWAY)
    now = Now(queues={"openrouter": 0}, workers=(away, worker("collect")))
    assert (now.unread, now.standstill, now.may_pass) == (("openrouter",), AWAY, True)
    elsewhere = replace(now, workers=(away, worker("openrouter", "busy")))
    assert (elsewhere.unread, elsewhere.standstill, elsewhere.may_pass) == ((), "", False)


def test_want_of_money_is_not_waited_for_as_a_service_is() -> None:
    """It does not end by itself."""
    away = replace(worker("openrouter"), stalled=AWAY)
    now = Now(queues={"openrouter": 3}, workers=(away,), held=NO_MONEY)
    assert (now.unread, now.may_pass) == (("openrouter",), False)


def test_a_service_is_waited_for_longer_than_nobody() -> None:
    """Each for the time that is set."""
    gone = Now(queues={"openrouter": 3})
    away = replace(gone, workers=(replace(worker("openrouter"), stalled=AWAY),))
    patience = Patience(seconds=0, service_s=60)
    assert (patience.is_over(away), patience.is_over(gone)) == (False, True)
    assert Patience(seconds=60, service_s=0).is_over(away)
