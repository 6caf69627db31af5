"""Facts about what the real Tesseract reads a second time: lost regions, other languages."""

import re
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import text_score
from ocrqueue.backends import tesseract_data, tesseract_program
from ocrqueue.backends.tesseract import Tesseract
from ocrqueue.backends.tesseract_program import Program
from ocrqueue.model.page import PageImage, Reply, Verdict
from ocrqueue.settings.engines import TesseractSettings
from ocrqueue.text import quality
from ocrqueue.text.turning import mirrored, turned
from tests.support.corpus import CORPUS
from tests.support.hocr_pages import Put, hocr
from tests.support.page_images import LETTER, blank, drawn, drawn_file

CASES = CORPUS.parent / "cases"
GERMAN = """Alle Menschen sind frei und gleich an Würde
und Rechten geboren. Sie sind mit Vernunft und
Gewissen begabt und sollen einander im Geist der
Brüderlichkeit begegnen. Jeder hat das Recht auf
Leben, Freiheit und Sicherheit der Person. Die
Bücher über Österreich gehören den Schülern."""
SPANISH = """Todos los seres humanos nacen libres e iguales
en dignidad y derechos y, dotados como est\xe1n de
raz\xf3n y conciencia, deben comportarse los unos
con los otros. Nadie estar\xe1 sometido a esclavitud
ni a servidumbre, la trata de esclavos est\xe1
prohibida en todas sus formas. La se\xf1ora vive en
Espa\xf1a desde el a\xf1o pasado con su ni\xf1o."""

needs_cases = pytest.mark.skipif(not CASES.is_dir(), reason=f"there are no cases at {CASES}")


def soon() -> float:
    return time.monotonic() + 110


def read(image: PageImage, lang: str = "auto") -> Reply:
    backend = Tesseract(TesseractSettings(lang=lang))
    return backend.page_to_markdown(image, deadline=soon())


def test_a_german_page_is_read_in_german(tmp_path: Path) -> None:
    """Its data comes along; nobody has to name the language."""
    image = drawn(tmp_path, GERMAN)

    reply = read(image)

    assert reply.lang == "deu"
    assert text_score.recall(reply.text, GERMAN) == 1.0
    assert quality.judge(reply, image).verdict is Verdict.GOOD


def test_a_page_in_two_languages_is_read_in_both(tmp_path: Path) -> None:
    """Each half has the letters of its own."""
    text = f"{LETTER}\n{GERMAN}"
    image = drawn(tmp_path, text)

    reply = read(image)

    assert set(reply.lang.split("+")) == {"eng", "deu"}
    assert text_score.recall(reply.text, text) > 0.97


def test_a_language_that_was_named_is_obeyed(tmp_path: Path) -> None:
    """Whoever names one wants that one."""
    assert read(drawn(tmp_path, GERMAN), lang="eng").lang == "eng"


@pytest.fixture
def whole(monkeypatch: pytest.MonkeyPatch) -> list[PageImage]:
    """Return what is read by a process of its own from now on: whole pages."""
    images: list[PageImage] = []
    once = tesseract_program.hocr

    def noted(
        program: Program, image: PageImage, arguments: Sequence[str], deadline: float
    ) -> bytes:
        images.append(image)
        return once(program, image, arguments, deadline)

    monkeypatch.setattr(tesseract_program, "hocr", noted)
    return images


def test_an_english_page_is_read_once(tmp_path: Path, whole: list[PageImage]) -> None:
    """Neither its language nor its ink asks for more."""
    reply = read(drawn(tmp_path, LETTER))

    assert (reply.lang, len(whole)) == ("eng", 1)


def test_a_page_that_reads_no_better_turned_is_read_once(
    tmp_path: Path, whole: list[PageImage]
) -> None:
    """A part of it shows that it lies as it should: its letters are others than the engine's."""
    reply = read(mirrored(drawn(tmp_path, LETTER)), lang="eng")

    assert (reply.rotation, len(whole)) == (0, 1)


def test_a_page_on_its_head_is_read_twice(tmp_path: Path, whole: list[PageImage]) -> None:
    """A part of it shows how it has to be turned."""
    reply = read(turned(drawn(tmp_path, LETTER), 180), lang="eng")

    assert (reply.rotation, len(whole)) == (180, 2)


def test_a_page_without_its_language_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Accents are lost also where the engine is sure: doubtful; the remedy names the package."""
    monkeypatch.setattr(tesseract_data.find, "__defaults__", (float("inf"), ()))
    image = drawn(tmp_path, SPANISH)

    judgement = quality.judge(read(image), image)

    assert judgement.verdict is Verdict.DOUBTFUL
    assert "printed in Spanish, read as eng: install tesseract-ocr-spa" in judgement.reason


def test_words_of_another_script_say_what_tells_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """No data that tells scripts comes along; with it, the package of the language is named."""
    said = "Tpacbvueckas Bepcua mporpaMMbl ycTaHOBKH JOCTYMHa TOJIbKO JIA OrpaHM4eHHOrO YHCsIa "
    lines = [[Put(text=said, top=300 + 60 * row, confidence=70)] for row in range(5)]
    monkeypatch.setattr(tesseract_data.find, "__defaults__", (float("inf"), ()))
    monkeypatch.setattr(tesseract_program, "hocr", lambda *_: hocr(lines).encode())
    image = blank(1700, 2200)

    judgement = quality.judge(read(image), image)

    assert judgement.verdict is Verdict.DOUBTFUL
    assert "install tesseract-ocr-osd" in judgement.reason


@pytest.mark.parametrize(
    ("script", "there", "said", "lang"),
    [
        ("Japanese", {"jpn", "jpn_vert"}, {"jpn_vert": "すべての人は法律"}, "jpn_vert"),
        ("Han", {"chi_sim", "chi_tra"}, {"chi_sim+chi_tra": "世界人權宣言"}, "chi_sim+chi_tra"),
        ("Devanagari", {"hin", "mar"}, {"hin": "मानव अधिकारों"}, "hin"),
    ],
)
def test_a_script_that_is_hardly_told_is_read_with_its_data(
    monkeypatch: pytest.MonkeyPatch, script: str, there: set[str], said: dict[str, str], lang: str
) -> None:
    """The engine's measure of it is low where the page is no Latin print; the reading decides."""

    def read_in(_: Program, __: PageImage, arguments: Sequence[str], ___: float) -> bytes:
        text = said.get(arguments[1])
        put = Put(text=(text or "IS ICL") + " ", top=300, confidence=90 if text else 30)
        return hocr(
            [[replace(put, text=put.text * 4, top=300 + 60 * row)] for row in range(5)]
        ).encode()

    told = f"Script: {script}\nScript confidence: 0.02\n".encode()
    monkeypatch.setattr(tesseract_program, "hocr", read_in)
    monkeypatch.setattr(tesseract_program, "_run", lambda *_: told)
    backend = Tesseract(TesseractSettings())
    data = tesseract_data.LanguageData(
        program=Program(path="t"), languages=frozenset({"eng", "osd", *there})
    )
    monkeypatch.setattr(backend, "_data", [data])
    monkeypatch.setattr(backend._lines, "hocr", read_in)

    reply = backend.page_to_markdown(replace(blank(1700, 2200), ink=0.05), deadline=soon())

    assert reply.lang == lang


def scribbled(image: PageImage) -> PageImage:
    """Return the page with pen strokes up and down over its text."""
    pixels, width = bytearray(image.pixels), image.width
    top, bottom, pitch = image.height // 12, image.height // 4, 60
    for x in range(width // 8, width * 7 // 8):
        swing = abs(x % (2 * pitch) - pitch) / pitch
        y = round(top + (bottom - top) * swing)
        for down in range(-6, 7):
            for across in range(-2, 3):
                pixels[(y + down) * width + x + across] = 0
    return replace(image, pixels=bytes(pixels))


def test_text_under_pen_strokes_is_not_silently_lost(tmp_path: Path) -> None:
    """What can be read of it is read, and the page says that it is not all."""
    image = scribbled(drawn(tmp_path, LETTER, dpi=200))

    reply = read(image)

    assert quality.judge(reply, image).verdict is Verdict.DOUBTFUL


def test_dark_print_on_a_panel_is_read(tmp_path: Path) -> None:
    """The engine tells the panel from the paper, and the print from neither."""
    text = "\n".join([LETTER] * 3)
    white = drawn(tmp_path, text, dpi=200)
    rows = range(white.height // 4, white.height // 3)
    panel = bytes(min(level, 120) for level in range(256))
    pixels = b"".join(
        row.translate(panel) if place in rows else row
        for place in range(white.height)
        for row in [white.pixels[place * white.width : (place + 1) * white.width]]
    )

    reply = read(replace(white, pixels=pixels))

    assert text_score.recall(reply.text, text) > 0.97


def test_broken_lines_that_stay_broken_are_doubted(tmp_path: Path) -> None:
    """A second reading that is no better takes nothing back from what the first one shows."""
    sure, unsure = Put(text="The council met on Monday " * 5, top=300), Put(text="tbe vhc", top=300)
    line = hocr([[sure]], pictures=["90 290 1600 500"])
    garbled = hocr([[replace(unsure, left=1500, confidence=70)]] * 2)
    words = "".join(re.findall("<span class='ocrx_word'.*?</span>", garbled))
    page = line.replace("</span></span>", f"</span>{words}</span>")
    (tmp_path / "page").write_text(page)
    (tmp_path / "again").write_text(page.replace("tbe", "lbe").replace("vhc", "yhc"))
    program = tmp_path / "tesseract"
    listed = "case \"$*\" in *--list-langs) printf 'there is:\\neng\\n'; exit;; esac"
    turn = f"cd {tmp_path}; cat > /dev/null; cat page; cp again page"
    program.write_text(f"#!/bin/sh\n{listed}\n{turn}\n")
    program.chmod(0o755)
    row = bytes(([0] * 4 + [255] * 8) * 140 + [255] * 20)
    white = b"\xff" * 1700
    pixels = white * 350 + (row * 24 + white * 16) * 3 + white * 1730
    image = replace(blank(1700, 2200), dpi=200, pixels=pixels, ink=0.05)
    backend = Tesseract(TesseractSettings(tesseract_cmd=str(program)))

    reply = backend.page_to_markdown(image, deadline=time.monotonic() + 60)

    assert reply.doubt.startswith("words at 0, 280 to 1700, 510 of 1700 x 2200 pixels lie under")


@needs_cases
@pytest.mark.parametrize(
    "path",
    [
        "overprint/stamp.pdf",
        "overprint/s_seal.pdf",
        "overprint/s_sign.pdf",
        "overprint/scan_redstamp.jpg",
    ],
)
def test_lines_under_an_overprint_are_read_or_doubted(path: str) -> None:
    """A stamp, a seal or a signature hides no line in silence: most are there, and the place."""
    image = drawn_file(CASES / path)

    reply = read(image)
    judgement = quality.judge(reply, image)

    assert judgement.verdict is Verdict.DOUBTFUL
    assert re.search(r"at \d+, \d+ (to \d+, \d+ )?of", judgement.reason)
    assert "A letter of" in reply.text
    assert "Complai" in reply.text


@needs_cases
def test_text_on_a_coloured_panel_is_read() -> None:
    """The engine takes the panel for a picture, and reads it when it is cut out."""
    image = drawn_file(CASES / "coloured-panel/tallbox.pdf")

    reply = read(image)

    assert text_score.recall(reply.text, "tx annotation Line2 Line3 Line4") == 1.0
    assert quality.judge(reply, image).verdict is Verdict.GOOD
