"""Takes the README's picture, from the page as it is: a room where people talk and show themselves.

The project's file is written only where `PALAVER_README_SCREENSHOT=1` asks for it; a run of the tests changes nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
from pathlib import Path

from PIL import Image
from playwright.async_api import expect
from tests.browser.portraits import LOOKS, film
from tests.browser.visitor import SCREENSHOTS, Open
from tests.client.serving import Server

from palaver.client import Client
from palaver.core.chat import InChannel, PostMessage, React
from palaver.core.ids import RoomId
from palaver.core.participants import SetStatus
from palaver.core.rooms import JoinRoom

PICTURE = Path(__file__).parents[2] / "docs" / "images" / "screenshot.png"
ROOM = RoomId("studio")
RUNNING_ORDER = "1. Sound check\n2. Interview\n3. Questions from the room"


async def test_readme_picture(visitor: Open, server: Server, tmp_path: Path) -> None:
    people = {}
    for name in LOOKS:
        camera = film(name, tmp_path / f"{name}.mjpeg")
        people[name] = await visitor(
            f"--use-file-for-fake-video-capture={camera}",
            viewport={"width": 1280, "height": 800},
            device_scale_factor=1.25,
        )
        await people[name].enter(name, ROOM)
    ana, bob, cleo = people.values()
    async with contextlib.AsyncExitStack() as stack:
        luis, eva = [await stack.enter_async_context(Client(server.url, name=name)) for name in ("Luis", "Eva")]
        for client in (luis, eva):
            await client.ask(JoinRoom(ROOM))
        await eva.ask(SetStatus("away", text="Back at three"))

        await bob.say("The new stage lights are up. Who is around for a **camera test** before the show?")
        await cleo.say("Me! Give me a minute to find my headphones")
        posted = await luis.ask(
            PostMessage(
                InChannel(ROOM),
                "Here is the running order:\n\n1. Sound check\n2. Interview\n3. Questions from the room",
            )
        )
        for client in (eva, luis):
            await client.ask(React(posted.message, "👍"))
        await bob.say("@Ana your picture is sharp, the `480p` setting is plenty")
        await (await ana.sees(ana.message("Here is the running order"))).hover()
        await ana.message("Here is the running order").get_by_role("button", name="React ❤️").click()
        await ana.message("your picture is sharp").hover()
        await ana.message("your picture is sharp").get_by_role("button", name="Reply").click()
        await ana.say("Great, then let us start the call at three")
        await cleo.person("Ana").hover()
        await cleo.person("Ana").get_by_role("button", name="Message Ana").click()
        await cleo.say("Can you see my slides?")
        # Films run at 30 pictures a second, which is work: cameras come last.
        for one in people.values():
            await one.button("Turn camera on").click()
        await ana.button("Watch Bob's camera").click()
        await ana.button("Watch Cleo's camera").click()
        await bob.button("Watch Ana's camera").click()
        await asyncio.gather(ana.watches("Bob's camera"), ana.watches("Cleo's camera"), bob.watches("Ana's camera"))
        await expect(ana.page.get_by_role("navigation", name="Rooms and conversations")).to_contain_text("Cleo")
        await ana.toasts.get_by_role("button", name="Dismiss").evaluate_all(
            "(all) => all.forEach((one) => one.click())"
        )
        await expect(ana.toasts).to_have_count(0, timeout=20_000)
        await ana.page.mouse.move(700, 790)
        await ana.box.fill("On my way")
        taken = await ana.page.screenshot()
    kept = PICTURE if os.environ.get("PALAVER_README_SCREENSHOT") == "1" else SCREENSHOTS / PICTURE.name
    kept.parent.mkdir(parents=True, exist_ok=True)
    Image.open(io.BytesIO(taken)).convert("RGB").save(kept, optimize=True)
    assert kept.stat().st_size < 300_000
