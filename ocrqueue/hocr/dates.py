"""What a date looks like when it stands alone on a line: of a letter, of a newspaper."""

import re

_WORD_OF_DATE = re.compile(
    r"\d{1,2}(?:st|nd|rd|th|er|º)?[.,]?|\d{4}[.,]?|\d{1,4}([./-])\d{1,2}\1\d{1,4}|of|den|de|le|the"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day,?"
    r"|(?:mon|diens|donners|frei|sams|sonn)tag,?|mittwoch,?"
    r"|(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[.,]?"
    r"|(?:january|february|march|april|june|july|august|(?:sept|nov|dec)ember|october)[.,]?"
    r"|januar|februar|märz|mai|juni|juli|oktober|dezember"
    r"|janvier|février|mars|avril|juin|juillet|août|(?:sept|nov|déc)embre|octobre",
    re.IGNORECASE,
)


def is_date(text: str) -> bool:
    """Whether the line is nothing but a date, perhaps with its place: "Bonn, 3 May 1981"."""
    place, comma, date = text.partition(", ")
    words = date.split() if comma and place.isalpha() and date[:1].isalnum() else text.split()
    figures = any(sign.isdigit() for sign in text)
    return figures and len(words) > 1 and all(map(_WORD_OF_DATE.fullmatch, words))
