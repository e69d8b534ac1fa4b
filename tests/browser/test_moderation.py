"""Keeping the peace on the page: one who runs the site acts on somebody, and that one is told."""

from __future__ import annotations

import asyncio
import re

from playwright.async_api import expect
from tests.browser.visitor import Open
from tests.client.serving import Server


async def test_moderator_acts_on_a_guest(visitor: Open, server: Server) -> None:
    """A broadcast is stopped; somebody removed reads why, and does not get in again at once."""
    token = server.token("warden", op=True)
    warden, mallory = await asyncio.gather(visitor(alone=False), visitor(alone=False))
    await warden.page.goto(f"{server.url}/r/order?jwt={token}")
    await warden.is_in()
    await mallory.enter("Mallory", "order")

    await mallory.button("Turn camera on").click()
    await warden.button("Watch Mallory's camera").click()
    await warden.watches("Mallory's camera")
    await warden.person("Mallory").hover()
    await warden.person("Mallory").get_by_role("button", name="More about Mallory").click()
    await warden.page.get_by_role("menuitem", name="Stop their camera").click()
    await mallory.misses(mallory.video("Your camera"))
    await mallory.sees(mallory.button("Turn camera on"))
    await warden.sees(warden.page.get_by_text("Mallory turned the camera off."))

    await warden.person("Mallory").hover()
    await warden.person("Mallory").get_by_role("button", name="More about Mallory").click()
    await warden.page.get_by_role("menuitem", name=re.compile("^Remove from the room")).click()
    dialog = warden.page.get_by_role("dialog", name="Remove Mallory")
    await dialog.get_by_label("Reason").fill("Too loud")
    await dialog.get_by_role("button", name="Remove", exact=True).click()
    await warden.misses(warden.person("Mallory"))
    await mallory.sees(mallory.page.get_by_text("You were removed from the room."))
    await mallory.sees(mallory.page.get_by_text("Too loud"))
    await mallory.picture("removed")
    await mallory.page.get_by_role("main").get_by_role("button").first.click()
    await mallory.sees(mallory.page.get_by_text(re.compile("removed", re.IGNORECASE)))
    await expect(mallory.box).to_have_count(0)


async def test_ignored_person_is_not_heard(visitor: Open) -> None:
    """Ignored, one is no longer heard, until that is taken back; what was said meanwhile stays unheard."""
    ana, bob = await asyncio.gather(visitor(alone=False), visitor(alone=False))
    await ana.enter("Ana", "peace")
    await bob.enter("Bob", "peace")
    await ana.sees(ana.person("Bob"))

    async def choose(action: str) -> None:
        await ana.person("Bob").hover()
        await ana.person("Bob").get_by_role("button", name="More about Bob").click()
        await ana.page.get_by_role("menuitem", name=action, exact=True).click()

    await choose("Ignore")
    await ana.sees(ana.page.get_by_text("You will no longer hear Bob."))
    await bob.say("can you hear me?")
    await choose("Stop ignoring")
    await bob.say("and now?")
    await ana.sees(ana.message("and now?"))
    await ana.misses(ana.message("can you hear me?"))
    await ana.say("I can")
    await bob.sees(bob.message("I can"))
