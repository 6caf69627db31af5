"""A budget that pays for no page, in one command after another, as a user gives them."""

from pathlib import Path

from tests.support.fault_server import FaultServer, page
from tests.support.folders import ledgers, make_inputs, markdown
from tests.support.processes import QUICK, stage

KEY = "sk-or-v1-0123456789abcdef0123456789abcdef"


def test_a_budget_below_a_page_is_said_at_once_and_keeps_nobody_waiting(tmp_path: Path) -> None:
    """The doubtful text that is there counts, the run ends, and more is given without a server."""
    inputs, out = make_inputs(tmp_path / "in", {"a.pdf": 2}), tmp_path / "out"
    with FaultServer([page()]) as service:
        given = {
            **QUICK,
            "OPENROUTER_API_KEY": KEY,
            "OCRQUEUE_READING__ROUTE": "scripted,openrouter",
            "OCRQUEUE_BACKENDS__SCRIPTED__SCRIPT": "*: doubtful",
            "OCRQUEUE_BACKENDS__OPENROUTER__BASE_URL": service.url,
            "OCRQUEUE_BACKENDS__OPENROUTER__API": "openrouter",
            "OCRQUEUE_WORKERS__OPENROUTER": "1",
        }
        with stage(tmp_path / "stage", given) as own:
            small = ("-o", str(out), "--allow-remote", "--budget", "0.01")
            ended = own.run("run", str(inputs), *small, "--json")
            alone = own.run("run", str(inputs), *small, "--backend", "openrouter")
            raised = own.run("remote", "--budget-day", "10", "-o", str(out))

        assert service.posts == []
    assert "reserves 0.0298 USD, the budget is 0.0100: none is sent" in ended.err
    assert (ended.json["pages_done"], ended.json["pages_doubtful"]) == (2, 2), ended.err
    assert set(markdown(out)) == {"a.md"}
    attempts = [one for page in ledgers(out)["a.json"]["pages"] for one in page["attempts"]]
    assert {one.get("error") for one in attempts if one["backend"] == "openrouter"} == {
        "budget-too-small"
    }
    assert (alone.code, "pays for no page" in alone.err) == (2, True)
    assert raised.code == 0, raised.err
    assert raised.out.strip().endswith("of 10.00 USD")
