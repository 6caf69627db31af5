"""When the text inside a page may stand for its image."""

from dataclasses import replace

import pytest

from ocrqueue.render.text_layer import TextLayer, born_digital_text, clean, objection

PROSE = "The committee met on Tuesday and decided to postpone the vote until the next session."
GOOD = TextLayer(text=PROSE, characters=72, hidden=0, pale=0, unmapped=0, image_cover=0.0)


def test_plain_prose_is_taken() -> None:
    """An ordinary page's text is returned as it is."""
    assert born_digital_text(GOOD) == PROSE


@pytest.mark.parametrize(
    ("layer", "reason"),
    [
        (replace(GOOD, text="- 17 -"), "too little text"),
        (replace(GOOD, hidden=70), "invisible text"),
        (replace(GOOD, pale=1), "text in the colour of paper"),
        (replace(GOOD, image_cover=0.9), "a scan with text"),
        (replace(GOOD, unmapped=9), "meaningless characters"),
        (replace(GOOD, text=PROSE.replace("e", "\x03")), "meaningless characters"),
        (replace(GOOD, text=PROSE.replace("o", "\ue001")), "meaningless characters"),
        (
            replace(GOOD, text="Xkr frpplwwhh phw rq Wxhvgdb dqg ghflghg wr srvwsrqh wkh yrwh"),
            "letters that form no words",
        ),
        (
            replace(GOOD, text="tHe cOmMiTtEe mEt oN TuEsDaY aNd dEcIdEd tHaT eAcH vOtEr tAlKeD"),
            "letters that form no words",
        ),
    ],
)
def test_suspicious_layers_are_refused(layer: TextLayer, reason: str) -> None:
    """Whatever makes the text doubtful sends the page back to its image."""
    assert objection(layer, clean(layer.text)) == reason
    assert born_digital_text(layer) is None


@pytest.mark.parametrize(
    "text",
    [
        "委員会は火曜日に開かれ、次の会期まで投票を延期することを決定した。以上のとおり報告する。",
        "Комитет собрался во вторник и решил отложить голосование; ctr vrt pwr ntw tcp ssh dns ftp",
        "اجتمعت اللجنة يوم الثلاثاء وقررت تأجيل التصويت إلى الدورة القادمة",
        "NATO UNHCR WHO IMF OECD BIPM CERN EU EFTA ISO IEC IEEE ITU UNESCO",
        "Příliš žluťoučký kůň úpěl ďábelské ódy a prst mu zmrzl, když se ve čtvrtek vracel domů.",
    ],
)
def test_other_scripts_and_acronyms_pass(text: str) -> None:
    """The shape of words is judged for running Latin text only."""
    assert objection(replace(GOOD, text=text), clean(text)) is None


def test_divided_words_are_joined() -> None:
    """PDFium's mark for a divided word goes, together with the line end."""
    assert clean("substantial per\ufffe\r\nformance and lan\ufffeguage\r\nmodels") == (
        "substantial performance and language\nmodels"
    )


def test_control_characters_and_blanks_are_cleaned() -> None:
    """Control and soft-hyphen characters go, blanks shrink, lines end in one way."""
    assert clean("a\x00b\u00ad\u200bc  d\u00a0e \r\n\r\n\r\n\r\nf\rg\t\th ") == "abc d e\n\nf\ng h"
