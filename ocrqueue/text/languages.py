"""Which language a text is in, told by its commonest words; and what its data is called; pure."""

import re
import unicodedata
from collections import Counter

from ocrqueue.text.quality import LEAST_CONFIDENCE, folded, odd_share

LEAST_SHARE = 0.12  # of all words are common words of the language; the right one has .15 to .5
LEAST_OWN = 0.04  # the same, where a word counts less that others have too
SECOND_SHARE = 0.05  # of all words are common in another language alone: a part is in it ...
SECOND_WORDS = 12  # ... and so many are: few words have rivals by chance
LEAST_WORDS = 15  # fewer say nothing; half of texts of 22 are told, and no English one is another
LEAST_COMMON = 5  # different ones that are common in it; nonsense repeats the same
_WORD = re.compile(r"[^\W\d_]+")

# Written without accents, as an engine with data of another language leaves them out. A word that
# several languages have counts as a part of one for each.
_LANGUAGES = {  # as Tesseract calls them: as people do, and their commonest words
    "eng": "English: the of and to is that for with are this be by from or have which not was "
    "were has their it as at on an we they you but all can will one been in no do",
    "deu": "German: der die und das ist nicht den von zu mit dem des ein eine auf fur sich auch "
    "werden wird im als einer eines einen bei oder nach durch aus hat sind wie sie in an um zum",
    "fra": "French: le les des et du une est que dans pour qui par sur pas au plus ce sont avec "
    "aux leur ou ses ne nous vous il elle ont sans cette dont un etre de la en se son",
    "spa": "Spanish: el los las del que en una por con para es se su como mas lo esta fue al "
    "sus este son sin sobre entre ser pero cuando todos un no ha de la si",
    "ita": "Italian: il di che della per una sono dei nel le con gli del alla delle non si "
    "dalla anche piu un nella al come da ed ad tutti ogni essere questo ha la in se",
    "por": "Portuguese: os da do que em uma para com nao dos das no na se por mais como foi ao "
    "pelo pela sao um as ser seu sua ou sem entre todos aos de",
    "cat": "Catalan: el els les la que per amb del dels una un no es al als aquest aquesta son "
    "com pot mes si aixo hi ha tots ser sense de en",
    "ron": "Romanian: si in un cu pe care nu din este sa pentru mai ca se au fost prin sau sunt "
    "ale lui al ei cel de la",
    "nld": "Dutch: het een van en dat niet op te zijn met voor aan wordt ook bij door er naar "
    "deze werd de in of als zich om uit maar dit hij heeft kan worden is die",
    "swe": "Swedish: och att det som en av for ar den till inte med ett om han har pa var jag sig "
    "kan eller vid fran man hans deras denna alla utan de",
    "dan": "Danish: og at det som en af er den til ikke med om der har pa var jeg sig kan blev "
    "eller ved fra han deres denne alle uden for de du et",
    "nor": "Norwegian: og det som en av er den til ikke med om at har pa var jeg seg kan ble "
    "eller ved fra han deres denne alle uten for de du et",
    "isl": "Icelandic: og sem er til um eru fyrir hefur ekki ef hann hver vera eda thess vid fra",
    "fin": "Finnish: ja ei etta oli han mutta ovat kun niin myos tai joka jos sen ole kuin voi "
    "olla hanen sita jonka on seka se",
    "est": "Estonian: ja on ei et see kui ning oma voi mis ka ta olema kes aga seda oli mida nii "
    "koik igal",
    "lav": "Latvian: un ir ar no uz ka par vai kas lai pie ari tas var bet ne",
    "lit": "Lithuanian: ir kad tai yra buvo kaip bei iki savo ar jo su nuo is gali arba jei del "
    "turi",
    "pol": "Polish: na do nie sie jest ze to oraz przez od dla po jak byl ktory ktore tym ich "
    "jego lub jako za przy czy ma aby sa moze jesli mozna bez co",
    "ces": "Czech: na je ze do ktery jsou byl pro jako jeho by ale ve nebo take podle pri jsem po "
    "od se si to za ma aby pokud tak jak muze ktere kazdy byt",
    "slk": "Slovak: na je ze do ktory su bol pre ako jeho by ale vo alebo podla pri som po od sa "
    "si to za ma aby ak tak moze ktore kazdy byt ich",
    "hrv": "Croatian: je na da se za su od koji ili kao ne to iz bi sa koje koja ima bez po do "
    "biti moze nije kada",
    "slv": "Slovene: je in na se za da so ki od ali pri kot po ne to tudi iz bi ima ter lahko biti",
    "hun": "Hungarian: az es hogy nem egy meg van volt ez csak mint de azt ki el mar vagy kell "
    "minden ha be lehet valamint illetve",
    "tur": "Turkish: ve bir bu da icin ile olarak olan gibi daha cok ne kadar sonra var ise ya "
    "degil her veya de",
    "vie": "Vietnamese: va cua co cac khong la trong mot cho nguoi voi nhung den ve tu nay khi se "
    "vao hoac ban the moi phai do",
    "ind": "Indonesian: yang dan di untuk dengan dari dalam tidak pada ini atau anda akan ke "
    "adalah dapat oleh itu sebagai setiap",
    "ell": "Greek: και να του τησ το την σε των που με για στην τα τη τισ δεν απο ειναι οι τον "
    "τουσ θα ωσ στο στα αν η ο",
    "rus": "Russian: и в на не что с по для от как к из или это его при все может быть во же так "
    "бы но то если",
    "ukr": "Ukrainian: і в на не що з до для від як або та у це за його при може бути які якщо "
    "але є",
    "bul": "Bulgarian: и на да за се от в не с като е по или са към при че си със може ще това",
    "srp": "Serbian: и у да на се за је од не или су као који са то из би ће може",
    "ara": "Arabic: في من على الى او ان لا هذا التي عن مع كل ما كان ذلك هذه الذي",
    "fas": "Persian: و که در از را به با این است یا برای هر خود باید شود آن می",
}
NAMES = {code: told.partition(":")[0] for code, told in _LANGUAGES.items()}
_SETS = {code: frozenset(told.partition(": ")[2].split()) for code, told in _LANGUAGES.items()}
_HAVE_IT = Counter(word for words in _SETS.values() for word in words)
# Scripts as Tesseract's own detection calls them, and the languages that are printed in them.
_PRINTED_IN = {
    "Arabic": ("ara", "fas", "urd"),
    "Armenian": ("hye",),
    "Bengali": ("ben",),
    "Cyrillic": ("rus", "ukr", "bul", "srp", "bel", "mkd"),
    "Devanagari": ("hin", "mar", "nep", "san"),
    "Ethiopic": ("amh", "tir"),
    "Georgian": ("kat",),
    "Greek": ("ell", "grc"),
    "Han": ("chi_sim+chi_tra", "chi_sim", "chi_tra"),
    "Hangul": ("kor",),
    "Hebrew": ("heb", "yid"),
    "Japanese": ("jpn", "jpn_vert"),
    "Korean": ("kor",),
    "Tamil": ("tam",),
    "Telugu": ("tel",),
    "Thai": ("tha",),
}
_LATIN = "Latin"
_SIGNS_OF = {"Cjk": "Han", "Hiragana": "Japanese", "Katakana": "Japanese"}  # by Unicode's names
MOST_ODD = 0.25  # share of words that look like none, where an engine is not sure of them
OTHERS = 0.1  # share of a text's letters that are not Latin: so many are a part of what it says
KANA = 0.05  # share of Japanese letters among Chinese signs that make them Japanese
_RIGHT_TO_LEFT = frozenset({"R", "AL"})  # as Unicode calls the directions of letters


def is_right_to_left(text: str) -> bool:
    """Whether most letters of a text are of a script that is written from right to left."""
    letters = [sign for sign in text if sign.isalpha()]
    turned = sum(unicodedata.bidirectional(sign) in _RIGHT_TO_LEFT for sign in letters)
    return 2 * turned > len(letters)


def recognised(text: str) -> tuple[str, ...]:
    """Return the languages of a text as Tesseract calls them, the one of most of it first.

    Two where a good part is in another one; () where nothing tells it.
    """
    words = _WORD.findall(folded(text))
    if len(words) < LEAST_WORDS:
        return ()
    counts = Counter(words)
    own = {code: sum(counts[one] / _HAVE_IT[one] for one in own) for code, own in _SETS.items()}
    first = max(own, key=lambda code: own[code])
    if own[first] < LEAST_OWN * len(words) or len(_SETS[first] & counts.keys()) < LEAST_COMMON:
        return ()
    alone = {code: _count(code, counts, but=first) for code in _SETS}
    second = max(alone, key=lambda code: alone[code])
    told, other = _count(first, counts), alone[second]
    different = len((_SETS[second] - _SETS[first]) & counts.keys())
    if different < LEAST_COMMON or other < max(SECOND_SHARE * len(words), SECOND_WORDS):
        return (first,) if told >= LEAST_SHARE * len(words) else ()
    return (first, second) if told + other >= LEAST_SHARE * len(words) else ()


def _count(code: str, counts: Counter[str], but: str = "") -> int:
    """Return how many words are common in a language, and not in the other one."""
    return sum(counts[word] for word in _SETS[code] - _SETS.get(but, frozenset()))


def untold(text: str, confidence: float) -> str:
    """Return why a text that nobody is sure of may be of another script; "" where it is not.

    The confidence is the mean of its words, 0 to 100.
    """
    if odd_share(text) <= MOST_ODD and confidence >= LEAST_CONFIDENCE:
        return ""
    return (
        "many words look like none, or are unsure: the picture is bad, or it is another script; "
        "to tell which one, install tesseract-ocr-osd (Debian, Ubuntu) or tesseract-lang (Homebrew)"
    )


def other_script(text: str) -> str:
    """Return the script of those letters that are not Latin; "" where they are few."""
    whole = unicodedata.normalize("NFKC", text)
    counts = Counter[str]()
    for sign, times in Counter(filter(str.isalpha, whole)).items():
        counts[_script(sign)] += times
    letters = counts.total()
    del counts[_LATIN]
    if counts.total() <= OTHERS * letters:
        return ""
    if counts["Japanese"] > KANA * counts["Han"]:
        counts["Japanese"] += counts.pop("Han", 0)
    return max(counts, key=lambda script: counts[script])


def _script(sign: str) -> str:
    first = unicodedata.name(sign, "unknown").split()[0].split("-")[0].capitalize()
    return _SIGNS_OF.get(first, first)


def printed_in(script: str) -> tuple[str, ...]:
    """Return the languages that a script is read with, the likeliest first; () if none is known."""
    return _PRINTED_IN.get(script, ())


def remedy(code: str) -> str:
    """Return how a user gets the data of a language."""
    debian = " and ".join(f"tesseract-ocr-{one.replace('_', '-')}" for one in code.split("+"))
    return f"install {debian} (Debian, Ubuntu) or tesseract-lang (Homebrew)"
