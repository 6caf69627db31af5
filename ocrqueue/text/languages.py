"""Which language a text is in, told by its commonest words; and what its data is called; pure."""

import re
import unicodedata
from collections import Counter

from ocrqueue.text.quality import folded

LEAST_SHARE = 0.12  # of all words are common words of the language; the right one has .2 to .45
NEAREST_RIVAL = 0.7  # of this share has another language at most
LEAST_WORDS = 30  # fewer say nothing
_WORD = re.compile(r"[^\W\d_]+")

# Written without accents, as an engine with data of another language leaves them out. Words that
# several languages share are in none, or in the one that is printed most: they only bring rivals.
_LANGUAGES = {  # as Tesseract calls them: as people do, and their commonest words
    "eng": "English: the of and to is that for with are this be by from or have which not was "
    "were has their it as at on an we they you but all can will one been",
    "deu": "German: der die und das ist nicht den von zu mit dem des ein eine auf fur sich auch "
    "werden wird im als einer eines einen bei oder nach durch aus hat sind wie",
    "fra": "French: le les des et du une est que dans pour qui par sur pas au plus ce sont avec "
    "aux leur ou ses ne nous vous il elle ont sans cette dont un etre",
    "spa": "Spanish: el los las y del que en una por con para es se su como mas lo esta fue al "
    "sus este son sin sobre entre ser o pero cuando todos un no ha",
    "ita": "Italian: il di che e della per una sono dei nel le con gli del alla delle non si "
    "dalla anche piu un nella al come da ed ad tutti ogni essere questo ha",
    "por": "Portuguese: os o da do que em uma para com nao dos das no na se por mais como foi ao "
    "pelo pela sao um as e ser seu sua ou sem entre todos aos",
    "nld": "Dutch: het een van en dat niet op te zijn met voor aan wordt ook bij door er naar "
    "deze werd de in of als zich om uit maar dit hij heeft kan worden",
    "swe": "Swedish: och att det som en av for ar den till inte med ett om han har pa var jag sig "
    "kan eller vid fran man hans deras denna alla utan",
    "dan": "Danish: og at det som en af er den til ikke med om der har pa var jeg sig kan blev "
    "eller ved fra han deres denne alle uden skal",
    "fin": "Finnish: ja ei etta oli han mutta ovat kun niin myos tai joka jos sen ole kuin voi "
    "olla hanen sita jonka",
    "pol": "Polish: na do nie sie jest ze to oraz przez od dla po jak byl ktory ktore tym ich "
    "jego lub jako za przy czy",
    "ces": "Czech: na je ze do ktery jsou byl pro jako jeho by ale ve nebo take podle pri jsem po "
    "od",
    "ron": "Romanian: si in un cu pe care nu din este sa pentru mai ca se au fost prin sau sunt "
    "ale lui al ei cel",
    "hun": "Hungarian: az es hogy nem egy meg van volt ez csak mint de azt ki el mar vagy kell "
    "minden ha be lehet",
    "tur": "Turkish: ve bir bu da icin ile olarak olan gibi daha cok ne kadar sonra var ise ya "
    "degil her",
}
NAMES = {code: told.partition(":")[0] for code, told in _LANGUAGES.items()}
_SETS = {code: frozenset(told.partition(":")[2].split()) for code, told in _LANGUAGES.items()}
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
    "Han": ("chi_sim", "chi_tra"),
    "Hangul": ("kor",),
    "Hebrew": ("heb", "yid"),
    "Japanese": ("jpn",),
    "Korean": ("kor",),
    "Tamil": ("tam",),
    "Telugu": ("tel",),
    "Thai": ("tha",),
}
_LATIN = "Latin"
_SIGNS_OF = {"Cjk": "Han", "Hiragana": "Japanese", "Katakana": "Japanese"}  # by Unicode's names
OTHERS = 0.1  # share of a text's letters that are not Latin: so many are a part of what it says
KANA = 0.05  # share of Japanese letters among Chinese signs that make them Japanese


def recognised(text: str) -> str:
    """Return the language of a text as Tesseract calls it; "" where nothing tells it."""
    words = _WORD.findall(folded(text))
    if len(words) < LEAST_WORDS:
        return ""
    counts = Counter(words)
    found = {code: sum(counts[word] for word in common) for code, common in _SETS.items()}
    first, second = sorted(found, key=lambda code: found[code], reverse=True)[:2]
    clear = found[first] >= LEAST_SHARE * len(words)
    return first if clear and found[second] <= NEAREST_RIVAL * found[first] else ""


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
    debian = f"tesseract-ocr-{code.replace('_', '-')}"
    return f"install {debian} (Debian, Ubuntu) or tesseract-lang (Homebrew)"
