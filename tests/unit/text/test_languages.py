"""Facts about telling the language of a text."""

from itertools import cycle, islice

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
    "dan": "Ingen må holdes i slaveri eller trældom ; slaveri og slavehandel under alle "
    "former skal "
    "være forbudt. Ingen må underkastes tortur eller grusom, umenneskelig eller vanærende "
    "behandling eller straf. Ethvert menneske har overalt i verden ret til at blive anerkendt "
    "som retssubjekt.",
    "nor": "Ingen må utsettes for tortur eller grusom, umenneskelig eller nedverdigende behandling "
    "eller straff. Ethvert menneske har krav på overalt å bli anerkjent som rettssubjekt. "
    "Alle er like for loven og har uten diskriminering rett til samme beskyttelse av loven. "
    "Alle har krav på samme beskyttelse mot diskriminering i strid med denne erklæring og mot "
    "enhver oppfordring til slik diskriminering.",
    "ces": "Nikdo nesmí být držen v otroctví nebo nevolnictví; všechny formy otroctví a obchodu s "
    "otroky jsou zakázány. Nikdo nesmí být mučen nebo podrobován krutému, nelidskému nebo "
    "ponižujícímu zacházení nebo trestu. Každý má právo na to, aby byla všude uznávána jeho "
    "právní osobnost.",
    "slk": "Nikto sa nesmie držať v otroctve alebo v nevoľníctve: všetky formy otroctva a "
    "obchodu s "
    "otrokmi sú zakázané. Nikto nesmie byť mučený alebo podrobený krutému, neľudskému alebo "
    "ponižujúcemu zaobchádzaniu alebo trestu. Každý má právo, aby bola všade uznávaná jeho "
    "právna osobnosť.",
    "pol": "Każdy człowiek ma prawo do życia, wolności i bezpieczeństwa swej osoby. Nie "
    "wolno nikogo "
    "czynić niewolnikiem ani nakładać na nikogo służebności; niewolnictwo i handel "
    "niewolnikami są zakazane we wszystkich swych postaciach. Nie wolno nikogo torturować ani "
    "karać lub traktować w sposób okrutny, nieludzki lub poniżający.",
    "tur": "Hiç kimse işkenceye, zalimane, gayriinsani, haysiyet kırıcı cezalara veya muamelelere "
    "tabi tutulamaz. Herkes her nerede olursa olsun hukuk kişiliğinin tanınması hakkını "
    "haizdir. Kanun önünde herkes eşittir ve farksız olarak kanunun eşit korumasından "
    "istifade hakkını haizdir. Herkesin işbu Beyannameye aykırı her türlü ayırdedici "
    "mualeleye karşı ve böyle bir ayırdedici muamele için yapılacak her türlü kışkırtmaya "
    "karşı eşit korunma hakkı vardır.",
    "rus": "Каждый человек имеет право на жизнь, на свободу и на личную "
    "неприкосновенность. Никто не "
    "должен содержаться в рабстве или в подневольном состоянии; рабство и работорговля "
    "запрещаются во всех их видах. Никто не должен подвергаться пыткам или жестоким, "
    "бесчеловечным или унижающим его достоинство обращению и наказанию.",
    "ukr": "Кожна людина має право на життя, на свободу і на особисту недоторканність. Ніхто не "
    "повинен бути в рабстві або у підневільному стані; рабство і работоргівля забороняються в "
    "усіх їх видах. Ніхто не повинен зазнавати тортур, або жорстокого, нелюдського, або "
    "такого, що принижує його гідність, поводження і покарання.",
}


@pytest.mark.parametrize("code", TEXTS)
def test_common_words_tell_the_language(code: str) -> None:
    """A few sentences are enough."""
    assert languages.recognised(TEXTS[code]) == (code,)


def test_lost_accents_hide_no_language() -> None:
    """An engine with data of another language leaves them out."""
    bare = TEXTS["spa"].replace("á", "a").replace("ó", "6").replace("é", "é")

    assert languages.recognised(bare.upper()) == ("spa",)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Todos los seres humanos",
        "BcTaBHTb CJIOBa B TeKCTe MO)KHO NPpH IOMOIIM KOMaHHbI KOTOpast OIIMCaHa HWKe " * 5,
        "12 443 | 5,01 | 17 % Total 2019 " * 20,
        "ha " * 200,
    ],
)
def test_nothing_is_guessed(text: str) -> None:
    """Too few words, nonsense, tables and one word again and again tell nothing."""
    assert languages.recognised(text) == ()


def test_a_page_may_be_in_two_languages() -> None:
    """The one of most of it comes first."""
    assert languages.recognised(TEXTS["eng"] * 2 + TEXTS["deu"]) == ("eng", "deu")
    assert languages.recognised(TEXTS["eng"] + TEXTS["deu"] * 2) == ("deu", "eng")


def test_a_few_words_of_another_language_are_no_second_one() -> None:
    """A quotation changes nothing about the data that the page is read with."""
    assert languages.recognised(TEXTS["eng"] * 5 + TEXTS["fra"][:80]) == ("eng",)


ENGLISH = "and that with are this from or have which not was were has their it we they you"
GERMAN = "und ist nicht von zu mit dem ein eine auf sich auch werden wird im einer oder"
NORDIC = "og det som en er den til med om at har pa var"  # of three languages or more


def mixed(*parts: tuple[str, int], of: int) -> str:
    """Return a text of so many words: so many of each list, others that no language has."""
    known = [word for words, count in parts for word in islice(cycle(words.split()), count)]
    return " ".join(known + ["lorem"] * (of - len(known)))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (mixed((ENGLISH, 13), of=100), ("eng",)),
        (mixed((ENGLISH, 11), of=100), ()),  # an eighth of the words has to be common
        (mixed((ENGLISH, 16), of=16), ("eng",)),
        (mixed((ENGLISH, 14), of=14), ()),  # too few words
        (mixed(("and that with are this", 50), of=100), ("eng",)),
        (mixed(("and that with are", 50), of=100), ()),  # the same few again and again
        (mixed((NORDIC, 13), of=100), ()),  # they are as much of other languages
        (mixed((NORDIC, 13), ("seg ble uten", 3), of=100), ("nor",)),
    ],
)
def test_a_language_is_told_by_as_many_of_its_words_as_it_takes(
    text: str, told: tuple[str, ...]
) -> None:
    """Each limit from both sides."""
    assert languages.recognised(text) == told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (mixed((ENGLISH, 150), (GERMAN, 28), of=500), ("eng", "deu")),
        (mixed((ENGLISH, 150), (GERMAN, 22), of=500), ("eng",)),  # hardly a part of the page
        (mixed((ENGLISH, 40), (GERMAN, 13), of=100), ("eng", "deu")),
        (mixed((ENGLISH, 40), (GERMAN, 11), of=100), ("eng",)),  # so few may be there by chance
        (
            mixed((ENGLISH, 40), ("und ist nicht von", 20), of=100),
            ("eng",),
        ),  # as a name is, again and again
        (mixed((ENGLISH, 33), (GERMAN, 30), of=500), ("eng", "deu")),
        (mixed((ENGLISH, 29), (GERMAN, 27), of=500), ()),  # too few of both together
    ],
)
def test_a_second_language_is_told_by_words_that_the_first_has_not(
    text: str, told: tuple[str, ...]
) -> None:
    """Each limit from both sides."""
    assert languages.recognised(text) == told


@pytest.mark.parametrize(
    ("odd", "confidence", "is_told"), [(2, 60, False), (3, 60, True), (2, 59, True)]
)
def test_what_is_unsure_or_looks_like_no_words_may_be_another_script(
    odd: int, confidence: float, *, is_told: bool
) -> None:
    """A quarter of odd words is as many as print has; the remedy says what tells scripts."""
    text = "TeKCTe " * 5 * odd + "meeting " * 5 * (10 - odd)

    assert ("tesseract-ocr-osd" in languages.untold(text, confidence)) is is_told


def test_every_language_that_is_told_has_a_name() -> None:
    """A reason names it; a code alone says little."""
    assert all(languages.NAMES[code] for code in TEXTS)
    assert languages.NAMES.keys() == languages._SETS.keys()


def test_the_remedy_names_the_packages() -> None:
    """They are called so by Debian and by Homebrew."""
    assert "tesseract-ocr-chi-sim " in languages.remedy("chi_sim")
    assert "tesseract-lang" in languages.remedy("spa")
    assert "tesseract-ocr-chi-sim and tesseract-ocr-chi-tra " in languages.remedy("chi_sim+chi_tra")


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
        ("𝑎𝑏𝑐 = 𝑥", ""),
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
