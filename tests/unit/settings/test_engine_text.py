"""Facts about what a document says of its backend, and what a worker takes from it."""

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ocrqueue.model.errors.page import NotEquipped, ReadingUnusable
from ocrqueue.settings.engine_text import fit, spell
from ocrqueue.settings.engines import (
    COME_ALONG,
    Candidate,
    MlxSettings,
    OpenRouterSettings,
    TesseractSettings,
)
from ocrqueue.settings.keys import keys_of

WORDING = "3-0123abcd"
OTHER: dict[Any, Any] = {str: "other", int: 7, float: 1.5, bool: True, Path: Path("/other")}
KEYS = [(own, key) for own in COME_ALONG.values() for key in keys_of(type(own)).values()]


def changed(own: Candidate, name: str) -> Candidate:
    """Return the settings with another value of one key."""
    key = keys_of(type(own))[name]
    value = key.choices[0] if key.choices else OTHER[key.type]
    if key.low is not None and key.low > 100:
        value = int(key.low) + 1
    other: dict[str, Any] = {name: not key.default if key.type is bool else value}
    return replace(own, **other)


@pytest.mark.parametrize(
    ("own", "name"), [(own, key.name) for own, key in KEYS if key.per_document]
)
def test_what_a_document_may_say_is_obeyed(own: Candidate, name: str) -> None:
    """The worker's settings become those that the document was queued with, in this point only."""
    wanted = changed(own, name)

    assert fit(own, spell(wanted, WORDING), WORDING) == wanted


@pytest.mark.parametrize(
    ("own", "name"), [(own, key.name) for own, key in KEYS if key.read and not key.per_document]
)
def test_what_only_a_worker_can_say_sends_the_page_back(own: Candidate, name: str) -> None:
    """A model, a path or a permission is never taken from a document."""
    wanted = changed(own, name)

    with pytest.raises(NotEquipped, match=f"worker of {own.name} with .*{name}"):
        fit(own, spell(wanted, WORDING), WORDING)


@pytest.mark.parametrize(("own", "name"), [(own, key.name) for own, key in KEYS if not key.read])
def test_what_changes_no_text_stays_the_workers(own: Candidate, name: str) -> None:
    """Where, for how much and for how long a worker asks is nobody else's business."""
    assert fit(own, spell(changed(own, name), WORDING), WORDING) == own


def test_paths_addresses_and_money_are_never_taken_from_a_document() -> None:
    """Of all that a document may say, nothing leads anywhere."""
    said = {key.name for _, key in KEYS if key.per_document}

    assert said == {
        *("temperature", "max_tokens", "lang", "psm", "resolution", "prompt"),
        *("no_repeat_ngram", "reasoning", "side_px"),
    }


@pytest.mark.parametrize(
    "wanted", ["psm=14", "psm=-1", "psm=x", "temperature=3", "temperature=nan"]
)
def test_a_value_out_of_its_bounds_is_refused(wanted: str) -> None:
    """A document may say no more than the settings would let a user say."""
    with pytest.raises(ReadingUnusable, match=wanted.partition("=")[0]):
        fit(TesseractSettings(), f"tesseract-5.5 {wanted}")


def test_a_text_whose_values_have_no_certain_end_is_refused() -> None:
    """A prompt that spells another option makes two texts one: nobody guesses which."""
    own, odd = OpenRouterSettings(), OpenRouterSettings(prompt="Read. side_px=300")

    with pytest.raises(ReadingUnusable):
        fit(own, spell(odd, WORDING), WORDING)
    assert fit(odd, spell(odd, WORDING), WORDING) == odd


def test_a_prompt_of_several_words_is_obeyed() -> None:
    """Spaces, equals signs and words of other backends are a part of it."""
    wanted = MlxSettings(prompt="<image>\nRead lang=deu, and a = b.")

    assert fit(MlxSettings(), spell(wanted)).prompt == wanted.prompt


def test_a_masked_value_is_never_used() -> None:
    """What a text hides cannot be read from it; who has the same value has it himself."""
    hiding = MlxSettings(prompt="see https://me:secret@host/")

    assert "secret" not in spell(hiding)
    assert fit(hiding, spell(hiding)) == hiding
    with pytest.raises(NotEquipped):
        fit(MlxSettings(), spell(hiding))


def test_another_wording_of_our_prompt_sends_the_page_back() -> None:
    """Another version of the program asks in other words."""
    own = OpenRouterSettings()

    with pytest.raises(NotEquipped, match="asked=2-old"):
        fit(own, spell(own, "2-old"), WORDING)


def test_the_texts_of_the_last_version_stay_as_they_are() -> None:
    """They are a part of documents' ids, and batches outlive an update."""
    text = "tesseract-5.5 temperature=0.0 max_tokens=0 lang=deu+eng psm=6"

    assert spell(TesseractSettings(lang="deu+eng", psm=6)) == text
    assert fit(TesseractSettings(), text) == TesseractSettings(lang="deu+eng", psm=6)


def test_a_long_text_costs_no_more_than_its_length() -> None:
    """It comes out of a workspace that anybody may have prepared."""
    text = "tesseract-5.5" + " lang=" * 200_000

    began = time.process_time()
    with pytest.raises(ReadingUnusable):
        fit(TesseractSettings(), text)
    with pytest.raises(ReadingUnusable, match="letters"):
        fit(TesseractSettings(), f"tesseract-5.5 lang={'a' * 100_000}")
    assert time.process_time() - began < 5
