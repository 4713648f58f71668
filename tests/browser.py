"""A real Chromium, driven through its own DevTools Protocol: no other program is needed.

Looked for on PATH; on Debian, as root, it is installed when it is missing.
"""

from __future__ import annotations

import asyncio
import base64
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--force-color-profile=srgb",
    "--hide-scrollbars",
    "--remote-debugging-port=0",
)
_ADDRESS = re.compile(r"DevTools listening on (ws://\S+)")


class NoBrowser(Exception):
    """Why there is no browser here."""


def program(say: Callable[[str], None]) -> str:
    """The browser's path; installed first where that can be done. Raises NoBrowser."""
    if found := _found():
        return found
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise NoBrowser("Chromium is not on PATH (apt-get install chromium)")
    say("installing Debian's chromium")
    for arguments in (["update", "-q"], ["install", "-q", "-y", "chromium"]):
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        done = subprocess.run(["apt-get", *arguments], capture_output=True, text=True, env=quiet)
        if done.returncode:
            raise NoBrowser(f"apt-get {arguments[0]} failed: {done.stderr.strip()[-300:]}")
    if found := _found():
        return found
    raise NoBrowser("Debian's chromium was installed and is not on PATH")


def _found() -> str | None:
    return next((path for name in NAMES if (path := shutil.which(name))), None)


class Browser:
    """One browser with one page. An asynchronous context."""

    def __init__(self, path: str, *, width: int = 1360, height: int = 900) -> None:
        self._path = path
        self._size = f"--window-size={width},{height}"
        self._number = 0
        self.said: list[str] = []
        """What the page complained of: errors, refused scripts, styles and requests."""
        self.asked: list[str] = []
        """The address of every request."""

    async def __aenter__(self) -> Browser:
        self._home = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self._process = await asyncio.create_subprocess_exec(
            self._path,
            *FLAGS,
            self._size,
            f"--user-data-dir={self._home.name}",
            "about:blank",
            stderr=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
        )
        address = await asyncio.wait_for(self._address(), 60)
        self._session = aiohttp.ClientSession()
        self._socket = await self._session.ws_connect(address, max_msg_size=0)
        targets = await self._call("Target.getTargets")
        page = next(one for one in targets["targetInfos"] if one["type"] == "page")
        attached = await self._call(
            "Target.attachToTarget", targetId=page["targetId"], flatten=True
        )
        self._target = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            await self.call(f"{domain}.enable")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()
        self._process.kill()
        await self._process.wait()
        self._home.cleanup()

    async def open(self, path: Path) -> None:
        """A file of this machine, until its script has run."""
        await self.call("Page.navigate", url=path.as_uri())
        ready = "document.documentElement?.dataset.ready ?? ''"
        for _ in range(600):
            if await self.run(ready) == "yes":
                return
            await asyncio.sleep(0.05)
        raise AssertionError(f"the page is not ready: {self.said}")

    async def run(self, script: str) -> Any:
        """The value of an expression in the page."""
        done = await self.call("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in done, done["exceptionDetails"]
        return done["result"].get("value")

    async def press(self, key: str) -> None:
        for kind in ("keyDown", "keyUp"):
            text = {"text": key} if len(key) == 1 and kind == "keyDown" else {}
            await self.call("Input.dispatchKeyEvent", type=kind, key=key, **text)

    async def picture(self, path: Path) -> None:
        answer = await self.call("Page.captureScreenshot", format="png")
        path.write_bytes(base64.b64decode(answer["data"]))

    async def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        return await self._call(method, session=self._target, **parameters)

    async def _call(self, method: str, *, session: str = "", **parameters: Any) -> dict[str, Any]:
        self._number += 1
        number = self._number
        sent: dict[str, Any] = {"id": number, "method": method, "params": parameters}
        await self._socket.send_json({**sent, "sessionId": session} if session else sent)
        while True:
            heard = await asyncio.wait_for(self._socket.receive_json(), 60)
            if heard.get("id") == number:
                assert "error" not in heard, heard["error"]
                result: dict[str, Any] = heard["result"]
                return result
            self._note(heard)

    def _note(self, heard: dict[str, Any]) -> None:
        parameters = heard.get("params", {})
        if heard.get("method") == "Log.entryAdded":
            self.said.append(parameters["entry"]["text"])
        elif heard.get("method") == "Runtime.exceptionThrown":
            self.said.append(str(parameters["exceptionDetails"]))
        elif heard.get("method") == "Network.requestWillBeSent":
            self.asked.append(parameters["request"]["url"])

    async def _address(self) -> str:
        assert self._process.stderr is not None
        async for line in self._process.stderr:
            if found := _ADDRESS.search(line.decode(errors="replace")):
                return found[1]
        raise NoBrowser("Chromium ended before it listened")
