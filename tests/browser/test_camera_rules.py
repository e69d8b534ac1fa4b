"""Whom a camera is for: VIPs, who are marked, or people who show their own; and what the others are told."""

from __future__ import annotations

import time

from playwright.async_api import expect
from tests.browser.test_site import SECRET
from tests.browser.visitor import Open, Visitor
from tests.client.serving import Server

from palaver.integrations.jwt import mint


async def rule(one: Visitor, name: str, *, on: bool) -> None:
    await one.button("Settings").click()
    dialog = one.page.get_by_role("dialog", name="Settings")
    await dialog.get_by_role("tab", name="Camera and microphone").click()
    await dialog.get_by_role("switch", name=name).set_checked(on)
    await one.page.keyboard.press("Escape")


async def test_camera_for_some(visitor: Open, server: Server) -> None:
    """VIPs alone first, then whoever shows a camera; the rule is there at the next visit."""
    token = mint({"sub": "vera", "nick": "Vera", "vip": True}, SECRET, ttl_s=600, now=time.time())
    vera, bob = await visitor(alone=False), await visitor(alone=False)
    vera.name = "Vera"
    await vera.page.goto(f"{server.url}/r/some?jwt={token}")
    await vera.is_in()
    await bob.enter("Bob", "some")
    await expect(bob.person("Vera").get_by_title("VIP")).to_be_visible()
    await rule(vera, "Only VIPs", on=True)
    await vera.button("Turn camera on").click()
    await bob.button("Watch Vera's camera").click()
    await bob.sees(bob.page.get_by_text("This camera is for VIPs."))
    await rule(vera, "Only VIPs", on=False)
    await rule(vera, "Only people who have their own camera on", on=True)
    await bob.button("Try again").click()
    await bob.sees(bob.page.get_by_text("You can watch this camera while your own is on."))
    await bob.picture("camera-refused")
    await bob.button("Turn camera on").click()
    await bob.button("Try again").click()
    await bob.watches("Vera's camera")

    await vera.page.goto(f"{server.url}/r/some?jwt={token}")
    await vera.is_in()
    await vera.button("Settings").click()
    await vera.page.get_by_role("tab", name="Camera and microphone").click()
    await expect(vera.page.get_by_role("switch", name="Only people who have their own camera on")).to_be_checked()
