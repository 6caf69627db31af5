"""Is a reply what the page says? Judged from its text, its confidence and the page's ink; pure.

The limits were measured on the test documents with `python -m benchmarks.quality_report`: clean
print of any kind, tables of numbers and formulas included, stays on the good side of each of them;
handwriting, photographs and scripts the engine does not know fall on the other.
"""

import re
import unicodedata
from dataclasses import replace
from itertools import pairwise
from statistics import fmean

from ocrqueue.model.errors.page import ReplyHopeless, ReplyRejected
from ocrqueue.model.page import Judgement, PageImage, Reply, Verdict
from ocrqueue.text import prose, repetition
from ocrqueue.text.grounding import is_cut
from ocrqueue.text.grounding_parser import SCALE, parse
from ocrqueue.text.ink_rows import unread_below

LEAST_INK = 0.0005  # share of the pixels; a page with less is blank
LEAST_CONFIDENCE = 60.0  # mean of the words; clean print has 80 and more, its worst tables 70
MOST_LOST = 0.1  # share of words that may be lost or others; clean print has 0.09 at most
AGREED = 0.95  # share of words that two readings have; then half as much is lost
FEW_WORDS = 50  # fewer are no page: that they are read twice says nothing about what is in none
SURELY_READ = 87.0  # mean of the words; where it is less, what is in no word was print too
LEAST_WORDS = 20  # fewer say nothing about shares of them
LEAST_LETTERS = 150  # in words of three letters and more; fewer say nothing about a language
MOST_ODD = 0.35  # share of words that look like no word; clean print has 0.24 at most
FULL_INK = 0.01  # share of the pixels; a page with more says something
LEAST_SIGNS = 120  # letters, numbers and signs; fewer say nothing about garbage
LEAST_LETTER_SHARE = 0.3  # of letters and numbers among them; lines and leaders aside
MOST_BROKEN = 0.05  # share of letters that are none
MOST_BELOW = 0.25  # of the page's height, from the last box of a model down to the last ink ...
MOST_UNREAD_HEIGHT = 0.06  # ... of which so much is written on: more than a foot or a number
CUT_OFF = "length"  # why a model stopped: it had no more room

# Letter pairs (first letter: its followers; a space is the word's begin or end) that make up some
# 95 % of English, German and French text without accents.
_FOLLOWERS = {
    " ": "abcdefghijklmnopqrstuvwyz",
    "a": " bcdghijklmnpqrstuvyz",
    "b": "abeilorstuy",
    "c": " acehiklorstuy",
    "d": " adegilorsuwy",
    "e": " abcdefghijklmnopqrstuvwxyz",
    "f": " aefiloru",
    "g": " aeghilnorsu",
    "h": " aeilmnorstuy",
    "i": " abcdefgklmnopqrstvz",
    "j": "aeou",
    "k": " aeilnorstu",
    "l": " adefiklmopstuvy",
    "m": " abceimnopsuy",
    "n": " acdefgijklnostuvyz",
    "o": " abcdefghiklmnoprstuvwx",
    "p": " aefhiloprstu",
    "q": "u",
    "r": " abcdefgiklmnoprstuvwyz",
    "s": " acehiklmnopqstuwyz",
    "t": " acehilorstuwyz",
    "u": " abcdefgilmnprstvxz",
    "v": " aeior",
    "w": " aehinors",
    "x": " aceipt",
    "y": " aelmnoprs",
    "z": " aeiotuw",
}
_COMMON = frozenset(first + second for first, rest in _FOLLOWERS.items() for second in rest)
_WORD = re.compile(r"[^\W\d_]{3,}")
_VOWEL = re.compile(r"[aeiouy]")
_LINES = re.compile(r"[\s|=_.…·:*#$<>/\\-]+")
_BROKEN = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ufffd\ue000-\uf8ff]")
_MIXED = re.compile(r"[a-zà-þ][A-ZÀ-Þ]")


def judge(reply: Reply, image: PageImage) -> Judgement:
    """Return whether the reply is good, blank or doubtful, and why.

    Raises:
        ReplyRejected: a model's reply is no page: cut off, in circles, empty or garbage.
            ReplyHopeless, if it is `final`.
    """
    if why := flaw(reply, image):
        raise (ReplyHopeless if reply.final else ReplyRejected)(why)
    if not reply.text.strip():
        return judge_silence(reply, image)
    if reply.figures and not reply.words and image.ink > FULL_INK:
        return Judgement(verdict=Verdict.DOUBTFUL, reason="a picture and no words")
    if reason := _doubt(reply) or _early_end(reply, image):
        return Judgement(verdict=Verdict.DOUBTFUL, reason=reason)
    return Judgement(verdict=Verdict.GOOD)


def flaw(reply: Reply, image: PageImage) -> str:
    """Return why a model's reply cannot be a page; "" where nothing speaks for it."""
    if not reply.finish_reason:
        return ""
    said = reply.text if reply.raw is None else reply.raw
    if why := reply.loop or repetition.check(said):
        return f"the reply loops: {why}"
    if why := _cut(reply, said):
        return why
    if not said.strip() and image.ink > FULL_INK:
        return f"the reply is empty, yet {image.ink:.1%} of the page is ink"
    if (broken := len(_BROKEN.findall(said)) / max(len(said), 1)) > MOST_BROKEN:
        return f"the reply is garbage: {broken:.0%} of its letters are none"
    return _garbage(reply.text)


def _cut(reply: Reply, said: str) -> str:
    if reply.finish_reason == CUT_OFF:
        return f"the reply was cut off after {reply.tokens or 'too many'} tokens"
    if is_cut(said):
        return "the reply stops in the middle of a block: the rest of the page is missing"
    return ""


def _garbage(text: str) -> str:
    signs = _LINES.sub("", text)
    if len(signs) < LEAST_SIGNS:
        return ""
    if (letters := sum(map(str.isalnum, signs)) / len(signs)) < LEAST_LETTER_SHARE:
        return f"the reply is garbage: only {letters:.0%} letters and numbers"
    return ""


def judge_silence(reply: Reply, image: PageImage) -> Judgement:
    """Return whether a page without text is blank."""
    if reply.finish_reason and reply.words:
        return Judgement(verdict=Verdict.BLANK, reason="nothing but running heads")
    if image.ink < LEAST_INK:
        return Judgement(verdict=Verdict.BLANK, reason="nothing is printed on it")
    found = "no words" if not reply.words else "no word that could be read"
    return Judgement(verdict=Verdict.DOUBTFUL, reason=f"ink but {found}")


def _doubt(reply: Reply) -> str:
    """Return why the text is probably not what the page says; "" where nothing speaks for it."""
    if reply.doubt:  # what a reader itself says names a remedy
        return reply.doubt
    if reply.confidence is not None and reply.confidence < LEAST_CONFIDENCE:
        return f"mean confidence {reply.confidence:.0f}"
    if (lost := _lost(reply)) > MOST_LOST:
        where = f", most {reply.unread_at}" if reply.unread_at else ""
        return f"some {lost:.0%} of what is written may be lost or misread{where}"
    if (odd := odd_share(reply.text)) > MOST_ODD:
        return f"few dictionary-like words ({odd:.0%} look like none)"
    return ""


def is_open(reply: Reply) -> bool:
    """Whether a reply is doubtful, and good if a second reading agrees with it."""
    agreed = replace(reply, agreed=1.0)
    few = reply.words < FEW_WORDS or reply.agreed is not None
    return not few and bool(_doubt(reply)) and not _doubt(agreed)


def _lost(reply: Reply) -> float:
    """Return the share of words that are probably lost or others, 0 to 1.

    Half of the strokes in no word are those of drawings, where most of a page was read; and half of
    what may be others is not, where a second reading says the same.
    """
    sure = reply.confidence is None or reply.confidence >= SURELY_READ
    unread = (reply.unread or 0.0) / (2 if sure else 1)
    unsure = (reply.unsure or 0.0) if reply.words >= LEAST_WORDS else 0.0
    agrees = reply.agreed is not None and reply.agreed >= AGREED
    return min(1.0, unread + unsure) / (2 if agrees else 1)


def _early_end(reply: Reply, image: PageImage) -> str:
    """Return why a grounded reply seems to stop before its page does; a page number may follow."""
    boxes = [box for block in parse(reply.raw or "") for box in block.boxes]
    if not boxes or not image.pixels:
        return ""
    end = max(box.bottom for box in boxes) / SCALE
    unread, last = unread_below(image, end)
    if last - end < MOST_BELOW or unread < MOST_UNREAD_HEIGHT:
        return ""
    return f"the text ends at {end:.0%} of the page's height, what is written at {last:.0%}"


def odd_share(text: str) -> float:
    """Return the share of words that look like none in a language of Latin script, 0 to 1.

    0 where there are too few letters to tell, and for text that is mostly in another script.
    """
    words = _WORD.findall(prose.alone(text))
    latin = [(word, bare) for word in words if (bare := folded(word)).isascii()]
    letters = sum(len(word) for word, _ in latin)
    if letters < LEAST_LETTERS or letters < sum(map(len, words)) / 2:
        return 0.0
    return fmean(_is_odd(word, bare) for word, bare in latin)


def folded(word: str) -> str:
    """Return a word or text in small letters without accents."""
    parts = unicodedata.normalize("NFKD", word.casefold())
    return "".join(sign for sign in parts if not unicodedata.combining(sign))


def _is_odd(word: str, bare: str) -> bool:
    """Whether a word has no vowel, a capital inside, or more than one rare letter pair."""
    if not _VOWEL.search(bare) or _MIXED.search(word):
        return True
    return sum(a + b not in _COMMON for a, b in pairwise(f" {bare} ")) > 1
