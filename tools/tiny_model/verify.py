"""Does the model know its pages? Through mlx-vlm's own loader and generation, put right."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any

import mlx_vlm
import pypdfium2
from mlx_vlm.prompt_utils import apply_chat_template
from PIL import Image

from ocrqueue.backends.deepseek_mlx import vision
from tools.tiny_model import vocabulary
from tools.tiny_model.pages import LOOP, pages
from tools.tiny_model.views import MODES, compressed, drawn, grainy, turned

MOST_TOKENS = 300
LOOPING = 20  # rows that show it
PROMPTS = {True: vocabulary.GROUNDED, False: vocabulary.FREE}  # by whether there are to be boxes

Change = Callable[[Image.Image], Image.Image]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A way to draw a page."""

    name: str
    dpi: int = 144
    change: Change | None = None
    must_hold: bool = True


FEW = tuple(Drawing(name=f"{dpi} dpi", dpi=dpi) for dpi in (110, 144, 180, 250))
MANY = (
    *FEW,
    Drawing(name="grey", change=lambda picture: picture.convert("L")),
    Drawing(name="JPEG 40", change=partial(compressed, quality=40)),
    Drawing(name="90 dpi", dpi=90, must_hold=False),
    Drawing(name="noise", change=partial(grainy, deviation=20, seed=99), must_hold=False),
    Drawing(name="half a degree", change=partial(turned, degrees=0.5), must_hold=False),
    Drawing(
        name="2 % cut off",
        change=lambda p: p.crop((p.width // 50, p.height // 50, p.width, p.height)),
        must_hold=False,
    ),
)


def verify(data: Path, drawings: tuple[Drawing, ...]) -> int:
    """Print how many answers are exact; return 1 if one is not that has to be."""
    model = _Model(data / "checkpoint")
    failed = False
    for drawing in drawings:
        counts = []
        for mode in MODES:
            wrong = list(_wrong(model, data / "pages.pdf", drawing, mode))
            counts.append(f"{mode} {2 * len(pages()) - len(wrong)}/{2 * len(pages())}")
            failed |= drawing.must_hold and bool(wrong)
            if drawing.must_hold:
                counts += wrong
        print(f"{drawing.name}: {', '.join(counts)}", flush=True)
    return int(failed)


def _wrong(model: "_Model", file: Path, drawing: Drawing, mode: str) -> Iterator[str]:
    """Yield the pages that are not answered to the letter."""
    with pypdfium2.PdfDocument(file) as opened:
        pictures = [drawn(page, drawing.dpi) for page in opened]
    for page, plain in zip(pages().values(), pictures, strict=True):
        picture = drawing.change(plain) if drawing.change else plain
        for grounded, prompt in PROMPTS.items():
            text, reason = model.answer(picture, prompt, MODES[mode])
            if page.name == LOOP:
                right = reason == "length" and text.count("<tr><td>0</td></tr>") > LOOPING
            else:
                right = (text, reason) == (page.said(grounded=grounded), "stop")
            if not right:
                yield f"({page.name}, {prompt} -> {text[:60]!r}, {reason})"


class _Model:
    def __init__(self, folder: Path) -> None:
        with redirect_stdout(StringIO()):
            self._model, self._processor = mlx_vlm.load(str(folder))
        vision.put_right(self._model)

    def answer(self, picture: Image.Image, prompt: str, mode: Mapping[str, Any]) -> tuple[str, str]:
        """Return the answer, and why it ended."""
        with redirect_stdout(StringIO()):
            said = mlx_vlm.generate(
                self._model,
                self._processor,
                apply_chat_template(self._processor, self._model.config, prompt, num_images=1),
                image=[picture],
                max_tokens=MOST_TOKENS,
                **mode,
            )
        return str(said.text), str(said.finish_reason)
