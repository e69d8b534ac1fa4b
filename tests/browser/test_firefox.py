"""Firefox beside Chromium: words, a direct message, pictures both ways, and a page that is loaded anew."""

from __future__ import annotations

import asyncio
import re

from playwright.async_api import expect
from tests.browser.visitor import Open, see_each_other


async def test_firefox_and_chromium(visitor: Open) -> None:
    """Everything of a first visit, between two makers' browsers; then the one in Firefox loads the page anew."""
    ana, bob = await asyncio.gather(visitor(in_firefox=True), visitor(in_firefox=False))
    await asyncio.gather(ana.enter("Ana", "makers"), bob.enter("Bob", "makers"))
    await ana.say("from **Firefox**")
    await expect((await bob.sees(bob.message("from Firefox"))).locator("strong")).to_have_text("Firefox")
    await bob.say("from Chromium")
    await ana.sees(ana.message("from Chromium"))

    await ana.person("Bob").hover()
    await ana.button("Message Bob").click()
    await ana.say("just for you")
    await bob.button(re.compile("Ana.*1 unread message")).click()
    await bob.sees(bob.message("just for you"))
    await ana.sees(ana.message("just for you").get_by_text("Seen"))
    await bob.say("thank you")
    await ana.sees(ana.message("thank you"))

    for one in (ana, bob):
        await one.button(re.compile("^main")).click()
    await asyncio.gather(ana.join_call(), bob.join_call())
    await see_each_other([ana, bob])
    await ana.hears_audio("Bob's camera")
    await bob.hears_audio("Ana's camera")
    await ana.picture("firefox-call")

    await ana.page.reload()
    await ana.is_in()
    await ana.sees(ana.message("from Chromium"))
    await bob.misses(bob.page.get_by_role("figure", name="Ana's camera"))
    await ana.say("still Ana")
    await bob.sees(bob.page.get_by_role("article", name="Ana: still Ana"))
    await expect(ana.toasts).to_have_count(0)
    await ana.join_call()
    await see_each_other([ana, bob])
