"""Where people and other programs are told what goes on: the dashboard, its metrics, hooks."""

from dataclasses import dataclass
from pathlib import Path

from ocrqueue.settings.keys import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class DashboardSettings:
    """Where the dashboard listens, and who may read its metrics."""

    host: str = setting("127.0.0.1", "Address to listen on.")
    port: int = setting(9181, "TCP port.", low=1, high=65535)
    metrics_token_file: Path | None = setting(
        None, 'File with the token that opens /metrics, for you alone; "" = as all other pages.'
    )
