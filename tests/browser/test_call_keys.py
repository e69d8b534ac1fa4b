"""Single keys in a call, and where the focus is then."""

from __future__ import annotations

import re

from playwright.async_api import expect
from tests.browser.test_shapes import judged
from tests.browser.visitor import Open


async def test_keys_of_a_call(visitor: Open) -> None:
    """M and V switch, R raises the hand, the held space bar speaks, ? lists them; none of them does so while one writes."""
    ana = await (await visitor(alone=False)).enter("Ana", "keyed")
    keys = ana.page.keyboard
    await ana.join_call(camera=False)
    await expect(ana.page.get_by_role("region", name="Call in keyed")).to_be_focused()
    await ana.sees(ana.button("Mute microphone"))
    await keys.press("m")
    await ana.sees(ana.button("Unmute microphone"))
    await expect(ana.announcer).to_have_text("Microphone off")
    # The fake microphone is never silent.
    await ana.sees(ana.page.get_by_text("You are muted: nobody hears you."))
    await keys.down(" ")
    await ana.sees(ana.button("Mute microphone"))
    await keys.up(" ")
    await ana.sees(ana.button("Unmute microphone"))
    await keys.press("v")
    await ana.sees(ana.button("Turn camera off"))
    await expect(ana.announcer).to_have_text("Camera on")
    await keys.press("r")
    await ana.sees(ana.button("Lower hand"))
    await expect(ana.announcer).to_have_text("Your hand is up.")
    await ana.box.focus()
    await keys.type("mv mr")
    await expect(ana.box).to_have_value("mv mr")
    await ana.sees(ana.button("Lower hand"))
    await ana.sees(ana.button("Unmute microphone"))

    # What is pointed at is still seen on the dark of a call.
    for name in ("Choose devices", "Pin You"):
        await ana.page.get_by_role("region", name="Call in keyed").get_by_role("button", name=name).hover()
        await expect(ana.button(name)).to_have_css("color", re.compile(r"rgb\(2[45]\d, 2[45]\d, 2[45]\d\)"))

    await ana.page.get_by_role("region", name="Call in keyed").focus()
    await keys.press("?")
    await ana.sees(ana.page.get_by_role("dialog", name="Keys"))
    await judged(ana, "keys")
    await ana.picture("keys")
    await keys.press("Escape")
    await ana.button("Settings").click()
    dialog = ana.page.get_by_role("dialog", name="Settings")
    await dialog.get_by_role("tab", name="Camera and microphone").click()
    await dialog.get_by_role("switch", name="Single keys").uncheck()
    await keys.press("Escape")
    await ana.page.get_by_role("region", name="Call in keyed").focus()
    await keys.press("m")
    await keys.press("Tab")
    await ana.sees(ana.button("Unmute microphone"))
    await expect(ana.button("Unmute microphone")).to_have_attribute("title", "Unmute microphone")
