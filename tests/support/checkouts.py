"""A copy of this checkout without .venv, and machines on which it is set up."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.mac import ROOT

CONTENT = ("Makefile", "pyproject.toml", "uv.lock", "LICENSE", "README.md", "configs", "samples")
CODE = ("ocrqueue", "workers", "tools")
TOOLS = ("sh", "env", "touch", "make", "find", "sort", "rm")
PYTHON = Path(sys.base_prefix) / "bin" / "python{}.{}".format(*sys.version_info[:2])
CERTIFICATES = ("SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE")
NOWHERE = "http://127.0.0.1:9"  # nothing answers here


@dataclass(slots=True, kw_only=True)
class Checkout:
    """A folder with our files, and a PATH and a home of its own."""

    folder: Path
    programs: Path
    home: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def venv(self) -> Path:
        """Where it is set up."""
        return self.folder / ".venv"

    def has(self, program: str, script: str) -> None:
        """Put a program on PATH."""
        path = self.programs / program
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def with_uv(self) -> None:
        """Make .venv with the pinned uv in it, as a set-up does first, without fetching it."""
        subprocess.run([PYTHON, "-I", "-m", "venv", "--without-pip", self.venv], check=True)
        shutil.copy(Path(sys.executable).parent / "uv", self.venv / "bin" / "uv")

    def make(self, *words: str, **settings: str) -> tuple[int, str]:
        """Run make with these settings; return its exit code and all it said."""
        done = subprocess.run(
            ["make", *words],
            cwd=self.folder,
            env={
                "PATH": str(self.programs),
                "HOME": str(self.home),
                **self.environment,
                **settings,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout

    def installed(self) -> dict[str, str]:
        """Return the version of each package in .venv."""
        names = self.venv.glob("lib/python*/site-packages/*.dist-info")
        pairs = (path.name.removesuffix(".dist-info").rsplit("-", 1) for path in names)
        return {name.lower().replace("_", "-"): version for name, version in pairs}


def make_checkout(folder: Path, outside: Mapping[str, str] = os.environ) -> Checkout:  # noqa: TID251
    """Copy what a set-up reads, and lay a PATH with little more than make on it."""
    checkout = Checkout(
        folder=folder / "above" / "checkout", programs=folder / "bin", home=folder / "home"
    )
    for place in (checkout.folder, checkout.programs, checkout.home):
        place.mkdir(parents=True)
    for name in CONTENT + CODE:
        source = ROOT / name
        if source.is_dir():
            unwanted = shutil.ignore_patterns("__pycache__")
            shutil.copytree(source, checkout.folder / name, symlinks=True, ignore=unwanted)
        else:
            shutil.copy(source, checkout.folder / name)
    for name in TOOLS:
        if found := shutil.which(name):
            (checkout.programs / name).symlink_to(found)
    way = {name: outside[name] for name in CERTIFICATES if name in outside}
    checkout.environment = way | {"PIP_RETRIES": "0", "UV_HTTP_RETRIES": "0"}
    return checkout
