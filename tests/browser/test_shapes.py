"""The page on a phone, in the dark, by keyboard alone, and as axe judges it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Locator, expect
from tests.browser.visitor import Open, Visitor, meet, until
from tests.client.serving import Server

from palaver.client import Client
from palaver.core.channels import AddChannel
from palaver.core.chat import InChannel, PostMessage
from palaver.core.ids import ChannelId, RoomId
from palaver.core.rooms import CreateRoom, JoinRoom

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
PHONE = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
}
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
OF_COLOURS = ("color-contrast", "link-in-text-block")
"""All that another colour scheme can make different."""


async def fits(one: Visitor) -> None:
    """Be sure that nothing has to be scrolled sideways."""
    wide = await one.page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0, f"{wide} pixels too wide"


async def judged(one: Visitor, what: str, rules: Sequence[str] = RULES) -> None:
    """Be sure that axe finds nothing serious."""
    if not await one.page.evaluate("'axe' in window"):
        await one.page.evaluate(AXE.read_text())
    wanted = {"runOnly": rules, "resultTypes": ["violations"]}
    found: list[dict[str, Any]] = (await one.page.evaluate("(rules) => axe.run(document, rules)", wanted))["violations"]
    grave = [
        f"{rule['id']} ({rule['impact']}): {rule['help']}: {node['html'][:160]}"
        for rule in found
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
    ]
    assert not grave, what + ":\n" + "\n".join(grave)


# Whether the sound of somebody plays.
HEARD = """
[...document.querySelectorAll("video")].some(
  (video) => !video.muted && !video.paused && video.srcObject.getAudioTracks().length)
"""


async def test_phone(visitor: Open) -> None:
    """One panel at a time, no sideways scrolling, and everything in reach."""
    ana = await visitor(alone=False, color_scheme="dark", **PHONE)
    bob = await visitor(alone=False)
    await ana.page.goto(ana.url)
    await ana.sees(ana.page.get_by_role("heading", name="Join the conversation"))
    await fits(ana)
    await ana.picture("phone-entrance")
    room = "phone"
    await ana.enter("Ana", room)
    await bob.enter("Bob", room)
    await bob.say("hello phone, here is a long line that has to be broken more than once on a narrow screen")
    await ana.sees(ana.message("hello phone"))
    await ana.box.fill("hello desk")
    await ana.button("Send").click()
    await bob.sees(bob.message("hello desk"))
    await fits(ana)
    await ana.picture("phone-chat")

    panels = ana.page.get_by_role("navigation", name="Panels")
    await panels.get_by_role("button", name="People").click()
    await ana.sees(ana.person("Bob"))
    await fits(ana)
    await ana.picture("phone-people")
    await bob.say("while you look elsewhere")
    await ana.sees(panels.get_by_role("button", name="Chat 1 unread message"))
    await panels.get_by_role("button", name="Rooms").click()
    await ana.sees(ana.page.get_by_role("navigation", name="Rooms and conversations"))
    await fits(ana)
    await ana.picture("phone-chats")
    await panels.get_by_role("button", name="Chat").click()
    await ana.misses(panels.get_by_role("button", name="unread"))
    await bob.join_call()
    await ana.join_call()
    await ana.watches("Bob's camera")
    await bob.watches("Ana's camera")
    await fits(ana)
    await ana.picture("phone-call")

    for panel in ("Chat", "People", "Rooms"):
        await panels.get_by_role("button", name=panel).click()
        await ana.misses(ana.page.get_by_role("toolbar", name="Call controls"))
        assert await ana.page.evaluate(HEARD), f"Bob is heard beside {panel}"
        await fits(ana)
    await panels.get_by_role("button", name="Call").click()
    await ana.watches("Bob's camera")


async def test_phone_that_lies_down(visitor: Open, server: Server) -> None:
    """The box to write in stays in sight where there is little height, however many conversations are unread."""
    room = RoomId("landscape")
    ana = await visitor(**{**PHONE, "viewport": {"width": 844, "height": 390}})
    async with Client(server.url, name="Host") as host:
        await host.ask(CreateRoom(room))
        await host.ask(JoinRoom(room))
        channels = [ChannelId(f"channel-{number}") for number in range(12)]
        for channel in channels:
            await host.ask(AddChannel(room, channel))
        await ana.enter("Ana", room)
        for channel in channels:
            await host.ask(PostMessage(InChannel(room, channel), "news"))
        await expect(ana.page.get_by_role("button", name=re.compile("1 unread message"))).to_have_count(len(channels))
        await fits(ana)
        assert await ana.page.evaluate("document.documentElement.scrollHeight <= innerHeight")
        await expect(ana.box).to_be_in_viewport(ratio=1)
        await ana.picture("phone-landscape")


# What Safari says of the part of the page that is seen; `cover` lays a keyboard over so much of it.
COVERED = """
(() => {
  const seen = Object.assign(new EventTarget(), { height: innerHeight, scale: 1 });
  Object.defineProperty(window, "visualViewport", { value: seen });
  window.cover = (pixels) => {
    seen.height = innerHeight - pixels;
    seen.dispatchEvent(new Event("resize"));
  };
})()
"""


async def test_keyboard_over_the_page(visitor: Open) -> None:
    """Safari lays a phone's keyboard over the page: the box stays above it, and the whole page comes back."""
    ana = await visitor(alone=False, **PHONE)
    await ana.page.add_init_script(COVERED)
    await ana.enter("Ana", "keyboard")
    await ana.sees(ana.button("Invite people"))
    await ana.picture("phone-alone")

    async def below_the_box() -> float:
        where = "innerHeight - document.getElementById('message-box').getBoundingClientRect().bottom"
        return float(await ana.page.evaluate(where))

    async def raised() -> bool:
        return await below_the_box() > 340

    async def lowered() -> bool:
        return await below_the_box() < 340

    await ana.page.evaluate("cover(340)")
    await until(raised, "the box stands above the keyboard")
    await ana.picture("phone-keyboard")
    await ana.page.evaluate("cover(0)")
    await until(lowered, "the page is whole again")


async def tab_to(one: Visitor, target: Locator, most: int = 60) -> None:
    """Press Tab until the target has the focus."""
    for _ in range(most):
        if await target.evaluate("(element) => element === document.activeElement"):
            return
        await one.page.keyboard.press("Tab")
    raise AssertionError(f"{most} times Tab does not lead there")


async def test_keyboard_alone(visitor: Open) -> None:
    """Enter, post, react, edit, open a direct conversation and answer in it, without a pointer."""
    bob = await (await visitor(alone=False)).enter("Bob", "keys")
    ana = await visitor(alone=False)
    await comes_and_posts(ana, bob)
    await answers(ana, bob)
    await writes_directly(ana, bob)
    await opens_and_closes_dialogs(ana)


async def comes_and_posts(ana: Visitor, bob: Visitor) -> None:
    """And changes what was posted."""
    keys = ana.page.keyboard
    await ana.page.goto(ana.url)
    await expect(ana.page.get_by_label("Your name")).to_be_focused()
    await keys.type("Ana")
    await keys.press("Tab")
    await expect(ana.page.get_by_label("Room", exact=True)).to_be_focused()
    await keys.press("ControlOrMeta+A")
    await keys.type("keys")
    await keys.press("Enter")
    await ana.is_in()
    await expect(ana.box).to_be_focused()
    await keys.type("no pointr")
    await keys.press("Enter")
    await bob.sees(bob.message("no pointr"))
    # Before its number has come, a message cannot be edited: the keys would say another one.
    await expect(ana.log.locator("article[data-message]")).to_have_count(1)
    await keys.press("ArrowUp")
    await keys.press("ControlOrMeta+A")
    await keys.type("no pointer")
    await keys.press("Enter")
    await bob.sees(bob.message("no pointer"))
    await expect(ana.box).to_be_focused()


async def answers(ana: Visitor, bob: Visitor) -> None:
    keys = ana.page.keyboard
    await bob.say("really?")
    await ana.sees(ana.message("really?"))
    await tab_to(ana, ana.message("no pointer"))
    await keys.press("ArrowDown")
    await expect(ana.message("really?")).to_be_focused()
    # Of all messages, Tab stops at one and at what may be done with it.
    stops = "(all) => all.filter((one) => one.tabIndex === 0).map((one) => one.closest('article').ariaLabel)"
    assert set(await ana.log.locator("article, article button").evaluate_all(stops)) == {"Bob: really?"}
    await keys.press("r")
    await expect(ana.box).to_be_focused()
    await keys.type("really")
    await keys.press("Enter")
    answer = await bob.sees(bob.page.get_by_role("article", name="Ana: really"))
    await expect(answer.get_by_role("button", name="In reply to Bob")).to_be_visible()


async def writes_directly(ana: Visitor, bob: Visitor) -> None:
    """And goes between the conversations."""
    keys = ana.page.keyboard
    await tab_to(ana, ana.person("Bob").get_by_role("button", name="Message Bob"))
    await keys.press("Enter")
    await ana.sees(ana.page.get_by_role("heading", name="Bob"))
    await expect(ana.box).to_be_focused()
    await keys.type("a secret")
    await keys.press("Enter")
    await bob.sees(bob.page.get_by_role("button", name=re.compile("Ana.*1 unread message")))
    await keys.press("Alt+ArrowUp")
    await ana.sees(ana.page.get_by_role("heading", name="main", exact=True))
    await keys.press("Alt+ArrowDown")
    await ana.sees(ana.page.get_by_role("heading", name="Bob", exact=True))


async def opens_and_closes_dialogs(ana: Visitor) -> None:
    """The focus goes back to where it came from."""
    keys = ana.page.keyboard
    await tab_to(ana, ana.button("Settings"))
    await keys.press("Enter")
    await ana.sees(ana.page.get_by_role("dialog", name="Settings"))
    await keys.press("Escape")
    await expect(ana.button("Settings")).to_be_focused()
    await ana.button("Room options").focus()
    await keys.press("Enter")
    await keys.press("Enter")
    await ana.sees(ana.page.get_by_role("dialog", name="Invite people to keys"))
    await keys.press("Escape")
    await expect(ana.button("Room options")).to_be_focused()


@pytest.mark.parametrize(("scheme", "rules"), [("light", RULES), ("dark", OF_COLOURS)], ids=["light", "dark"])
async def test_axe_finds_nothing_serious(visitor: Open, scheme: str, rules: Sequence[str]) -> None:
    """Entrance, conversation, menus, dialogs, cameras and the call."""
    ana = await visitor(alone=False, color_scheme=scheme)
    await ana.page.goto(ana.url)
    await ana.sees(ana.page.get_by_role("heading", name="Join the conversation"))
    await judged(ana, "entrance", rules)
    await ana.picture(f"{scheme}-entrance")
    room = f"axe-{scheme}"
    await ana.enter("Ana", room)
    bob = await (await visitor(alone=False)).enter("Bob", room)
    await bob.say("hello @Ana, see **this** and `that`, > and https://example.org/")
    await bob.say("```python\nprint('hello')\n```")
    await ana.say("> quoted\n\n- one\n- two")
    await (await ana.sees(ana.message("hello @Ana"))).hover()
    await ana.message("hello @Ana").get_by_role("button", name="React 👍").click()
    await bob.button("Turn camera on").click()
    await ana.button("Watch Bob's camera").click()
    await ana.watches("Bob's camera")
    await judged(ana, "conversation", rules)
    await ana.picture(f"{scheme}-conversation")

    await ana.message("hello @Ana").hover()
    await ana.message("hello @Ana").get_by_role("button", name="Actions for this message").click()
    await judged(ana, "menu", rules)
    await ana.page.keyboard.press("Escape")
    await ana.button("Add an emoji").click()
    await ana.sees(ana.page.get_by_label("Find an emoji"))
    await judged(ana, "emoji", rules)
    await ana.picture(f"{scheme}-emoji")
    await ana.page.keyboard.press("Tab")
    await ana.misses(ana.page.get_by_label("Find an emoji"))
    await expect(ana.button("Add an emoji")).to_be_focused()

    await ana.button("Settings").click()
    dialog = await ana.sees(ana.page.get_by_role("dialog", name="Settings"))
    for tab in await dialog.get_by_role("tab").all():
        await tab.click()
        name = (await tab.inner_text()).strip()
        await judged(ana, f"settings, {name}", rules)
        await ana.picture(f"{scheme}-settings-{name.lower().replace(' ', '-')}")
    await ana.page.keyboard.press("Escape")
    await ana.person("Bob").get_by_role("button").first.click()
    await ana.sees(ana.page.get_by_role("dialog", name="Bob"))
    await judged(ana, "profile", rules)
    await ana.picture(f"{scheme}-profile")
    await ana.page.keyboard.press("Escape")

    await bob.join_call(camera=False)
    await ana.join_call()
    await ana.watches("Bob's camera")
    await judged(ana, "call", rules)
    await ana.picture(f"{scheme}-call")


async def test_the_readers_own_colours(visitor: Open) -> None:
    """Where fills give way to the colours of the system, one sees what is on, what is chosen and where one writes."""
    ana = await visitor(alone=False, forced_colors="active")
    await ana.enter("Ana", "contrast")
    assert await ana.page.locator(".composer").evaluate("(box) => getComputedStyle(box).outlineStyle") == "solid"
    await ana.button("Settings").click()
    dialog = ana.page.get_by_role("dialog", name="Settings")
    await dialog.get_by_role("tab", name="Sounds and notifications").click()
    fill = "(one) => getComputedStyle(one).backgroundColor"
    on, off = (
        dialog.get_by_role("switch", name="Somebody calls you"),
        dialog.get_by_role("switch", name="Somebody enters"),
    )
    await expect(on).to_be_checked()
    await expect(off).not_to_be_checked()
    assert await on.evaluate(fill) != await off.evaluate(fill)
    await ana.picture("contrast")


async def test_words_that_would_break_the_page(visitor: Open) -> None:
    """Markup, a right-to-left override and a very long word stay text, in their place."""
    ana, bob = await meet(visitor, "odd", 'Ana & "Co"', "Bob")
    await bob.say("<script>alert(1)</script> " + "w" * 600)
    await bob.say("\u202egnidaer fo yaw rehto eht\u202c and back")
    await ana.sees(ana.message("and back"))
    await fits(ana)
    await ana.picture("odd-texts")


# Whether every part of the entrance is within its frame.
INSIDE = """
(() => {
  const card = document.querySelector(".entrance-card");
  const edge = card.getBoundingClientRect().right;
  return [...card.querySelectorAll("*")].every((one) => one.getBoundingClientRect().right <= edge);
})()
"""


async def test_names_that_are_refused(visitor: Open) -> None:
    """The entrance says so, and keeps what was typed."""
    ana = await visitor(alone=False)
    await ana.page.goto(ana.url)
    await expect(ana.page.get_by_text("Palaver", exact=True)).to_have_count(1)
    await ana.page.set_viewport_size({"width": 320, "height": 640})
    assert await ana.page.evaluate(INSIDE), "nothing sticks out where everything is enlarged four times (WCAG 1.4.10)"
    refused = {
        "": "Enter a name first.",
        "<i>Ana</i>": "Names cannot contain < or >.",
        "@all": "Names cannot begin with @.",
    }
    for name, why in refused.items():
        await ana.page.get_by_label("Your name").fill(name)
        await ana.button("Enter").click()
        await expect(ana.page.get_by_label("Your name")).to_have_attribute("aria-invalid", "true")
        await expect(ana.page.get_by_label("Your name")).to_have_value(name)
        await expect(ana.page.get_by_label("Your name")).to_be_focused()
        await expect(ana.page.get_by_role("alert")).to_have_text(why)
    await ana.page.get_by_label("Your name").fill("Ana")
    await ana.button("Enter").click()
    await ana.is_in()
