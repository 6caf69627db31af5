"""One worker of the pool that reads pages elsewhere; idle, it takes pages from a long local queue.

Nothing leaves that may not, or that nobody pays for: see ocrqueue/pipeline/remote_gate.py.
"""

from dataclasses import replace

from ocrqueue.backends.base import Spends
from ocrqueue.broker import recovery
from ocrqueue.broker.work_stealing import Overflow
from ocrqueue.broker.worker import PageWorker
from ocrqueue.pipeline.attempt import Tools
from ocrqueue.pipeline.remote_gate import OwnGate, Pool
from ocrqueue.settings.schema import Settings
from workers.page_worker import read_pages

BACKEND = "openrouter"
HELPED = "deepseek-mlx"


def main() -> None:
    """Read pages until told to stop."""
    read_pages(BACKEND, equip=equip)


def equip(tools: Tools, worker: PageWorker, settings: Settings) -> Tools:
    """Put the pool between the backend and the world, and let the worker help."""
    client, passed = worker.connection, worker.passed
    backend = tools.backend
    reserves = backend.reserves if isinstance(backend, Spends) else lambda: 0
    rest_s = 2 * settings.queue.beat_s
    pool = Pool(
        client,
        BACKEND,
        settings.remote,
        rest_s=rest_s,
        passed=passed,
        reserves=reserves,
        worker=worker.name,
    )
    overflow = Overflow(
        client,
        source=HELPED,
        target=BACKEND,
        limits=settings.overflow,
        put_back=lambda: recovery.put_back_of(worker, HELPED),
        may_help=pool.may_help if tools.remote else lambda: True,
        passed=lambda: passed.names,
    )
    worker.may_take = pool.may_take
    worker.take_over = overflow.take
    tools = replace(tools, rest=pool.rest, hands_over=pool.hands_over)
    if isinstance(backend, Spends):
        backend.use_gate(pool if tools.remote else OwnGate(pool))
    if not tools.remote:  # a server on this machine: nothing leaves, and nothing is paid
        return tools
    return replace(tools, begin=pool.begin, has_left=pool.has_left)


if __name__ == "__main__":
    main()
