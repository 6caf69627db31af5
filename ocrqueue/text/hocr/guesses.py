"""Lines that nobody could read: formulas, labels of charts, cut-up slides, as letters' soup.

No word of such a line proves that it is text, and the engine is not sure of it either. Lines of
clean print have such a word, and tables of numbers are surely read.
"""

from statistics import fmean

from ocrqueue.text.hocr.layout import Line, PageLayout
from ocrqueue.text.hocr.noise import without_noise
from ocrqueue.text.hocr.text_lines import CONFIDENT, is_telling, lines

LEAST_WORDS = 20  # fewer say nothing about shares of them
MOST_GUESSED = 0.12  # share of a page's words; of pages read well, the most was 0.115


def doubt(page: PageLayout) -> str:
    """Return why too much of a page was only guessed; "" where it was not."""
    left = without_noise(page)  # what is left out of the text is no guess
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
