"""A gate that a pool shares: what tests ask it for, and look at."""

from collections.abc import Callable

from redis import Redis

from ocrqueue.broker import keys
from ocrqueue.broker.gate import SharedGate
from ocrqueue.model.gate import Lease
from ocrqueue.model.money import Caps, Limits

POOL = keys.gate("openrouter")


LEASES = f"{POOL}:leases"


MODEL = "qwen/qwen3-vl:free"


DOLLAR = Caps(run=1_000_000)


WINDOWS = ("run", "day", "month")


PLENTY = Limits(requests=99)


FRAGILE = Limits(requests=9, fails=2)


Open = Callable[..., SharedGate]


def lease(gate: SharedGate, estimate: int = 100, model: str = MODEL) -> Lease:
    """Return the lease of a request that must be admitted."""
    admitted = gate.admit(estimate, model)
    assert isinstance(admitted, Lease), admitted
    return admitted


def spent(gate: SharedGate) -> list[tuple[int, int]]:
    """Return what is spent and held in the run, the day and the month."""
    return [(w.spent_micro_usd, w.held_micro_usd) for w in gate.state().windows]


def run_out(client: Redis, *leases: Lease) -> None:
    """Let leases run out at once, as those of processes that died."""
    client.zadd(LEASES, dict.fromkeys((one.id for one in leases), 1))


def clock_ms(client: Redis) -> float:
    seconds, micros = client.time()
    return seconds * 1000 + micros / 1000
