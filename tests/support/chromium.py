"""A real browser without a window, driven through chromedriver by the W3C's WebDriver protocol."""

import http
import json
import re
import shutil
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.support.processes import Stage
from tests.support.servers import wait_until

DRIVER = shutil.which("chromedriver")
BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
WHY_NOT = "" if DRIVER and BROWSER else "chromium and chromedriver are not installed"
STARTED = re.compile(r"started successfully on port (\d+)")
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # the key of an element, as the protocol has it
ARGUMENTS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1240,820"]


class Window:
    """A window of the browser."""

    def __init__(self, session: str) -> None:
        self.session = session

    def open(self, address: str) -> None:
        self._post("url", url=address)

    def address(self) -> str:
        return str(_ask(f"{self.session}/url"))

    def find(self, selector: str) -> "Element":
        found = self._post("element", using="css selector", value=selector)
        return Element(f"{self.session}/element/{found[ELEMENT]}")

    def text(self) -> str:
        """Return what a person sees; "" while one page goes and the next one comes."""
        try:
            return self.find("main").text()
        except urllib.error.HTTPError as error:
            if error.code != http.HTTPStatus.NOT_FOUND:  # no such element, or it is gone by now
                raise
            return ""

    def key(self, letter: str) -> None:
        """Press a key, wherever the cursor is."""
        keys = [{"type": kind, "value": letter} for kind in ("keyDown", "keyUp")]
        self._post("actions", actions=[{"type": "key", "id": "keyboard", "actions": keys}])

    def ask(self, script: str) -> Any:
        return self._post("execute/sync", script=f"return {script}", args=[])

    def _post(self, what: str, **said: Any) -> Any:
        return _ask(f"{self.session}/{what}", said)


class Element:
    """Something on a page."""

    def __init__(self, address: str) -> None:
        self.address = address

    def click(self) -> None:
        _ask(f"{self.address}/click", {})

    def text(self) -> str:
        return str(_ask(f"{self.address}/text"))

    def type(self, text: str) -> None:
        _ask(f"{self.address}/value", {"text": text})


@contextmanager
def window(processes: Stage) -> Iterator[Window]:
    """Open a window of a browser, which is gone with the stage at the latest, whatever fails."""
    driver = processes.start(str(DRIVER), "--port=0")
    wait_until(lambda: STARTED.search(driver.printed()), "the driver listens")
    (port,) = STARTED.findall(driver.printed())
    base, profile = f"http://127.0.0.1:{port}/session", processes.folder / "profile"
    options = {"binary": BROWSER, "args": [*ARGUMENTS, f"--user-data-dir={profile}"]}
    wanted = {"alwaysMatch": {"goog:chromeOptions": options}}
    session = f"{base}/{_ask(base, {'capabilities': wanted})['sessionId']}"
    yield Window(session)
    _ask(session, method="DELETE")
    driver.stop()


def _ask(address: str, said: Any = None, method: str | None = None) -> Any:
    data = None if said is None else json.dumps(said).encode()
    asked = urllib.request.Request(address, data=data, method=method)  # noqa: S310 - our driver
    with urllib.request.urlopen(asked, timeout=60) as answer:  # noqa: S310 - as above
        return json.load(answer)["value"]
