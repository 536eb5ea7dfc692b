"""Headless Chromium, driven over its DevTools protocol: pages as people see them, in any size, light, dark or printed.

The protocol is spoken over a pair of pipes (`--remote-debugging-pipe`: JSON, each message ended by a NUL, on the file
descriptors 3 and 4 of the browser): no port is opened, and no library is needed.
https://chromedevtools.github.io/devtools-protocol/
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from .process import NotInstalledError, executable

AXE = Path(sys.prefix, "axe", "axe.min.js")
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage", "--hide-scrollbars",
    "--remote-debugging-pipe",
]  # fmt: skip
PATIENCE = 60  # s, for one answer


class Page:
    """One tab."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.target: str = browser.call("Target.createTarget", url="about:blank")["targetId"]
        attached = browser.call("Target.attachToTarget", targetId=self.target, flatten=True)
        self.session: str = attached["sessionId"]
        self.events: list[dict[str, Any]] = []
        browser.pages[self.session] = self
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        return self.browser.call(method, self.session, **parameters)

    def view(self, width: int, *, dark: bool = False, media: str = "screen", height: int = 900) -> None:
        """What is to be seen from now on."""
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", media=media, features=[scheme])

    def scripts(self, *, allowed: bool) -> None:
        self.call("Emulation.setScriptExecutionDisabled", value=not allowed)

    def open(self, file: Path) -> None:
        self.events.clear()
        self.call("Page.navigate", url=file.resolve().as_uri())
        self.browser.until(lambda: any(event["method"] == "Page.loadEventFired" for event in self.events))

    def run(self, expression: str) -> Any:
        """The value of a JavaScript expression, promises awaited. The page's own policy does not apply to it."""
        answer = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def press(self, key: str) -> None:
        codes = {"Tab": 9, "Enter": 13, " ": 32}
        text = {"text": "\r"} if key == "Enter" else {"text": " "} if key == " " else {}
        for kind in ("keyDown", "keyUp"):
            more = text if kind == "keyDown" else {}
            self.call(
                "Input.dispatchKeyEvent", type=kind, key=key, code="Space" if key == " " else key,
                windowsVirtualKeyCode=codes[key], **more,
            )  # fmt: skip

    def picture(self, file: Path, *, whole: bool = True) -> None:
        shot = self.call("Page.captureScreenshot", captureBeyondViewport=whole)
        file.write_bytes(base64.b64decode(shot["data"]))

    def printed(self, file: Path) -> None:
        self.call("Emulation.setEmulatedMedia", media="")  # what was emulated would be printed
        sheet = self.call("Page.printToPDF", printBackground=False, preferCSSPageSize=True)
        file.write_bytes(base64.b64decode(sheet["data"]))

    def complaints(self) -> list[str]:
        """What the browser has said of the page: refused by its policy, exceptions, dialogs, requests that left it."""
        said = []
        for event in self.events:
            method, told = event["method"], event["params"]
            if method == "Log.entryAdded":
                said.append(told["entry"]["text"])
            elif method == "Runtime.exceptionThrown":
                said.append(told["exceptionDetails"].get("text", "exception"))
            elif method in ("Runtime.consoleAPICalled", "Page.javascriptDialogOpening"):
                said.append(method)
            elif method == "Network.requestWillBeSent" and not told["request"]["url"].startswith(("file:", "data:")):
                said.append(told["request"]["url"])
        return said

    def violations(self) -> list[str]:
        """What axe-core finds in the page as it is seen now: rule by rule, with the elements it is about."""
        if not AXE.exists():
            raise NotInstalledError(f"there is no {AXE}: run tests/lab/install-axe {AXE.parent}")
        self.run(AXE.read_text("utf-8"))
        found = self.run("axe.run({resultTypes: ['violations']}).then((found) => found.violations)")
        return [f"{each['id']}: {each['help']}: {[node['html'][:200] for node in each['nodes'][:5]]}" for each in found]

    def close(self) -> None:
        self.browser.pages.pop(self.session, None)
        self.browser.call("Target.closeTarget", targetId=self.target)


class Browser:
    """A browser of one's own, with a new profile in `folder`."""

    def __init__(self, folder: Path) -> None:
        program = executable("chromium")
        self._to_browser, self._from_browser = os.pipe(), os.pipe()
        # Away from 3 and 4, so that the one redirection does not overwrite what the other one is from.
        ends = [fcntl.fcntl(end, fcntl.F_DUPFD, 20) for end in (self._to_browser[0], self._from_browser[1])]
        os.close(self._to_browser[0])
        os.close(self._from_browser[1])
        command = f'exec "$0" "$@" 3<&{ends[0]} 4>&{ends[1]} {ends[0]}<&- {ends[1]}>&-'
        self.process = subprocess.Popen(
            ["/bin/bash", "-c", command, program, *FLAGS, f"--user-data-dir={folder}"],
            pass_fds=ends,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        for end in ends:
            os.close(end)
        self.pages: dict[str, Page] = {}
        self._number = 0
        self._answers: dict[int, dict[str, Any]] = {}
        self._read = b""

    def call(self, method: str, session: str = "", **parameters: Any) -> dict[str, Any]:
        self._number += 1
        number = self._number
        message: dict[str, Any] = {"id": number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._to_browser[1], data) :]
        self.until(lambda: number in self._answers)
        answer = self._answers.pop(number)
        assert "error" not in answer, f"{method}: {answer['error']}"
        result: dict[str, Any] = answer["result"]
        return result

    @contextmanager
    def page(self) -> Iterator[Page]:
        page = Page(self)
        try:
            yield page
        finally:
            page.close()

    def until(self, done: Callable[[], bool]) -> None:
        """Take in what the browser says, until that is so."""
        end = time.monotonic() + PATIENCE
        while not done():
            left = end - time.monotonic()
            assert left > 0, "the browser does not answer"
            ready, _, _ = select.select([self._from_browser[0]], [], [], left)
            data = os.read(self._from_browser[0], 1 << 20) if ready else b""
            assert data or not ready, "the browser has ended"
            *messages, self._read = (self._read + data).split(b"\0")
            for message in map(json.loads, messages):
                self._take(message)

    def _take(self, message: dict[str, Any]) -> None:
        if "id" in message:
            self._answers[message["id"]] = message
        elif page := self.pages.get(message.get("sessionId", "")):
            page.events.append(message)

    def close(self) -> None:
        with suppress(AssertionError, OSError):
            self.call("Browser.close")
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for end in (self._to_browser[1], self._from_browser[0]):
            os.close(end)


@contextmanager
def running(folder: Path) -> Iterator[Browser]:
    """A browser with its profile in a folder; raises NotInstalledError."""
    one = Browser(folder)
    try:
        yield one
    finally:
        one.close()
