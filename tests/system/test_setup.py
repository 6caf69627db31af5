"""The set-up on machines of every kind: what it installs, and what it says where it cannot."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.support.checkouts import NOWHERE, PYTHON, Checkout, make_checkout
from tests.support.mac import ROOT
from tests.support.privileges import small_disk

UV = Path(sys.executable).parent / "uv"
WITHOUT_ENSUREPIP = """
import runpy, sys
sys.modules["ensurepip"] = None
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""
SETTINGS = {
    "PIP_CONSTRAINT": "constraints.txt",
    "PIP_DRY_RUN": "1",
    "PIP_EXTRA_INDEX_URL": NOWHERE,
    "PIP_INDEX_URL": NOWHERE,
    "PIP_NO_BINARY": ":all:",
    "PIP_NO_INDEX": "1",
    "PIP_PYTHON": "/usr/bin/python3",
    "PIP_TARGET": "elsewhere",
    "PIP_USER": "1",
    "PYTHONHOME": "elsewhere",
    "PYTHONPATH": "elsewhere",
    "UV_CONSTRAINT": "constraints.txt",
    "UV_DEFAULT_INDEX": NOWHERE,
    "UV_EXCLUDE_NEWER": "2020-01-01",
    "UV_INDEX": NOWHERE,
    "UV_NO_BINARY": "1",
    "UV_NO_EDITABLE": "1",
    "UV_NO_INSTALL_PROJECT": "1",
    "UV_OVERRIDE": "constraints.txt",
    "UV_PROJECT_ENVIRONMENT": "elsewhere",
    "UV_PYTHON": "3.9",
    "VIRTUAL_ENV": "elsewhere",
}


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A machine with this Python and make, an empty home, and nothing else."""
    own = make_checkout(tmp_path)
    (own.programs / "python3.11").symlink_to(PYTHON)
    return own


@pytest.fixture
def hostile(checkout: Checkout) -> Checkout:
    """The same machine with settings of every kind that ask for other packages or places."""
    checkout.environment |= SETTINGS
    (checkout.folder / "constraints.txt").write_text("uv<0.1\nrq<1\n")
    (checkout.folder / "elsewhere").mkdir()
    (checkout.folder / "elsewhere" / "sitecustomize.py").write_text("raise SystemExit('taken')\n")
    (checkout.folder / ".python-version").write_text("3.9\n")
    for folder, name in ((checkout.folder, "uv.toml"), (checkout.home, ".config/uv/uv.toml")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f'no-binary = true\nindex-url = "{NOWHERE}"\n')
    (checkout.home / ".config" / "pip").mkdir()
    (checkout.home / ".config" / "pip" / "pip.conf").write_text(f"[global]\nindex-url={NOWHERE}\n")
    (checkout.folder.parent / "pyproject.toml").write_text(
        '[project]\nname = "outer"\nversion = "1"\n[tool.uv.workspace]\nmembers = ["*"]\n'
    )
    checkout.has("uv", "echo 'a uv of this machine'; exit 2")
    return checkout


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> tuple[Checkout, str]:
    """A broken .venv, and a way to the packages that only pip's configuration knows: to nowhere."""
    own = make_checkout(tmp_path_factory.mktemp("refused"))
    (own.programs / "python3.11").symlink_to(PYTHON)
    (own.venv / "bin").mkdir(parents=True)
    (own.venv / "bin" / "python").symlink_to("/nowhere/python")
    shutil.copy(UV, own.venv / "bin" / "uv")
    (own.home / ".config" / "pip").mkdir(parents=True)
    (own.home / ".config" / "pip" / "pip.conf").write_text(f"[global]\nproxy = {NOWHERE}\n")
    code, said = own.make("install")
    assert code != 0
    return own, said


def offline(checkout: Checkout) -> tuple[int, str]:
    """Set up what running needs, from the cache of the one who runs the tests alone."""
    cache = subprocess.run([UV, "cache", "dir"], capture_output=True, text=True, check=True)
    place = {"UV_CACHE_DIR": cache.stdout.strip(), "UV_OFFLINE": "1"}
    code, said = checkout.make(".venv/.runtime", **place)
    if "Network connectivity is disabled" in said:
        pytest.skip("the cache of uv lacks the wheels, and tests download nothing")
    return code, said


def last_line(said: str) -> str:
    """Return the last line that is not make's own."""
    return [line for line in said.splitlines() if not line.startswith("make")][-1]


def locked() -> dict[str, str]:
    lock = tomllib.loads((ROOT / "uv.lock").read_text("utf-8"))
    return {package["name"]: package["version"] for package in lock["package"]}


def assert_set_up(checkout: Checkout) -> None:
    """What running needs is there in the locked versions, of the tests nothing; all in .venv."""
    installed, lock = checkout.installed(), locked()
    others = {"pip", "setuptools", "wheel"}  # which came with Python

    assert {"ocrqueue", "rq", "hatchling"} <= set(installed)
    assert "pytest" not in installed
    assert {name: v for name, v in installed.items() if lock.get(name) != v}.keys() <= others
    assert [path.name for path in (checkout.folder / "elsewhere").iterdir()] == ["sitecustomize.py"]
    paths = checkout.venv.glob("lib/python*/site-packages/_editable_impl_ocrqueue.pth")
    assert [{*path.read_text().split()} for path in paths] == [{str(checkout.folder)}]


def test_settings_of_the_machine_do_not_count(hostile: Checkout) -> None:
    """Whatever is set for pip, uv and Python, .venv holds what uv.lock says."""
    hostile.with_uv()

    code, said = offline(hostile)

    assert code == 0, said
    assert_set_up(hostile)


def test_again_costs_nothing(checkout: Checkout) -> None:
    """A second set-up does nothing; after a change of pyproject.toml it is done again."""
    checkout.with_uv()
    assert offline(checkout)[0] == 0

    _, again = offline(checkout)
    with (checkout.folder / "pyproject.toml").open("a") as project:
        project.write("# changed\n")
    code, changed = offline(checkout)

    assert "is up to date" in again
    assert code == 0, changed
    assert "tools/install.py" in changed


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_whole_set_up_from_nothing(hostile: Checkout) -> None:
    """The same from nothing, with the pip of this Python: uv is fetched, and all it installs."""
    code, said = hostile.make(".venv/.runtime")

    assert code == 0, said
    assert_set_up(hostile)
    code, said = hostile.make("run")
    assert code == 0, said


def test_what_is_not_in_the_lock_goes(checkout: Checkout) -> None:
    """A package that somebody put into .venv is gone after the next set-up."""
    checkout.with_uv()
    (site,) = checkout.venv.glob("lib/python*/site-packages")
    info = site / "stray-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: stray\nVersion: 1.0\n")
    (info / "RECORD").write_text(f"{info.name}/METADATA,,\n{info.name}/RECORD,,\n")

    code, said = offline(checkout)

    assert code == 0, said
    assert "stray" not in checkout.installed()


@pytest.mark.parametrize("named", ["", "python-of-old"])
def test_no_python(checkout: Checkout, named: str) -> None:
    """Where no Python is new enough, one line says what was found and what to do."""
    checkout.programs.joinpath("python3.11").unlink()
    checkout.has("python-of-old", "exit 1")

    code, said = checkout.make("run", PYTHON=named) if named else checkout.make("run")

    assert code != 0
    assert said.startswith(
        f"Set-up failed: {named or 'nothing on PATH'} is no Python 3.11 or newer"
    )
    assert "apt install" in last_line(said)
    assert not checkout.venv.exists()


def test_no_ensurepip(checkout: Checkout) -> None:
    """A Python without ensurepip, as Debian has it: one line names the package that brings it."""
    (checkout.folder / "without.py").write_text(WITHOUT_ENSUREPIP)
    checkout.programs.joinpath("python3.11").unlink()
    checkout.has("python3.11", f'[ "$2" = -c ] && exit 0; shift; exec {PYTHON} -I without.py "$@"')

    code, said = checkout.make("install")

    assert code != 0
    assert "comes without ensurepip" in last_line(said)
    assert "apt install python{}.{}-venv.".format(*sys.version_info[:2]) in last_line(said)
    assert "Traceback" not in said


def test_no_network_for_the_first_step(refused: tuple[Checkout, str]) -> None:
    """Where pip reaches no package index, the last line says so and what to look at."""
    _, said = refused

    assert last_line(said).startswith("Set-up failed: the package index cannot be reached.")
    assert "HTTPS_PROXY" in last_line(said)
    assert "Traceback" not in said


def test_a_venv_whose_python_is_gone(refused: tuple[Checkout, str]) -> None:
    """A .venv that does not work is made anew, instead of failing for ever."""
    checkout, _ = refused

    assert (checkout.venv / "bin" / "pip").exists()
    assert (checkout.venv / "bin" / "python").resolve().exists()


def test_the_configuration_of_pip_leads_to_the_packages(refused: tuple[Checkout, str]) -> None:
    """A proxy that only pip's configuration file names is the way to the packages."""
    checkout, _ = refused

    assert not (checkout.venv / "bin" / "uv").exists()  # for this proxy leads nowhere


def test_no_network_for_the_second_step(checkout: Checkout, tmp_path: Path) -> None:
    """Where uv reaches no package index, the last line says the same; what is there stays."""
    checkout.with_uv()
    empty = {"UV_CACHE_DIR": str(tmp_path / "cache"), "HTTPS_PROXY": NOWHERE}

    code, said = checkout.make("install", **empty)

    assert code != 0
    assert last_line(said).startswith("Set-up failed: the package index cannot be reached.")
    assert not (checkout.venv / ".dev").exists()
    assert (checkout.venv / "bin" / "uv").exists()


def test_no_room(checkout: Checkout) -> None:
    """Where the disk is full, the last line says so, and where room is needed."""
    with small_disk(checkout.folder / ".venv"):
        code, said = checkout.make("install", HTTPS_PROXY=NOWHERE)

    assert code != 0
    assert last_line(said).startswith("Set-up failed: the disk is full.")
    assert str(checkout.folder) in last_line(said)
