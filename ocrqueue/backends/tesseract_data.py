"""Which languages the machine has data for, and where: what comes along, then the system's."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ocrqueue.backends import tesseract_program
from ocrqueue.backends.tesseract_program import Program
from ocrqueue.text import languages

AUTO = "auto"  # the language is recognised on the page
FIRST = "eng"  # what a page is read in before anybody knows its language
SCRIPTS = "osd"  # data that tells scripts apart, no language
# Where packages put their data: Debian and Ubuntu, Fedora and Arch, Homebrew on both kinds of Mac.
SYSTEM = (
    "/usr/share/tesseract-ocr/*/tessdata",
    "/usr/share/tessdata",
    "/usr/share/tesseract/tessdata",
    "/opt/homebrew/share/tessdata",
    "/usr/local/share/tessdata",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageData:
    """A folder of data: the program that uses it, and the languages that it is for."""

    program: Program
    languages: frozenset[str]


def find(
    program: Program, deadline: float = math.inf, system: Sequence[str] = SYSTEM
) -> list[LanguageData]:
    """Return the program's own data, then the system's, as far as there is any.

    A program that knows alone where its data is has to be asked.

    Raises:
        PageError: see `tesseract_program.languages`.
    """
    own = _in(Path(program.tessdata_dir), program)
    if not program.tessdata_dir:
        there = tesseract_program.languages(program, deadline)
        own = LanguageData(program=program, languages=there)
    root = Path("/")
    folders = (
        folder
        for pattern in system
        for folder in sorted(root.glob(pattern.removeprefix("/")), reverse=True)
    )
    others = [_in(folder, program) for folder in folders]
    return [own, *(data for data in others if data.languages)]


def _in(folder: Path, program: Program) -> LanguageData:
    there = frozenset(file.stem for file in folder.glob("*.traineddata"))
    return LanguageData(program=replace(program, tessdata_dir=str(folder)), languages=there)


def that_reads(lang: str, found: Iterable[LanguageData]) -> Program | None:
    """Return the program with data for all of `deu+eng`; None where no folder has all of it."""
    wanted = set(lang.split("+"))
    return next((data.program for data in found if data.languages >= wanted), None)


def first_language(found: Iterable[LanguageData]) -> str:
    """Return the language in which a page is read whose language nobody has named."""
    there = {one for data in found for one in data.languages} - {SCRIPTS}
    return min(there, default=FIRST) if FIRST not in there else FIRST


def missing(lang: str, found: Sequence[LanguageData]) -> list[str]:
    """Return what keeps pages from being read in a language, in words; [] where nothing does."""
    if lang == AUTO:
        lang = first_language(found)
    there = {one for data in found for one in data.languages}
    path, known = found[0].program.path, ", ".join(sorted(there)) or "none"
    if not (without := lacking(lang, found)) and that_reads(lang, found) is None:
        return [f"no folder has data for all of {lang}: {listed(found)}"]
    return [
        f"{path} has no data for language {one!r}; it has: {known}"
        + (f"; {languages.remedy(one)}" if one in languages.NAMES else "")
        for one in without
    ]


def lacking(lang: str, found: Iterable[LanguageData]) -> list[str]:
    """Return those of `deu+eng` that no folder has data for."""
    there = {one for data in found for one in data.languages}
    return [one for one in lang.split("+") if one not in there]


def remedy(lang: str, found: Iterable[LanguageData]) -> str:
    """Return how a user gets what data is lacking of `deu+eng`."""
    return languages.remedy("+".join(lacking(lang, found)) or lang)


def listed(found: Iterable[LanguageData]) -> str:
    """Return the languages and where they are, for a person."""
    return "; ".join(
        f"{', '.join(sorted(data.languages - {SCRIPTS})) or 'none'} in "
        + (data.program.tessdata_dir or f"the folder of {data.program.path}")
        for data in found
    )
