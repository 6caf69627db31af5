"""What Prometheus reads of a queue: each number is in Redis, and is looked up when it is asked for.

No label names a file, a document, a workspace or a worker: there are few of each, and none of them
tells what is read here. `configs/grafana/ocrqueue.json` shows all of these.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import accumulate

from prometheus_client import CollectorRegistry
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector

from ocrqueue.broker import counts, keys, monitor, outbox, queue_ops
from ocrqueue.broker.connection import Client
from ocrqueue.broker.monitor import WorkerState
from ocrqueue.model.gate import MICRO
from ocrqueue.model.money import Window
from ocrqueue.pipeline import status
from ocrqueue.settings.schema_remote import RemoteSettings

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
STATES = ("busy", "idle", "waiting")  # of a worker; waiting: for a folder, a service or others


def exposition(client: Client, remote: RemoteSettings | None) -> bytes:
    """Return all metrics of a queue in Prometheus's text format.

    With settings of what may leave, budgets as well.

    Raises:
        RedisError: the queue server does not answer.
    """
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Queue(client, remote))
    return generate_latest(registry)


class _Queue(Collector):
    """Looks everything up anew each time."""

    def __init__(self, client: Client, remote: RemoteSettings | None) -> None:
        self._client = client
        self._remote = remote

    def collect(self) -> Iterator[Metric]:
        """Yield each metric."""
        waiting = monitor.waiting(self._client)
        oldest = monitor.oldest(self._client, waiting, datetime.now(UTC))
        yield from _of_workspaces(queue_ops.all_totals(self._client))
        yield from _of_queues(waiting, oldest)
        yield _of_workers(monitor.workers(self._client))
        counted = counts.read(self._client)
        yield from _of_pages(counted)
        yield from _of_hooks(counted, outbox.state(self._client).waiting)
        if self._remote is not None:
            yield from _of_budgets(status.day_and_month(self._client, self._remote))


def _of_workspaces(totals: Mapping[str, int]) -> Iterator[Metric]:
    documents = totals.get("documents", 0)
    yield GaugeMetricFamily(
        "ocrqueue_documents_unfinished", "Documents that are not assembled yet.", documents
    )
    pages = {state: totals.get(state, 0) for state in keys.STATES}
    told = "Pages by state; doubtful ones are done as well."
    yield _gauge("ocrqueue_pages", told, "state", pages)


def _of_queues(waiting: Mapping[str, int], oldest: Mapping[str, float]) -> Iterator[Metric]:
    jobs, ages = Counter[str](), dict[str, float]()
    for queue, count in sorted(waiting.items(), key=lambda one: _label(one[0])):
        jobs[_label(queue)] += count
        ages[_label(queue)] = max(ages.get(_label(queue), 0.0), oldest.get(queue, 0.0))
    told = "Pages, or documents to assemble, that wait."
    yield _gauge("ocrqueue_queue_jobs", told, "queue", jobs)
    told = f"How long the oldest of the next {monitor.MOST_SHOWN} has waited in this queue."
    yield _gauge("ocrqueue_queue_oldest_seconds", told, "queue", ages)


def _of_workers(workers: Iterable[WorkerState]) -> Metric:
    found = Counter((_label(worker.queue), _state(worker)) for worker in workers)
    living = GaugeMetricFamily(
        "ocrqueue_workers", "Living workers by their queue.", labels=["queue", "state"]
    )
    for label in (*counts.NAMES, keys.COLLECT_QUEUE):
        if any((label, state) in found for state in STATES):
            for state in STATES:
                living.add_metric([label, state], found[label, state])
    return living


def _of_pages(counted: Mapping[str, int]) -> Iterator[Metric]:
    settled = CounterMetricFamily(
        "ocrqueue_pages_settled",
        "Pages that were settled, by who has read what counts, and how well.",
        labels=["backend", "verdict"],
    )
    took = HistogramMetricFamily(
        "ocrqueue_attempt_seconds",
        "Seconds of attempts at settled pages, by backend: to read, or to check what another read.",
        labels=["backend", "purpose"],
    )
    cost = CounterMetricFamily(
        "ocrqueue_cost_usd", "What settled pages have cost at most, in USD.", labels=["backend"]
    )
    for backend in counts.NAMES:
        for verdict in counts.VERDICTS:
            if number := counted[counts.pages(backend, verdict)]:
                settled.add_metric([backend, verdict], number)
        for purpose in counts.PURPOSES:
            each = [counted[counts.took(backend, purpose, bound)] for bound in counts.BOUNDS]
            if any(each):
                buckets = list(zip(counts.BOUNDS, map(float, accumulate(each)), strict=True))
                seconds = counted[counts.took(backend, purpose, "ms")] / 1000
                took.add_metric([backend, purpose], buckets, seconds)
        if spent := counted[counts.cost(backend)]:
            cost.add_metric([backend], spent / MICRO)
    yield from (settled, took, cost)


def _of_hooks(counted: Mapping[str, int], waiting: int) -> Iterator[Metric]:
    told = CounterMetricFamily(
        "ocrqueue_hooks", "What on_done had to tell, by what came of it.", labels=["outcome"]
    )
    for outcome in counts.HOOKS:
        told.add_metric([outcome], counted[f"hooks {outcome}"])
    yield told
    yield GaugeMetricFamily("ocrqueue_hooks_waiting", "What on_done has still to tell.", waiting)


def _of_budgets(windows: Iterable[Window]) -> Iterator[Metric]:
    told = {
        "spent": "Spent in this day or month (UTC).",
        "held": "The most that requests under way may cost.",
        "cap": "The budget of this day or month.",
    }
    metrics = {
        name: GaugeMetricFamily(f"ocrqueue_budget_{name}_usd", text, labels=["window"])
        for name, text in told.items()
    }
    for window in windows:
        metrics["spent"].add_metric([window.name], window.spent_micro_usd / MICRO)
        metrics["held"].add_metric([window.name], window.held_micro_usd / MICRO)
        if window.cap_micro_usd is not None:
            metrics["cap"].add_metric([window.name], window.cap_micro_usd / MICRO)
    yield from metrics.values()


def _label(queue: str) -> str:
    return queue if queue == keys.COLLECT_QUEUE else counts.known(queue)


def _state(worker: WorkerState) -> str:
    if worker.stalled or worker.is_waiting_for_others:
        return "waiting"
    return "busy" if worker.state == "busy" else "idle"


def _gauge(name: str, told: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(name, told, labels=[label])
    for own, value in values.items():
        family.add_metric([own], value)
    return family
