"""A long conversation: older messages come when one scrolls up, and what one reads stays where it is."""

from __future__ import annotations

import contextlib
import re

from playwright.async_api import Locator, expect
from tests.browser.test_shapes import judged
from tests.browser.visitor import Open, until
from tests.client.serving import Server

from palaver.client import Client
from palaver.core.chat import InChannel, PostMessage
from palaver.core.ids import RoomId
from palaver.core.rooms import JoinRoom

ROOM = RoomId("archive")
SAID = 130
EARLY = 35
NEAR = 80
# And where it stands then, before anything can arrive.
SCROLL = "(one) => { one.closest('[role=region]').scrollTo(0, 200); return one.getBoundingClientRect().top; }"


async def test_what_is_read_stays_in_its_place(visitor: Open, server: Server) -> None:
    """While older messages arrive above, and new ones below; a press leads to the latest, and to what is looked for."""
    async with contextlib.AsyncExitStack() as stack:
        talkers = [await stack.enter_async_context(Client(server.url, name=name)) for name in ("Eva", "Luis", "Mia")]
        for talker in talkers:
            await talker.ask(JoinRoom(ROOM, create=True))
        posted = [
            await talkers[number % 3].ask(
                PostMessage(InChannel(ROOM), f"line {number}." + " and some more words" * (number % 40))
            )
            for number in range(SAID)
        ]
        ana = await (await visitor(alone=False)).enter("Ana", ROOM)
        await expect(ana.message(f"line {SAID - 1}.")).to_be_in_viewport()
        await expect(ana.message("line 0.")).to_have_count(0)
        first = ana.log.get_by_role("article").first
        words = await first.get_attribute("aria-label") or ""
        oldest = ana.message(words)
        stood = await oldest.evaluate(SCROLL)
        await until(lambda: shown(oldest, first), "older messages are there")
        assert abs(await top(oldest) - stood) < 2

        await ana.log.evaluate("(log) => log.scrollBy(0, -150)")
        stood = await top(oldest)
        await talkers[0].ask(PostMessage(InChannel(ROOM), "one more"))
        await ana.sees(ana.button("1 new message"))
        assert abs(await top(oldest) - stood) < 2
        await ana.button("1 new message").click()
        await expect(ana.message("one more")).to_be_in_viewport()
        await ana.misses(ana.page.get_by_role("button", name="new message"))

        await talkers[1].ask(PostMessage(InChannel(ROOM), "as I said", reply_to=posted[EARLY].message))
        await (await ana.sees(ana.button(re.compile("^(In reply to Mia|An older message)")))).click()
        await expect(ana.message(f"line {EARLY}.")).to_be_in_viewport()
        await expect(ana.message(f"line {EARLY}.")).to_be_focused()

        # The address of a message, followed in the page and by who comes in.
        address = f"{server.url}/r/{ROOM}#main/{posted[NEAR].message}"
        await talkers[1].ask(PostMessage(InChannel(ROOM), f"see {address}"))
        await ana.button(re.compile("^Jump to latest|new message")).click()
        await (await ana.sees(ana.page.get_by_role("link", name=address))).click()
        await expect(ana.message(f"line {NEAR}.")).to_be_in_viewport()
        await ana.page.goto("about:blank")
        await ana.page.goto(f"{server.url}/r/{ROOM}#main/{posted[EARLY].message}")
        await expect(ana.message(f"line {EARLY}.")).to_be_in_viewport()

        await ana.button("Search this conversation").click()
        await ana.page.get_by_role("searchbox", name="Search in #main").fill("LINE luis 121.")
        found = ana.page.get_by_role("search").get_by_role("listitem")
        await expect(found).to_have_count(1)
        await judged(ana, "search")
        await ana.picture("search")
        await ana.page.keyboard.press("Enter")
        await expect(ana.message("line 121.")).to_be_in_viewport()
        await ana.button("Close the search").click()
        await expect(ana.box).to_be_focused()

        await ana.log.get_by_role("button", name="Mia", exact=True).last.click()
        await ana.sees(ana.page.get_by_role("dialog", name="Mia"))
        await ana.page.keyboard.press("Escape")
        await ana.log.evaluate("(log) => log.scrollTo(0, log.scrollHeight)")
        await ana.misses(ana.page.get_by_role("button", name="Jump to latest"))
        await ana.page.evaluate("document.hasFocus = () => false; window.dispatchEvent(new Event('blur'))")
        for number in range(20):
            await talkers[number % 3].ask(PostMessage(InChannel(ROOM), f"news {number}."))
        await (await ana.sees(ana.button("20 new messages above"))).click()
        await expect(ana.message("news 0.")).to_be_focused()
        await expect(ana.message("news 0.")).to_be_in_viewport()
        await ana.misses(ana.page.get_by_role("button", name="new messages above"))


async def top(message: Locator) -> float:
    """Return how far below the window's edge a message stands, when all is drawn."""
    return float(
        await message.evaluate(
            "async (one) => { for (let at = 0; at < 3; at += 1) await new Promise(requestAnimationFrame);"
            " return one.getBoundingClientRect().top; }"
        )
    )


async def shown(message: Locator, first: Locator) -> bool:
    """Return whether the message is no longer the first of the list."""
    return await message.get_attribute("aria-label") != await first.get_attribute("aria-label")
