"""`ocrqueue`, and `python -m ocrqueue`: the first act is to take no module from the current folder.

What Python itself has imported before is out of our hands: see docs/SECURITY.md.
"""

import os
import sys

OURS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120 - pathlib is not imported yet


def main() -> None:
    """Run the command line."""
    leave_current_folder_out()
    from ocrqueue.cli import main as run  # noqa: PLC0415 - not before the line above

    run()


def leave_current_folder_out() -> None:
    """Take the current folder from where Python looks for modules, for its children as well.

    `python -m` puts it first, and so does an empty entry of PYTHONPATH. What comes after the
    standard library was installed.
    """
    os.environ["PYTHONSAFEPATH"] = "1"  # noqa: TID251 - libraries start Pythons too, on macOS
    standard = os.path.dirname(os.__file__)  # noqa: PTH120
    given = sys.path.index(standard) if standard in sys.path else len(sys.path)
    sys.path[:given] = [entry for entry in sys.path[:given] if entry == OURS or not _is_here(entry)]


def _is_here(entry: str) -> bool:
    try:
        return os.path.samefile(entry or ".", ".")  # noqa: PTH121
    except OSError:
        return not os.path.isabs(entry)  # noqa: PTH117


if __name__ == "__main__":
    main()
