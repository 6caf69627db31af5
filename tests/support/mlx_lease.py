"""Ends this process's lease on computing with MLX, as its end would."""

import os

from ocrqueue.backends.deepseek_mlx import machine_lock


def give_back() -> None:
    """Let another process have the lease."""
    if (file := machine_lock._held.pop(os.getpid(), None)) is not None:
        os.close(file)
