"""configs/systemd: a unit that runs a real command, for long enough to stop in order."""

from configparser import ConfigParser
from pathlib import Path

from ocrqueue.settings.schema import Settings
from tests.support.commands import accepted
from workers import supervisor

UNIT = Path(__file__).resolve().parents[3] / "configs" / "systemd" / "ocrqueue.service"


class Unit(ConfigParser):
    """A file whose words have capitals."""

    def optionxform(self, optionstr: str) -> str:
        return optionstr


def service() -> dict[str, str]:
    """Return what the unit says of the service."""
    unit = Unit(interpolation=None)
    unit.read_string(UNIT.read_text("utf-8"))
    return dict(unit["Service"])


def test_it_runs_a_real_command() -> None:
    """What the unit starts is a command of the program, by a whole path."""
    program, *words = service()["ExecStart"].split()

    assert program == "%h/.local/bin/ocrqueue"
    assert accepted(words) == "ocrqueue up"


def test_it_may_finish_its_pages() -> None:
    """Only the first process is told to stop, and none is killed before its page can be done."""
    chosen = Settings()
    _, children = supervisor.plan(["tesseract=1", "collector=1"], chosen)
    stop_s = supervisor.longest_page_s(children, chosen) + chosen.queue.grace_s + supervisor.STOP_S

    assert service()["KillMode"] == "mixed"
    assert float(service()["TimeoutStopSec"]) > stop_s
    assert service()["Restart"] == "on-failure"
