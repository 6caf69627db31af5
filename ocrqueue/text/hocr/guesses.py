"""What nobody could read: formulas, labels of charts, cut-up slides, words under stamps, as soup.

No word of such a line proves that it is text, and the engine is not sure of it either. Lines of
clean print have such a word, and tables of numbers are surely read. In lines of print the engine is
unsure of a word here and there; where it is of many beside and below each other, something lies
over them.
"""

from collections.abc import Sequence
from itertools import chain
from statistics import fmean, median

from ocrqueue.text.hocr.layout import Line, PageLayout, Word, around
from ocrqueue.text.hocr.noise import without_noise
from ocrqueue.text.hocr.second_reading import place_of
from ocrqueue.text.hocr.text_lines import (
    CONFIDENT,
    UNSURE,
    is_of_letters,
    is_telling,
    lines,
    words_in_text,
)

LEAST_WORDS = 20  # fewer say nothing about shares of them
MOST_GUESSED = 0.12  # share of a page's words; of pages read well, the most was 0.115
NEAR = 2  # of a word's height: how far unsure words that belong together are from each other
LEAST_TOGETHER = 4  # such words of letters
MOST_UNSURE = 500  # words that are held against each other
SOUP = 40.0  # their median confidence; of German in an English page it was 46


def doubt(page: PageLayout) -> str:
    """Return why too much of a page was only guessed; "" where it was not."""
    left = without_noise(page)  # what is left out of the text is no guess
    if patch := _patch(words_in_text(left)):
        place = place_of(around([word.box for word in patch]), page.box)
        return f"words {place} could only be guessed: something lies over them, or they are faint"
    words = len(left.words)
    if words < LEAST_WORDS:
        return ""
    guessed = sum(len(line.words) for line in lines(left) if _is_guessed(line))
    if guessed < MOST_GUESSED * words:
        return ""
    return (
        f"lines with {guessed / words:.0%} of the words could only be guessed: formulas or labels"
    )


def _is_guessed(line: Line) -> bool:
    sure = fmean(word.confidence for word in line.words)
    has_letters = any(map(str.isalpha, line.text))  # figures alone are the cells of a table
    return has_letters and sure < CONFIDENT and not any(map(is_telling, line.words))


def _patch(words: Sequence[Word]) -> list[Word]:
    """Return unsure words that stand together, too many for print; none where there are not.

    Signs and numbers hold them together and do not count, nor does what begins with a sign: these
    are formulas, bullets and quoted names. Of words in another language the engine is less unsure.
    """
    unsure = [one for one in words if one.confidence < UNSURE]
    if len(unsure) > MOST_UNSURE:
        return []  # to compare all would take long, and their share is judged anyway
    patches: list[list[Word]] = []
    for word in unsure:
        reach = NEAR * word.box.height
        near = [one for one in patches if any(word.box.meets(other.box, reach) for other in one)]
        patches = [one for one in patches if one not in near] + [[word, *chain(*near)]]
    return next(filter(_is_soup, patches), [])


def _is_soup(patch: Sequence[Word]) -> bool:
    sure = [one.confidence for one in patch if is_of_letters(one) and one.text[0].isalpha()]
    return len(sure) >= LEAST_TOGETHER and median(sure) < SOUP
