"""Does a reply run in circles? Told while it is still being written, piece by piece; pure.

What gives a loop away: a stretch that comes again and again, with or without a counter in it; one
sign without end; a box or a long line that keeps coming back. How often is too often follows from
how much a stretch says: a row of empty cells may fill a form, a paragraph does not stand on a page
six times. `python -m benchmarks.loop_false_alarms` measures the limits.
"""

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

LONGEST_REPLY = 200_000  # letters; the fullest newspaper page of 233 real replies has 30,000
GRAM = 8  # units that must come again before a period is suspected
LONGEST_SIGN_RUN = 500  # signs; a landscape page of leaders has some 200 in a line ...
LONGEST_SPACED_RUN = 250  # ... and fewer where there is room between: each is a token of a model
MOST_BOXES = 4  # times the same box
LINE_WORDS = 6  # different words a line needs before it counts ...
MOST_LINES = 20  # ... and how often it may come

# Different words in a period, and how often it may come. A page holds only so many table rows.
_MOST = ((13, 5), (6, 11), (3, 24), (1, 60))
_MOST_ROWS = 70  # periods that hold an empty table row
_MOST_NUMBERED_ROWS = 50  # the same with a number in it: rows of a real table say what they count
_MOST_CELL_TOKENS = 240  # of cells without a row, or of rows of one cell: no table has so many
_MOST_FEW_SIGNS = ((2, 140), (4, 90))  # units of another period without a word, and how often ...
_MOST_SIGNS = 400  # ... one of more units
_COUNTING = 3  # with a counter in it, so many times as often ...
_NUMBERED = 5  # ... and with other numbers, so many times as often
_STEPS = 12  # repeats over which a counter must count evenly

# What says next to nothing is packed into next to nothing, also where no period is exact: rows of
# empty cells of ever other lengths. Good pages among 1,202 replies: 0.089 and more; loops: 0.08.
_WINDOW = 400  # units that are packed together ...
_WINDOW_STEP = 100  # ... as often as so many have come
DENSEST = 0.085  # bytes packed, of bytes
LEAST_BEGUN = 0.5  # of the repeats that are too many: then a reply that is not ready goes round
LEAST_SAID = 8  # different words and numbers: a blank form has labels, a table of zeros has rows
_SAID = re.compile(r"(?<!<)(?<!</)[^\W_]+")
_EXACT_ENOUGH = 60  # units in an exact period: there the limits above hold

_LONGEST_UNIT = 32  # letters; what is longer is cut, so that no unit takes long to read
_UNIT = re.compile(
    r"</?[A-Za-z]\w{0,9}[^<>\n]{0,40}>|<\|/?\w{1,20}\|>"  # a tag is one unit
    rf"|[^\W\d_\u2e80-\U0003ffff]{{1,{_LONGEST_UNIT}}}|\d{{1,{_LONGEST_UNIT}}}|\n|\S"
)
_FIRST_WITHOUT_SPACES = "\u2e80"  # from here on a letter is a word
_LONGEST_TAG = 54  # letters: so far from a `<` it is known whether it begins a tag
_NUMBER = "0"  # stands for each number where a counter is looked for
_NUMBERS_IN_BOX = 4
_SHOWN = 10  # units of a stretch in a reason


@dataclass(slots=True)
class _Periodic:
    """Follows a stream of units and the period its end is in, if any."""

    units: list[str] = field(default_factory=list)
    seen: dict[tuple[str, ...], int] = field(default_factory=dict)  # gram -> where it last ended
    period: int = 0
    run: int = 0  # units that equal the one a period before
    checked: int = 0  # the run at which the next look is due

    @property
    def repeats(self) -> int:
        return self.run // self.period + 1

    @property
    def stretch(self) -> Sequence[str]:
        return self.units[-self.period :]

    def add(self, unit: str) -> bool:
        """Take a unit; return whether a look is due: it costs a period, so it comes once a one."""
        here = len(self.units)
        self.units.append(unit)
        self.run = self.run + 1 if self.period and unit == self.units[here - self.period] else 0
        gram = tuple(self.units[-GRAM:])
        if not self.run:
            self.period = here - self.seen.get(gram, here)
            self.run = GRAM if self.period else 0
            self.checked = 2 * self.period
        self.seen[gram] = here
        if not self.period or self.run < self.checked:
            return False
        self.checked = self.run + self.period
        return True


@dataclass(slots=True)
class Loop:
    """Reads along with a reply and says why it loops, as soon as it does.

    What a piece costs follows from its length alone, whatever came before it.
    """

    reason: str | None = None
    _rest: str = ""  # the end of the text, not yet cut into units
    _sign: str = ""
    _sign_run: int = 0
    _line: list[str] = field(default_factory=list)
    _lines: dict[str, int] = field(default_factory=dict)
    _box: list[str] | None = None  # its numbers, inside a <|det|>
    _boxes: dict[tuple[str, ...], int] = field(default_factory=dict)
    _exact: _Periodic = field(default_factory=_Periodic)
    _counted: _Periodic = field(default_factory=_Periodic)
    _values: list[int] = field(default_factory=list)  # of the units of `_counted`

    def feed(self, piece: str) -> str | None:
        """Take the next piece of the reply; return why it loops, or None."""
        if self.reason is None:
            self._rest += piece
            self._read(is_whole=False)
        return self.reason

    def end(self) -> str | None:
        """Say that there is no more; return why the reply loops, or None."""
        if self.reason is None:
            self._read(is_whole=True)
            self._end_line()
        return self.reason

    def begun(self) -> str:
        """Return what goes round now and may become a loop; "" where nothing does."""
        for stream in (self._exact, self._counted):
            if stream.period and stream.repeats > LEAST_BEGUN * _most(stream.stretch):
                return f"the same came {stream.repeats} times: {_shown(stream.stretch)}"
        if self._sign_run > LEAST_BEGUN * LONGEST_SPACED_RUN:
            return f"{self._sign[:1]!r} came {self._sign_run} times in a row"
        return ""

    def _look_at_recent(self) -> None:
        """Look whether the last units say anything, where no exact period speaks for itself."""
        recent = self._exact.units[-_WINDOW:]
        if len(recent) < _WINDOW or self._exact.run >= _EXACT_ENOUGH:
            return
        text = "".join(recent)
        packed = text.encode("utf-8", "surrogatepass")
        if sum(unit[0] == "<" or unit.isalnum() for unit in recent) < _WINDOW // 2:
            return  # a form, a leader: signs may say nothing for so long
        is_dense = len(zlib.compress(packed)) < DENSEST * len(packed)
        if is_dense and len(set(_SAID.findall(text))) < LEAST_SAID:
            self.reason = f"{len(recent)} signs, tags and words say next to nothing"

    def _read(self, *, is_whole: bool) -> None:
        """Look at the units of the rest; while more may come, not at one that it may change."""
        text, position = self._rest, 0
        while self.reason is None and (found := _UNIT.search(text, position)):
            is_open = found[0] == "<" and len(text) - found.start() < _LONGEST_TAG
            if not is_whole and (is_open or found.end() == len(text)):
                self._rest = text[max(position, found.start() - 1) :]  # with its space
                return
            self._look_at(found[0], is_spaced=found.start() > position)
            position = found.end()
        self._rest = text[-1:] if text[position:].isspace() else ""

    def _look_at(self, unit: str, *, is_spaced: bool) -> None:
        self._follow_box(unit)
        if unit in {"\n", "</tr>"}:
            self._end_line()
        else:
            self._line.append(unit)
        if self._is_more_of_a_sign(unit, is_spaced=is_spaced):
            return
        number = unit.isdecimal()
        self._values.append(int(unit) if number else 0)
        if self._exact.add(unit):
            self._weigh(self._exact, times=1)
        if self.reason is None and len(self._exact.units) % _WINDOW_STEP == 0:
            self._look_at_recent()
        if self._counted.add(_NUMBER if number else unit) and _NUMBER in self._counted.stretch:
            self._weigh(self._counted, times=_COUNTING if self._counts() else _NUMBERED)

    def _follow_box(self, unit: str) -> None:
        if unit in ("<|det|>", "<|/det|>"):
            self._box = [] if unit == "<|det|>" else None
        elif self._box is None:
            return
        elif unit.isdecimal():
            self._box = [*self._box[-_NUMBERS_IN_BOX:], unit]
        elif unit == "]":
            box, self._box = tuple(self._box), []
            times = self._boxes[box] = self._boxes.get(box, 0) + 1
            if len(box) == _NUMBERS_IN_BOX and times > MOST_BOXES:
                self.reason = f"the box {', '.join(box)} comes {times} times"

    def _end_line(self) -> None:
        line, self._line = self._line, []
        if len(_words(line)) < LINE_WORDS:
            return
        text = " ".join(line)
        times = self._lines[text] = self._lines.get(text, 0) + 1
        if times > MOST_LINES:
            self.reason = f"a line comes {times} times: {_shown(line)}"

    def _is_more_of_a_sign(self, unit: str, *, is_spaced: bool) -> bool:
        """Whether the unit only makes a run of one sign longer; such a run counts as one unit."""
        is_sign = len(unit) == _LONGEST_UNIT or (len(unit) == 1 and not unit.isalnum())
        if not is_sign or unit != self._sign:
            self._sign, self._sign_run = (unit if is_sign else ""), len(unit)
            return False
        self._sign_run += len(unit)
        if self._sign_run > (LONGEST_SPACED_RUN if is_spaced else LONGEST_SIGN_RUN):
            self.reason = f"{unit[0]!r} comes {self._sign_run} times in a row"
        return True

    def _weigh(self, stream: _Periodic, *, times: int) -> None:
        stretch = stream.stretch
        if stream.repeats > times * _most(stretch):
            self.reason = f"the same comes {stream.repeats} times: {_shown(stretch)}"

    def _counts(self) -> bool:
        """Whether each number of the period grows evenly, or stays, over the last repeats."""
        period = self._counted.period
        recent = self._values[-period * min(_STEPS, self._counted.repeats) :]
        slots = (recent[slot::period] for slot in range(period))
        return all(len({b - a for a, b in pairwise(slot)}) <= 1 for slot in slots)


def check(text: str) -> str | None:
    """Return why a whole reply loops, or None."""
    loop = Loop()
    return loop.feed(text) or loop.end()


def _most(stretch: Sequence[str]) -> int:
    """Return how often a stretch may come in a row."""
    words = len(_words(stretch))
    for least, most in _MOST:
        if words >= least:
            return most
    cells = sum(unit.startswith(("<td", "<th")) for unit in stretch)
    is_row = any(unit.startswith("<tr") for unit in stretch)
    if cells and (cells == 1 or not is_row):
        return _MOST_CELL_TOKENS // sum(map(_tokens, stretch))
    if is_row:
        return _MOST_NUMBERED_ROWS if any(map(str.isdecimal, stretch)) else _MOST_ROWS
    return next((most for units, most in _MOST_FEW_SIGNS if len(stretch) <= units), _MOST_SIGNS)


def _tokens(unit: str) -> int:
    """Return about how many tokens a model spells a unit with."""
    return 1 + len(unit) // 3 if unit[0] == "<" else 1


def _words(units: Sequence[str]) -> set[str]:
    """Return the different words among the units."""
    return {
        unit.casefold()
        for unit in units
        if unit.isalpha() and (len(unit) > 1 or unit >= _FIRST_WITHOUT_SPACES)
    }


def _shown(units: Sequence[str]) -> str:
    text = " ".join(unit for unit in units[:_SHOWN] if unit != "\n")
    return text if len(units) <= _SHOWN else f"{text} …"
