"""Characters become words by the space between them."""

from dataclasses import replace

import pytest

from ocrqueue.text.layer import frames, words
from ocrqueue.text.layer.sheet import MISSING, PIECE, SPACED, Character
from tests.support.sheets import Typed, characters, sheet_of, typed


def said(found: list[Character] | tuple[Character, ...]) -> list[str]:
    return [word.text for word in words.words(found)]


def test_blanks_within_a_word_do_not_part_it() -> None:
    """A file that has a blank after each syllable, and no space there, still has whole words."""
    found = [
        one._replace(look=one.look | SPACED) if at in {2, 4} else one
        for at, one in enumerate(characters(Typed(text="methods used", base=300)))
    ]

    assert said(found) == ["methods", "used"]


def test_space_parts_words_without_a_blank() -> None:
    """A file without any blank has its words parted where there is space."""
    found = [one._replace(look=0) for one in characters(Typed(text="methods used", base=300))]

    assert said(found) == ["methods", "used"]


def test_a_line_drawn_twice_is_read_once() -> None:
    """Some programs draw letters again, a hair beside, to make them look bold."""
    once = list(characters(Typed(text="Bold words will stay", base=300)))
    again = [one._replace(left=one.left + 1, x=one.x + 1, right=one.right + 1) for one in once]

    assert said([*once, *again]) == ["Bold", "words", "will", "stay"]


def test_letters_of_other_sizes_are_no_doubles() -> None:
    """What stands at one place in letters of one size hides nothing at another place."""
    lines = [
        Typed(text="n" * 40, base=60 + 31 * at, left=90 + 7 * at, size=10 + 3 * at)
        for at in range(30)
    ]

    assert sum(map(len, said(sheet_of(lines).characters))) == 40 * 30


def test_a_ligature_keeps_both_letters() -> None:
    """A glyph for ff is two letters at one place."""
    d, i, f, *rest = characters(Typed(text="different", base=300))
    f = f._replace(right=rest[0].right)
    second = f._replace(look=f.look | PIECE)

    assert said([d, i, f, second, *rest[1:]]) == ["different"]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_an_accent_drawn_apart_is_put_on_its_letter(order: tuple[int, int]) -> None:
    """TeX's old fonts draw the dots of ü as a sign of their own, before or behind it."""
    letter, *rest = characters(Typed(text="uber", base=300))
    both = (letter, letter._replace(sign="\u00a8"))

    assert said([both[order[0]], both[order[1]], *rest]) == ["über"]


def test_a_sign_that_nothing_explains_is_seen_to_be_missing() -> None:
    """A lost ligature does not leave a word that looks right."""
    found = [
        one._replace(sign="\ue000") if one.sign == "_" else one
        for one in characters(Typed(text="signi_cantly", base=300))
    ]

    assert said(found) == [f"signi{MISSING}cantly"]


def test_signs_of_office_fonts_are_bullets() -> None:
    """What Wingdings and Symbol call a bullet is one."""
    assert words.spelt("\uf0b7") == "•"


def test_turned_text_has_a_frame_of_its_own() -> None:
    """Text that runs up the margin is upright in its frame, and reads from left to right."""
    plain = sheet_of(typed("Body text of the page", "and more of it"))
    stamp = [
        # The same letters on a page turned left: x runs up from the bottom.
        replace_turned(one, plain.height)
        for one in characters(Typed(text="arXiv stamp", base=50, left=600))
    ]

    upright, turned = frames.frames([*plain.characters, *stamp], plain.width, plain.height)

    assert said(upright.characters)[:2] == ["Body", "text"]
    assert (turned.angle, said(turned.characters)) == (270, ["arXiv", "stamp"])


def replace_turned(one: Character, height: int) -> Character:
    top, bottom = height - one.right, height - one.left
    turned = one._replace(left=one.top, right=one.bottom, top=top, bottom=bottom)
    return turned._replace(x=one.y, y=height - one.x, angle=270)


def test_slanting_text_is_read_too() -> None:
    """A watermark across the page is one line."""
    found = [
        one._replace(x=400 + 15 * at, y=1200 - 15 * at, angle=315, size=30)
        for at, one in enumerate(characters(Typed(text="DRAFT", base=0)))
    ]

    (only,) = frames.frames(found, 1700, 2200)

    assert said(only.characters) == ["DRAFT"]


def test_letters_written_from_right_to_left() -> None:
    """Hebrew letters come in reading order, each left of the one before."""
    sheet = sheet_of([Typed(text="x" * 9, base=300)])
    text = "שלום עולם"
    found = [
        replace_sign(one, sign, at)
        for at, (one, sign) in enumerate(zip(sheet.characters, text, strict=True))
        if sign != " "
    ]

    assert said(found) == text.split()


def replace_sign(one: Character, sign: str, at: int) -> Character:
    left = 900.0 - 15 * at
    return one._replace(sign=sign, left=left, right=left + 15, x=left)


def test_a_made_up_size_is_not_believed() -> None:
    """A font that claims letters of a thousandth of their height is as high as its letters."""
    (one,) = characters(Typed(text="a", base=300))

    assert words.sound(one._replace(size=0.03)).size == pytest.approx(one.bottom - one.top)
    assert words.sound(one) is one


def test_a_sheet_survives_the_wire() -> None:
    """What the child sends is what the reader gets, to a tenth of a pixel."""
    sheet = sheet_of(typed("Some words", left=200.04))
    back = type(sheet).from_wire(sheet.to_wire())

    assert [one.sign for one in back.characters] == [one.sign for one in sheet.characters]
    assert back.characters[0].left == 200.0
    assert replace(back, characters=()) == replace(sheet, characters=())


def spaced(text: str, apart: float) -> list[Character]:
    """Return a line whose letters stand so many pixels apart."""
    found = characters(Typed(text=text, base=300))
    moved = [at * apart for at, sign in enumerate(text) if sign != " "]
    return [
        one._replace(left=one.left + by, right=one.right + by, x=one.x + by)
        for one, by in zip(found, moved, strict=True)
    ]


@pytest.mark.parametrize("apart", [4, 9, 15])
def test_letters_that_are_set_apart_are_words(apart: int) -> None:
    """A title whose letters are spaced out has its words parted where there is more space."""
    found = [one._replace(look=SPACED) for one in spaced("ANNUAL REPORT", apart)]

    assert said(found) == ["ANNUAL", "REPORT"]


@pytest.mark.parametrize("text", ["A  B  C  D  E  F  G", "A B   C D   E F   G H   I"])
def test_single_letters_are_words(text: str) -> None:
    """Answers and columns are named by letters, which stand further apart, or not evenly."""
    assert said(list(characters(Typed(text=text, base=300)))) == text.split()


def test_words_of_letters_that_hardly_stand_apart_keep_their_narrow_space() -> None:
    """A hair between letters is no spaced-out line: nothing of the space of words is taken off."""
    found = [one._replace(look=0) for one in spaced("narrow spaces", 2)]
    by = found[6].left - found[5].right - 8
    narrow = [
        *found[:6],
        *(one._replace(left=one.left - by, right=one.right - by) for one in found[6:]),
    ]

    assert said(narrow) == ["narrow", "spaces"]


@pytest.mark.parametrize(
    "change",
    [{"y": 334}, {"left": 2.0, "right": 17.0}, {"size": 24}],
    ids=["line", "place", "size"],
)
def test_a_spaced_out_line_says_nothing_of_the_next_one(change: dict[str, float]) -> None:
    """Be it below, far beside, or in smaller letters: its own letters touch."""
    title = spaced("REPORT", 9)
    text = list(characters(Typed(text="of all that was done there", base=300)))
    moved = [
        one._replace(
            y=change.get("y", one.y),
            size=change.get("size", one.size),
            left=one.left + 200 * change.get("left", 0.8),
            right=one.right + 200 * change.get("left", 0.8),
        )
        for one in text
    ]

    assert said([*title, *moved]) == ["REPORT", "of", "all", "that", "was", "done", "there"]


def test_a_lowered_figure_belongs_to_its_word() -> None:
    """Some programs lower it by half its size, and print it as large as the letters."""
    h, figure, o = characters(Typed(text="H2O", base=300))

    assert said([h, figure._replace(y=figure.y + 14.5), o]) == ["H2O"]


def test_dots_that_lead_to_a_page_number_are_no_text() -> None:
    """Close dots, which hang on the words, and spaced ones; an ellipsis stays."""
    lines = ("Preview of it.........276", "Counters . . . . . . 18", "and so on...")

    assert said(sheet_of(typed(*lines)).characters) == [
        *("Preview", "of", "it", "276", "Counters", "18", "and", "so", "on..."),
    ]


def test_raised_letters_do_not_raise_their_word() -> None:
    """The figure before them says where the word stands, though they are more."""
    figure, *letters = characters(Typed(text="3rd", base=300))
    raised = [one._replace(y=one.y - 10, size=one.size * 0.8) for one in letters]

    (word,) = words.words([figure, *raised])

    assert (word.text, word.base, word.size) == ("3rd", 300, 30)
