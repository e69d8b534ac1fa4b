"""A meeting on the page: made with a link, a waiting room, a host who keeps order, and an end for everybody."""

from __future__ import annotations

import re

from playwright.async_api import expect
from tests.browser.test_hosting import choose
from tests.browser.test_shapes import PHONE, fits, judged
from tests.browser.visitor import Open, Visitor


async def start(host: Visitor, title: str) -> str:
    """Make a meeting at the entrance; return its link."""
    await host.page.goto(host.url)
    host.name = "Hana"
    await host.page.get_by_label("Your name").fill("Hana")
    await host.page.get_by_text("New meeting", exact=True).click()
    await host.page.get_by_label("Title").fill(title)
    await judged(host, "entrance of a meeting")
    await host.picture(f"meeting-entrance-{host.page.viewport_size['width'] if host.page.viewport_size else 0}")
    await host.button("Start the meeting").click()
    dialog = host.page.get_by_role("dialog", name=f"Invite people to {title}")
    link = await (await host.sees(dialog.get_by_label("Link to the room"))).input_value()
    await judged(host, "link of a meeting")
    await host.picture("meeting-link")
    await host.page.keyboard.press("Escape")
    return link


async def knock(guest: Visitor, link: str, name: str) -> None:
    await guest.page.goto(link)
    guest.name = name
    await guest.page.get_by_label("Your name").fill(name)
    await guest.button("Enter").click()
    await guest.sees(guest.page.get_by_role("heading", name="Waiting to be let in"))


async def hands_go_up(host: Visitor, first: Visitor, second: Visitor) -> None:
    """Two raise a hand in the call; everybody sees who was first, and the host lowers that one."""
    for guest in (first, second):
        await guest.button("Raise hand").click()
        await host.sees(host.toasts.filter(has_text=f"{guest.name} raised a hand."))
    await host.button("Show people").click()
    raised = host.page.get_by_role("list", name="Raised hands").locator(".person-name")
    await expect(raised).to_have_text([first.name, second.name])
    await host.sees(host.page.get_by_role("figure", name=f"{first.name}'s camera").get_by_text("Hand raised"))
    await judged(host, "raised hands")
    await host.picture("meeting-hands")
    await first.picture("meeting-hands-phone")
    await fits(first)
    await choose(host, first.name, "Lower hand")
    await expect(raised).to_have_text([second.name])
    await first.sees(first.button("Raise hand"))
    await expect(first.announcer).to_have_text("Your hand is down.")


async def what_is_said_beside_the_call_is_counted(host: Visitor, guest: Visitor, phone: Visitor) -> None:
    """On the button that shows the chat; on a phone that is turned, pictures have the room."""
    await guest.say("one thing")
    await host.button("Show chat, 1 unread message").click()
    await host.sees(host.message("one thing"))
    await phone.page.set_viewport_size({"width": 844, "height": 390})
    await phone.sees(phone.button(re.compile("^Show chat, 1 unread")))
    await phone.picture("meeting-call-turned")
    await phone.page.set_viewport_size(PHONE["viewport"])
    await host.button("Show people").click()


async def test_meeting_from_link_to_end(visitor: Open) -> None:
    """People wait, all are let in at once, talk in the call, are asked to mute, and all are sent home."""
    hana, ana, bob = [await visitor(alone=False, **more) for more in ({}, PHONE, {})]
    link = await start(hana, "Standup")
    assert re.search(r"/r/[a-z]{4}-[a-z]{4}-[a-z]{4}$", link)
    await knock(ana, link, "Ana")
    await knock(bob, link, "Bob")
    await hana.sees(hana.button("Let everybody in"))
    await judged(hana, "waiting people")
    await hana.picture("meeting-waiting")
    await hana.button("Let everybody in").click()
    await ana.is_in()
    await bob.is_in()

    for one in (hana, ana, bob):
        await one.join_call(camera=one is not bob)
    await bob.watches("Ana's camera")
    await bob.watches("Hana's camera")
    await hana.sees(hana.button("Unmute microphone").or_(hana.button("Mute microphone")))
    await hana.picture("meeting-call")
    await ana.picture("meeting-call-phone")
    await fits(ana)
    await hands_go_up(hana, ana, bob)
    await what_is_said_beside_the_call_is_counted(hana, bob, ana)
    await hana.button("Ask everybody to mute").click()
    for guest in (ana, bob):
        dialog = guest.page.get_by_role("dialog", name="Please mute your microphone")
        await guest.sees(dialog.get_by_text("Hana asks you to."))
        await dialog.get_by_role("button", name="Mute microphone").click()
        await guest.sees(guest.button("Unmute microphone"))
    await hana.picture("meeting-people")

    await hana.button("Room options").click()
    await hana.page.get_by_role("menuitem", name="Lock the room").click()
    await hana.button("Room options").click()
    await hana.sees(hana.page.get_by_role("menuitem", name="Unlock the room"))
    await hana.page.get_by_role("menuitem", name="End the meeting for everybody").click()
    dialog = hana.page.get_by_role("dialog", name="End the meeting for everybody")
    await judged(hana, "end of a meeting")
    await dialog.get_by_role("button", name="End it now").click()
    await ana.sees(ana.page.get_by_role("heading", name="Standup was closed"))
    await bob.sees(bob.page.get_by_role("heading", name="Standup was closed"))


async def test_some_of_a_meeting_talk_alone(visitor: Open) -> None:
    """In a channel of their own, which the others do not see; and the host hands the meeting over."""
    hana, ana, bob = [await visitor(alone=False) for _ in range(3)]
    link = await start(hana, "Groups")
    for guest, name in ((ana, "Ana"), (bob, "Bob")):
        await knock(guest, link, name)
        await hana.button(f"Let in {name}").click()
        await guest.is_in()
    await hana.sees(hana.person("Bob"))
    await hana.button("Add a channel").click()
    dialog = hana.page.get_by_role("dialog", name="Add a channel")
    await dialog.get_by_label("Name of the channel").fill("us two")
    await dialog.get_by_label("Only for some").check()
    await dialog.get_by_label("Ana").check()
    await judged(hana, "a channel for some")
    await hana.picture("channel-for-some")
    await dialog.get_by_role("button", name="Add", exact=True).click()
    await hana.button("us two").click()
    await hana.say("between us")
    await ana.button(re.compile("^us two.*unread")).click()
    await ana.sees(ana.message("between us"))
    await expect(bob.page.get_by_role("button", name=re.compile("^us two"))).to_have_count(0)

    await choose(hana, "Ana", "Hand the room over")
    await ana.sees(ana.button("Add a channel"))
    await hana.misses(hana.page.get_by_role("button", name="Add a channel"))
