"""What may leave this machine: budgets, when remote workers help, and rules for folders."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ocrqueue.model.place import Place
from ocrqueue.settings.keys import Source, convert, keys_for, setting


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteSettings:
    """What may leave this machine, and what happens when nothing more may be spent."""

    allowed: bool = setting(False, "Pages may leave this machine where no rule forbids it.")
    budget_usd: float = setting(1.0, "Most that one command's pages may cost.", low=0, high=1e6)
    budget_day_usd: float = setting(5.0, "Most that a day (UTC) may cost.", low=0, high=1e6)
    budget_month_usd: float = setting(20.0, "Most that a month (UTC) may cost.", low=0, high=1e6)
    requests: int = setting(8, "Pages under way at a time, all workers together.", low=1)
    per_minute: float = setting(0.0, "Requests a minute, all workers together; 0 = any.", low=0)
    proxy: str = setting(
        "",
        'The proxy on the way, http://HOST:PORT; "environment" = HTTPS_PROXY, "" = none.',
        secret=True,
    )
    patience_s: float = setting(
        300.0, "Seconds that `run` waits where the service lets nothing pass.", low=1
    )
    when_spent: str = setting(
        "wait",
        "wait = pages wait for money and the service, hand-over = the next backend reads them.",
        choices=("wait", "hand-over"),
    )

    @property
    def least_usd(self) -> float:
        """The budget that is spent first."""
        return min(self.budget_usd, self.budget_day_usd, self.budget_month_usd)


@dataclass(frozen=True, slots=True, kw_only=True)
class OverflowSettings:
    """When idle openrouter workers take pages from the end of deepseek-mlx's queue."""

    pages: int = setting(200, "When more pages than this wait there; 0 = never.", low=0)
    minutes: float = setting(
        0.0, "When they would take longer, at the measured pace; 0 = never.", low=0
    )
    asleep_s: float = setting(
        300.0, "When none of its workers has lived for so long; 0 = never.", low=0
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What holds for the files of a folder, or for those whose path matches a glob.

    With both, it holds for files that are meant by both. Of all rules that hold for a file, one
    that forbids wins over those that allow, and the first one that names a route gives it.
    """

    folder: Place | None = setting(None, "All files below this folder, however they are reached.")
    glob: str = setting("", 'Such as "*.tiff" or "**/private/**", as for --include.')
    allow_remote: bool | None = setting(None, "May their pages leave this machine?")
    route: tuple[str, ...] = setting((), "Backends in the order they may try their pages.")


def rule_of(entry: Mapping[str, Any], source: Source) -> Rule:
    """Return the rule that a table of the configuration spells; `source` says where it stands.

    Raises:
        ValueError: it is none; the message says why.
    """
    keys = keys_for(Rule, entry)
    if not entry.get("folder") and not entry.get("glob"):
        raise ValueError("it names neither a folder nor a glob")
    if "allow_remote" not in entry and not entry.get("route"):
        raise ValueError("it says nothing: neither allow_remote nor a route")
    return Rule(**{name: convert(value, keys[name], source) for name, value in entry.items()})
