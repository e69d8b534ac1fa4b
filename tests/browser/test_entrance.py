"""Ways into a room: by address, by a signed token, past a PIN; and back to where one was after a reload."""

from __future__ import annotations

import asyncio
import re

from playwright.async_api import expect
from tests.browser.test_shapes import judged
from tests.browser.visitor import Open, until
from tests.client.serving import Server, Wire

from palaver.client import Client
from palaver.core.ids import RoomId
from palaver.core.rooms import CreateRoom, JoinRoom


async def test_token_leads_straight_in(visitor: Open, server: Server) -> None:
    """The page enters at once under the signed name, and the token leaves the address bar and the history."""
    token = server.token("dora", nick="Dora Example")
    dora = await visitor()
    await dora.page.goto(f"{server.url}/?jwt={token}")
    await dora.is_in()
    await expect(dora.page).to_have_url(re.compile(r"/r/lobby$"))
    assert "jwt" not in await dora.page.evaluate(
        "location.href + performance.getEntriesByType('navigation')[0].toString()"
    )
    await dora.sees(dora.page.get_by_text("Dora Example"))
    await dora.page.go_back()
    assert "jwt" not in dora.page.url


async def test_token_may_be_posted(visitor: Open, server: Server) -> None:
    """A form of the site posts it, so that it never stands in an address at all."""
    token = server.token("erik")
    erik = await visitor()
    form = f'<form method="post" action="{server.url}/"><input name="jwt" value="{token}"><button>Chat</button></form>'
    await erik.page.set_content(form)
    await erik.page.get_by_role("button", name="Chat").click()
    await erik.is_in()
    await erik.sees(erik.person("erik"))


async def test_bad_token_is_said(visitor: Open, server: Server) -> None:
    """No page opens with a damaged one, and the words are those that sites know."""
    nobody = await visitor(alone=False)
    nobody.forgives("40[13]")
    await nobody.page.goto(f"{server.url}/?jwt=nonsense")
    await nobody.sees(nobody.page.get_by_text("Error parsing your JWT token: This sign-in token is damaged."))


async def test_address_names_the_room(visitor: Open) -> None:
    """An address leads into its room; the name is remembered for the next time."""
    ana = await visitor()
    await ana.page.goto(f"{ana.url}/r/garden")
    await ana.page.get_by_label("Your name").fill("Ana")
    await ana.button("Enter").click()
    await ana.is_in()
    await expect(ana.page).to_have_url(re.compile("/r/garden$"))
    await ana.page.goto(ana.url)
    await expect(ana.page.get_by_label("Your name")).to_have_value("Ana")


async def test_a_taken_name_is_told(visitor: Open) -> None:
    """Whoever shares a name gets another one, and reads which."""
    ana, other = await visitor(alone=False), await visitor(alone=False)
    await ana.enter("Ana", "namesakes")
    await expect(ana.toasts).to_have_count(0)
    await other.enter("ana", "namesakes")
    await other.sees(other.toasts.filter(has_text="Somebody here is called ana already. You are ana 2."))
    await other.picture("name-taken")


async def test_a_server_that_does_not_answer_is_said(visitor: Open, wire: Wire) -> None:
    """The entrance says that it tries again, and when; and goes on by itself or at once."""
    ana = await visitor(url=wire.url, alone=False)
    ana.forgives("WebSocket connection|Firefox can.t establish a connection")
    await ana.page.goto(ana.url)
    await ana.page.get_by_label("Your name").fill("Ana")
    wire.cut()
    await ana.button("Enter").click()
    await ana.sees(ana.page.get_by_role("status", name="Connection").get_by_text("The server does not answer."))
    await ana.picture("entrance-without-server")
    wire.mend()
    await ana.is_in()


async def test_pin_is_asked_for(visitor: Open, server: Server) -> None:
    """A wrong one is said, the right one opens the room."""
    async with Client(server.url, name="host") as host:
        await host.ask(CreateRoom(RoomId("vault"), pin="2468"))
        await host.ask(JoinRoom(RoomId("vault"), pin="2468"))
        ana = await visitor()
        await ana.page.goto(f"{ana.url}/r/vault")
        await ana.page.get_by_label("Your name").fill("Ana")
        await ana.button("Enter").click()
        await ana.page.get_by_label("PIN").fill("1111")
        await ana.page.get_by_label("PIN").press("Enter")
        await ana.sees(ana.page.get_by_text(re.compile("That is not the PIN")))
        await ana.picture("pin")
        await ana.page.get_by_label("PIN").fill("2468")
        await ana.page.get_by_label("PIN").press("Enter")
        await ana.is_in()


async def test_a_browser_without_calls(visitor: Open) -> None:
    """It is told so before and inside, is refused in words, and talks like everybody else; it copies over plain http."""
    ana, bob = await asyncio.gather(visitor(alone=False), visitor(alone=False))
    await ana.page.add_init_script("delete window.RTCPeerConnection; delete Navigator.prototype.clipboard")
    await ana.page.goto(ana.url)
    await ana.sees(ana.page.get_by_text("This browser cannot make calls or show cameras. Everything else works."))
    await ana.enter("Ana", "words-only")
    await ana.sees(ana.page.get_by_text("This browser cannot make calls."))
    await bob.enter("Bob", "words-only")
    await bob.button("Turn camera on").click()
    await ana.button("Watch Bob's camera").click()
    await ana.sees(ana.toasts.get_by_text("This browser cannot make calls or show cameras."))
    await ana.say("words will do")
    await bob.sees(bob.message("words will do"))
    await ana.choose(ana.message("words will do"), "Copy link")
    await ana.sees(ana.toasts.filter(has_text="Copied"))
    await ana.box.press("ControlOrMeta+V")
    await expect(ana.box).to_have_value(re.compile(r"/r/words-only#main/\d+$"))


async def test_a_link_asks_for_a_name_only(visitor: Open) -> None:
    """The room is known; whoever wants another one may still say so."""
    ana = await visitor(alone=False)
    await ana.page.goto(f"{ana.url}/r/linked")
    await ana.sees(ana.page.get_by_text("You are about to enter linked."))
    await ana.misses(ana.page.get_by_label("Room", exact=True))
    await ana.page.get_by_label("Your name").fill("Ana")
    await ana.button("Enter").click()
    await ana.is_in()
    await expect(ana.page).to_have_title("main – Palaver")
    assert ana.page.url.endswith("/r/linked")

    bob = await visitor(alone=False)
    await bob.page.goto(f"{bob.url}/r/linked")
    await bob.button("Choose another room").click()
    await bob.page.get_by_label("Room", exact=True).fill("elsewhere")
    await bob.page.get_by_label("Your name").fill("Bob")
    await bob.button("Enter").click()
    await bob.is_in()
    assert bob.page.url.endswith("/r/elsewhere")


async def test_a_note_is_seen_over_a_dialog(visitor: Open) -> None:
    """A dialog hides and silences all that lies behind it, so what is told meanwhile stands in the dialog."""
    ana = await (await visitor(alone=False)).enter("Ana", "noted")
    await ana.button("Settings").click()
    dialog = ana.page.get_by_role("dialog", name="Settings")
    await dialog.get_by_label("Display name").fill("Ana of the studio")
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog.locator(".toast")).to_have_text("Saved. Others see it now.")
    await expect(ana.toasts).to_have_count(1)
    await ana.page.keyboard.press("Escape")
    await expect(ana.toasts).to_have_count(1)


# From now on, the browser gives no camera.
DENIED = """
(() => {
  const devices = navigator.mediaDevices;
  const given = devices.getUserMedia.bind(devices);
  const no = new DOMException("", "NotAllowedError");
  devices.getUserMedia = (wanted) => (wanted.video ? Promise.reject(no) : given(wanted));
})()
"""


async def test_devices_are_tried_before(visitor: Open) -> None:
    """One sees and hears oneself, with another microphone, too; what is refused is named, and where to look."""
    ana = await visitor(alone=False)
    await ana.page.goto(ana.url)
    await ana.button("Check camera and microphone").click()
    await ana.sees(ana.page.get_by_label("Camera preview"))
    meter = ana.page.get_by_role("meter", name="Microphone level")

    async def loud() -> bool:
        return await meter.get_attribute("aria-valuenow") != "0"

    async def quiet() -> bool:
        return not await loud()

    for device in ("Fake Audio Input 1", "Fake Audio Input 2"):
        await ana.page.get_by_label("Microphone", exact=True).select_option(label=device)
        await until(quiet, "a pause of the fake microphone")
        await until(loud, f"a beep of {device}")
    await judged(ana, "preview")
    await ana.picture("preview")
    await ana.button("Stop the check").click()
    await ana.misses(meter)
    await ana.page.evaluate(DENIED)
    await ana.button("Check camera and microphone").click()
    why = re.compile(r"^Your browser did not allow the camera\. .*, allow it there, then try again\.$")
    await expect(ana.page.get_by_role("alert")).to_have_text(why)
    await ana.sees(meter)
