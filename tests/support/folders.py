"""Input and output folders of system tests: what was asked, what came out, what was left."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from redis import Redis

from ocrqueue.broker import connection
from ocrqueue.workspace.atomic import TEMPORARY
from ocrqueue.workspace.store import MARK
from tests.support.pdfs import write_pdf


def make_inputs(folder: Path, pages: dict[str, int]) -> Path:
    """Write a PDF for each name with so many pages, no two alike, and return the folder."""
    for name, count in pages.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_pdf(path, *[f"{name} page {page}" for page in range(1, count + 1)])
    return folder


def markdown(out: Path) -> dict[str, str]:
    """Return the Markdown files below an output folder by their relative path."""
    return {str(path.relative_to(out)): path.read_text("utf-8") for path in _visible(out, "*.md")}


def ledgers(out: Path) -> dict[str, dict[str, Any]]:
    """Return the ledgers below an output folder by their relative path."""
    found = _visible(out, "*.json")
    return {str(path.relative_to(out)): json.loads(path.read_bytes()) for path in found}


def page_results(out: Path, ending: str = ".json") -> list[Path]:
    """Return the files of the pages' results in the workspace."""
    found = (out / ".ocrqueue" / "documents").rglob("pages/*.json")
    return sorted(path for path in found if path.name[6:] == ending)


def temporaries(out: Path) -> list[Path]:
    """Return what killed writers left behind."""
    return sorted(out.rglob(f"{TEMPORARY}*"))


def is_workspace(folder: Path) -> bool:
    """Return whether the folder is marked as a workspace."""
    return (folder / MARK).exists()


def jobs_left(client: Redis, queues: Sequence[str] = ("scripted", "collect")) -> dict[str, int]:
    """Return how many jobs are in each of RQ's places where work may get stuck; empty if none.

    All places are looked at in one moment: a job that is put back meanwhile would be in none.
    """
    lists = [f"rq:queue:{queue}{part}" for queue in queues for part in ("", ":intermediate")]
    live = [connection.text(name) for name in client.scan_iter("ocrq:live:*")]
    sets = [*(f"rq:wip:{queue}" for queue in queues), *live]
    with client.pipeline() as moment:
        for name in lists:
            moment.llen(name)
        for name in sets:
            moment.zcard(name)
        left = zip([*lists, *sets], moment.execute(), strict=True)
    return {name: int(count) for name, count in left if count}


def _visible(out: Path, pattern: str) -> list[Path]:
    return sorted(
        path
        for path in out.rglob(pattern)
        if not any(part.startswith(".") for part in path.relative_to(out).parts)
    )
