"""What pages are known to say: texts that a user keeps beside them, in a folder of the same shape.

For `sub/name.pdf` these count: `sub/name.jsonl` with an object {"page": 3, "text": "..."} a line,
`sub/name.p3.md` or `.txt` for one page, `sub/name.md` or `.txt` for a document of one page.
"""

import json
from pathlib import Path, PurePath

from ocrqueue.model.errors.operator import UsageError

ENDINGS = (".md", ".txt")


def of_page(folder: Path | None, relative: PurePath, page: int, *, pages: int) -> str | None:
    """Return what a page of the document says, or None where nobody wrote it down.

    The texts lie in `folder`; None: nowhere. The document has so many `pages`.

    Raises:
        UsageError: there is a text that cannot be read.
    """
    if folder is None:
        return None
    base = folder / relative.with_suffix("")
    names = [f"{base.name}.p{page}{ending}" for ending in ENDINGS]
    if pages == 1:
        names += [f"{base.name}{ending}" for ending in ENDINGS]
    try:
        for path in (base.with_name(name) for name in names):
            if path.is_file():
                return path.read_text("utf-8")
        return _in_lines(base.with_name(f"{base.name}.jsonl"), page)
    except (OSError, ValueError, KeyError, TypeError) as error:
        message = f"the truth about {relative} page {page} cannot be read: {error}"
        raise UsageError(message) from error


def _in_lines(path: Path, page: int) -> str | None:
    if not path.is_file():
        return None
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.strip() and (entry := json.loads(line))["page"] == page:
                return str(entry["text"])
    return None
