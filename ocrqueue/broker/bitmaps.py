"""A document's bitmaps in Redis: bit n stands for page n."""

from typing import Any

from ocrqueue.broker import keys
from ocrqueue.broker.connection import raw
from ocrqueue.model.document import MOST_PAGES


def read(client: Any, document: str, state: str) -> bytes:
    """Return the bitmap of a state, as far as a document can have pages."""
    return raw(client.getrange(keys.bitmap(document, state), 0, MOST_PAGES // 8))


def has(value: bytes, page: int) -> bool:
    """Return whether the bit of a page is set."""
    byte, place = divmod(page, 8)
    return byte < len(value) and bool(value[byte] & (0x80 >> place))


def pages(value: bytes) -> list[int]:
    """Return the pages whose bits are set, sorted."""
    return [
        byte * 8 + bit
        for byte, number in enumerate(value)
        if number
        for bit in range(8)
        if number & (0x80 >> bit)
    ]


def count(value: bytes) -> int:
    """Return how many bits are set."""
    return int.from_bytes(value, "big").bit_count()
