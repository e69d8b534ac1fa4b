"""Two people in two browsers talk: messages and what becomes of them, a direct conversation, a picture."""

from __future__ import annotations

import asyncio
import io
import re

from PIL import Image
from playwright.async_api import Locator, Route, expect
from tests.browser.visitor import Open, Visitor, meet


async def test_two_browsers_talk(visitor: Open) -> None:
    """Post, Markdown, edit, react, reply, take back: each seen by the other as it happens."""
    ana, bob = await meet(visitor, "talk", "Ana", "Bob")
    await ana.say("hello **Bob**, see `code` and https://example.org/")
    seen = await bob.sees(bob.message("hello Bob"))
    await expect(seen.locator("strong")).to_have_text("Bob")
    await expect(seen.locator("code")).to_have_text("code")
    await expect(seen.get_by_role("link")).to_have_attribute("href", "https://example.org/")
    await ana.say("<img src=x onerror=alert(1)> <b>not bold</b>")
    plain = await bob.sees(bob.message("<img src=x"))
    await expect(plain).to_contain_text("<b>not bold</b>")

    await seen.hover()
    await seen.get_by_role("button", name="Reply").click()
    await expect(bob.page.locator(".replying em")).to_have_text("hello Bob, see code and https://example.org/")
    await bob.say("plainly")
    quote = (await ana.sees(ana.message("plainly"))).get_by_role("button", name="In reply to Ana")
    await expect(quote).to_have_text(re.compile("hello Bob, see code and https://example.org/$"))

    await ana.say("tpyo")
    await ana.box.press("ArrowUp")
    await ana.page.get_by_label("Edit your message").fill("typo")
    await ana.page.get_by_label("Edit your message").press("Enter")
    edited = await bob.sees(bob.message("typo"))
    await expect(edited).to_contain_text("edited")

    await edited.hover()
    await edited.get_by_role("button", name="React 👍").click()
    reaction = ana.message("typo").get_by_role("button", name=re.compile("👍: 1 reaction, by Bob"))
    await (await ana.sees(reaction)).click()
    await bob.sees(edited.get_by_role("button", name=re.compile("👍: 2 reactions")))

    await edited.hover()
    await edited.get_by_role("button", name="Reply").click()
    await bob.sees(bob.page.get_by_text("Replying to Ana"))
    await bob.say("I saw what it was")
    answer = await ana.sees(ana.message("I saw what it was"))
    await expect(answer.get_by_role("button", name="In reply to Ana")).to_contain_text("typo")
    await ana.picture("talk")

    await ana.choose(ana.message("Ana: typo"), "Take back")
    await bob.sees(bob.page.get_by_text("This message was taken back."))
    await bob.misses(bob.message("Ana: typo").get_by_text("typo", exact=True))


async def test_direct_message_counts_as_unread(visitor: Open) -> None:
    """It stands in the other's list with a count, until it is read; then its author sees that."""
    ana, bob = await meet(visitor, "direct", "Ana", "Bob")
    await ana.person("Bob").hover()
    await ana.person("Bob").get_by_role("button", name="Message Bob").click()
    await ana.sees(ana.page.get_by_role("heading", name="Bob"))
    await ana.say("just for you")
    await ana.say("and only for you")
    rail = bob.page.get_by_role("navigation", name="Rooms and conversations")
    line = rail.get_by_role("button", name=re.compile("Ana.*2 unread messages"))
    await bob.sees(line)
    await bob.misses(bob.message("just for you"))
    await bob.picture("direct-unread")
    await line.click()
    await bob.sees(bob.message("just for you"))
    await bob.sees(bob.page.get_by_role("heading", name="This is the start of your conversation with Ana"))
    await bob.misses(rail.get_by_role("button", name=re.compile("unread")))
    await ana.sees(ana.message("and only for you").get_by_text("Seen"))
    await bob.say("thank you")
    await ana.sees(ana.message("thank you"))
    await muted(bob, rail)
    await ana.say("are you there?")
    line = rail.get_by_role("button", name=re.compile("Ana.*1 unread message"))
    await bob.sees(line)
    await expect(line.locator(".badge")).not_to_have_class(re.compile("strong"))
    assert not (await bob.page.title()).startswith("(")
    await bob.picture("direct-muted")


async def muted(one: Visitor, rail: Locator) -> None:
    """Mute the conversation with Ana, and look at another one."""
    button = rail.get_by_role("button", name="Mute messages from Ana")
    await rail.locator(".line.direct").hover()
    await button.click()
    await expect(button).to_have_attribute("aria-pressed", "true")
    await rail.get_by_role("button", name="main", exact=True).click()
    await one.sees(one.page.get_by_role("heading", name="main", exact=True))


async def test_picture_is_shared(visitor: Open) -> None:
    """Chosen from disk, sent with a caption before it was uploaded, shown to the other and opened in full."""
    ana, bob = await meet(visitor, "pictures", "Ana", "Bob")
    arrives = asyncio.Event()

    async def slowly(route: Route) -> None:
        await arrives.wait()
        await route.continue_()

    kept = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").resize((320, 200)).save(kept, "PNG")
    async with ana.page.expect_file_chooser() as choosing:
        await ana.button("Add a picture").click()
    ana.forgives("415")
    await (await choosing.value).set_files(
        [
            {"name": "gradient.png", "mimeType": "image/png", "buffer": kept.getvalue()},
            {"name": "letter.png", "mimeType": "image/png", "buffer": b"Dear Bob"},
        ]
    )
    tray = ana.page.get_by_role("list", name="Pictures to send")
    await ana.sees(tray.get_by_text(re.compile("^letter.png could not be uploaded. That file is not a picture")))
    await ana.picture("picture-refused")
    await ana.button("Remove letter.png").click()
    await ana.sees(tray.get_by_role("img"))

    await ana.page.route("**/v1/pictures", slowly)
    async with ana.page.expect_file_chooser() as choosing:
        await ana.button("Add a picture").click()
    await (await choosing.value).set_files({"name": "other.png", "mimeType": "image/png", "buffer": kept.getvalue()})
    await ana.box.fill("look at this, it is worth a line that is longer than a phone is wide")
    await ana.box.press("Enter")
    await expect(ana.box).to_have_value("")
    await ana.page.set_viewport_size({"width": 390, "height": 844})
    await expect(ana.button("Do not send yet")).to_be_in_viewport(ratio=1)
    await ana.picture("parcel")
    arrives.set()
    await ana.misses(ana.page.get_by_role("list", name="Messages that wait for their pictures"))
    message = await bob.sees(bob.message("look at this"))
    picture = message.get_by_role("img", name="gradient.png")
    await bob.sees(picture)
    await expect(picture).to_have_js_property("complete", True)
    assert await picture.evaluate("(image) => image.naturalWidth") == 320
    await message.get_by_role("button", name="Open picture gradient.png").click()
    await bob.sees(bob.page.get_by_role("dialog", name="Picture"))
    await bob.picture("picture-open")
    await bob.page.keyboard.press("Escape")
    await bob.misses(bob.page.get_by_role("dialog", name="Picture"))
