"""A call between a browser and a program: each decodes the other's moving pictures, whoever came first."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator

import pytest
from tests.browser.python_peer import PythonPeer
from tests.browser.visitor import Open, until
from tests.client.serving import Server


@contextlib.asynccontextmanager
async def taking_part(peer: PythonPeer) -> AsyncIterator[PythonPeer]:
    task = asyncio.ensure_future(peer.run())
    try:
        yield peer
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


@pytest.mark.parametrize("first", ["browser", "program"])
async def test_browser_and_program_see_each_other(visitor: Open, server: Server, first: str) -> None:
    ana = await (await visitor()).enter("Ana", f"program-{first}")
    if first == "browser":
        await ana.join_call()
    async with taking_part(PythonPeer(server.url, "robot", f"program-{first}")) as robot:
        if first == "program":
            await ana.sees(ana.button(re.compile("^Join call")))
            await ana.join_call()
        await ana.watches("robot's camera")

        async def decodes() -> bool:
            return max(robot.frames.values(), default=0) > 10 and max(map(len, robot.prints.values()), default=0) > 3

        await until(decodes, "the program decodes moving pictures of the browser")
        await ana.picture(f"call-with-program-{first}")
    await ana.misses(ana.video("robot's camera"))
