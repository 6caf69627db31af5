"""The tiny model with a will of its own: its checkpoint's Python also does what a test wants."""

from pathlib import Path

from tests.support.tiny_model import CHECKPOINT

CODE = "tiny_deepseekocr.py"
# `life` counts the processes that loaded it, `page` what was asked of it (0: the warm-up), `step`
# the tokens of that page.
WILL = """

from pathlib import Path

LIVES = Path({lives!r})
with LIVES.open("a") as file:
    file.write("x")
life = LIVES.stat().st_size
page, step = -1, 0


def act():
{act}


class Unruly(LanguageModel):
    def __call__(self, inputs, *args, **options):
        global page, step
        if inputs.shape[1] > 1:
            page, step = page + 1, 0
        step += 1
        act()
        return super().__call__(inputs, *args, **options)


_plain = Model.__init__


def _init(self, config):
    _plain(self, config)
    self.language_model.__class__ = Unruly


Model.__init__ = _init
"""


def unruly_checkpoint(folder: Path, act: str) -> Path:
    """Return a checkpoint in a new folder that runs `act` before each token it writes."""
    folder.mkdir()
    for file in filter(Path.is_file, CHECKPOINT.iterdir()):
        (folder / file.name).symlink_to(file)
    code = folder / CODE
    code.unlink()
    body = "\n".join(f"    {line}" for line in act.strip().splitlines())
    will = WILL.format(lives=str(folder / "lives"), act=body)
    code.write_text((CHECKPOINT / CODE).read_text() + will)
    return folder
