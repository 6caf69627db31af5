"""Facts about what is read a second time, and how it joins the page."""

from dataclasses import replace

import pytest

from ocrqueue.backends.base import NO_IMAGE
from ocrqueue.model.page import PageImage
from ocrqueue.text.hocr import second_reading
from ocrqueue.text.hocr.ink_coverage import Coverage
from ocrqueue.text.hocr.layout import Box, PageLayout
from ocrqueue.text.hocr.markdown import to_markdown
from ocrqueue.text.hocr.parser import parse
from ocrqueue.text.hocr.text_lines import unsure_share
from tests.support.hocr_pages import Put, hocr
from tests.support.page_images import blank

ABOVE = Put(text="The council met on Tuesday evening.", top=300)
BELOW = Put(text="The next meeting takes place soon.", top=500)
LOST = Put(text="Complaints about noise were noted.", top=60)  # of the region
BESIDE = Put(text="Another column has its own text.", top=400, left=900)
REGION = Box(80, 340, 800, 480)  # the lost line stands at 400


def page(*blocks: list[Put], pictures: tuple[str, ...] = ()) -> PageLayout:
    return parse(hocr(*([block] for block in blocks), pictures=pictures))


def read_again(*lines: Put) -> PageLayout:
    return parse(hocr([list(lines)]))


def words(text: str, confidence: int, top: int = 100) -> Put:
    return Put(text=text, top=top, confidence=confidence)


def test_a_region_comes_with_the_lines_and_pictures_it_cuts() -> None:
    """A line half inside would be read twice, or lose its other half."""
    found = Coverage(unread=0.5, regions=(Box(300, 310, 400, 420),))

    (box,) = second_reading.wanted(found, page([ABOVE], [BELOW], pictures=("350 300 700 480",)))

    assert box == Box(90, 290, 710, 490)


def test_regions_that_share_a_line_are_one() -> None:
    """The line is not read twice."""
    found = Coverage(unread=0.5, regions=(Box(300, 310, 400, 420), Box(150, 250, 200, 310)))

    assert len(second_reading.wanted(found, page([ABOVE]))) == 1


def test_a_region_ends_at_the_page() -> None:
    """There are no pixels outside."""
    found = Coverage(unread=1.0, regions=(Box(0, 0, 1720, 2210),))

    assert second_reading.wanted(found, page()) == [Box(0, 0, 1700, 2200)]


def test_the_part_of_an_image() -> None:
    """Rows and columns of the box, nothing else."""
    image = replace(NO_IMAGE, width=4, height=3, pixels=b"abcdefghijkl")

    part = second_reading.cut_out(image, Box(1, 1, 3, 3))

    assert (part.width, part.height, part.pixels) == (2, 2, b"fgjk")


def test_a_panel_is_read_with_its_ground_made_white() -> None:
    """What is darker than half of it stays dark; paper is read once, as it is."""
    panel = replace(NO_IMAGE, width=6, height=1, pixels=bytes([120, 120, 120, 0, 30, 255]))
    paper = replace(panel, pixels=bytes([250, 250, 250, 0, 30, 255]))

    as_it_is, evened = second_reading.versions(panel, Box(0, 0, 6, 1))

    assert as_it_is == panel
    assert list(evened.pixels) == [255, 255, 255, 0, 127, 255]
    assert list(second_reading.versions(paper, Box(0, 0, 6, 1))) == [paper]


def test_print_that_is_hardly_darker_than_its_panel_is_made_black() -> None:
    """Half of the ground's brightness is no border where nothing is so dark."""
    panel = replace(NO_IMAGE, width=6, height=1, pixels=bytes([200, 198, 201, 150, 200, 160]))

    _, clear = second_reading.versions(panel, Box(0, 0, 6, 1))

    assert list(clear.pixels) == [255, 255, 255, 0, 255, 0]


def test_a_stain_on_paper_is_made_white() -> None:
    """Most of the region is paper; a tenth of it that is darker makes it worth a reading."""
    stain = replace(NO_IMAGE, width=10, height=1, pixels=bytes([140, 30] + [255] * 8))

    _, clean = second_reading.versions(stain, Box(0, 0, 10, 1))

    assert list(clean.pixels) == [255, 109] + [255] * 8
    paper = replace(stain, width=11, pixels=bytes([140, 30] + [255] * 9))
    assert list(second_reading.versions(paper, Box(0, 0, 11, 1))) == [paper]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize(
    ("other", "confidence"),
    [("Complaints were", 95), ("Complaints about noise were noted aga in", 76)],
)
def test_of_two_readings_the_one_with_more_sure_words_counts(
    order: tuple[int, int], other: str, confidence: int
) -> None:
    """Under a stain that is the one on white ground, elsewhere the other; a guess is neither."""
    best, worse = LOST, Put(text=other, top=60, confidence=confidence)
    readings = [read_again((best, worse)[number]) for number in order]

    whole = second_reading.completed(stained(), page([ABOVE]), lambda _: readings.pop(0))

    assert [word.text for word in whole.page.words[6:]] == LOST.text.split()
    assert readings == []


def test_a_black_panel_has_one_version() -> None:
    """Nothing is darker than its ground, so there is no print on it to be told from it."""
    black = replace(NO_IMAGE, width=6, height=1, pixels=bytes([0, 0, 0, 0, 255, 0]))

    assert list(second_reading.versions(black, Box(0, 0, 6, 1))) == [black]


def test_lost_lines_stand_where_they_were_printed() -> None:
    """Between the lines around them, in pixels of the page, though these are one block."""
    inside = read_again(LOST)

    found = second_reading.joined(page([ABOVE, BELOW], [BESIDE]), REGION, inside)

    (line,) = found.blocks[1][0].lines
    assert line.words[0].box == Box(180, 400, 300, 430)
    assert [block[0].lines[0].words[0].text for block in found.blocks] == [
        "Complaints" if place == 1 else word
        for place, word in enumerate(["The", "", "The", "Another"])
    ]


def test_what_was_read_of_a_region_before_is_replaced() -> None:
    """Nothing is there twice."""
    half = Put(text="Complaints were", top=400, confidence=50)

    found = second_reading.joined(page([ABOVE, half, BELOW]), REGION, read_again(LOST))

    assert to_markdown(found).markdown.count("Complaints") == 1
    assert "about noise" in to_markdown(found).markdown


def test_a_region_above_all_text_comes_first() -> None:
    """A heading on a panel is no postscript."""
    found = second_reading.joined(page([BELOW]), Box(80, 100, 800, 280), read_again(LOST))

    assert found.blocks[0][0].lines[0].text == LOST.text


def test_a_region_below_all_text_comes_last() -> None:
    """There is no text to stand above of."""
    found = second_reading.joined(page([ABOVE]), Box(80, 900, 800, 1100), read_again(LOST))

    assert found.blocks[-1][0].lines[0].text == LOST.text


def test_the_picture_that_was_none_is_gone() -> None:
    """Otherwise its words would be doubted as shapes in a picture."""
    found = second_reading.joined(page([ABOVE], pictures=("90 310 700 470",)), REGION, read_again())

    assert found.pictures == ()


def test_words_prove_that_a_region_is_text() -> None:
    """Three that are surely read, and more than there were before."""
    empty, had = page([ABOVE]), page([ABOVE, replace(LOST, top=400)])

    assert second_reading.is_better(empty, REGION, read_again(LOST))
    assert not second_reading.is_better(had, REGION, read_again(LOST))
    assert not second_reading.is_better(empty, REGION, read_again(words("a b c 12 of 7 x y", 96)))
    assert not second_reading.is_better(empty, REGION, read_again(replace(LOST, confidence=60)))


def test_numbers_prove_that_a_region_is_a_table_or_a_chart() -> None:
    """Six long ones that are surely read; shapes pass for shorter ones."""
    empty = page([ABOVE])

    def found(text: str, confidence: int = 95) -> bool:
        return second_reading.is_better(empty, REGION, read_again(words(text, confidence)))

    assert found("72861 67207 1,240 62125 59895 45.62")
    assert not found("72861 67207 1,240 62125 59895")
    assert not found("72 67 1,2 62 59 45 11 13 17")
    assert not found("72861 67207 1,240 62125 59895 45.62", 85)


def test_what_the_page_has_in_a_region() -> None:
    """Its lines, and no other; they may be broken though nothing better was read."""
    half = Put(text="Complaints were", top=400)

    inside = second_reading.within(page([ABOVE, half], [BELOW]), REGION)

    assert [word.text for word in inside.words] == ["Complaints", "were"]
    assert second_reading.within(page([ABOVE]), REGION).words == ()


def test_broken_words_in_lines_of_text_are_told() -> None:
    """Unsure words in lines of text lie under something; noise beside them and labels do not.

    Nor do signs, numbers and code, nor words that another reading has too.
    """
    text, garbled = words("The council met on Monday " * 5, 95), words("tbe w~ll vhc", 20)
    label = words("The council met on Monday", 95)

    assert second_reading.is_broken(together(text, garbled))
    assert not second_reading.is_broken(read_again(text, replace(garbled, top=300)))
    assert not second_reading.is_broken(together(label, garbled))
    assert not second_reading.is_broken(read_again(text))
    assert not second_reading.is_broken(together(text, garbled), read_again(garbled))
    assert second_reading.is_broken(together(text, garbled), read_again(words("will the", 20)))
    assert not second_reading.is_broken(together(text, words("0.) (F, | [F2] ~id$", 20)))
    numbers = words("The total was then " + "48 200 512 7 1998 " * 6, 95)
    assert not second_reading.is_broken(together(numbers, garbled))


def test_numbers_that_can_only_be_guessed_are_told() -> None:
    """A chart has eight of them that the page has not; a few ticks of an axis are none."""
    numbers = "72861 67207 62617 62125 59895 53908 51008 45562"
    nothing, chart = read_again(words("axis", 90)), read_again(words(numbers, 50))

    assert second_reading.lost_in([nothing, chart], "here") == (
        "some 8 numbers here could only be guessed"
    )
    assert second_reading.lost_in([nothing], "here") == ""
    assert second_reading.lost_in([chart, chart], "here") == ""
    assert second_reading.lost_in([nothing, read_again(words(numbers, 39))], "here") == ""
    assert second_reading.lost_in([nothing, read_again(words(numbers[6:], 50))], "here") == ""
    assert second_reading.lost_in([nothing, read_again(words("10 20 30 40 " * 3, 50))], "") == ""


def test_the_share_of_unsure_words_is_that_in_lines_of_text() -> None:
    """Labels and formulas count for nothing, numbers and code as sure."""
    surely, unsure = words("The council met on", 95), words("tbe cOunci| 7hc </when>", 50)

    assert unsure_share(together(surely, unsure)) == 0.25
    assert unsure_share(read_again(surely, replace(unsure, top=300))) == 0.0
    assert unsure_share(read_again(unsure)) is None


def test_a_person_is_told_where() -> None:
    """In pixels, with the size of the page."""
    told = second_reading.place_of(REGION, Box(0, 0, 1700, 2200))

    assert told == "at 80, 340 to 800, 480 of 1700 x 2200 pixels"


def stained() -> PageImage:
    """Return strokes on a grey ground, below a line of the page."""
    white = blank(1700, 2200)
    inked, bare = (
        (b"\xff" * 100 + (tone * 4 + b"\x8c" * 8) * 60).ljust(1700, b"\xff")
        for tone in (b"\x1e", b"\x8c")
    )
    pixels = white.pixels[: 1700 * 400] + (inked * 24 + bare * 16) * 5 + white.pixels[: 1700 * 1600]
    return replace(white, dpi=200, pixels=pixels)


def together(first: Put, second: Put) -> PageLayout:
    """Return a page with the words of both in one line."""
    (one, other) = (line for block in page([first, second]).blocks for line in block[0].lines)
    whole = replace(one, words=one.words + other.words)
    paragraph = replace(page([first]).blocks[0][0], lines=(whole,))
    return replace(page([first]), blocks=((paragraph,),))


def photograph() -> PageImage:
    """Return a page with a photograph where no line was read."""
    image = blank(1700, 2200)
    pixels = bytearray(image.pixels)
    for y in range(600, 1000):
        tones = (abs((x * 9 + y * 29) % 510 - 255) for x in range(100, 900))
        pixels[y * 1700 + 100 : y * 1700 + 900] = bytes(tones)
    return replace(image, dpi=200, pixels=bytes(pixels))


@pytest.mark.parametrize(("confidence", "more"), [(79, 0), (80, 5)])
def test_on_a_photograph_a_reading_has_to_be_sure(confidence: int, more: int) -> None:
    """Less sure ones are of the text beside it, with what its tones were taken for between."""
    again = read_again(Put(text=LOST.text, top=60, confidence=confidence))

    whole = second_reading.completed(photograph(), page([ABOVE]), lambda _: again)

    assert len(whole.page.words) == 6 + more
    assert whole.doubt == ""
    assert whole.found.unread < 0.1


@pytest.mark.parametrize(
    ("high", "free", "lines", "letters"),
    [
        (8, 4, 10, 8),
        (8, 4, 4, 8),
        (8, 10, 10, 8),
        (8, 4, 3, 30),
        (20, 10, 10, 30),
        (4, 2, 10, 30),
        (8, 13, 10, 30),
    ],
)
def test_lines_too_low_to_be_read_tell_the_size_of_a_pages_letters(
    high: int, free: int, lines: int, letters: float
) -> None:
    """The page is drawn larger for them; a few, larger ones, dots and what lies apart are none."""
    row = (b"\x00" * 3 + b"\xff" * 5) * 100
    inked, bare = row.ljust(1700, b"\xff"), b"\xff" * 1700
    white = blank(1700, 2200)
    pixels = b"".join([(bare * free + inked * high) * lines, bare * free])
    region = Box(0, 0, 900, (high + free) * lines + free)
    image = replace(white, pixels=pixels + white.pixels[len(pixels) :])

    found = Coverage(unread=0.1, regions=(region,))

    assert second_reading.letter_px(image, found, page([ABOVE])) == letters
