"""All regular expressions of the project, and texts that are made to keep each of them busy."""

import ast
import functools
import importlib
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from re import _constants as op  # type: ignore[attr-defined]  # isort: skip
from re import _parser as parser  # type: ignore[attr-defined]  # isort: skip

ROOT = Path(__file__).parents[2]
FOLDERS = ("ocrqueue", "workers", "demo", "benchmarks", "tools")
WAYS = frozenset({"search", "match", "fullmatch", "sub", "subn", "split", "findall", "finditer"})
_UNKNOWN = frozenset({"match", "search", "fullmatch"})  # where a pattern is used by another name
_MOST_SAMPLES = 12
_SOME = 20  # of what may be many
_MOST_REPEATS = 3  # of a part, in a sample


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """A regular expression, where it stands, and the ways in which it is used."""

    place: str
    compiled: "re.Pattern[Any]"
    ways: frozenset[str]


@functools.cache
def patterns() -> tuple[list[Pattern], list[str]]:
    """Return all patterns, and where one stands that is only made at run time."""
    found, unknown = [], []
    for path in sources():
        text, module = path.read_text(), None
        if "import re\n" not in text:
            continue
        for call, name in _calls(ast.parse(text)):
            module = module or _imported(path)
            place = f"{path.relative_to(ROOT)}:{call.lineno}"
            if (compiled := _made(call, module)) is None:
                unknown.append(place)
                continue
            ways = _ways(name, path) if name else {_called(call)} & WAYS
            found.append(Pattern(place=place, compiled=compiled, ways=frozenset(ways) or _UNKNOWN))
    return found, unknown


def sources() -> list[Path]:
    """Return all Python files of the project but its tests."""
    return [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]


def attacks(compiled: "re.Pattern[Any]") -> list[tuple[Any, Any, Any]]:
    """Return what begins, fills and ends a text, made of a pattern's own parts."""
    text = compiled.pattern if isinstance(compiled.pattern, str) else compiled.pattern.decode()
    chance = random.Random(ascii(text))  # noqa: S311 - the same in each run
    tree = parser.parse(text, compiled.flags & ~re.UNICODE & ~re.DEBUG)
    signs = [*dict.fromkeys([*_signs(tree), " ", "\n", "a"])][:40]
    samples = [*dict.fromkeys(filter(None, (_sample(tree, chance) for _ in range(_MOST_SAMPLES))))]
    begins = [*dict.fromkeys(s[:n] for s in samples for n in range(1, min(len(s), 12) + 1))]
    pairs = [a + b for a in signs for b in signs if a != b]
    parts = [*signs, *samples, *_some(begins, chance), *_some(pairs, chance)]
    starts = ["", *_some(begins, chance)]
    found = [(chance.choice(starts), part, "\x00") for part in dict.fromkeys(parts)]
    if isinstance(compiled.pattern, bytes):
        return [tuple(piece.encode("utf-8") for piece in each) for each in found]  # type: ignore[misc]
    return found


def busy(pattern: Pattern, way: str, text: Any) -> None:
    """Use a pattern on a text, to the end."""
    use = getattr(pattern.compiled, way)
    if way in ("sub", "subn"):
        use("" if isinstance(text, str) else b"", text)
    elif way == "finditer":
        for _ in use(text):
            pass
    else:
        use(text)


def _calls(tree: ast.Module) -> Iterator[tuple[ast.Call, str]]:
    """Yield each call of `re`, and the name that its pattern has got."""
    names = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Call):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            names[node.value] = target.id if isinstance(target, ast.Name) else ""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _called(node) in WAYS | {"compile"}:
            yield node, names.get(node, "")


def _called(call: ast.Call) -> str:
    """Return the function of `re` that is called; "" for any other."""
    match call.func:
        case ast.Attribute(value=ast.Name(id="re"), attr=name):
            return name
    return ""


def _imported(path: Path) -> ModuleType:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return importlib.import_module(".".join(parts).removesuffix(".__init__"))


def _made(call: ast.Call, module: ModuleType) -> "re.Pattern[Any] | None":
    flags = [word.value for word in call.keywords if word.arg == "flags"]
    if _called(call) == "compile":
        flags += call.args[1:2]
    try:
        values = [
            eval(compile(ast.Expression(part), "", "eval"), vars(module))  # noqa: S307 - our own
            for part in [call.args[0], *flags]
        ]
    except NameError:
        return None
    return re.compile(values[0], *values[1:])


def _ways(name: str, path: Path) -> set[str]:
    use = re.compile(rf"\b{re.escape(name)}\.({'|'.join(WAYS)})\b")
    places = [path] if name.startswith("_") else sources()
    return {way for place in places for way in use.findall(place.read_text())}


def _some(texts: Sequence[str], chance: random.Random) -> Sequence[str]:
    return chance.sample(texts, min(len(texts), _SOME))


def _signs(tree: Any) -> Iterator[str]:
    """Yield a character for each literal and each class of a pattern."""
    for kind, value in tree:
        match kind:
            case op.LITERAL:
                yield chr(value)
            case op.NOT_LITERAL | op.ANY:
                yield "a"
            case op.IN:
                yield from _members(value)
            case _:
                for part in _inside(kind, value):
                    yield from _signs(part)


def _inside(kind: Any, value: Any) -> Iterator[Any]:
    match kind:
        case op.BRANCH:
            yield from value[1]
        case op.SUBPATTERN:
            yield value[-1]
        case op.MAX_REPEAT | op.MIN_REPEAT | op.POSSESSIVE_REPEAT:
            yield value[2]
        case op.ASSERT | op.ASSERT_NOT:
            yield value[1]
        case op.ATOMIC_GROUP:
            yield value


_CLASSES = {
    op.CATEGORY_DIGIT: "7",
    op.CATEGORY_SPACE: " ",
    op.CATEGORY_WORD: "w",
    op.CATEGORY_NOT_DIGIT: "d",
    op.CATEGORY_NOT_SPACE: "s",
    op.CATEGORY_NOT_WORD: "~",
}


def _members(value: Any) -> Iterator[str]:
    negated = value[0][0] is op.NEGATE
    inside = []
    for kind, member in value[1:] if negated else value:
        match kind:
            case op.LITERAL:
                inside.append(chr(member))
            case op.RANGE:
                inside.append(chr(member[0]))
            case op.CATEGORY:
                inside.append(_CLASSES.get(member, "a"))
    if negated:
        yield next(sign for sign in "a7 .~-x=" if sign not in inside)
    yield from inside[:6]


def _sample(tree: Any, chance: random.Random) -> str:
    """Return a text that a pattern takes, or nearly so."""
    pieces = []
    for kind, value in tree:
        match kind:
            case op.LITERAL:
                pieces.append(chr(value))
            case op.NOT_LITERAL | op.ANY:
                pieces.append("a")
            case op.IN:
                pieces.append(chance.choice([*_members(value)] or ["a"]))
            case op.BRANCH:
                pieces.append(_sample(chance.choice(value[1]), chance))
            case op.MAX_REPEAT | op.MIN_REPEAT | op.POSSESSIVE_REPEAT:
                least, most, inner = value
                times = chance.randint(least, max(least, min(int(most), _MOST_REPEATS)))
                pieces += [_sample(inner, chance) for _ in range(times)]
            case op.SUBPATTERN | op.ATOMIC_GROUP:
                pieces += [_sample(part, chance) for part in _inside(kind, value)]
    return "".join(pieces)
