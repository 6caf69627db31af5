"""Takes server-sent events apart while they arrive, in pieces of any size; pure.

Only the field `data` matters here. See https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import codecs
import io
from collections.abc import Iterator


class Events:
    """Reads a stream of events piece by piece."""

    def __init__(self) -> None:
        """Begin before the first byte."""
        letters = codecs.getincrementaldecoder("utf-8-sig")("replace")
        self._decoder = io.IncrementalNewlineDecoder(letters, translate=True)
        self._line: list[str] = []  # pieces of a line that has not ended
        self._data: list[str] = []

    def feed(self, piece: bytes) -> Iterator[str]:
        """Yield the data of each event that this piece completes."""
        first, *more = self._decoder.decode(piece).split("\n")
        self._line.append(first)  # joined once a line: pieces of one byte must not cost a copy each
        for start in more:
            yield from self._take("".join(self._line))
            self._line = [start]

    def end(self) -> Iterator[str]:
        """Yield the data of a last event that no empty line ended: some servers forget it."""
        last = "".join([*self._line, self._decoder.decode(b"", final=True)])
        for line in (*last.split("\n"), ""):
            yield from self._take(line)

    def _take(self, line: str) -> Iterator[str]:
        if line:
            name, _, value = line.partition(":")
            if name == "data":  # a comment has the name ""
                self._data.append(value.removeprefix(" "))
        elif self._data:
            data, self._data = "\n".join(self._data), []
            yield data
