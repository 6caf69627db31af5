"""What the queue knows of a document beside its pages: who may read them, and who pays for it."""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass

from ocrqueue.broker import keys
from ocrqueue.broker.connection import Client, raw, text

_NAME = re.compile(r"[\w.-]{1,100}", re.ASCII)
_CAP = re.compile(r"[0-9]{1,12}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one budget was given for: the pages that one command has queued."""

    name: str = "other"  # whose pages no command has named
    cap_micro_usd: int | None = None  # None: as the settings of the workers say


def run_of(client: Client, key: str) -> Run:
    """Return the run on which pages of a document are booked."""
    name, cap = (text(value) for value in client.hmget(keys.document_hash(key), "run", "cap"))
    if not _NAME.fullmatch(name):  # an older version, or somebody else, wrote it
        return Run()
    return Run(name=name, cap_micro_usd=int(cap) if _CAP.fullmatch(cap) else None)


def open_to(client: Client, key: str) -> list[str]:
    """Return the backends that may read the pages of a document, as it was told last."""
    return text(client.hget(keys.document_hash(key), "open_to")).split()


def permit(client: Client, key: str, open_to: Sequence[str]) -> None:
    """Say which backends may read the pages of a document, if the queue knows it."""
    if client.exists(keys.document_hash(key)):
        client.hset(keys.document_hash(key), "open_to", " ".join(open_to))


def named_folders(client: Client, key: str) -> frozenset[str]:
    """Return the output folders that commands named for the workspace of a document."""
    found = client.smembers(keys.folders(key.partition("-")[0]))
    return frozenset(os.fsdecode(raw(folder)) for folder in found)
