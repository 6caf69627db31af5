"""Where a secret might be seen: processes as others see them, and all that a queue server holds."""

from pathlib import Path

import psutil
from redis import Redis


def seen_of(process: psutil.Process) -> bytes:
    """Return what other processes see of a process: its arguments and its environment."""
    try:
        told = Path(f"/proc/{process.pid}/cmdline").read_bytes()
        return told + Path(f"/proc/{process.pid}/environ").read_bytes()
    except OSError:
        return b""


def everything_in(client: Redis) -> bytes:
    """Return all keys and values of a server, as it spells them."""
    told: list[object] = []
    for key in client.scan_iter():
        told += [key, client.dump(key)]
        if client.type(key) == b"hash":  # the dump is compressed
            told.append(client.hgetall(key))
    return repr(told).encode()
