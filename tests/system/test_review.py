"""The review as a person uses it: in a browser, from the doubtful page to the mended Markdown."""

import re
import socket
from pathlib import Path

import psutil
import pytest

from tests.support import chromium
from tests.support.chromium import Window, window
from tests.support.forking import ROOT
from tests.support.processes import Process, stage
from tests.support.servers import wait_until

MISSING = "Volumes 6 and 7 only need cleaning and two small repairs to the corners."
needs_browser = pytest.mark.skipif(bool(chromium.WHY_NOT), reason=chromium.WHY_NOT)


def address(process: Process) -> str:
    """Return the address that the process has printed for its owner."""
    wait_until(lambda: "token=" in process.printed(), "the address is printed")
    (found,) = re.findall(r"^review: (http://\S+)$", process.printed(), re.MULTILINE)
    return str(found)


@needs_browser
def test_a_doubtful_page_is_found_and_mended(tmp_path: Path) -> None:
    """By keys alone; the image is drawn, the frame is in it, no script of a page would run."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    letter, replies, out = ROOT / "samples" / "letter.pdf", tmp_path / "replies", tmp_path / "out"
    with stage(tmp_path / "home", {"OCRQUEUE_DASHBOARD__PORT": port}) as processes:
        processes.run("run", str(letter), "-o", str(tmp_path / "sound"))
        read = (tmp_path / "sound" / "letter.md").read_text()
        assert MISSING in read
        (replies / "letter").mkdir(parents=True)
        (replies / "letter" / "0001.md").write_text(read.replace(MISSING, ""))
        processes.run(
            "run", str(letter), "-o", str(out), "--backend", "replay", "--replies", str(replies)
        )
        process = processes.cli("review", "-o", str(out))
        with window(processes) as browser:
            mend(browser, address(process))

    assert MISSING in (out / "letter.md").read_text()


def mend(browser: Window, shown: str) -> None:
    """Find the page to look at, write what is missing, save; nothing is left to look at."""
    browser.open(shown)
    assert "token" not in browser.address()
    assert "1 page to look at" in browser.text()
    browser.key("n")
    wait_until(lambda: "On the page, and not in the text" in browser.text(), "the page is shown")
    assert MISSING.removesuffix(".") in browser.text()
    drawn = "document.querySelector('.sheet img').naturalWidth"
    wait_until(lambda: browser.ask(drawn) > 1000, "the image is drawn")
    browser.key("e")
    browser.find("textarea").type(f"\n\n{MISSING}")
    browser.find(".edit button").click()
    wait_until(lambda: "good, by a person" in browser.text(), "it is saved")
    browser.open(shown.partition("?")[0])
    assert "0 pages to look at" in browser.text()


@needs_browser
def test_a_browser_ends_with_a_test_that_fails(tmp_path: Path) -> None:
    """Neither the driver nor what it has started outlives a failure beside an open window."""
    started: list[psutil.Process] = []

    def fail() -> None:
        with stage(tmp_path) as processes, window(processes):
            started.extend(processes.started[0].descendants())
            raise AssertionError("as a test fails")

    with pytest.raises(AssertionError, match="as a test fails"):
        fail()

    assert len(started) > 3
    wait_until(lambda: not any(lives(one) for one in started), "the browser has ended", 5)


def lives(process: psutil.Process) -> bool:
    """Return whether a process does anything yet, though nobody may have heard of its end."""
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
