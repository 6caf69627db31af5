"""What may leave this machine, and when remote workers help with a long queue."""

from dataclasses import dataclass, field

from ocrqueue.settings.keys import about


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteSettings:
    """What may leave this machine, and what happens when nothing more may be spent."""

    allowed: bool = field(
        default=False, metadata=about("Pages may leave this machine where no rule forbids it.")
    )
    budget_usd: float = field(
        default=1.0, metadata=about("Most that one command's pages may cost.", low=0, high=1e6)
    )
    budget_day_usd: float = field(
        default=5.0, metadata=about("Most that a day (UTC) may cost.", low=0, high=1e6)
    )
    budget_month_usd: float = field(
        default=20.0, metadata=about("Most that a month (UTC) may cost.", low=0, high=1e6)
    )
    requests: int = field(
        default=8, metadata=about("Pages under way at a time, all workers together.", low=1)
    )
    per_minute: float = field(
        default=0.0, metadata=about("Requests a minute, all workers together; 0 = any.", low=0)
    )
    when_spent: str = field(
        default="wait",
        metadata=about(
            "wait = pages wait for money, hand-over = the next backend of their route reads them.",
            choices=("wait", "hand-over"),
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class OverflowSettings:
    """When idle openrouter workers take pages from the end of deepseek-mlx's queue."""

    pages: int = field(
        default=200, metadata=about("When more pages than this wait there; 0 = never.", low=0)
    )
    minutes: float = field(
        default=0.0,
        metadata=about("When they would take longer, at the measured pace; 0 = never.", low=0),
    )
    asleep_s: float = field(
        default=300.0,
        metadata=about("When none of its workers has lived for so long; 0 = never.", low=0),
    )
