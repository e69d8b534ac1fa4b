"""The choice that @ and : offer in the message box: by keyboard, by pointer, and as axe judges it."""

from __future__ import annotations

import re
from functools import partial

from playwright.async_api import expect
from tests.browser.test_shapes import judged
from tests.browser.visitor import Open, meet


async def test_people_and_emoji_are_offered(visitor: Open) -> None:
    """Arrow keys choose, Enter and Tab take, Escape leaves what was typed; the box keeps the focus."""
    ana, nadia, _ = await meet(partial(visitor, alone=False), "complete", "Ana", "Nadia", "Nathan")
    keys = ana.page.keyboard
    people = ana.page.get_by_role("listbox", name="People to mention")
    await ana.box.click()
    await keys.type("hi @na")
    await ana.sees(people.get_by_role("option", name="Nadia"))
    await expect(people.get_by_role("option")).to_have_count(2)
    await expect(people.get_by_role("option", selected=True)).to_have_text(re.compile("Nadia"))
    await expect(ana.announcer).to_have_text("2 people. Arrow keys choose, Enter takes.")
    await judged(ana, "mention")
    await ana.picture("mention")
    await keys.press("ArrowDown")
    await expect(people.get_by_role("option", selected=True)).to_have_text(re.compile("Nathan"))
    await keys.press("ArrowDown")
    await keys.press("Enter")
    await expect(ana.box).to_have_value("hi @Nadia ")
    await expect(ana.box).to_be_focused()
    await ana.misses(people)

    await keys.type("well done :ta")
    emoji = ana.page.get_by_role("listbox", name="Emoji")
    await ana.sees(emoji.get_by_role("option", name=":tada:"))
    await keys.press("Tab")
    await expect(ana.box).to_have_value("hi @Nadia well done 🎉 ")
    await keys.type(":fire: @nat")
    await ana.sees(people)
    await keys.press("Escape")
    await ana.misses(people)
    await keys.press("Enter")
    seen = await nadia.sees(nadia.message("hi @Nadia well done 🎉 🔥 @nat"))
    await expect(seen.locator(".mention.me")).to_have_text("@Nadia")

    # Safari says so of the Enter that takes a word from an input method.
    taken = "(box) => box.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', keyCode: 229, bubbles: true }))"
    await keys.type("half a w")
    await ana.box.evaluate(taken)
    await expect(ana.box).to_have_value("half a w")
    await ana.box.fill("")

    await keys.type("@n")
    await people.get_by_role("option", name="Nathan").click()
    await expect(ana.box).to_have_value("@Nathan ")
    await expect(ana.box).to_be_focused()
