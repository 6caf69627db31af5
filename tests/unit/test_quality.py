"""Facts about what is good, blank or doubtful."""

from dataclasses import replace

import pytest

from ocrqueue.backends.base import NO_IMAGE
from ocrqueue.model import Reply, Verdict
from ocrqueue.quality import judge, odd_share

INKED = replace(NO_IMAGE, ink=0.05)
EMPTY = replace(NO_IMAGE, ink=0.0001)
ENGLISH = (
    "We hold these truths to be self-evident, that all men are created equal, that they are "
    "endowed by their Creator with certain unalienable Rights, that among these are Life, "
    "Liberty and the pursuit of Happiness."
)
GERMAN = (
    "Alle Menschen sind frei und gleich an Würde und Rechten geboren. Sie sind mit Vernunft und "
    "Gewissen begabt und sollen einander im Geiste der Brüderlichkeit begegnen. Rechtsschutz "
    "Angstschweiß Geschwindigkeitsbegrenzung."
)
FRENCH = (
    "Tous les êtres humains naissent libres et égaux en dignité et en droits. Ils sont doués de "
    "raison et de conscience et doivent agir les uns envers les autres dans un esprit de "
    "fraternité."
)
CODE = (
    "def parse(source: str) -> Page: reader = Reader() for match in TAG.finditer(source): "
    "reader.take(match[1], unescape(match[2])) if reader.box is None: raise ValueError(message) "
    "return reader.page(reader.box)"
)
GARBAGE = (  # Russian print as an English engine reads it
    "BcTaBHTb CJIOBa B TeKCTe MO)KHO NPpH IOMOIIM KOMaHHbI, KOTOpast OIIMCaHa HWKe. IIpumepbi "
    "NcHOJIb30BaHWA TaKHX 3HAKOB MOKHO HalTH B pykKOBOJICTBe TOJIb30BaTelA, rpe NMpHBeNeHbI BCe "
    "uMeHa CHMBOJIOB HW COOTBETCTBYIOIUe UM KHaBHIIM, KaK OHH pacnONOKeHbI B TaOIHIIe LWIpPUtTOB"
)


def reply(text: str, confidence: float | None = 93.0, **more: float) -> Reply:
    words = len(text.split())

    return Reply(text=text, backend="b", model="m", confidence=confidence, words=words, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text", [ENGLISH, GERMAN, FRENCH, CODE, "12 443 5,01 | 17 % | 9 ", "Title"]
)
def test_clean_print_is_good(text: str) -> None:
    """Languages, code, numbers and title pages are not doubted."""
    assert judge(reply(text), INKED).verdict is Verdict.GOOD


def test_no_text_on_no_ink_is_blank() -> None:
    """An empty page is a page that was read well."""
    assert judge(reply("", None), EMPTY).verdict is Verdict.BLANK


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (reply("", None), "ink but no words"),
        (replace(reply("", 20), words=7), "ink but no word that could be read"),
        (reply(ENGLISH, 41), "mean confidence 41"),
        (reply("WESTERN UNION", 90, unread=0.85), "85% of what is written or drawn was not read"),
    ],
)
def test_what_was_not_read_is_doubtful(given: Reply, reason: str) -> None:
    """The verdict says in words why."""
    judgement = judge(given, INKED)

    assert (judgement.verdict, judgement.reason) == (Verdict.DOUBTFUL, reason)


def test_nonsense_is_doubtful_even_if_the_engine_is_sure() -> None:
    """Another script read as English has few words that look like words."""
    judgement = judge(reply(GARBAGE, 90), INKED)

    assert judgement.verdict is Verdict.DOUBTFUL
    assert judgement.reason.startswith("few dictionary-like words")


def test_a_backend_without_confidence_is_judged_by_its_words() -> None:
    """No confidence is no reason for doubt, nonsense is."""
    assert judge(reply(ENGLISH, None), INKED).verdict is Verdict.GOOD
    assert judge(reply(GARBAGE, None), INKED).verdict is Verdict.DOUBTFUL


def test_a_text_in_another_script_is_not_called_odd() -> None:
    """Greek, Cyrillic or Chinese text, read as such, is not measured with Latin letters."""
    assert odd_share("Ὅταν γὰρ τὰ ἔθνη ποιῶσιν " * 20) == 0.0
    assert odd_share("Всі люди народжуються вільними " * 10) == 0.0  # noqa: RUF001
