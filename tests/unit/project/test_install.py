"""What the set-up takes from the environment, and what it makes of the words of pip and uv."""

import shutil
from pathlib import Path

import pytest

from tools import install

LAST_WORDS = [
    ("ERROR: Could not install packages: [Errno 28] No space left on device", "the disk is full"),
    ("cause: failed to write: Disk quota exceeded (os error 122)", "the disk is full"),
    ("WARNING: connection broken by 'SSLError([SSL: CERTIFICATE_VERIFY_FAILED]", "SSL_CERT_FILE"),
    (
        "cause: client error (Connect)\ncause: invalid peer certificate: UnknownIssuer",
        "does not trust",
    ),
    ("cause: dns error\ncause: failed to lookup address information", "cannot be reached"),
    (
        "ERROR: Could not find a version that satisfies uv (from versions: none)",
        "cannot be reached",
    ),
    ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS", "not what is pinned"),
    ("error: something that nobody thought of", "the reason is above"),
]


@pytest.mark.parametrize(("said", "meaning"), LAST_WORDS)
def test_what_a_step_says_becomes_one_line(said: str, meaning: str) -> None:
    """Each kind of failure has one line that names it and what to do."""
    cause = install.cause_of(said, {"UV_CACHE_DIR": "/cache"})

    assert meaning in cause
    assert "\n" not in cause
    assert "{" not in cause


def test_a_full_disk_says_so_though_nobody_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A step that fails without a word, on a disk with no room, failed for that reason."""
    monkeypatch.setattr(install, "VENV", tmp_path)
    monkeypatch.setattr(install, "LEAST_ROOM", shutil.disk_usage(tmp_path).total)

    assert "the disk is full" in install.cause_of("returned non-zero exit status 1", {})


@pytest.mark.parametrize("name", ["PIP_USER", "UV_INDEX", "PYTHONPATH", "VIRTUAL_ENV", "HATCH_X"])
def test_a_setting_is_left_out(name: str) -> None:
    """No setting of pip, uv, Python or the build gets through; what is not theirs does."""
    assert install.without_settings({name: "x", "HOME": "/"}).keys() & {name, "HOME"} == {"HOME"}


@pytest.mark.parametrize("name", sorted(install.THE_WAY))
def test_the_way_to_the_packages_is_kept(name: str) -> None:
    """Certificates, proxy, patience and cache are those of the machine."""
    assert install.without_settings({name: "x"})[name] == "x"


@pytest.mark.parametrize("name", install.CERTIFICATES)
def test_one_certificate_is_for_both(name: str) -> None:
    """Whichever of them knows the certificates of the network, pip and uv both learn it."""
    way = {name: "ca.pem", "HTTPS_PROXY": "proxy"}

    found = way | install.way_to_packages(way)

    assert (found["SSL_CERT_FILE"], found["PIP_CERT"]) == ("ca.pem", "ca.pem")


def test_what_each_is_told_stays() -> None:
    """Where pip and uv have certificates of their own, neither gets those of the other."""
    own = {"SSL_CERT_FILE": "uv.pem", "PIP_CERT": "pip.pem", "HTTPS_PROXY": "proxy"}

    assert install.way_to_packages(own) == {}


def test_the_configuration_of_pip_is_asked_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no variable names certificates or a proxy, pip's configuration holds for both."""
    pip = tmp_path / "python"
    says = ["global.cert='ca.pem'", "global.index-url='x'", "global.proxy='http://proxy'"]
    pip.write_text("#!/bin/sh\n" + "".join(f'echo "{line}"\n' for line in says))
    pip.chmod(0o755)
    monkeypatch.setattr(install, "PYTHON", pip)

    assert install.way_to_packages({}) == {
        "SSL_CERT_FILE": "ca.pem",
        "PIP_CERT": "ca.pem",
        "HTTPS_PROXY": "http://proxy",
    }
