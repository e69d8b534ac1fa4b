"""A long conversation: older messages come when one scrolls up, and what one reads stays where it is."""

from __future__ import annotations

import contextlib
import re
from typing import Any

from playwright.async_api import Locator, expect
from tests.browser.test_shapes import judged
from tests.browser.visitor import Open, Visitor, until
from tests.client.serving import Server

from palaver.client import Client
from palaver.core.chat import InChannel, PostMessage
from palaver.core.ids import MessageId, RoomId
from palaver.core.rooms import JoinRoom

ROOM = RoomId("archive")
SAID = 130
EARLY = 35
NEAR = 80
# And where it stands then, before anything can arrive.
SCROLL = "(one) => { one.closest('[role=region]').scrollTo(0, 200); return one.getBoundingClientRect().top; }"


class Archive:
    """A channel in which three people said much, and the one who reads it."""

    def __init__(self, server: Server, talkers: list[Client], ana: Visitor) -> None:
        self.server, self.talkers, self.ana = server, talkers, ana
        self.posted: list[MessageId] = []

    async def says(self, text: str, by: int = 0, **more: Any) -> None:
        """Let one of the three say something."""
        answer = await self.talkers[by % 3].ask(PostMessage(InChannel(ROOM), text, **more))
        self.posted.append(answer.message)


async def test_what_is_read_stays_in_its_place(visitor: Open, server: Server) -> None:
    """While older messages arrive above, and new ones below; a press leads to the latest, and to what is looked for."""
    async with contextlib.AsyncExitStack() as stack:
        talkers = [await stack.enter_async_context(Client(server.url, name=name)) for name in ("Eva", "Luis", "Mia")]
        archive = Archive(server, talkers, await visitor(alone=False))
        for talker in talkers:
            await talker.ask(JoinRoom(ROOM, create=True))
        for number in range(SAID):
            await archive.says(f"line {number}." + " and some more words" * (number % 40), by=number)
        await archive.ana.enter("Ana", ROOM)
        await older_and_newer_messages_move_nothing(archive)
        await a_press_leads_to_what_is_answered(archive)
        await addresses_lead_to_a_message(archive)
        await words_are_found(archive)
        await who_comes_back_reads_on(archive)
        await a_press_leads_to_the_first_new_message(archive)


async def older_and_newer_messages_move_nothing(archive: Archive) -> None:
    ana = archive.ana
    await expect(ana.message(f"line {SAID - 1}.")).to_be_in_viewport()
    await expect(ana.message("line 0.")).to_have_count(0)
    first = ana.log.get_by_role("article").first
    oldest = ana.message(await first.get_attribute("aria-label") or "")
    stood = await oldest.evaluate(SCROLL)
    await until(lambda: shown(oldest, first), "older messages are there")
    assert abs(await top(oldest) - stood) < 2

    await ana.log.evaluate("(log) => log.scrollBy(0, -150)")
    stood = await top(oldest)
    await archive.says("one more")
    await ana.sees(ana.button("1 new message"))
    assert abs(await top(oldest) - stood) < 2
    await ana.button("1 new message").click()
    await expect(ana.message("one more")).to_be_in_viewport()
    await ana.misses(ana.page.get_by_role("button", name="new message"))


async def a_press_leads_to_what_is_answered(archive: Archive) -> None:
    ana = archive.ana
    await archive.says("as I said", by=1, reply_to=archive.posted[EARLY])
    await (await ana.sees(ana.button(re.compile("^(In reply to Mia|An older message)")))).click()
    await expect(ana.message(f"line {EARLY}.")).to_be_in_viewport()
    await expect(ana.message(f"line {EARLY}.")).to_be_focused()


async def addresses_lead_to_a_message(archive: Archive) -> None:
    """Followed in the page, and by who comes in."""
    ana, page = archive.ana, f"{archive.server.url}/r/{ROOM}"
    address = f"{page}#main/{archive.posted[NEAR]}"
    await archive.says(f"see {address}", by=1)
    await ana.button(re.compile("^Jump to latest|new message")).click()
    await (await ana.sees(ana.page.get_by_role("link", name=address))).click()
    await expect(ana.message(f"line {NEAR}.")).to_be_in_viewport()
    await ana.page.goto("about:blank")
    await ana.page.goto(f"{page}#main/{archive.posted[EARLY]}")
    await expect(ana.message(f"line {EARLY}.")).to_be_in_viewport()


async def words_are_found(archive: Archive) -> None:
    ana = archive.ana
    await ana.button("Search this conversation").click()
    await ana.page.get_by_role("searchbox", name="Search in #main").fill("LINE luis 121.")
    await expect(ana.page.get_by_role("search").get_by_role("listitem")).to_have_count(1)
    await judged(ana, "search")
    await ana.picture("search")
    await ana.page.keyboard.press("Enter")
    await expect(ana.message("line 121.")).to_be_in_viewport()
    await ana.button("Close the search").click()
    await expect(ana.box).to_be_focused()


async def who_comes_back_reads_on(archive: Archive) -> None:
    """From an author's card to a conversation with them, and back to what one read; what came meanwhile is counted."""
    ana = archive.ana
    line = ana.message("line 121.")
    await ana.message("line 122.").get_by_role("button", name="Mia", exact=True).click()
    card = await ana.sees(ana.page.get_by_role("dialog", name="Mia"))
    stood = await top(line)
    await card.get_by_role("button", name="Message Mia").click()
    await ana.sees(ana.page.get_by_role("heading", name="Mia", exact=True))
    await archive.says("while you were away")
    await ana.page.get_by_role("navigation").get_by_role("button", name=re.compile("^main")).click()
    await expect(line).to_be_in_viewport()
    assert abs(await top(line) - stood) < 2
    await ana.sees(ana.button("1 new message"))


async def a_press_leads_to_the_first_new_message(archive: Archive) -> None:
    ana = archive.ana
    await ana.log.evaluate("(log) => log.scrollTo(0, log.scrollHeight)")
    await ana.misses(ana.page.get_by_role("button", name="Jump to latest"))
    await ana.page.evaluate("document.hasFocus = () => false; window.dispatchEvent(new Event('blur'))")
    for number in range(20):
        await archive.says(f"news {number}.", by=number)
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
