"""Says what a process can see of itself, as one line of JSON: `[RETURN|RAISE|EXIT|INTERRUPT]`."""

import json
import os
import signal
import sys
import threading
from pathlib import Path

import psutil


def portrait() -> dict[str, object]:
    """Return all that was given to this process from outside, but its number."""
    shown = psutil.Process()
    descriptors = list(Path("/proc/self/fd").iterdir())  # and the one it was read through
    return {
        "arguments": sys.argv[1:],
        "name": __name__,
        "original": sys.orig_argv,
        "path": sys.path[0],
        "shown": [word for word in shown.cmdline() if word],
        "environment": dict(os.environ),  # noqa: TID251 - what it was given
        "shown environment": shown.environ(),
        "folder": str(Path.cwd()),
        "open": sorted(int(path.name) for path in descriptors if path.exists()),
        "leads": os.getsid(0) == os.getpgid(0) == os.getpid(),
        "parent": os.getppid(),
        "mask": [int(number) for number in signal.pthread_sigmask(signal.SIG_BLOCK, [])],
        "handlers": {
            number.name: str(getattr(handler, "__name__", handler))
            for number, handler in ((each, signal.getsignal(each)) for each in signal.Signals)
        },
        "umask": os.umask(0o022),
        "threads": [threading.active_count(), len(list(Path("/proc/self/task").iterdir()))],
        "output": [repr(sys.stdout), sys.stdout.line_buffering],
        "input": sys.stdin.read(),
    }


def main(end: str) -> None:
    """Print the portrait and end in one of the ways that a program can."""
    print(json.dumps(portrait()), flush=True)  # noqa: T201 - that is all it is for
    match end:
        case "RAISE":
            message = "as asked for"
            raise ValueError(message)
        case "EXIT":
            sys.exit(7)
        case "INTERRUPT":
            raise KeyboardInterrupt
        case "KILL":
            os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main(sys.argv[1])
