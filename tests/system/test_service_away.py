"""A service that cannot be reached, in one command after another, as a user gives them."""

import socket
from pathlib import Path

from tests.support.fault_server import FaultServer, page
from tests.support.folders import make_inputs, markdown
from tests.support.processes import QUICK, stage


def test_a_run_ends_that_reaches_nobody_and_a_later_one_goes_on(tmp_path: Path) -> None:
    """It says why and what to do, blames no page, and its exit code is not 0."""
    inputs, out = make_inputs(tmp_path / "in", {"a.pdf": 2}), tmp_path / "out"
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    given = {
        **QUICK,
        "OCRQUEUE_READING__ROUTE": "openrouter",
        "OCRQUEUE_REMOTE__PATIENCE_S": "2",
        "OCRQUEUE_BACKENDS__OPENROUTER__BASE_URL": f"http://127.0.0.1:{port}/v1",
        "OCRQUEUE_WORKERS__OPENROUTER": "1",
    }
    with stage(tmp_path / "stage", given) as own, FaultServer([page(cost=None)]) as service:
        command = ("run", str(inputs), "-o", str(out), "--json")
        away = own.run(*command)
        there = own.run(*command, given={"OCRQUEUE_BACKENDS__OPENROUTER__BASE_URL": service.url})

    assert (away.code, away.json["waiting"], away.json["pages_failed"]) == (3, 1, 0), away.err
    assert "no connection" in away.err
    assert "`ocrqueue check`; then run the same command again" in away.err
    assert (there.code, there.json["pages_done"]) == (0, 2), there.err
    assert set(markdown(out)) == {"a.md"}
