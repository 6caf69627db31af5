"""What chat models are asked: one text a task, with a version that tells wordings apart."""

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from ocrqueue.model.document import Task

_VERSION = "version: "


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """A question about one image."""

    text: str
    version: str  # the number of the wording and the begin of its SHA-256


@cache
def prompt(task: Task) -> Prompt:
    """Return what is asked for a task: configs/prompts/TASK.md without its first line."""
    file = files("ocrqueue").joinpath("configs", "prompts", f"{task.value}.md")
    head, _, text = file.read_text("utf-8").partition("\n")
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    return Prompt(text=text.strip(), version=f"{head.removeprefix(_VERSION)}-{digest}")
