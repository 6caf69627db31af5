"""Makes a tiny model: `rebuild` writes all but what is learnt, `train` that too, `verify` looks."""

from tools.tiny_model import blas  # noqa: F401, I001 - before mlx

import argparse
import sys
from pathlib import Path

from tools.tiny_model.making import learn, rebuild
from tools.tiny_model.train import STEPS
from tools.tiny_model.verify import FEW, MANY, verify

MADE = Path("build") / "tiny-model"


def main() -> int:
    """Do what is asked; return the exit code."""
    asked = _parser().parse_args()
    match asked.command:
        case "rebuild":
            rebuild(asked.folder)
        case "train":
            learn(asked.folder, asked.steps)
        case _:
            return verify(asked.folder, MANY if asked.thorough else FEW)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.tiny_model", description=__doc__)
    parser.add_argument("command", choices=("rebuild", "train", "verify"))
    parser.add_argument("folder", type=Path, nargs="?", default=MADE, help=f"default: {MADE}")
    parser.add_argument("--steps", type=int, default=STEPS, help="of the training")
    parser.add_argument("--thorough", action="store_true", help="verify with worse pictures too")
    return parser


if __name__ == "__main__":
    sys.exit(main())
