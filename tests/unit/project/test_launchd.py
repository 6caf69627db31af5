"""configs/launchd and scripts/launchd_mac.sh: valid agents that run real commands of ours."""

import plistlib
from pathlib import Path
from typing import Any

import pytest

from ocrqueue.settings import load
from tests.support.commands import accepted
from tests.support.mac import ROOT, Mac, make_mac
from workers import mlx_worker, supervisor

SCRIPT = ROOT / "scripts" / "launchd_mac.sh"
PLISTS = sorted((ROOT / "configs" / "launchd").iterdir())
NAMES = ["collector", "mlx", "server", "tesseract", "watch"]
LABELS = [f"ocrqueue.{name}" for name in NAMES]
OF_ALL = LABELS[:-1]  # where none is named


@pytest.fixture
def mac(tmp_path: Path) -> Mac:
    """Return a Mac on which the program is installed."""
    mac = make_mac(tmp_path, path=":/usr/bin:/bin")
    mac.has("ocrqueue", "exit 1")  # nobody calls it
    mac.environment["OCRQUEUE"] = str(tmp_path / "bin" / "ocrqueue")
    return mac


def agents(mac: Mac) -> dict[str, dict[str, Any]]:
    """Return what was written for launchd, by file name."""
    folder = mac.home / "Library" / "LaunchAgents"
    return {path.name: plistlib.loads(path.read_bytes()) for path in sorted(folder.iterdir())}


def test_there_is_an_agent_for_each_process() -> None:
    """The files are named as their labels are, and there are the five that a Mac may run."""
    assert [path.name for path in PLISTS] == [f"{label}.plist" for label in LABELS]
    assert [plistlib.loads(path.read_bytes())["Label"] for path in PLISTS] == LABELS


@pytest.mark.parametrize("path", PLISTS, ids=lambda path: path.stem)
def test_an_agent_runs_a_real_command(path: Path) -> None:
    """What an agent runs is a command that the program has, with options it takes."""
    program, *words = plistlib.loads(path.read_bytes())["ProgramArguments"]

    assert program == "@OCRQUEUE@"
    assert accepted(words).split()[1] == words[0]


@pytest.mark.parametrize("path", PLISTS, ids=lambda path: path.stem)
def test_an_agent_is_kept_alive_and_may_finish(path: Path) -> None:
    """Each agent is restarted, and is killed only after the time it may take to stop in order."""
    agent = plistlib.loads(path.read_bytes())
    chosen = load.load(ROOT / "configs" / "mac-m2-air.toml", {}, {})
    kind = path.stem.removeprefix("ocrqueue.")
    child = {"mlx": "deepseek-mlx"}.get(kind, kind)
    _, children = supervisor.plan([f"{child}=1"], chosen)
    page_s = supervisor.longest_page_s(children, chosen)
    stop_s = page_s + chosen.queue.grace_s + supervisor.STOP_S

    assert agent["KeepAlive"] is True
    assert agent["ExitTimeOut"] > (0 if path.stem == "ocrqueue.server" else stop_s)


def test_the_model_has_one_process() -> None:
    """One agent is for the queue of the model, and it asks for one process."""
    words = [plistlib.loads(path.read_bytes())["ProgramArguments"] for path in PLISTS]

    assert supervisor.MODULES[mlx_worker.BACKEND] == "mlx_worker"
    assert [line for line in words if "mlx" in line] == [["@OCRQUEUE@", "worker", "mlx"]]


def test_install_writes_whole_paths_and_starts(mac: Mac) -> None:
    """No placeholder is left, every path is whole, the configuration is ours, all four run."""
    code, said = mac.run(SCRIPT, "install")

    assert code == 0, said
    written = agents(mac)
    config = mac.home / ".config" / "ocrqueue" / "config.toml"
    logs = mac.home / "Library" / "Logs" / "ocrqueue"
    assert [*written] == [f"{label}.plist" for label in OF_ALL]
    for name, agent in written.items():
        assert agent["ProgramArguments"][0] == mac.environment["OCRQUEUE"]
        assert agent["EnvironmentVariables"]["OCRQUEUE_CONFIG"] == str(config)
        assert Path(agent["StandardErrorPath"]).parent == logs
        assert Path(agent["WorkingDirectory"]) == mac.home
        assert "@" not in (mac.home / "Library/LaunchAgents" / name).read_text().split("<dict>")[1]
    assert logs.is_dir()
    assert config.read_bytes() == (ROOT / "configs" / "mac-m2-air.toml").read_bytes()
    assert mac.loaded == OF_ALL


def test_installing_again_takes_the_new_program_and_leaves_the_configuration(mac: Mac) -> None:
    """Again: the agents are stopped first, rewritten and started; what the user set stays."""
    mac.run(SCRIPT, "install")
    config = mac.home / ".config" / "ocrqueue" / "config.toml"
    config.write_text("[render]\ndpi = 150\n")
    mac.environment["OCRQUEUE"] = "/opt/other place/ocrqueue"

    code, said = mac.run(SCRIPT, "install")

    assert code == 0, said
    assert {a["ProgramArguments"][0] for a in agents(mac).values()} == {"/opt/other place/ocrqueue"}
    assert config.read_text() == "[render]\ndpi = 150\n"
    stops = [call.rpartition(".")[2] for call in mac.called if " bootout " in call]
    assert stops == ["mlx", "tesseract", "collector", "server"]
    assert mac.loaded == OF_ALL


def test_some_of_them_only(mac: Mac) -> None:
    """Named agents are installed, stopped and started alone; `status` tells each one's state."""
    mac.run(SCRIPT, "install", "server", "mlx")
    mac.run(SCRIPT, "stop", "mlx")
    assert mac.loaded == ["ocrqueue.server"]
    assert mac.run(SCRIPT, "status")[1].splitlines() == [
        "ocrqueue.server runs",
        "ocrqueue.collector is not installed",
        "ocrqueue.tesseract is not installed",
        "ocrqueue.mlx is stopped",
        "ocrqueue.watch is not installed",
    ]

    code, said = mac.run(SCRIPT, "start", "mlx", "server")

    assert (code, said) == (0, "started ocrqueue.mlx\n")
    assert mac.loaded == ["ocrqueue.mlx", "ocrqueue.server"]


def test_a_folder_is_watched_where_that_is_asked_for(mac: Mac) -> None:
    """`install watch` names two folders, makes the one that is watched, and is stopped first."""
    mac.environment |= {"WATCH_FOLDER": f"{mac.home}/In", "WATCH_OUTPUT": f"{mac.home}/Out"}
    mac.run(SCRIPT, "install")

    assert mac.run(SCRIPT, "install", "watch")[0] == 0

    words = agents(mac)["ocrqueue.watch.plist"]["ProgramArguments"][1:]
    assert words == ["watch", "--queue-only", f"{mac.home}/In", "-o", f"{mac.home}/Out"]
    assert (mac.home / "In").is_dir()
    assert mac.loaded == LABELS
    mac.run(SCRIPT, "stop")
    stops = [call.rpartition(".")[2] for call in mac.called if " bootout " in call]
    assert stops == ["watch", "mlx", "tesseract", "collector", "server"]


def test_a_large_log_is_set_aside_at_the_start(mac: Mac) -> None:
    """A log above 20 MB is renamed before launchd opens it again; a small one goes on."""
    mac.run(SCRIPT, "install", "server", "mlx")
    mac.run(SCRIPT, "stop")
    logs = mac.home / "Library" / "Logs" / "ocrqueue"
    (logs / "mlx.log").write_bytes(b"\n" * (21 << 20))
    (logs / "server.log").write_text("short\n")

    mac.run(SCRIPT, "start", "server", "mlx")

    assert sorted(path.name for path in logs.iterdir()) == ["mlx.log.old", "server.log"]


def test_uninstall_leaves_what_the_user_has(mac: Mac) -> None:
    """Nothing runs any more and no agent is left; configuration and logs are."""
    mac.run(SCRIPT, "install")

    code, said = mac.run(SCRIPT, "uninstall")

    assert code == 0, said
    assert (agents(mac), mac.loaded) == ({}, [])
    assert (mac.home / ".config" / "ocrqueue" / "config.toml").exists()


@pytest.mark.parametrize(
    ("words", "program", "problem"),
    [
        (["install"], "/opt/this&that/ocrqueue", "holds a character"),
        (["install"], "bin/ocrqueue", "must be a whole path"),
        (["install", "mlxx"], "/opt/ocrqueue", "unknown agent: mlxx"),
        (["start"], "/opt/ocrqueue", "server is not installed"),
        (["begin"], "/opt/ocrqueue", "usage: "),
        ([], "/opt/ocrqueue", "usage: "),
    ],
)
def test_what_is_refused(mac: Mac, words: list[str], program: str, problem: str) -> None:
    """A path that would spoil a plist, an unknown word, a start of nothing: nothing is written."""
    mac.environment["OCRQUEUE"] = program

    code, said = mac.run(SCRIPT, *words)

    assert code != 0
    assert problem in said
    assert not (mac.home / "Library").exists()
