"""What a lost connection does to a page: it says so, comes back by itself, and neither loses nor doubles a word."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from playwright.async_api import expect
from tests.browser.visitor import Open, Visitor
from tests.client.serving import Server, Wire, serving

LOST = r"WebSocket connection to .* failed|net::ERR_|Firefox can.t establish a connection"


async def alone_and_behind(visitor: Open, server: Server, wire: Wire, room: str) -> tuple[Visitor, Visitor]:
    """Ana on a straight way to the server, Bob on one that can be cut."""
    ana, bob = await asyncio.gather(visitor(), visitor(url=wire.url))
    bob.forgives(LOST)
    await asyncio.gather(ana.enter("Ana", room), bob.enter("Bob", room))
    await asyncio.gather(ana.sees(ana.person("Bob")), bob.sees(bob.person("Ana")))
    return ana, bob


async def test_nothing_is_lost_or_doubled(visitor: Open, server: Server, wire: Wire) -> None:
    """What others said meanwhile is there, what one wrote meanwhile arrives once, and nobody was told of the loss."""
    ana, bob = await alone_and_behind(visitor, server, wire, "loss")
    await bob.say("before")
    await ana.sees(ana.message("before"))

    wire.cut()
    banner = bob.page.get_by_role("status", name="Connection")
    await expect(banner).to_contain_text("Connection lost.", timeout=20_000)
    await bob.picture("connection-lost")
    await bob.say("written while away")
    await ana.say("said while Bob was away")
    await bob.misses(bob.message("said while Bob was away"))
    await expect(ana.person("Bob")).to_have_count(1)
    wire.mend()

    await ana.sees(ana.message("written while away"))
    await bob.sees(bob.message("said while Bob was away"))
    await expect(banner).to_be_empty()
    await bob.say("after")
    await ana.sees(ana.message("after"))
    for one in (ana, bob):
        for text in ("before", "written while away", "said while Bob was away", "after"):
            await expect(one.message(text)).to_have_count(1)
        await expect(one.page.get_by_text("Not sent.")).to_have_count(0)
    await expect(ana.person("Bob")).to_have_count(1)


async def test_call_outlives_a_lost_connection(visitor: Open, server: Server, wire: Wire) -> None:
    """Pictures do not need the server: they go on while it is out of reach, and afterwards."""
    ana, bob = await alone_and_behind(visitor, server, wire, "loss-in-call")
    await ana.join_call()
    await bob.join_call()
    await ana.watches("Bob's camera")
    await bob.watches("Ana's camera")
    wire.cut()
    banner = bob.page.get_by_role("status", name="Connection")
    await expect(banner).to_contain_text("Connection lost.", timeout=20_000)
    await ana.watches("Bob's camera")
    await bob.watches("Ana's camera")
    wire.mend()
    await expect(banner).to_be_empty(timeout=20_000)
    await ana.watches("Bob's camera")
    await bob.watches("Ana's camera")


async def test_server_restarts(visitor: Open, tmp_path: Path) -> None:
    """The session is gone with it: the page opens a new one, takes its seat again, and what was written arrives once."""
    with serving(tmp_path / "data") as server:
        ana, bob = await asyncio.gather(visitor(url=server.url), visitor(url=server.url))
        for one, name in ((ana, "Ana"), (bob, "Bob")):
            one.forgives(LOST)
            await one.enter(name, "restart")
        await asyncio.to_thread(server.stop)
        await expect(bob.page.get_by_role("status", name="Connection")).to_contain_text("Connection lost.")
        await bob.say("written while the server was down")
        await asyncio.to_thread(server.start)
        await ana.sees(ana.message("written while the server was down"))
        await expect(ana.message("written while the server was down")).to_have_count(1)
        await expect(bob.message("written while the server was down")).to_have_count(1)
        await ana.say("and here we are again")
        await bob.sees(bob.message("and here we are again"))
        await asyncio.gather(ana.sees(ana.person("Bob")), bob.sees(bob.person("Ana")))


async def test_entering_without_a_server(visitor: Open, server: Server, wire: Wire) -> None:
    """Somebody who enters just as the way breaks gets in when it is mended."""
    bob = await visitor(url=wire.url)
    bob.forgives(LOST)
    await bob.page.goto(wire.url)
    wire.cut()
    await bob.page.get_by_label("Your name").fill("Bob")
    await bob.button("Enter").click()
    await bob.sees(bob.page.get_by_text(re.compile("Connecting|Entering")))
    wire.mend()
    await bob.is_in()
