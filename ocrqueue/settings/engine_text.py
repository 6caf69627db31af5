"""What a backend reads with, as one text that is a part of a document's id; and back again.

    tesseract-5.5 temperature=0.0 max_tokens=0 lang=deu+eng psm=6

The text comes out of a workspace, so that anybody may have written it: a worker takes from it only
what is marked `per_document`, converted and held within bounds as any setting is. A path, a model
and an address are always the worker's own.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from ocrqueue.model.errors.page import NotEquipped, ReadingUnusable
from ocrqueue.settings.describe import MASK, redacted
from ocrqueue.settings.engines import Candidate
from ocrqueue.settings.keys import Key, Source, convert, keys_of

WORDING = "asked"  # the version of our own prompt, for backends that are asked with it
LONGEST = 10_000  # letters of a value that is taken from a document
C = TypeVar("C", bound=Candidate)
_SOURCE = Source(origin="a document", base=Path(), text=True)
_SHOWN = 60  # letters of a value in a message


def spell(candidate: Candidate, wording: str = "") -> str:
    """Return what changes what a backend says; `wording`: which prompt of ours it is asked with."""
    parts = (f"{name}={value}" for name, value in _told(candidate, wording).items())
    return " ".join([candidate.model, *parts])


def fit(own: C, text: str, wording: str = "") -> C:
    """Return a worker's own settings with what a document says in the text; "" says nothing.

    Raises:
        NotEquipped: the document wants another model, or what only settings of the worker can say.
        ReadingUnusable: a value is out of its bounds, or it is not certain where it ends.
    """
    if text in ("", spell(own, wording)):
        return own
    model, wanted = _take_apart(text, own)
    if model != own.model:
        raise NotEquipped(_difference(own, "the model ", model, own.model))
    told = _told(own, wording)
    changed = {
        name: _value(own, name, wanted.get(name), told.get(name))
        for name in {**told, **wanted}
        if wanted.get(name) != told.get(name)
    }
    return replace(own, **changed)


def _told(candidate: Candidate, wording: str) -> dict[str, str]:
    keys = keys_of(type(candidate))
    options = {
        name: redacted(name, value)
        for name, value in sorted(candidate.options.items())
        if value != "" and keys[name].read
    }
    told = {"temperature": candidate.temperature, "max_tokens": candidate.max_tokens, **options}
    spelled = {name: f"{value}" for name, value in told.items()}
    return spelled | ({WORDING: wording} if wording else {})


def _take_apart(text: str, own: Candidate) -> tuple[str, Mapping[str, str]]:
    """Return the model, and the other values by name. A value may hold spaces.

    Raises:
        ReadingUnusable: a name comes twice, so that nobody knows where which value ends.
    """
    names = [name for name, key in keys_of(type(own)).items() if key.read and name != "model"]
    model, *parts = re.split(rf" (?=(?:{'|'.join([*names, WORDING])})=)", text)
    wanted = dict(part.split("=", 1) for part in parts)
    if len(wanted) < len(parts):
        raise ReadingUnusable(f"what {own.name} is to read with cannot be told from its text")
    return model, wanted


def _value(own: Candidate, name: str, wanted: str | None, told: str | None) -> Any:
    key = keys_of(type(own)).get(name)
    if key is None or not key.per_document or MASK in (wanted or ""):
        raise NotEquipped(_difference(own, f"{name}=", wanted, told))
    try:
        return convert(_spelled(wanted, key), key, _SOURCE)
    except ValueError as error:
        raise ReadingUnusable(f"{name} of {own.name}: {error}") from error


def _spelled(wanted: str | None, key: Key) -> object:
    """Return a value as it stands in the text; what is not there is empty, else the default.

    Raises:
        ValueError: it is longer than any value needs to be.
    """
    if wanted is None:
        return "" if key.listed and key.type is str and not key.choices else key.default
    if len(wanted) > LONGEST:
        raise ValueError(f"{len(wanted)} letters are more than {LONGEST}")
    return wanted


def _difference(own: Candidate, name: str, wanted: str | None, told: str | None) -> str:
    needed = f"{name}{_shown(wanted)}"
    return f"it waits for a worker of {own.name} with {needed}; here it is {_shown(told)}"


def _shown(value: str | None) -> str:
    text = value or "none"
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
