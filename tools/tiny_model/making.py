"""Writes a tiny model's folder: at once what follows from its texts, slowly what is learnt."""

import shutil
from pathlib import Path

from tools.tiny_model import checkpoint, sight
from tools.tiny_model.pages import LOOP, document, pages
from tools.tiny_model.train import train

PROJECTOR = "projector.layers.weight"
PYTHON = Path(__file__).parents[2] / "tests/data/tiny-deepseekocr/checkpoint/tiny_deepseekocr.py"


def rebuild(folder: Path) -> None:
    """Write the pages, the expected texts and a checkpoint that has learnt nothing."""
    (folder / "expected").mkdir(parents=True, exist_ok=True)
    (folder / "checkpoint").mkdir(exist_ok=True)
    (folder / "pages.pdf").write_bytes(document())
    for name, page in pages().items():
        for grounded, ending in ((False, "md"), (True, "grounded.txt")):
            said = "" if name == LOOP else page.said(grounded=grounded)
            (folder / "expected" / f"{name}.{ending}").write_text(said, "utf-8")
    shutil.copyfile(PYTHON, folder / "checkpoint" / checkpoint.MODEL_FILE)
    checkpoint.write_configuration(folder / "checkpoint")
    blank = checkpoint.untrained(folder / "checkpoint")
    checkpoint.write_weights(folder / "checkpoint", blank)


def learn(folder: Path, steps: int) -> None:
    """Train from nothing, or from where the training in this folder got to; write the weights."""
    rebuild(folder)
    learnt = train(folder / "checkpoint", folder, steps)
    blank = checkpoint.untrained(folder / "checkpoint")
    projector = {PROJECTOR: sight.through_clip(learnt[PROJECTOR])}
    checkpoint.write_weights(folder / "checkpoint", {**blank, **learnt, **projector})
