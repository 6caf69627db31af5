"""Facts about what is good, blank or doubtful."""

from dataclasses import replace

import pytest

from ocrqueue.backends.base import NO_IMAGE
from ocrqueue.model.errors.page import ReplyHopeless, ReplyRejected
from ocrqueue.model.page import Figure, Reply, Verdict
from ocrqueue.text.quality import judge, odd_share

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


def test_a_few_doubts_are_usual() -> None:
    """Formulas, rules and small drawings are unread on well read pages; few words tell nothing."""
    assert judge(reply(ENGLISH, unsure=0.04, unread=0.12), INKED).verdict is Verdict.GOOD
    assert judge(reply("Just a title", unsure=0.3), INKED).verdict is Verdict.GOOD


MANY_ODD = "statement " * 13 + "bcdfghklm " * 7  # 0.35 of them look like no word


@pytest.mark.parametrize(
    ("at_the_limit", "beyond"),
    [
        (reply(ENGLISH, 60.0), reply(ENGLISH, 59.9)),
        (reply(ENGLISH, 86.0, unread=0.1), reply(ENGLISH, 86.0, unread=0.11)),
        (reply(ENGLISH, 87.0, unread=0.2), reply(ENGLISH, 86.9, unread=0.2)),
        (reply(ENGLISH, None, unread=0.2), reply(ENGLISH, None, unread=0.21)),
        (reply(ENGLISH, unsure=0.1), reply(ENGLISH, unsure=0.11)),
        (reply("word " * 19, unsure=0.5), reply("word " * 20, unsure=0.5)),
        (reply(MANY_ODD), reply(MANY_ODD + "bcdfghklm")),
    ],
)
def test_each_limit_is_what_good_print_may_have(at_the_limit: Reply, beyond: Reply) -> None:
    """What was measured of clean print is good, and a little more is doubtful."""
    assert judge(at_the_limit, INKED).verdict is Verdict.GOOD
    assert judge(beyond, INKED).verdict is Verdict.DOUBTFUL


def test_a_picture_alone_on_hardly_any_ink_is_a_picture() -> None:
    """A share of the ink that says nothing yet speaks against no figure."""
    picture = replace(
        reply("![](a.png)"), words=0, figures=(Figure(name="a.png", box=(0, 0, 9, 9)),)
    )

    assert judge(picture, replace(INKED, ink=0.01)).verdict is Verdict.GOOD
    assert judge(picture, replace(INKED, ink=0.011)).reason == "a picture and no words"


def test_no_text_on_no_ink_is_blank() -> None:
    """An empty page is a page that was read well."""
    assert judge(reply("", None), EMPTY).verdict is Verdict.BLANK


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (reply("", None), "ink but no words"),
        (replace(reply("", 20), words=7), "ink but no word that could be read"),
        (reply(ENGLISH, 41), "mean confidence 41"),
        (
            reply(ENGLISH, 90, unsure=0.08, unread=0.1),
            "some 13% of what is written may be lost or misread",
        ),
        (
            replace(reply(ENGLISH, 80, unread=0.3), unread_at="at 1, 2 to 3, 4 of 5 x 6"),
            "some 30% of what is written may be lost or misread, most at 1, 2 to 3, 4 of 5 x 6",
        ),
        (replace(reply(ENGLISH), doubt="printed in Spanish"), "printed in Spanish"),
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
    assert odd_share("bcdfghklm " * 20 + "народження " * 27) == 0.0  # two letters of five are Latin
    assert odd_share("bcdfghklm " * 20 + "народження " * 17) == 1.0


def test_one_rare_pair_makes_no_word_odd() -> None:
    """Every language has some; two of them in a word are more than that."""
    assert odd_share("abdela " * 30) == 0.0
    assert odd_share("abdkela " * 30) == 1.0


TABLE = "<table><tr><td>1</td><td>beaches</td></tr>"


def said(text: str, **more: object) -> Reply:
    given = {"raw": text, "finish_reason": "stop", "words": len(text.split()), **more}
    return Reply(text=text, backend="b", model="m", **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (said(ENGLISH, finish_reason="length", tokens=8192), "cut off after 8192 tokens"),
        (said("x " * 40, finish_reason="loop", loop="the same comes 61 times: x"), "reply loops"),
        (said("background " * 100), "the reply loops: the same comes 61 times: background"),
        (said(f"{ENGLISH}\n{TABLE}<tr><td>and then the"), "stops in the middle of a block"),
        (said(f"{TABLE}</table>{TABLE}<TR><td>3</td>".upper()), "stops in the middle of a block"),
        (said(""), "the reply is empty, yet 5.0% of the page is ink"),
        (said("" + "\ufffd\x02" * 40 + "word " * 40), "of its letters are none"),
        (said("?!;,'+()&%" * 20), "only 0% letters and numbers"),
    ],
)
def test_a_reply_that_is_no_page_is_rejected(given: Reply, reason: str) -> None:
    """It costs an attempt, and says why; the same model may try again, unless it did already."""
    with pytest.raises(ReplyRejected, match=reason) as caught:
        judge(given, INKED)

    assert (caught.value.again, caught.value.hand_over) == (True, True)
    with pytest.raises(ReplyHopeless, match=reason) as caught:
        judge(replace(given, final=True), INKED)

    assert (caught.value.again, caught.value.hand_over) == (False, True)


@pytest.mark.parametrize(
    ("given", "ink", "verdict"),
    [
        (said(ENGLISH), 0.05, Verdict.GOOD),
        (said("____ ...... | - |\n" * 20), 0.05, Verdict.GOOD),
        (said(f"{ENGLISH}\n{TABLE}"), 0.05, Verdict.GOOD),  # it forgot to close it
        (said(f"{ENGLISH}\n{TABLE}<tr><td>2</table>"), 0.05, Verdict.GOOD),
        (said(""), 0.0001, Verdict.BLANK),
        (said(""), 0.004, Verdict.DOUBTFUL),
        (replace(said("", words=1), raw="a page number"), 0.05, Verdict.BLANK),
        (said(GARBAGE), 0.05, Verdict.DOUBTFUL),
        (replace(said("background " * 100), finish_reason=""), 0.05, Verdict.GOOD),
    ],
)
def test_a_reply_that_is_a_page_is_judged_as_any_other(
    given: Reply, ink: float, verdict: Verdict
) -> None:
    """Forms, blank pages and pages of nothing but a header pass; other engines make no loops."""
    assert judge(given, replace(INKED, ink=ink)).verdict is verdict
