"""Facts about telling the language of a text."""

import pytest

from ocrqueue.text import languages

TEXTS = {
    "eng": "All human beings are born free and equal in dignity and rights. They are endowed with "
    "reason and conscience and should act towards one another in a spirit of brotherhood. Everyone "
    "has the right to life, liberty and the security of person.",
    "deu": "Alle Menschen sind frei und gleich an Würde und Rechten geboren. Sie sind mit Vernunft "
    "und Gewissen begabt und sollen einander im Geist der Brüderlichkeit begegnen. Jeder hat "
    "das Recht auf Leben, Freiheit und Sicherheit der Person. Niemand darf in Sklaverei leben.",
    "fra": "Tous les êtres humains naissent libres et égaux en dignité et en droits. Ils sont "
    "doués de raison et de conscience et doivent agir les uns envers les autres dans un esprit de "
    "fraternité. Nul ne sera tenu en esclavage ni en servitude; l'esclavage et la traite des "
    "esclaves sont interdits sous toutes leurs formes.",
    "spa": "Todos los seres humanos nacen libres e iguales en dignidad y derechos y, dotados como "
    "están de razón y conciencia, deben comportarse fraternalmente los unos con los otros. Nadie "
    "estará sometido a esclavitud ni a servidumbre, la esclavitud y la trata de esclavos están "
    "prohibidas en todas sus formas.",
    "ita": "Tutti gli esseri umani nascono liberi ed eguali in dignità e diritti. Essi sono dotati "
    "di ragione e di coscienza e devono agire gli uni verso gli altri in spirito di fratellanza. "
    "Ad ogni individuo spettano tutti i diritti e tutte le libertà enunciate nella presente "
    "Dichiarazione, senza distinzione alcuna, per ragioni di razza, di colore, di sesso.",
    "por": "Todos os seres humanos nascem livres e iguais em dignidade e em direitos. Dotados de "
    "razão e de consciência, devem agir uns para com os outros em espírito de fraternidade. "
    "Ninguém será mantido em escravatura ou em servidão; a escravatura e o trato dos escravos, sob "
    "todas as formas, são proibidos.",
    "nld": "Alle mensen worden vrij en gelijk in waardigheid en rechten geboren. Zij zijn "
    "begiftigd met verstand en geweten, en behoren zich jegens elkander in een geest van "
    "broederschap te gedragen. Niemand zal in slavernij of horigheid gehouden worden, en de "
    "slavernij is verboden in het land van deze.",
}


@pytest.mark.parametrize("code", TEXTS)
def test_common_words_tell_the_language(code: str) -> None:
    """A few sentences are enough."""
    assert languages.recognised(TEXTS[code]) == code


def test_lost_accents_hide_no_language() -> None:
    """An engine with data of another language leaves them out."""
    bare = TEXTS["spa"].replace("á", "a").replace("ó", "6").replace("é", "é")

    assert languages.recognised(bare.upper()) == "spa"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Todos los seres humanos",
        TEXTS["eng"] + TEXTS["deu"],
        "BcTaBHTb CJIOBa B TeKCTe MO)KHO NPpH IOMOIIM KOMaHHbI KOTOpast OIIMCaHa HWKe " * 5,
        "12 443 | 5,01 | 17 % Total 2019 " * 20,
    ],
)
def test_nothing_is_guessed(text: str) -> None:
    """Too few words, two languages, nonsense and tables tell nothing."""
    assert languages.recognised(text) == ""


def test_every_language_that_is_told_has_a_name() -> None:
    """A reason names it; a code alone says little."""
    assert all(languages.NAMES[code] for code in TEXTS)
    assert languages.NAMES.keys() == languages._SETS.keys()


def test_the_remedy_names_the_packages() -> None:
    """They are called so by Debian and by Homebrew."""
    assert "tesseract-ocr-chi-sim " in languages.remedy("chi_sim")
    assert "tesseract-lang" in languages.remedy("spa")


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("the committee met", ""),
        ("the committee met, η", ""),
        ("комитет met", "Cyrillic"),
        ("委員会は火曜日に PDF", "Japanese"),
        ("委员会星期二开会", "Han"),
        ("위원회는 화요일에", "Hangul"),
        ("اللجنة", "Arabic"),
        ("𝑎𝑏𝑐 = 𝑥", ""),  # noqa: RUF001
        ("12 + 3", ""),
    ],
)
def test_the_script_of_letters_that_are_not_latin(text: str, script: str) -> None:
    """Kana make Chinese signs Japanese; a few letters of formulas are no other script."""
    assert languages.other_script(text) == script


def test_scripts_lead_to_languages() -> None:
    """What is not known leads nowhere."""
    assert languages.printed_in("Cyrillic")[0] == "rus"
    assert languages.printed_in("Klingon") == ()
