"""Imports structlog without rich, which it takes along where it finds it.

rich would draw tracebacks; those in our logs are plain text. It costs 0.25 CPU s of every process.
"""

import sys

if "rich" in sys.modules:
    import structlog
else:
    sys.modules["rich"] = None  # type: ignore[assignment]  # its import fails, as structlog foresees
    import structlog

    del sys.modules["rich"]

__all__ = ["structlog"]
