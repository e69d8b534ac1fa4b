"""A call with one person: rung, taken or refused, seen and heard both ways; also with a client of Spreed's wire."""

from __future__ import annotations

import asyncio
import re

from playwright.async_api import expect
from tests.browser.test_shapes import PHONE, fits, judged
from tests.browser.visitor import Open, meet
from tests.client.serving import Server
from tests.dialects.spreed.peer import SpreedPeer


async def test_one_rings_another(visitor: Open) -> None:
    """Refused first; called back and taken with the camera on; whoever hangs up ends it for both."""
    ana, bob = await meet(visitor, "ringing", "Ana", "Bob", alone=False)
    await ana.button("Message Bob").click()
    await ana.button("Call Bob").click()
    card = bob.page.get_by_role("group", name="Ana calls you")
    await bob.sees(card)
    await ana.sees(ana.page.get_by_text("Calling…"))
    await expect(bob.announcer).to_have_text("Ana calls you.")
    await expect(bob.page).to_have_title(re.compile("^Ana calls you – "))
    await judged(bob, "somebody rings")
    await bob.picture("ringing")
    await ana.picture("calling")
    await card.get_by_role("button", name="Refuse").click()
    await bob.misses(card)
    await expect(bob.page).to_have_title(re.compile("^main – "))
    await ana.sees(ana.button("Call Bob"))

    await bob.button("Message Ana").click()
    await bob.button("Call Ana").click()
    card = ana.page.get_by_role("group", name="Bob calls you")
    await card.get_by_role("button", name="Accept with camera").click()
    await bob.watches("Ana's camera")
    await bob.button("Turn camera on").click()
    await ana.watches("Bob's camera")
    await ana.hears_audio("Bob's camera")
    await ana.sees(ana.page.get_by_role("heading", name="Call with Bob"))
    await judged(ana, "direct call")
    await ana.picture("direct-call")
    await ana.button("Leave call").click()
    await bob.sees(bob.button("Call Ana"))


async def test_spreed_client_and_page_call_each_other(visitor: Open, server: Server) -> None:
    """Whoever calls: the page decodes the program's pictures, and the program the page's."""
    ana = await visitor(**PHONE)
    await ana.enter("Ana", "spreed-call")
    async with SpreedPeer(server.url, "Sven") as sven:
        welcome = await sven.enter("spreed-call")
        (page,) = [user["Id"] for user in welcome["Users"] if user["Id"] != sven.id]
        calling = asyncio.create_task(sven.call(page))
        card = ana.page.get_by_role("group", name="Sven calls you")
        await ana.sees(card)
        await fits(ana)
        await ana.picture("phone-ringing")
        await card.get_by_role("button", name="Accept with camera").click()
        await ana.watches("Sven's camera")
        await calling
        await sven.sees(page)
        await sven.may_write_to_the_server_alone()
        await fits(ana)
        await ana.picture("phone-direct-call")
        await sven.hang_up(page)

        sven.frames.clear()
        await ana.sees(ana.page.get_by_role("heading", name="Sven"))
        await ana.button(re.compile("^Call Sven")).click()
        await ana.watches("Sven's camera")
        await ana.button("Turn camera on").click()
        await sven.sees(page)
        await ana.button("Leave call").click()
        await sven.hears("Bye")
