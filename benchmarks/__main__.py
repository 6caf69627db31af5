"""Runs all benchmarks, or one: `python -m benchmarks [NAME [OPTIONS]]`.

Each prints ratios, and takes minutes at its default size. `python -m benchmarks NAME --help` says
what it compares; docs/benchmarks.md tells what came out.
"""

import subprocess
import sys
from pathlib import Path

NAMES = ("pipeline_overhead", "enqueue_scale", "redis_bytes", "memory_flat", "versus_ocrmypdf")
OTHERS = (
    *("recovery_time", "score", "witness", "quality_report", "loop_false_alarms", "text_layers"),
    *("forms", "loop_tokens", "replies", "reading_tokens", "scale", "turns"),
    *("mlx_overhead", "mlx_batching", "check_cost", "real_size"),  # mlx is not everywhere
)


def main() -> None:
    """Run what is named, or all; end with the number of those that failed."""
    arguments = sys.argv[1:]
    if arguments and arguments[0] not in (*NAMES, *OTHERS):
        print(__doc__)
        print("NAME is one of:", ", ".join((*NAMES, *OTHERS)))
        sys.exit(0 if arguments[0] in {"-h", "--help"} else 2)
    chosen = [arguments] if arguments else [[name] for name in NAMES]
    sys.exit(sum(_run(*command) != 0 for command in chosen))


def _run(name: str, *options: str) -> int:
    print(f"== {name}", flush=True)
    command = [sys.executable, "-m", f"benchmarks.{name}", *options]
    return subprocess.run(command, check=False, cwd=Path(__file__).resolve().parents[1]).returncode


if __name__ == "__main__":
    main()
