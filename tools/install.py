"""Sets up .venv for `make`: the pinned uv by its hashes, and with it what uv.lock says.

python3.11 -I tools/install.py [OPTION OF uv sync]...

It runs before anything is installed, so it imports nothing but the standard library. What is
installed depends on this checkout alone: of the machine's settings, those that lead to the packages
count (certificates, proxy, patience, cache), and no others.
"""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
UV = VENV / "bin" / "uv"
PINNED = ROOT / "tools" / "uv.txt"

SETTINGS = ("PIP_", "UV_", "PYTHON", "VIRTUAL_ENV", "HATCH_")  # of pip, uv, Python, the build
THE_WAY = {
    *("PIP_CACHE_DIR", "PIP_CERT", "PIP_CLIENT_CERT", "PIP_DEFAULT_TIMEOUT", "PIP_NO_CACHE_DIR"),
    *("PIP_PROXY", "PIP_RETRIES", "PIP_TIMEOUT"),
    *("UV_CACHE_DIR", "UV_CONCURRENT_DOWNLOADS", "UV_HTTP_RETRIES", "UV_HTTP_TIMEOUT"),
    *("UV_LINK_MODE", "UV_NATIVE_TLS", "UV_NO_CACHE", "UV_OFFLINE", "UV_SYSTEM_CERTS"),
}
CERTIFICATES = ("SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
PROXIES = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "PIP_PROXY")

NO_ENSUREPIP = (
    "{python} comes without ensurepip, which makes .venv. On Debian and Ubuntu: "
    "apt install python{version}-venv. Elsewhere name another Python: make install PYTHON=..."
)
FULL = (
    "the disk is full. Running takes some 150 MB, the tests 1.2 GB, the cache as much again: "
    "make room in {root}, in {cache} (or set UV_CACHE_DIR) and in {temporary}."
)
LEAST_ROOM = 20 << 20  # bytes; with less a step that failed may not have been able to say so
CAUSES = {  # what pip and uv say, and what that means; the first that fits counts
    r"No space left on device|Disk quota exceeded|os error (28|122)\b": FULL,
    r"CERTIFICATE_VERIFY_FAILED|invalid peer certificate": (
        "the package index shows a certificate that this machine does not trust. "
        "Set SSL_CERT_FILE to the file with the certificates of your network."
    ),
    (
        r"error sending request|dns error|Failed to (fetch|download)|network (is )?disabled"
        r"|connection broken by|Failed to establish a new connection|Read timed out"
        r"|from versions: none"  # all that an old pip says
    ): (
        "the package index cannot be reached. Look at the network (pypi.org and "
        "files.pythonhosted.org must answer); behind a proxy set HTTPS_PROXY."
    ),
    r"THESE PACKAGES DO NOT MATCH THE HASHES|Hash mismatch": (
        "what came is not what is pinned. Something on the way changes packages: "
        "try another network, or look at the proxy."
    ),
}
UNKNOWN = "the reason is above. Once it is mended, the same command goes on from here."


class SetupFailedError(Exception):
    """The set-up cannot go on; the message says in one line what is missing and what to do."""


def main() -> None:
    """Set up .venv, or end with one line that says what is missing."""
    environment = os.environ  # noqa: TID251 - this runs where ocrqueue is not installed yet
    try:
        install(environment, sys.argv[1:])
    except SetupFailedError as failure:
        sys.exit(f"Set-up failed: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)


def install(environment: Mapping[str, str], options: list[str]) -> None:
    """Make .venv hold what uv.lock says, no more and no less."""
    neutral = without_settings(environment)
    ready = has_uv(neutral)
    if not ready and not has_pip(neutral):
        make_venv(neutral)
    neutral |= way_to_packages(environment)
    if not ready:
        install_uv(neutral)
    sync(neutral, options)


def without_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment in which no setting decides what is installed, or where."""
    kept = {
        name: value
        for name, value in environment.items()
        if name in THE_WAY or not name.startswith(SETTINGS)
    }
    quiet = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1"}
    return kept | quiet | {"PIP_CONFIG_FILE": os.devnull}


def way_to_packages(environment: Mapping[str, str]) -> dict[str, str]:
    """Return how pip and uv, each in its own words, are told of one certificate and one proxy."""
    certificate = first(environment, CERTIFICATES) or pip_setting(environment, "cert")
    proxy = first(environment, PROXIES) or pip_setting(environment, "proxy")
    way = {"SSL_CERT_FILE": certificate, "PIP_CERT": certificate, "HTTPS_PROXY": proxy}
    return {name: value for name, value in way.items() if value and not environment.get(name)}


def first(environment: Mapping[str, str], names: tuple[str, ...]) -> str:
    """Return the value of the first of these variables that has one, or nothing."""
    return next((environment[name] for name in names if environment.get(name)), "")


def pip_setting(environment: Mapping[str, str], key: str) -> str:
    """Return what the configuration files of pip say, or nothing."""
    # not `config get`: pip 23 does not find there what only one of several files names
    said = answer([PYTHON, "-I", "-m", "pip", "config", "list"], environment)
    found = re.search(rf"^global\.{key}='(.*)'$", said, re.MULTILINE)
    return found[1] if found else ""


def has_uv(environment: Mapping[str, str]) -> bool:
    """Return whether .venv is made with this Python and holds the pinned uv."""
    version = PINNED.read_text("utf-8").split()[0].removeprefix("uv==")
    found = answer([UV, "--version"], environment).split()[1:2]
    return has_python(environment) and found == [version]


def has_pip(environment: Mapping[str, str]) -> bool:
    """Return whether .venv is made with this Python and holds a pip."""
    found = answer([PYTHON, "-I", "-m", "pip", "--version"], environment)
    return has_python(environment) and bool(found)


def has_python(environment: Mapping[str, str]) -> bool:
    """Return whether the Python of .venv works and has the version of this one."""
    code = "import sys; print(*sys.version_info[:2])"
    return answer([PYTHON, "-I", "-c", code], environment) == "{} {}".format(*sys.version_info[:2])


def answer(command: list[str | Path], environment: Mapping[str, str]) -> str:
    """Return what a command prints, or nothing where it fails or is not there."""
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=True, cwd=ROOT
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()


def make_venv(environment: Mapping[str, str]) -> None:
    """Make .venv anew, with the pip that comes with this Python."""
    if getattr(importlib.util.find_spec("ensurepip"), "origin", None) is None:
        version = "{}.{}".format(*sys.version_info[:2])
        raise SetupFailedError(NO_ENSUREPIP.format(python=sys.executable, version=version))
    run([sys.executable, "-I", "-m", "venv", "--clear", VENV], environment)


def install_uv(environment: Mapping[str, str]) -> None:
    """Install the pinned uv into .venv with whatever pip is there."""
    pip: list[str | Path] = [PYTHON, "-I", "-m", "pip", "install", "--quiet"]
    pip += ["--require-hashes", "--no-deps", "--only-binary", ":all:"]
    run([*pip, "-r", PINNED], environment)


def sync(environment: Mapping[str, str], options: list[str]) -> None:
    """Install what uv.lock says, and this project with the pinned tools of its build group."""
    uv: list[str | Path] = [UV, "sync", "--no-config", "--frozen", "--no-build"]
    uv += ["--no-build-isolation-package", "ocrqueue", "--no-python-downloads"]
    run([*uv, "--python", PYTHON, *options], environment)


def run(command: list[str | Path], environment: Mapping[str, str]) -> None:
    """Run a step and pass on what it says; where it fails, say why in one line."""
    said = []
    with subprocess.Popen(
        command,
        env=environment,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    ) as process:
        for line in process.stdout or ():
            said.append(line)
            if not line.startswith((" + ", " - ", " ~ ")):  # one for each package
                sys.stdout.write(line)
                sys.stdout.flush()
    if process.returncode:
        raise SetupFailedError(cause_of("".join(said), environment))


def cause_of(said: str, environment: Mapping[str, str]) -> str:
    """Return what the words of a step that failed mean, and what to do."""
    room = min(shutil.disk_usage(place).free for place in (ROOT, VENV) if place.exists())
    unknown = FULL if room < LEAST_ROOM else UNKNOWN
    cause = next((CAUSES[words] for words in CAUSES if re.search(words, said)), unknown)
    cache = environment.get("UV_CACHE_DIR", "~/.cache/uv")
    return cause.format(root=ROOT, cache=cache, temporary=tempfile.gettempdir())


if __name__ == "__main__":
    main()
