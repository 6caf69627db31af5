"""What each process imports before it does anything: half a second of a start is easily lost.

Seconds would depend on the machine, so what is looked at is which modules are there.
"""

import json
import subprocess
import sys
from functools import cache

import pytest

from ocrqueue.settings import programs

# Each costs a tenth of a CPU second or more, or brings something that does.
LIBRARIES = frozenset(
    {"redis", "rq", "structlog", "rich", "psutil", "PIL", "pypdfium2", "pygments", "flask"}
    | {
        "watchfiles",
        "anyio",
        "jinja2",
        "werkzeug",
        "rq_dashboard",
        "mlx",
        "mlx_vlm",
        "numpy",
        "httpcore2",
        "obstore",
        "click",
    }
    | {"huggingface_hub", "ocrqueue.text.compose", "ocrqueue.text.html_tables"}
    | {"ocrqueue.pipeline.enqueue", "ocrqueue.pipeline.order", "ocrqueue.pipeline.feeder"}
    | {"ocrqueue.pipeline.attempt", "ocrqueue.pipeline.collect", "ocrqueue.render.process"}
    | {"ocrqueue.backends.tesseract", "ocrqueue.backends.openrouter", "ocrqueue.workspace.publish"}
    | {"ocrqueue.backends.deepseek_mlx", "ocrqueue.evaluation", "ocrqueue.web", "ocrqueue.cli"}
)
QUEUE = {"redis", "rq", "structlog"}
HELP = {"click", "ocrqueue.cli"}
RUN = (
    HELP
    | QUEUE
    | {"psutil", "ocrqueue.text.compose", "ocrqueue.text.html_tables", "ocrqueue.pipeline.enqueue"}
    | {"ocrqueue.pipeline.order", "ocrqueue.pipeline.feeder", "ocrqueue.pipeline.attempt"}
    | {"ocrqueue.render.process", "ocrqueue.workspace.publish"}
)
COMMAND = """
import contextlib, io, json, sys
from ocrqueue.__main__ import main
with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()) as printed:
    main()
assert "Usage: " in printed.getvalue()
print(json.dumps([*sys.modules]))
"""
MODULE = "import json, sys, {module}; print(json.dumps([*sys.modules]))"

# What an entry point imports of the above. Before you lengthen a list, look for another way.
ALLOWED = {
    "ocrqueue --help": HELP,
    "ocrqueue config --help": HELP | {"structlog"},
    "ocrqueue models pull --help": HELP | {"structlog"},
    "ocrqueue run --help": RUN,
    "ocrqueue watch --help": RUN,
    "workers.broker_server": {"structlog"},
    "workers.collector": QUEUE | {"psutil"},
    "workers.supervisor": {"structlog"},
    "workers.tesseract_worker": QUEUE
    | {"psutil", "ocrqueue.pipeline.attempt", "ocrqueue.render.process"}
    | {"ocrqueue.text.html_tables"},
    "ocrqueue.render.child": {"PIL", "psutil", "pypdfium2", "ocrqueue.render.process"},
}


@pytest.mark.parametrize("entry", ALLOWED)
def test_no_start_imports_what_it_does_not_need(entry: str) -> None:
    """No entry point imports a heavy module that is not on its list."""
    assert modules_of(entry) & LIBRARIES <= ALLOWED[entry]


@pytest.mark.parametrize("entry", ALLOWED)
def test_the_lists_hold_nothing_that_is_gone(entry: str) -> None:
    """What a list allows is imported: else it could come back unseen."""
    assert ALLOWED[entry] <= modules_of(entry)


@cache
def modules_of(entry: str) -> frozenset[str]:
    """Return what is imported once an entry point has started; a command tells its help."""
    name, *words = entry.split()
    code = COMMAND if words else MODULE.format(module=name)
    command = [sys.executable, "-P", "-c", code, *words]
    told = subprocess.run(command, cwd=programs.FOLDER, capture_output=True, check=True)
    return frozenset(json.loads(told.stdout))
