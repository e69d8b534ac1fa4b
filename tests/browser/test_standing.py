"""How people stand to each other on the page: not to be disturbed, watched, warned of a camera, and where they are."""

from __future__ import annotations

import asyncio
import re

from playwright.async_api import expect
from tests.browser.test_hosting import choose, hosts
from tests.browser.test_shapes import fits, judged
from tests.browser.visitor import Open, meet
from tests.client.serving import Server


async def test_not_to_be_disturbed(visitor: Open) -> None:
    """Strangers find the way in closed, and what they manage to say is not shown; whom one wrote to may answer."""
    ana, bob = await meet(visitor, "quiet", "Ana", "Bob", alone=False)
    await bob.button("Message Ana").click()
    await ana.page.get_by_role("button", name="Your status and account").click()
    await ana.page.get_by_role("menuitemradio", name="Do not disturb").click()
    await bob.say("are you there?")
    await bob.sees(bob.message("are you there?").get_by_text("Sent"))
    await expect(ana.page.get_by_role("button", name=re.compile("Bob.*unread"))).to_have_count(0)
    await bob.button(re.compile("^Ana")).hover()
    await bob.button("Close the conversation with Ana").click()
    way = await bob.sees(bob.person("Ana").get_by_role("button", name="Ana would rather not get direct messages"))
    await expect(way).to_have_attribute("aria-disabled", "true")
    await judged(bob, "somebody not to be disturbed")
    await bob.picture("not-to-be-disturbed")

    await ana.button("Message Bob").click()
    await ana.say("now I am")
    await bob.button(re.compile("^Ana.*1 unread message")).click()
    await bob.say("good")
    await ana.sees(ana.message("good"))
    await ana.page.reload()
    await ana.enter("Ana", "quiet")
    await bob.sees(bob.person("Ana").get_by_text("Do not disturb"))


async def test_watching_is_told_and_can_be_kept_quiet(visitor: Open) -> None:
    """On by default; switched off in the settings."""
    ana, bob = await meet(visitor, "watchful", "Ana", "Bob", alone=False)
    await ana.button("Turn camera on").click()
    await bob.button("Watch Ana's camera").click()
    await ana.sees(ana.toasts.filter(has_text="Bob is now watching your camera."))
    await ana.picture("watch-notice")
    await ana.button("Settings").click()
    dialog = ana.page.get_by_role("dialog", name="Settings")
    await dialog.get_by_role("tab", name="Sounds and notifications").click()
    await dialog.get_by_label("Say who watches my camera").uncheck()
    await ana.page.keyboard.press("Escape")
    await ana.button("Dismiss").click()
    await bob.button("Stop watching Ana's camera").click()
    await ana.sees(ana.page.get_by_text("Nobody watches"))
    await bob.button("Watch Ana's camera").click()
    await ana.sees(ana.page.get_by_text("1 person watches"))
    await expect(ana.toasts).to_have_count(0)


async def test_location_is_shown_before_it_is_sent(visitor: Open) -> None:
    """Found on request only, roughly unless asked otherwise, and a link for those who read it."""
    place = {"latitude": 48.137154, "longitude": 11.576124, "accuracy": 12}
    ana = await visitor(alone=False, geolocation=place, permissions=["geolocation"])
    bob = await visitor(alone=False)
    await asyncio.gather(ana.enter("Ana", "whereabouts"), bob.enter("Bob", "whereabouts"))
    await ana.button("Send something else").click()
    await ana.page.get_by_role("menuitem", name="Share my location").click()
    dialog = ana.page.get_by_role("dialog", name="Share my location")
    await dialog.get_by_role("button", name="Find my location").click()
    await ana.sees(dialog.get_by_text("48.14, 11.58"))
    await judged(ana, "location")
    await fits(ana)
    await ana.picture("location")
    await dialog.get_by_role("button", name="Send", exact=True).click()
    link = await bob.sees(bob.page.get_by_role("link", name="48.14, 11.58"))
    await expect(link).to_have_attribute(
        "href", re.compile(r"^https://www\.openstreetmap\.org/\?mlat=48\.14&mlon=11\.58")
    )


async def test_who_runs_a_room_renames(visitor: Open, server: Server) -> None:
    """And everybody reads the new name."""
    ana, bob = await visitor(alone=False), await visitor(alone=False)
    await hosts(server, ana, "Ana", "names")
    await bob.enter("Bob", "names")
    await choose(ana, "Bob", "Rename…")
    dialog = ana.page.get_by_role("dialog", name="Rename Bob")
    await dialog.get_by_label("Display name").fill("Bob from sales")
    await judged(ana, "rename")
    await dialog.get_by_role("button", name="Rename").click()
    await ana.sees(ana.person("Bob from sales"))
    await bob.sees(bob.person("Bob from sales"))
