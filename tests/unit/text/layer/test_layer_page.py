"""A sheet becomes Markdown: order, structure, tables, fields and links."""

import pytest

from ocrqueue.text.layer import page
from ocrqueue.text.layer.sheet import Field, FieldKind, Link, Rect, Sheet
from tests.support.sheets import Typed, sheet_of, typed

LEFT = (
    "The committee met on Tuesday and",
    "decided to postpone the vote until",
    "the next session, which will be",
    "held in the spring of the year",
    "that follows, as was proposed by",
    "the members of the council.",
)
RIGHT = (
    "Another matter was the budget of",
    "the library, which had been under",
    "discussion since the autumn; its",
    "head explained once more what is",
    "needed for the new reading room",
    "and for the books on its shelves.",
)


def markdown(sheet: Sheet) -> str:
    return page.markdown(sheet, page.read(sheet)).markdown


def box_at(top: float, *, ticked: bool) -> Field:
    return Field(FieldKind.CHECK, Rect(200, top, 225, top + 25), "", ticked=ticked, size=0.0)


def test_lines_of_a_tall_field_follow_its_label() -> None:
    """Be the label printed beside the field's middle: the first line stands at its height."""
    field = Field(
        FieldKind.TEXT, Rect(500, 250, 1100, 370), "One line\rand two", ticked=False, size=30
    )

    text = markdown(sheet_of([Typed(text="Remarks:", base=320)], fields=(field,)))

    assert " ".join(text.replace("|", " ").split()) == "Remarks: One line and two"


def test_columns_are_read_one_after_the_other() -> None:
    """The left column ends before the right one begins, though the file goes line by line."""
    rows = [
        line
        for at, (left, right) in enumerate(zip(LEFT, RIGHT, strict=True))
        for line in (
            Typed(text=left, base=300 + 36 * at),
            Typed(text=right, base=300 + 36 * at, left=900),
        )
    ]

    text = markdown(sheet_of(rows))

    assert text.index("members of the council") < text.index("Another matter")
    assert "decided to postpone the vote until the next session" in text


def test_a_heading_over_two_columns_comes_first() -> None:
    """What crosses the lane between columns parts what stands above from what stands below."""
    upper = [*typed(*LEFT, base=300), *typed(*RIGHT, base=300, left=900)]
    title = Typed(text="A heading that goes over both columns of it", base=680, size=48)
    lower = [*typed(*LEFT, base=800), *typed(*RIGHT, base=800, left=900)]

    text = markdown(sheet_of([title, *lower, *upper]))

    assert text.count("Another matter") == 2
    assert text.index("shelves") < text.index("# A heading") < text.rindex("The committee met")


def test_a_bold_line_above_text_is_a_heading() -> None:
    """In letters of the same size, weight alone makes the heading."""
    bold = Typed(text="What was decided last week", base=300, bold=True)

    text = markdown(sheet_of([bold, *typed(*LEFT, base=350)]))

    assert text.startswith("### What was decided last week\n\nThe committee met")


def test_a_bold_page_has_no_heading_in_each_line() -> None:
    """Where all text is bold, weight says nothing."""
    lines = [Typed(text=line, base=300 + 36 * at, bold=True) for at, line in enumerate(LEFT)]

    assert "#" not in markdown(sheet_of(lines))


def test_a_ruled_table_is_a_table() -> None:
    """Cells lie between drawn lines, though no gap parts them; a wrapped cell is one."""
    xs, ys = (190, 500, 800), (260, 320, 420)
    rulings = [Rect(xs[0], y, xs[-1], y + 1) for y in ys]
    rulings += [Rect(x, ys[0], x + 1, ys[-1]) for x in xs]
    lines = [
        Typed(text="Name of member", base=300),
        Typed(text="Town", base=300, left=510),
        Typed(text="Johanna", base=355),
        Typed(text="Fitzgerald", base=390),
        Typed(text="Rotterdam", base=355, left=510),
    ]

    text = markdown(sheet_of(lines, rulings=tuple(rulings)))

    assert text == ("| Name of member | Town |\n| --- | --- |\n| Johanna Fitzgerald | Rotterdam |")


def test_a_frame_around_text_is_no_table() -> None:
    """A box with one cell keeps its text as text."""
    level = (Rect(190, 250, 800, 251), Rect(190, 520, 800, 521))
    upright = (Rect(190, 250, 191, 521), Rect(800, 250, 801, 521))

    assert "|" not in markdown(sheet_of(typed(*LEFT), rulings=(*level, *upright)))


def test_boxes_are_ticked_or_not() -> None:
    """The mark stands where the box does, before its words."""
    lines = [Typed(text="Send the newsletter", base=300, left=240)]
    lines += [Typed(text="Send the invoice by post", base=360, left=240)]

    text = markdown(sheet_of(lines, fields=(box_at(275, ticked=True), box_at(335, ticked=False))))

    assert text == "[x] Send the newsletter\n\n[ ] Send the invoice by post"


def test_printed_marks_are_not_taken_for_ticked_boxes() -> None:
    """A page that prints private characters cannot forge a tick or a link."""
    text = markdown(sheet_of([Typed(text="forged \ue100 a\ue102\ue200b\ue103c words", base=300)]))

    assert "[x]" not in text
    assert "](" not in text


def test_a_filled_field_stands_behind_its_label() -> None:
    """What was typed into a form is read where it was typed."""
    fields = (
        Field(
            FieldKind.TEXT, Rect(400, 268, 900, 312), "Johanna Fitzgerald", ticked=False, size=30.0
        ),
    )
    lines = [Typed(text="Name:", base=300), Typed(text="Town:", base=400)]

    assert "Name: Johanna Fitzgerald" in markdown(sheet_of(lines, fields=fields))


def test_a_link_keeps_its_address() -> None:
    """The words above the link's place lead where it leads."""
    lines = [Typed(text="Please see the handbook for more", base=300)]
    link = Link(Rect(200 + 11 * 15, 270, 200 + 23 * 15, 310), "https://example.org/a?b=c d)")

    text = markdown(sheet_of(lines, links=(link,)))

    assert text == "Please see [the handbook](https://example.org/a?b=c%20d%29) for more"


def test_an_address_that_is_printed_stays_as_it_is() -> None:
    """A link on its own address says it twice."""
    lines = [Typed(text="https://example.org is our site", base=300)]
    link = Link(Rect(200, 270, 200 + 19 * 15, 310), "https://example.org")

    assert "](" not in markdown(sheet_of(lines, links=(link,)))


def turned(text: str, x: float) -> Sheet:
    """Return a page of text with a line that runs up so far from its left edge."""
    sheet = sheet_of(typed(*LEFT))
    up = [
        one._replace(x=x, y=1900 - one.x, left=x - 20, right=x + 10, angle=270)
        for one in sheet_of([Typed(text=text, base=1)]).characters
    ]
    up = [one._replace(top=one.y - 15, bottom=one.y) for one in up]
    return Sheet(width=1700, height=2200, characters=(*up, *sheet.characters))


def test_turned_text_comes_last() -> None:
    """A stamp up the margin does not break the text beside it."""
    assert markdown(turned("stamp", 60)).endswith("of the council.\n\nstamp")


@pytest.mark.parametrize(
    ("text", "x", "sure"),
    [
        ("Downloaded from ink.example at 12:00 on Monday 16th May 2019", 60, [1]),
        ("Downloaded from ink.example at 12:00 on Monday 16th May 2019", 850, []),
        ("The share of all the ink that was sold", 60, []),
        ("2010 2020", 60, []),
    ],
    ids=["imprint", "in the middle", "label", "axis"],
)
def test_an_imprint_up_the_margin_is_furniture(text: str, x: float, sure: list[int]) -> None:
    """What publishers print there is left out of a document; labels of charts stay."""
    sheet = turned(text, x)

    written = page.markdown(sheet, page.read(sheet))

    assert [one.block for one in written.margins if one.sure] == sure
    assert text in written.markdown


@pytest.mark.parametrize("count", [1, 0])
def test_a_page_with_hardly_anything_on_it(count: int) -> None:
    """A lone word is the page; without words it is empty."""
    sheet = sheet_of(typed(*["Appendix"] * count))

    assert markdown(sheet) == "Appendix" * count


@pytest.mark.parametrize(
    ("first", "rest", "whole"),
    [("O", "ver the past", "Over the past"), ("A", "new", "A new"), ("A", "fter", "After")],
)
def test_a_large_first_letter_begins_its_word(first: str, rest: str, whole: str) -> None:
    """It stands at the foot of the third line, and belongs to the first one."""
    lines = [Typed(text=first, base=372, size=100), *typed(rest, *LEFT, left=260)]

    assert markdown(sheet_of(lines)).startswith(whole)


def test_japanese_lines_are_joined_without_a_space() -> None:
    """Words of a script without spaces go on in the next line."""
    lines = typed(
        "組版処理の要件の実装を試みるクラスファイル", "と横書きの行が用意されています。", size=32
    )

    assert "クラスファイルと横書き" in markdown(sheet_of(lines))


def test_a_large_bullet_takes_no_words_from_the_next_line() -> None:
    """The row is as large as its letters: what stands a line below is no lowered figure of it."""
    item = ("The committee met on Tuesday and", "decided to postpone the vote")
    lines = [
        Typed(text="·", base=306, left=150, size=56),
        Typed(text=item[0], base=300),
        Typed(text=item[1], base=334),
    ]

    assert " ".join(item) in markdown(sheet_of(lines))


def test_a_sender_at_the_right_comes_before_the_receiver() -> None:
    """What stands above each other is read from the top, though one side is free."""
    sender = typed("Ada Lovelace", "London", base=300, left=1100)
    receiver = typed("Charles Babbage", "Cambridge", base=420)
    date = typed("3 May 1843", base=540, left=1100)
    text = typed("Dear Mr Babbage,", base=660)

    found = markdown(sheet_of([*sender, *receiver, *date, *text]))

    places = [found.index(word) for word in ("Ada", "Charles", "May", "Dear")]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("printed", "said"),
    [
        ("☑ Write,☐ Call", "[x] Write|[ ] Call"),
        ("☒ Write,❏ Call,❐ Pay,❑ Buy,❒ Go", "[x] Write|[ ] Call|[ ] Pay|[ ] Buy|[ ] Go"),
        ("\uf0fe Write,\uf0fd Call", "[x] Write|[x] Call"),  # of the font Wingdings
        ("☑Write,☐Call", "[x]Write|[ ]Call"),  # without a space
        (
            "☐ Call the printer,\ue100 Buy paper",
            "[ ] Call the printer � Buy paper",
        ),  # what no font says is a box
    ],
)
def test_printed_boxes_are_boxes(printed: str, said: str) -> None:
    """Each begins a paragraph; a private sign of the file does not pass for one."""
    assert markdown(sheet_of(typed(*printed.split(",")))).split("\n\n") == said.split("|")


@pytest.mark.parametrize("signs", ["✔✘", "✓✗"])
def test_a_tick_is_no_bullet(signs: str) -> None:
    """It says something where other lines have none or a cross, also below a text."""
    rows = [f"{sign} {word}" for sign, word in zip(signs, ("Resident", "Visitor"), strict=True)]
    items = "\n".join(f"- {row}" for row in rows)

    assert markdown(sheet_of(typed(*rows))) == items
    assert markdown(sheet_of(typed("Of these one holds", *rows))).endswith(f"\n\n{items}")


def rows_of(rows: tuple[tuple[str, ...], ...], lefts: tuple[int, ...]) -> list[Typed]:
    return [
        Typed(text=text, base=300 + 36 * at, left=left)
        for at, row in enumerate(rows)
        for text, left in zip(row, lefts, strict=True)
        if text
    ]


def test_columns_without_lines_may_stand_close() -> None:
    """Figures that follow each other at less than a letter's height are cells of their own."""
    rows = (("Town", "1999", "2000"), ("Bonn", "3318", "1411"), ("Trier", "1106", "1171"))

    text = markdown(sheet_of(rows_of(rows, (200, 400, 482))))

    assert "| Trier | 1106 | 1171 |" in text.splitlines()


def test_cells_of_several_lines_without_lines_between_them() -> None:
    """What stands below a cell but the first, at its edge, goes on in it."""
    rows = (
        ("Item", "What is done", "Cost"),
        ("Roof", "Replace broken tiles", "120"),
        ("", "on the north side and", ""),
        ("", "clean the gutters", ""),
        ("Doors", "Paint them twice", "80"),
    )

    text = markdown(sheet_of(rows_of(rows, (200, 400, 900))))

    whole = "| Roof | Replace broken tiles on the north side and clean the gutters | 120 |"
    assert whole in text.splitlines()
