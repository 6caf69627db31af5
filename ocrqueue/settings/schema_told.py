"""Where people and other programs are told what goes on: the dashboard, its metrics, hooks."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ocrqueue.settings.engines import program_at
from ocrqueue.settings.keys import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class DashboardSettings:
    """Where the dashboard listens, and who may read its metrics."""

    host: str = setting("127.0.0.1", "Address to listen on.")
    port: int = setting(9181, "TCP port.", low=1, high=65535)
    metrics_token_file: Path | None = setting(
        None, 'File with the token that opens /metrics, for you alone; "" = as all other pages.'
    )


def _located(command: Sequence[str], base: Path) -> tuple[str, ...]:
    """Return a command whose program, if it is spelled as a path, is an absolute one."""
    return (program_at(command[0], base), *command[1:]) if command else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OnDoneSettings:
    """Who is told when a document or a batch is done: a program, or an address."""

    command: tuple[str, ...] = setting(
        (), "A program and its arguments; it reads JSON on its standard input.", absolute=_located
    )
    url: str = setting(
        "", "Is sent the same JSON by POST; https, except on this machine.", secret=True
    )
    of: str = setting("document", "What is told.", choices=("document", "batch", "both"))
    timeout_s: float = setting(30.0, "Seconds it may take.", low=1, high=600)
    quiet_s: float = setting(
        15.0,
        "Seconds with nothing left after which a batch is done; 0 = when a command says so.",
        low=0,
    )

    @property
    def is_wanted(self) -> bool:
        """Whether anybody is to be told of anything."""
        return bool(self.command or self.url)

    @property
    def of_documents(self) -> bool:
        """Whether somebody is to be told of each document."""
        return self.is_wanted and self.of != "batch"

    @property
    def of_batches(self) -> bool:
        """Whether somebody is to be told when nothing is left."""
        return self.is_wanted and self.of != "document"
