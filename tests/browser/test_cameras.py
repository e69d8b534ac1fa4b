"""Cameras that are watched one by one: pictures in both directions, who watches, and turning somebody away."""

from __future__ import annotations

import re

from playwright.async_api import expect
from tests.browser.test_shapes import PHONE
from tests.browser.visitor import Open, meet


async def test_two_watch_each_other(visitor: Open) -> None:
    """Pictures move both ways, the owner sees who watches, and may turn them away for good."""
    ana, bob = await meet(visitor, "cameras", "Ana", "Bob")
    await ana.button("Turn camera on").click()
    await ana.sees(ana.video("Your camera"))
    await bob.button("Watch Ana's camera").click()
    await bob.watches("Ana's camera")
    await bob.hears_audio("Ana's camera")

    await bob.button("Turn camera on").click()
    await ana.button("Watch Bob's camera").click()
    await ana.watches("Bob's camera")
    await bob.watches("Ana's camera")
    await ana.picture("cameras")

    await ana.button(re.compile("^1 person watches")).click()
    viewers = ana.page.get_by_role("dialog", name="Who watches your camera")
    await ana.sees(viewers.get_by_text("Bob", exact=True))
    await ana.picture("viewers")
    await viewers.get_by_role("button", name="Turn away Bob").click()
    await bob.sees(bob.page.get_by_text("Ana no longer shows you the camera."))
    await expect(bob.announcer).to_have_text("Ana no longer shows you their camera.")
    await expect(bob.toasts.filter(has_text="no longer")).to_have_count(0)
    await ana.sees(viewers.get_by_text("Nobody watches"))
    await viewers.get_by_role("button", name="Close").click()
    await bob.misses(bob.video("Ana's camera"))
    await ana.watches("Bob's camera")
    await bob.button("Try again").click()
    tile = bob.page.get_by_role("figure", name="Ana's camera")
    await bob.sees(tile.get_by_text("You cannot watch this camera: its owner does not let you."))
    await expect(bob.announcer).to_have_text(re.compile("^You cannot watch this camera"))
    await expect(bob.toasts.filter(has_text="You cannot watch")).to_have_count(0)
    await bob.picture("turned-away")


async def test_call_takes_over_what_was_watched(visitor: Open) -> None:
    """In the call each person is shown once; after it, the camera is on and watched as before."""
    ana, bob = await meet(visitor, "camera-call", "Ana", "Bob")
    await ana.button("Turn camera on").click()
    await bob.button("Watch Ana's camera").click()
    await bob.watches("Ana's camera")
    await ana.join_call(camera=False)
    await expect(ana.button("Turn camera off")).to_be_visible()
    await bob.join_call(camera=False)
    await bob.watches("Ana's camera")
    await expect(bob.page.get_by_role("figure", name="Ana's camera")).to_have_count(1)
    await expect(bob.page.get_by_role("region", name="Cameras")).to_have_count(0)
    await ana.button("Leave call").click()
    await ana.sees(ana.video("Your camera"))
    await bob.watches("Ana's camera")
    dock = await bob.sees(bob.page.get_by_role("region", name="Cameras"))
    box = await dock.bounding_box()
    assert box
    assert box["height"] < 120, box
    await bob.picture("dock-beside-call")
    await bob.button("Leave call").click()
    await bob.watches("Ana's camera")
    await expect(bob.button("Turn camera on")).to_be_visible()


async def test_camera_goes_off_for_its_viewer(visitor: Open) -> None:
    """Turned off, it says so; turned on again, it may be watched again."""
    ana, bob = await meet(visitor, "camera-off", "Ana", "Bob")
    await ana.button("Turn camera on").click()
    await bob.button("Watch Ana's camera").click()
    await bob.watches("Ana's camera")
    await ana.button("Turn camera off").click()
    await bob.sees(bob.page.get_by_text("Ana turned the camera off."))
    await ana.button("Turn camera on").click()
    await bob.sees(bob.person("Ana").get_by_role("button", name=re.compile("camera")))
    await bob.button("Try again").click()
    await bob.watches("Ana's camera")


async def test_a_finger_scrolls_the_row_or_lifts_a_picture_out(visitor: Open) -> None:
    """On a phone, sideways the row of cameras scrolls; downwards the picture comes along."""
    ana = await visitor(alone=False, **PHONE)
    await ana.enter("Ana", "finger")
    await ana.button("Turn camera on").click()
    tile = ana.page.get_by_role("figure", name="Your camera")
    await ana.sees(tile.locator("video"))
    tools = await ana.page.context.new_cdp_session(ana.page)

    async def drag(dx: int, dy: int) -> None:
        box = await tile.bounding_box()
        assert box
        for step in range(12):
            kind = "touchStart" if step == 0 else "touchMove"
            point = {"x": box["x"] + 60 + dx * step, "y": box["y"] + 40 + dy * step}
            await tools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
        await tools.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    await drag(8, 1)
    await expect(tile).not_to_have_class(re.compile("floating"))
    await drag(1, 15)
    await expect(tile).to_have_class(re.compile("floating"))
    await expect(tile.get_by_role("button", name="Nobody watches")).to_be_visible()
    await ana.picture("phone-lifted")
