"""Globs for --include and --exclude: `*`, `?`, `[...]` inside a name, `**` across folders."""

import re
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import PurePath


def matcher(globs: Sequence[str]) -> Callable[[PurePath], bool]:
    """Return a test whether a relative path matches one of the globs.

    A glob without a slash is compared with the bare name, one with a slash with the whole path
    from the folder that was given. `**` stands for any number of folders, a slash at the end is
    ignored. Capital and small letters are the same: scanners write `.PDF`.
    """
    names = [_compile(g) for g in map(_clean, globs) if "/" not in g and "**" not in g]
    paths = [_compile(g) for g in map(_clean, globs) if "/" in g or "**" in g]

    def matches(relative: PurePath) -> bool:
        return any(p.fullmatch(relative.name) for p in names) or any(
            p.fullmatch(relative.as_posix()) for p in paths
        )

    return matches


def _clean(glob: str) -> str:
    return glob.removeprefix("./").lstrip("/").rstrip("/")


_SIGN = r"\*\*/|/\*\*$|\*\*|\*|\?|."
_TOKEN = re.compile(rf"\[!?\]?[^\]]*+(?:\]|\Z)|{_SIGN}", re.DOTALL)
_PLAIN_TOKEN = re.compile(_SIGN, re.DOTALL)
_MEANING = {"**/": "(?:.*/)?", "/**": "/.*", "**": ".*", "*": "[^/]*", "?": "[^/]"}


@cache
def _compile(glob: str) -> re.Pattern[str]:
    sets, bracket, plain = glob.rpartition("]")  # no set begins behind the last bracket
    tokens = [*_TOKEN.findall(sets + bracket), *_PLAIN_TOKEN.findall(plain)]
    return re.compile("".join(map(_translate, tokens)), re.IGNORECASE | re.DOTALL)


def _translate(token: str) -> str:
    if token in _MEANING:
        return _MEANING[token]
    return _translate_set(token[1:-1]) if len(token) > 1 else re.escape(token)


def _translate_set(inside: str) -> str:
    negated = inside.startswith("!")
    body = re.sub(r"([\\\[\]^&~|])", r"\\\1", inside[1:] if negated else inside)
    try:
        re.compile(f"[{body}]")
    except re.error:
        return re.escape(f"[{inside}]")
    return f"[^/{body}]" if negated else f"[{body}]"
