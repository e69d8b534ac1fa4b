"""Somebody in a browser of their own: what a person does on the page, by the names that a screen reader reads."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

from playwright.async_api import Browser, ConsoleMessage, Locator, Page, expect
from tests.needs import IN_CI

T = TypeVar("T")
Open = Callable[..., Awaitable["Visitor"]]
"""Starts one more browser; a fixture."""

SCREENSHOTS = Path(__file__).parents[2] / ".screenshots"
PATIENCE_S = 25.0

# Before the page's own scripts: remember every peer connection, and say on the console what the policy forbade.
WATCH = """
(() => {
  const all = [];
  const Native = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Native {
    constructor(...how) { super(...how); all.push(this); }
  };
  Object.defineProperty(window, Symbol.for("tests.connections"), { value: all });
  document.addEventListener("securitypolicyviolation", (event) =>
    console.error(`policy: ${event.violatedDirective} forbids ${event.blockedURI}`));
})();
"""

# Of the pictures that a <video> shows: how many the decoder made, their size, and a fingerprint of what is drawn.
PICTURES = """
async (video) => {
  const track = video.srcObject?.getVideoTracks()[0];
  if (!track) return null;
  for (const connection of window[Symbol.for("tests.connections")]) {
    const receiver = connection.getReceivers().find((one) => one.track === track);
    if (!receiver || connection.connectionState === "closed") continue;
    const report = [...(await receiver.getStats()).values()];
    const flow = report.find((one) => one.type === "inbound-rtp" && one.kind === "video");
    if (!flow) return null;
    const canvas = new OffscreenCanvas(64, 48);
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    pen.drawImage(video, 0, 0, 64, 48);
    const print = pen.getImageData(0, 0, 64, 48).data.reduce((sum, byte, at) => (sum * 31 + byte * (at + 1)) >>> 0, 0);
    return { decoded: flow.framesDecoded ?? 0, width: flow.frameWidth ?? 0, height: flow.frameHeight ?? 0, print };
  }
  return null;
}
"""

AUDIO_BYTES = """
async (video) => {
  const track = video.srcObject?.getAudioTracks()[0];
  for (const connection of window[Symbol.for("tests.connections")]) {
    const receiver = connection.getReceivers().find((one) => one.track === track);
    if (!receiver) continue;
    const report = [...(await receiver.getStats()).values()];
    return report.find((one) => one.type === "inbound-rtp" && one.kind === "audio")?.bytesReceived ?? 0;
  }
  return 0;
}
"""


async def until(probe: Callable[[], Awaitable[T]], what: str, patience_s: float = PATIENCE_S) -> T:
    """Return the first true answer of a probe; fail, saying what was waited for, when patience ends."""
    deadline = time.monotonic() + patience_s
    answer: Any = None
    while time.monotonic() < deadline:
        if answer := await probe():
            return answer
        await asyncio.sleep(0.1)
    raise AssertionError(f"{what}, not in {patience_s:.0f} s; last answer: {answer!r}")


class Visitor:
    """One person, one browser process, one page."""

    def __init__(self, browser: Browser, page: Page, url: str) -> None:
        self.browser = browser
        self.page = page
        self.url = url
        self.name = ""
        self.complaints: list[str] = []
        self._forgiven: list[re.Pattern[str]] = []
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(f"uncaught: {error}"))

    def _hear(self, said: ConsoleMessage) -> None:
        if said.type == "error" or "Content Security Policy" in said.text:
            self.complaints.append(f"{said.text} ({said.location.get('url', '')})")

    def forgives(self, pattern: str) -> None:
        """A complaint that this journey causes on purpose."""
        self._forgiven.append(re.compile(pattern))

    def grievances(self) -> list[str]:
        """Return what the console complained about and nobody forgave."""
        return [one for one in self.complaints if not any(pattern.search(one) for pattern in self._forgiven)]

    async def enter(self, name: str, room: str) -> Visitor:
        """Open the entrance, say who one is and where one goes, and be there."""
        await self.page.goto(self.url + "/")
        self.name = name
        await self.page.get_by_label("Your name").fill(name)
        await self.page.get_by_label("Room", exact=True).fill(room)
        await self.page.get_by_role("button", name="Enter", exact=True).click()
        await self.is_in()
        return self

    async def is_in(self) -> None:
        await expect(self.box).to_be_visible(timeout=PATIENCE_S * 1000)

    @property
    def box(self) -> Locator:
        return self.page.locator("#message-box")

    @property
    def log(self) -> Locator:
        return self.page.get_by_role("region", name=re.compile("^Messages in "))

    @property
    def announcer(self) -> Locator:
        """What was read aloud last to people who listen to the page."""
        return self.page.locator("[data-test=announcer] > :last-child")

    @property
    def toasts(self) -> Locator:
        return self.page.locator(".toast")

    def person(self, name: str) -> Locator:
        """The row of somebody in the list of people."""
        lists = self.page.get_by_role("list", name=re.compile("^(Here|In the call|Raised hands)"))
        return lists.get_by_role("listitem").filter(has=self.page.get_by_text(name, exact=True))

    def button(self, name: str | re.Pattern[str]) -> Locator:
        return self.page.get_by_role("button", name=name, exact=isinstance(name, str)).first

    def message(self, text: str) -> Locator:
        """The message that reads so."""
        return self.page.get_by_role("article", name=text)

    async def say(self, text: str) -> None:
        own = self.log.locator(".message.mine")
        before = await own.count()
        await self.box.fill(text)
        await self.box.press("Enter")
        await expect(own).to_have_count(before + 1)

    async def choose(self, message: Locator, action: str) -> None:
        """Pick an action from a message's menu."""
        await message.hover()
        await message.get_by_role("button", name="Actions for this message").click()
        await self.page.get_by_role("menuitem", name=action).click()

    async def sees(self, locator: Locator, patience_s: float = PATIENCE_S) -> Locator:
        await expect(locator.first).to_be_visible(timeout=patience_s * 1000)
        return locator.first

    async def misses(self, locator: Locator) -> None:
        await expect(locator).to_have_count(0, timeout=PATIENCE_S * 1000)

    def video(self, label: str) -> Locator:
        """The moving picture in the tile of that name."""
        return self.page.get_by_role("figure", name=label, exact=True).locator("video")

    async def watches(self, label: str, patience_s: float = PATIENCE_S) -> None:
        """Be sure that a picture moves: frames are decoded, they have a size, and what is drawn changes."""
        video = self.video(label)
        await self.sees(video, patience_s)

        async def pictures() -> Any:
            now = await video.first.evaluate(PICTURES)
            return now if now and now["decoded"] > 0 and now["width"] > 0 and now["height"] > 0 else None

        first = await until(pictures, f"{self.name} decodes {label}", patience_s)

        async def moved() -> bool:
            now = await pictures()
            return bool(now) and now["decoded"] > first["decoded"] and now["print"] != first["print"]

        await until(moved, f"{label} moves for {self.name}", patience_s)

    async def hears_audio(self, label: str) -> None:
        """Be sure that sound arrives from the one in the tile of that name."""
        first = await self.video(label).first.evaluate(AUDIO_BYTES)

        async def more() -> bool:
            return bool(await self.video(label).first.evaluate(AUDIO_BYTES) > first)

        await until(more, f"{self.name} hears {label}")

    async def join_call(self, *, camera: bool = True) -> None:
        await self.button(re.compile("^(Start a call|Join call)")).click()
        await self.sees(self.page.get_by_role("toolbar", name="Call controls"))
        if camera:
            await self.button("Turn camera on").click()
            await self.sees(self.button("Turn camera off"))

    async def kill(self) -> None:
        """End every process of the browser at once, as no warning does; Chromium alone lets itself be found."""
        tools = await self.browser.new_browser_cdp_session()
        processes = (await tools.send("SystemInfo.getProcessInfo"))["processInfo"]
        main = next(process["id"] for process in processes if process["type"] == "browser")
        gone = asyncio.Event()
        self.browser.on("disconnected", lambda _: gone.set())
        os.killpg(os.getpgid(main), signal.SIGKILL)
        async with asyncio.timeout(PATIENCE_S):
            await gone.wait()

    async def picture(self, name: str) -> None:
        """Keep a screenshot for people to look at; in CI nobody does, unless something failed."""
        if IN_CI and not name.startswith("failed-"):
            return
        SCREENSHOTS.mkdir(exist_ok=True)
        before = len(self.complaints)
        await self.page.screenshot(path=SCREENSHOTS / f"{name}.png")
        # In Firefox Playwright puts a style of its own into the page for this, which the policy forbids.
        self.complaints[before:] = [one for one in self.complaints[before:] if "style" not in one]


async def meet(visitor: Open, room: str, *names: str, alone: bool = True) -> list[Visitor]:
    """People, in browsers of their own where `alone`, who stand in the same room and see each other."""
    people = await asyncio.gather(*(visitor(alone=alone) for _ in names))
    await asyncio.gather(*(one.enter(name, room) for one, name in zip(people, names, strict=True)))
    await asyncio.gather(*(one.sees(one.person(name)) for one in people for name in names))
    return people


async def see_each_other(people: list[Visitor]) -> None:
    """Be sure that everybody's pictures move for everybody else."""
    for one in people:
        for other in people:
            if other is not one:
                await one.watches(f"{other.name}'s camera")
