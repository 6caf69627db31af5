"""Are the boxes of a scanned form read, and which of them are ticked? Forms are drawn for this.

    python -m benchmarks.forms [--forms 16] [--seed 1] [--each]

A box is right where its label comes out with `[x]` or `[ ]` as it was drawn, wrong with the other.
"""

import argparse
import random
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter, ImageFont
from rapidfuzz import fuzz

from benchmarks import corpus, readers

LABELS = [
    "Single",
    "Married",
    "Divorced",
    "Widowed",
    "Full time",
    "Part time",
    "Self-employed",
    "Retired",
    "Under 18 years",
    "18 to 64 years",
    "65 years or older",
    "Prefer not to say",
    "Passport",
    "Driving licence",
    "Identity card",
    "Bank transfer",
    "Credit card",
    "Invoice by post",
    "Birth certificate",
    "No known allergies",
    "Penicillin",
    "Peanuts",
    "Latex",
    "Lamps replaced",
    "Oil level in order",
    "Fire exits are free",
    "Heating checked",
    "Send me the newsletter",
    "I have read the terms",
    "Other (please explain)",
]
SENTENCE = (
    "The applicant declares that all answers are complete and true to the best of his knowledge."
)
PENS = ("cross", "wide cross", "tick", "wide tick", "scrawl")
WEAR = ("clean", "askew", "noisy", "pressed")
PRESSED = 150  # brightness; what is darker is ink where the engine of a copier presses hard
SURE = 70  # of 100: a label is this one
_MARK = re.compile(r"\[([ x])\]")


def main() -> None:
    """Draw forms, read them as pictures, and print what became of their boxes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--forms", type=int, default=16)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--each", action="store_true", help="print each form as well")
    given = parser.parse_args()
    chance = random.Random(given.seed)  # noqa: S311 - the same forms each time
    total = Counter[str]()
    with tempfile.TemporaryDirectory() as folder, readers.reader("tesseract") as reader:
        for number in range(given.forms):
            path = Path(folder, f"{number}.png")
            drawn, kind = _draw(path, chance)
            form = corpus.Document(path=str(path), kind="form", pages=1, truth="")
            read = reader.read(form, 1)
            found = _judged(read.text, drawn)
            total += found
            if given.each:
                print(f"{kind}: {dict(found)}, {read.verdict}, {read.cpu_s:.1f} CPU s")
    print(f"{given.forms} forms: {total.total()} boxes, {dict(total)}")


def _draw(path: Path, chance: random.Random) -> tuple[Mapping[str, bool], str]:
    """Draw a form; return which of its labels are ticked, and of what kind it is."""
    dpi, wear = chance.choice((150, 200, 300)), chance.choice(WEAR)
    places = chance.choice(("before", "after", "three", "columns"))
    size = round(chance.choice((9, 10, 11, 12)) * dpi / 72)
    side, pen = round(size * chance.choice((0.8, 0.95, 1.1))), max(1, round(dpi / 72 * 0.7))
    font = ImageFont.load_default(size)
    image = Image.new("L", (round(8.27 * dpi), round(11.69 * dpi)), chance.choice((255, 240)))
    draw = ImageDraw.Draw(image)
    columns = {"before": 1, "after": 2, "three": 3, "columns": 2}[places]
    pens, ticked = chance.sample(PENS, 2), {}
    draw.text((dpi, dpi * 0.7), SENTENCE, font=font, fill=0)
    for number, label in enumerate(chance.sample(LABELS, len(LABELS))):
        left = dpi + number % columns * 6.3 * dpi / columns
        top = dpi * 1.2 + number // columns * size * 1.8
        text = left if places == "after" else left + side + size * 0.5
        draw.text((text, top), label, font=font, fill=0)
        if places == "after":
            left += draw.textlength(label, font=font) + size * 0.5
        ticked[label] = chance.random() < 0.4  # noqa: PLR2004
        box = (round(left), round(top + size * 1.1) - side)
        draw.rectangle((*box, box[0] + side, box[1] + side), outline=0, width=pen)
        if ticked[label]:
            _tick(draw, box, side, chance.choice(pens), chance)
    _worn(image, wear, dpi, chance).save(path, dpi=(dpi, dpi))
    return ticked, f"{dpi} dpi, {wear}, {places}"


def _tick(
    draw: ImageDraw.ImageDraw, box: tuple[int, int], side: int, pen: str, chance: random.Random
) -> None:
    def line(*shares: tuple[float, float]) -> None:
        ends = [(box[0] + across * side, box[1] + down * side) for across, down in shares]
        draw.line(ends, fill=20, width=max(2, side // 9))

    out = 0.2 if "wide" in pen else -0.18
    if "cross" in pen:
        line((-out, -out), (1 + out, 1 + out))
        line((1 + out, -out), (-out, 1 + out))
    elif "tick" in pen:
        line((0.2, 0.5), (0.45, 0.8), (0.9 + out, -out))
    else:
        line(*((chance.uniform(0.15, 0.85), chance.uniform(0.15, 0.85)) for _ in range(7)))


def _worn(image: Image.Image, wear: str, dpi: int, chance: random.Random) -> Image.Image:
    if wear == "clean":
        return image
    paper = image.getpixel((1, 1))
    turned = image.rotate(chance.uniform(-0.8, 0.8), Image.Resampling.BICUBIC, fillcolor=paper)
    if wear == "askew":
        return turned
    blurred = turned.filter(ImageFilter.GaussianBlur(dpi / 300))
    if wear == "noisy":
        return Image.blend(blurred, Image.effect_noise(image.size, 30), 0.12)
    return blurred.point([0 if level < PRESSED else 255 for level in range(256)])


def _judged(text: str, drawn: Mapping[str, bool]) -> Counter[str]:
    """Count what became of the boxes; labels stand behind all of them, or before all."""
    pieces = [piece.replace("|", "\n").strip() for piece in _MARK.split(text)]
    ticked = [mark == "x" for mark in _MARK.findall(text)]
    behind = list(zip((piece.partition("\n")[0] for piece in pieces[2::2]), ticked, strict=True))
    before = list(zip((piece.rpartition("\n")[2] for piece in pieces[:-1:2]), ticked, strict=True))
    counts = [_count(behind, drawn, _begins), _count(before, drawn, _ends)]
    return max(counts, key=lambda count: count["right"])


def _begins(seen: str, label: str) -> float:
    return fuzz.ratio(seen.strip()[: len(label) + 1], label)


def _ends(seen: str, label: str) -> float:
    return fuzz.ratio(seen.strip()[-len(label) - 1 :], label)


def _count(
    found: Sequence[tuple[str, bool]],
    drawn: Mapping[str, bool],
    alike: Callable[[str, str], float],
) -> Counter[str]:
    count = Counter[str]()
    for label, is_ticked in drawn.items():
        likeness, seen = max(
            ((alike(one, label), mark) for one, mark in found), default=(0.0, False)
        )
        count["lost" if likeness < SURE else "right" if seen == is_ticked else "wrong"] += 1
    return count


if __name__ == "__main__":
    main()
