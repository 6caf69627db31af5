"""What a look at the queue says of work that does not go on."""

from dataclasses import replace

from ocrqueue.broker.monitor import WorkerState
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
