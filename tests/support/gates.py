"""A gate that lets everything pass and writes down what it was asked and told."""

from ocrqueue.model.gate import Admission, Lease


class OpenGate:
    """Admits what it is asked, unless it was given other answers to begin with."""

    def __init__(self, *first: Admission) -> None:
        """Answer so at first."""
        self._first = list(first)
        self.admitted: list[tuple[int, str]] = []
        self.left: list[str] = []
        self.settled: list[int | None] = []
        self.pauses: list[tuple[float, bool]] = []
        self.failed: list[str] = []
        self.good: list[str] = []

    def admit(self, estimate_micro_usd: int, model: str) -> Admission:
        if self._first:
            return self._first.pop(0)
        self.admitted.append((estimate_micro_usd, model))
        return Lease(id=str(len(self.admitted)), model=model, estimate_micro_usd=estimate_micro_usd)

    def leaves(self, lease: Lease) -> None:
        self.left.append(lease.model)

    def settle(self, lease: Lease, cost_micro_usd: int | None) -> None:
        assert lease.id == str(len(self.settled) + 1)
        self.settled.append(cost_micro_usd)

    def pause(self, seconds: float, why: str, *, fewer: bool = False) -> None:
        assert why
        self.pauses.append((seconds, fewer))

    def fail(self, model: str) -> None:
        self.failed.append(model)

    def ok(self, model: str) -> None:
        self.good.append(model)
