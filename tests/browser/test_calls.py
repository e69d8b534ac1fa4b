"""The call of a room: two, one of whose browsers is killed and started again; three, and a shared screen."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from playwright.async_api import expect
from tests.browser.visitor import Open, meet, see_each_other, until
from tests.client.serving import Server, serving


@pytest.fixture
def patient(tmp_path: Path) -> Iterator[Server]:
    """A server that waits longer for whoever is lost, as a browser starts slowly on a machine that has much to do."""
    with serving(tmp_path / "data", after="[Limits]\nResumeSeconds = 120") as running:
        yield running


async def test_killed_browser_comes_back(patient: Server, visitor: Open, tmp_path: Path) -> None:
    """Every process of it, in the middle of a call: started again, it goes on with the same session.

    Nobody hears of a second Bob, and Ana sees and hears him again without touching anything.
    """
    url, profile = patient.url, tmp_path / "profile"
    ana, bob = await asyncio.gather(visitor(url=url), visitor(url=url, profile=profile))
    await asyncio.gather(ana.enter("Ana", "crash"), bob.enter("Bob", "crash"))
    await asyncio.gather(ana.sees(ana.person("Bob")), bob.sees(bob.person("Ana")))
    await ana.join_call()
    await bob.join_call()
    await see_each_other([ana, bob])
    await ana.hears_audio("Bob's camera")
    await bob.hears_audio("Ana's camera")
    await ana.picture("call-of-two")

    await bob.kill()
    again = await visitor(url=url, profile=profile)
    again.name = "Bob"
    await again.page.goto(f"{again.url}/r/crash")
    await again.is_in()
    await again.join_call()
    await see_each_other([ana, again])
    await again.hears_audio("Ana's camera")
    await ana.hears_audio("Bob's camera")
    await expect(ana.page.get_by_role("figure")).to_have_count(2)
    for one in (ana, again):
        await expect(one.page.get_by_text("2 people here", exact=True)).to_be_visible()
        await expect(one.page.get_by_text("Bob 2")).to_have_count(0)


async def test_three_in_a_call(visitor: Open) -> None:
    """Every pair sees each other; one who leaves is gone for the others, whose pictures go on."""
    people = await meet(visitor, "three", "Ana", "Bob", "Cleo")
    ana, bob, cleo = people
    for one in people:
        await one.join_call()
    await see_each_other(people)
    await ana.picture("call-of-three")

    await bob.button("Share screen").click()
    await bob.sees(bob.page.get_by_role("figure", name="Your screen"))
    await ana.watches("Bob's screen")
    await cleo.watches("Bob's screen")
    await ana.picture("call-with-screen")
    await bob.button("Stop sharing").click()
    await ana.misses(ana.video("Bob's screen"))

    await cleo.button("Leave call").click()
    await ana.misses(ana.video("Cleo's camera"))
    await see_each_other([ana, bob])


# From now on, half of what arrives is lost, as far as the figures say.
LOSSY = """
(() => {
  const flow = { id: "flow", type: "inbound-rtp", kind: "video", bytesReceived: 0, packetsReceived: 0, packetsLost: 0 };
  const told = RTCPeerConnection.prototype.getStats;
  RTCPeerConnection.prototype.getStats = function (track) {
    if (track) return told.call(this, track);
    flow.packetsReceived += 50;
    flow.packetsLost += 50;
    return Promise.resolve(new Map([[flow.id, { ...flow }]]));
  };
})()
"""


async def test_switches_of_a_call(visitor: Open) -> None:
    """What is off and on again, the others see, and whose connection is poor."""
    ana, bob = await meet(visitor, "switches", "Ana", "Bob")
    await ana.join_call()
    await bob.join_call(camera=False)
    await bob.watches("Ana's camera")
    await bob.page.evaluate(LOSSY)
    await ana.button("Mute microphone").click()
    await bob.sees(bob.page.get_by_role("figure", name="Ana's camera").get_by_text("Muted"))
    await ana.button("Turn camera off").click()
    await ana.button("Turn camera on").click()
    await ana.button("Unmute microphone").click()
    await bob.watches("Ana's camera")
    await bob.hears_audio("Ana's camera")
    await bob.button("Turn camera on").click()
    await ana.watches("Bob's camera")
    tile = bob.page.get_by_role("figure", name="Ana's camera")
    await tile.hover()
    await tile.get_by_label("Volume of Ana").fill("0.4")
    await expect(tile.locator("video")).to_have_js_property("volume", 0.4)
    await bob.picture("call-volume")
    for width in (600, 1280):
        await bob.page.set_viewport_size({"width": width, "height": 800})
        await bob.sees(bob.button("Leave call"))
        await expect(tile.locator("video")).to_have_js_property("volume", 0.4)
    if await bob.page.evaluate("document.pictureInPictureEnabled ?? false"):  # Firefox has a button of its own
        for is_out in ("document.pictureInPictureElement === video", "!document.pictureInPictureElement"):
            await tile.hover()
            await tile.get_by_role("button", name="Picture in picture").click()
            await until(partial(tile.locator("video").evaluate, f"(video) => {is_out}"), is_out)
    await bob.sees(tile.get_by_text("Poor connection"))
    await expect(bob.page.get_by_role("figure", name="Your camera").get_by_text("Poor connection")).to_have_count(0)
