"""A room and its host: letting people in, sending them away, and what these read; reports and blocks between guests."""

from __future__ import annotations

import asyncio
import re
from functools import partial

from playwright.async_api import Locator, expect
from tests.browser.test_shapes import PHONE, fits, judged
from tests.browser.visitor import Open, Visitor, meet
from tests.client.serving import Server

from palaver.client import Client
from palaver.core.ids import RoomId
from palaver.core.rooms import CreateRoom, JoinRoom, TransferHost
from palaver.core.sessions import Joined


async def hosts(server: Server, one: Visitor, name: str, room: str) -> None:
    """Enter a room that somebody else made, and be handed it."""
    async with Client(server.url, name=f"maker of {room}") as maker:
        await maker.ask(CreateRoom(RoomId(room)))
        await one.enter(name, room)
        joined = await maker.ask(JoinRoom(RoomId(room)))
        assert isinstance(joined, Joined)
        seat = next(seat for seat in joined.snapshot.participants if seat.handle == name)
        await maker.ask(TransferHost(RoomId(room), seat.session))
    await one.misses(one.person(f"maker of {room}"))


async def choose(one: Visitor, name: str, action: str | re.Pattern[str]) -> None:
    """Pick an action from somebody's menu."""
    await one.person(name).hover()
    await one.person(name).get_by_role("button", name=f"More about {name}").click()
    await one.page.get_by_role("menuitem", name=action, exact=isinstance(action, str)).click()


async def room_settings(one: Visitor) -> Locator:
    await one.button("Room options").click()
    await one.page.get_by_role("menuitem", name="Room settings").click()
    return await one.sees(one.page.get_by_role("dialog", name=re.compile("^Settings of")))


async def knocks(one: Visitor, name: str, room: str) -> None:
    """Ask for a seat, and be kept waiting."""
    await one.page.goto(f"{one.url}/r/{room}")
    one.name = name
    await one.page.get_by_label("Your name").fill(name)
    await one.button("Enter").click()
    await one.sees(one.page.get_by_role("heading", name="Waiting to be let in"))


async def test_waiting_room(visitor: Open, server: Server) -> None:
    """Asked and turned down, asked again and let in; removed by the host, who says why, one may come back later."""
    hana, bob = await asyncio.gather(visitor(alone=False), visitor(alone=False))
    await hosts(server, hana, "Hana", "den")
    dialog = await room_settings(hana)
    await dialog.get_by_role("switch", name=re.compile("^Waiting room")).check()
    await hana.picture("room-settings")
    await dialog.get_by_role("button", name="Save").click()
    await hana.misses(dialog)

    await knocks(bob, "Bob", "den")
    await bob.picture("waiting")
    await hana.sees(hana.page.get_by_text("Waiting to be let in"))
    await hana.sees(hana.toasts.filter(has_text="Bob asks to be let in."))
    await hana.picture("somebody-waits")
    await hana.button("Turn down Bob").click()
    await expect(bob.page.get_by_role("heading", name="You cannot enter den")).to_be_focused()
    await bob.sees(bob.page.get_by_text("Nobody let you in this time."))
    await bob.button("Try again").click()
    # Answered from the note, since the list of people may be out of sight.
    await hana.toasts.filter(has_text="Bob asks to be let in.").get_by_role("button", name="Let in Bob").click()
    await bob.is_in()
    await hana.sees(hana.person("Bob"))
    await hana.misses(hana.toasts.filter(has_text="Bob asks to be let in."))

    await choose(hana, "Bob", re.compile("^Remove from the room"))
    dialog = hana.page.get_by_role("dialog", name="Remove Bob")
    await dialog.get_by_label("Reason").fill("Too loud")
    await dialog.get_by_role("button", name="Remove", exact=True).click()
    await bob.sees(bob.page.get_by_role("heading", name="You were removed from den"))
    await bob.sees(bob.page.get_by_text("You can come back after a minute."))
    await bob.sees(bob.page.get_by_text("Too loud"))
    await bob.sees(bob.page.get_by_text("By Hana."))
    await bob.picture("kicked")
    await bob.button("Enter again").click()
    await bob.sees(bob.page.get_by_text(re.compile(r"You were removed from here. Try again in \d+ seconds.")))


async def test_ban_by_a_host(visitor: Open, server: Server) -> None:
    """It ends one seat; the banned one reads by whom and why, and is back when it is lifted, until the room is closed."""
    hana, mallory = await asyncio.gather(visitor(alone=False), visitor(alone=False, color_scheme="dark", **PHONE))
    await hosts(server, hana, "Hana", "keep")
    await mallory.enter("Mallory", "keep")
    await choose(hana, "Mallory", re.compile("^Ban"))
    dialog = hana.page.get_by_role("dialog", name="Ban Mallory")
    await dialog.get_by_label("Reason").fill("Third <b>warning</b>")
    await dialog.get_by_role("button", name="Ban", exact=True).click()
    await hana.misses(hana.person("Mallory"))
    await mallory.sees(mallory.page.get_by_role("heading", name="You were removed from keep"))
    await mallory.sees(mallory.page.get_by_text(re.compile("^You are banned here")))
    await mallory.sees(mallory.page.get_by_text(re.compile("^Until .*20")))
    await mallory.sees(mallory.page.get_by_text("Third <b>warning</b>"))
    await mallory.sees(mallory.page.get_by_text("By Hana."))
    await judged(mallory, "banned")
    await fits(mallory)
    await mallory.picture("banned")
    await mallory.button("Try again").click()
    await mallory.sees(
        mallory.page.get_by_text(re.compile("^You are banned from here until .*20.* Reason: .*Third <b>warning</b>"))
    )

    dialog = await room_settings(hana)
    await hana.sees(dialog.get_by_text("Third <b>warning</b>"))
    await hana.picture("bans")
    await dialog.get_by_role("button", name=re.compile("^Lift the ban of mallory", re.IGNORECASE)).click()
    await hana.sees(dialog.get_by_text("Nobody is banned."))
    await mallory.button("Try again").click()
    await mallory.is_in()

    await dialog.get_by_role("button", name="Close the room for everybody").click()
    await judged(hana, "room settings")
    await dialog.get_by_role("button", name="Close it now").click()
    await mallory.sees(mallory.page.get_by_role("heading", name="keep was closed"))


async def test_report_reaches_a_moderator(visitor: Open, server: Server) -> None:
    """With what was said, and whoever is reported is not told."""
    token = server.token("warden", op=True)
    warden = await visitor(alone=False)
    ana, bob = await meet(partial(visitor, alone=False), "reports", "Ana", "Bob")
    await warden.page.goto(f"{server.url}/r/reports?jwt={token}")
    await warden.is_in()
    await bob.say("buy my coins")
    await ana.sees(ana.message("buy my coins"))
    await ana.choose(ana.message("buy my coins"), "Report")
    dialog = ana.page.get_by_role("dialog", name="Report Bob")
    await dialog.get_by_label("What is wrong").select_option(label="Spam or advertising")
    await dialog.get_by_label("More about it").fill("every hour")
    await dialog.get_by_role("button", name="Report", exact=True).click()
    await ana.sees(ana.page.get_by_text("Thank you. The report was sent."))
    told = warden.toasts.filter(has_text="Ana reported Bob: Spam or advertising")
    await warden.sees(told)
    await expect(told).to_contain_text("every hour")
    await expect(told).to_contain_text("buy my coins")
    await warden.picture("report")
    await expect(bob.toasts).to_have_count(0)


async def test_block_hides_both(visitor: Open) -> None:
    """Neither is in the other's list nor heard, until it is ended in the settings."""
    ana, bob = await meet(partial(visitor, alone=False), "blocks", "Ana", "Bob")
    await choose(ana, "Bob", "Block")
    await ana.misses(ana.person("Bob"))
    await bob.misses(bob.person("Ana"))
    await bob.say("anybody here?")
    await ana.say("only me")
    await ana.misses(ana.message("anybody here?"))
    await bob.misses(bob.message("only me"))

    await ana.button("Settings").click()
    dialog = ana.page.get_by_role("dialog", name="Settings")
    await dialog.get_by_role("tab", name="People").click()
    await ana.picture("blocked-people")
    await dialog.get_by_role("button", name=re.compile("^Unblock bob$", re.IGNORECASE)).click()
    await ana.page.keyboard.press("Escape")
    await ana.sees(ana.person("Bob"))
    await bob.sees(bob.person("Ana"))
    await bob.say("there you are")
    await ana.sees(ana.message("there you are"))
