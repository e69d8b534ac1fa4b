"""Finds the system's Firefox and starts it for Playwright, with a fake camera and without a network.

Playwright drives a Firefox as it is sold by WebDriver BiDi, and asks for one command more than Firefox has so far. The
executable it starts is therefore this module, which starts Firefox, passes everything on, and answers that one itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import shlex
import shutil
import sys
from pathlib import Path

from playwright.async_api import Browser, Playwright
from websockets.asyncio.client import connect
from websockets.asyncio.connection import Connection
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

NAMES = ("firefox", "firefox-esr")
APPLICATIONS = ("/Applications/Firefox.app/Contents/MacOS/firefox",)

PREFERENCES: dict[str, str | float | bool] = {
    "media.navigator.streams.fake": True,
    "media.navigator.permission.disabled": True,
    "media.navigator.video.default_fps": 6,
    # Two processes on one machine without a network: addresses are told as they are, and the loopback counts.
    "media.peerconnection.ice.loopback": True,
    "media.peerconnection.ice.obfuscate_host_addresses": False,
    "media.autoplay.default": 0,
    # A mouse, and one who wants things to stand still: a Firefox without a screen says neither.
    "ui.primaryPointerCapabilities": 6,
    "ui.allPointerCapabilities": 6,
    "ui.prefersReducedMotion": 1,
}
"""What Firefox is told beside what Playwright tells it."""

READY = re.compile(rb"WebDriver BiDi listening on (ws://\S+)")
# What a person prefers is set by PREFERENCES instead.
UNKNOWN = "emulation.setMediaFeaturesOverride"


def executable() -> str:
    """Return the path of a Firefox; empty where there is none."""
    found = next((path for name in NAMES if (path := shutil.which(name))), "")
    return found or next((path for path in APPLICATIONS if Path(path).exists()), "")


async def launch(playwright: Playwright, path: str, home: Path, *, dark: bool = False) -> Browser:
    """Start a Firefox; `home` is an empty directory of its own."""
    program = home / "firefox"
    program.write_text(f'#!/bin/sh\nexec {shlex.join([sys.executable, __file__, path])} "$@"\n')
    program.chmod(0o755)
    scheme = {"layout.css.prefers-color-scheme.content-override": 0 if dark else 1}
    return await playwright.firefox.launch(
        channel="moz-firefox", executable_path=program, firefox_user_prefs={**PREFERENCES, **scheme}
    )


async def stand_between(command: list[str]) -> None:
    """Run Firefox until it ends, and pass on what is said between it and whoever drives it."""
    firefox = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
    assert firefox.stderr is not None
    while not (said := READY.search(line := await firefox.stderr.readline())):
        if not line:
            raise SystemExit(await firefox.wait())
        sys.stderr.buffer.write(line)
    address = said[1].decode()

    async def pass_on(near: ServerConnection) -> None:
        assert near.request is not None
        async with connect(address + near.request.path, max_size=None, ping_interval=None) as far:
            back = asyncio.create_task(pump(far, near))
            await pump(near, far, answer_unknown=True)
            await far.close()
            await back

    async with serve(pass_on, "127.0.0.1", 0, max_size=None, ping_interval=None) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        print(f"WebDriver BiDi listening on ws://127.0.0.1:{port}", file=sys.stderr, flush=True)
        while line := await firefox.stderr.readline():
            sys.stderr.buffer.write(line)
        await firefox.wait()


async def pump(source: Connection, sink: Connection, *, answer_unknown: bool = False) -> None:
    """Pass frames on until one end closes."""
    with contextlib.suppress(ConnectionClosed):
        async for frame in source:
            asked = json.loads(frame) if answer_unknown and UNKNOWN in frame else {}
            if asked.get("method") == UNKNOWN:
                await source.send(json.dumps({"type": "success", "id": asked["id"], "result": {}}))
            else:
                await sink.send(frame)
    await sink.close()


if __name__ == "__main__":
    asyncio.run(stand_between(sys.argv[1:]))
