"""Hosts of a small network: each has a network, a name, processes and mounts of its own.

Made of Linux namespaces, by root. A switch stands in the first host; each host has one cable to it.
What runs on a host ends with the host.
"""

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from tests.support.servers import wait_until

OWN = ("unshare", "--mount", "--net", "--uts", "--pid", "--fork", "--kill-child", "--mount-proc")
# What is shared ($3) lies at the host's own place, and the share ($1) is nowhere else to be seen.
BOOT = 'hostname "$0" && mount --bind "$3" "$2" && mount -t tmpfs none "$1" && exec sleep infinity'
SWITCH = "switch"
BITS = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """A host that runs: its first process, and where it has the share."""

    name: str
    address: str
    first: int  # process number, as the machine below counts
    place: Path

    def command(self, *command: str) -> tuple[str, ...]:
        """Return what runs a command there."""
        return ("nsenter", f"--target={self.first}", "--all", *command)

    def die(self) -> None:
        """Pull out its power: all its processes are gone at once, and so is its cable."""
        os.kill(self.first, signal.SIGKILL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """Hosts by name, at one switch."""

    hosts: dict[str, Host]
    core: Host  # where the switch is

    def cut(self, name: str) -> None:
        """Take down a host's link: its processes go on, and hear nothing any more."""
        _do(self.core, "ip", "link", "set", name, "down")

    def mend(self, name: str) -> None:
        """Put up the link again."""
        _do(self.core, "ip", "link", "set", name, "up")


@contextmanager
def network(
    folder: Path, share: Path, names: Sequence[str], sharing: Sequence[str]
) -> Iterator[Network]:
    """Yield hosts, of which some see the share, at `folder`/NAME; the first one has the switch.

    Skips the test where none can be made.
    """
    if shutil.which("ip") is None or subprocess.run([*OWN, "true"], check=False).returncode:
        pytest.skip("hosts are namespaces: that takes root on Linux, and `ip` (iproute2)")
    with contextlib.ExitStack() as stack:
        hosts, nothing = {}, folder / "nothing"
        nothing.mkdir()
        for number, name in enumerate(names, start=1):
            place = folder / name
            place.mkdir()
            seen = share if name in sharing else nothing
            boot = ("sh", "-c", BOOT, name, str(share), str(place), str(seen))
            started = subprocess.Popen([*OWN, *boot])
            stack.callback(_end, started)
            hosts[name] = Host(
                name=name, address=f"10.77.0.{number}", first=_first(started.pid), place=place
            )
        made = Network(hosts=hosts, core=hosts[names[0]])
        _do(made.core, "ip", "link", "add", SWITCH, "type", "bridge")
        _bring_up(made.core, SWITCH, made.core.address)
        for host in list(hosts.values())[1:]:
            ends = (host.name, "type", "veth", "peer", "name", "eth0", "netns", str(host.first))
            # From outside of the host: who adds a cable must see both of its ends.
            _run("nsenter", f"--net=/proc/{made.core.first}/ns/net", "ip", "link", "add", *ends)
            _do(made.core, "ip", "link", "set", host.name, "master", SWITCH, "up")
            _bring_up(host, "eth0", host.address)
        yield made


def _bring_up(host: Host, device: str, address: str) -> None:
    _do(host, "ip", "address", "add", f"{address}/{BITS}", "dev", device)
    _do(host, "ip", "link", "set", device, "up")
    _do(host, "ip", "link", "set", "lo", "up")


def _do(host: Host, *command: str) -> None:
    _run(*host.command(*command))


def _run(*command: str) -> None:
    ended = subprocess.run(command, check=False, capture_output=True, text=True)
    assert ended.returncode == 0, f"{command}: {ended.stderr}"


def _first(started: int) -> int:
    """Return the first process of a host, once it has booted."""

    def booted() -> list[psutil.Process]:
        children = psutil.Process(started).children()
        return [child for child in children if child.name() == "sleep"]

    wait_until(booted, "the host has booted")
    return booted()[0].pid


def _end(started: "subprocess.Popen[bytes]") -> None:
    started.kill()
    started.wait()
