"""The example of a website and its chat, as two servers, a supervisor, and a browser that goes from one to the other."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import hmac
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Page, expect
from tests.browser.browsers import Browsers
from tests.client.serving import PALAVER, READY
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

HERE = Path(__file__).parent.parent.parent / "examples" / "website"
PATIENCE_S = 60
SOON_MS = 30_000
API_KEY, JWT_KEY = "the key of the site, for tests", "the key of the tokens, for tests, long enough"
GUIDE = HERE.parent.parent / "docs" / "howto" / "integrate-a-website.md"


def settings(site: str) -> str:
    """Return the settings that the guide gives first, for a website at this address."""
    shown, *_ = re.findall(r"^```toml\n(.*?)^```$", GUIDE.read_text(), re.MULTILINE | re.DOTALL)
    shown = shown.replace('AdminAPIKey = "…"', f'AdminAPIKey = "{API_KEY}"')
    shown = shown.replace('SecretKey = "…"', f'SecretKey = "{JWT_KEY}"')
    assert "…" not in shown
    return shown.replace("https://www.example.com", site) + "\n[TURN]\nURLs = []\n"


@dataclass
class Site:
    """The website and its chat, both running."""

    url: str
    chat: str
    supervisor: subprocess.Popen[str]

    async def ready_again(self) -> None:
        """Wait until the supervisor has started the chat anew."""
        assert self.supervisor.stdout is not None
        line = await asyncio.wait_for(asyncio.to_thread(self.supervisor.stdout.readline), PATIENCE_S)
        assert line.startswith(READY)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    tmp_path = tmp_path_factory.mktemp("website")
    mine, chats = _free_port(), _free_port()
    url, chat = f"http://127.0.0.1:{mine}", f"http://127.0.0.1:{chats}"
    data = tmp_path / "data"
    data.mkdir()
    (data / "settings.toml").write_text(settings(url))
    keys = {"PALAVER_URL": chat, "PALAVER_JWT_KEY": JWT_KEY, "PALAVER_ADMIN_KEY": API_KEY, "SITE_COOKIE_KEY": "c" * 32}
    serve = [*PALAVER, "serve", "--data", str(data), "--port", str(chats)]
    with (
        (tmp_path / "log").open("w") as log,
        subprocess.Popen([sys.executable, HERE / "website.py", str(mine)], env={**os.environ, **keys}) as website,
        subprocess.Popen(
            [sys.executable, HERE / "supervise.py", *serve], stdout=subprocess.PIPE, stderr=log, text=True
        ) as supervisor,
    ):
        try:
            assert supervisor.stdout is not None
            assert supervisor.stdout.readline().startswith(READY), (tmp_path / "log").read_text()
            _wait_for(mine)
            yield Site(url, chat, supervisor)
        finally:
            for process in (supervisor, website):
                process.terminate()
                process.wait(PATIENCE_S)


def _wait_for(port: int) -> None:
    """Return when somebody listens; there is nothing else to wait on, since the example says nothing when it is ready."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
    raise AssertionError("the website does not come up")


class Member:
    """Somebody who goes through the website into the chat with a client of BareRTC's."""

    def __init__(self, site: Site, name: str) -> None:
        self.site = site
        self.name = name
        self.http = httpx.AsyncClient(base_url=site.url, timeout=PATIENCE_S)
        self.token = ""
        self.wire: ClientConnection
        self.heard: list[dict[str, Any]] = []

    async def logs_in(self) -> None:
        await self.http.post("/login", data={"name": self.name})

    async def enters(self) -> Member:
        await self.logs_in()
        form = await self.http.get("/chat")
        found = re.search(r'name="jwt" value="([^"]+)"', form.text)
        assert found
        self.token = found[1]
        self.wire = await connect(self.site.chat.replace("http", "ws") + "/ws", proxy=None)
        await self.says(action="login", jwt=self.token)
        await self.hears("me")
        return self

    async def says(self, **message: Any) -> None:
        await self.wire.send(json.dumps(message))

    async def hears(self, action: str, which: Callable[[dict[str, Any]], bool] = lambda _: True) -> dict[str, Any]:
        """Return the next message of a kind."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                message: dict[str, Any] = json.loads(await self.wire.recv())
                self.heard.append(message)
                if message["action"] == action and which(message):
                    return message

    async def asks(self, call: str, **fields: Any) -> dict[str, Any]:
        """Make a call of the chat as BareRTC's page does."""
        headers = {"Content-Type": "application/json"}
        answer = await self.http.post(
            f"{self.site.chat}/api/{call}", content=json.dumps({"JWTToken": self.token, **fields}), headers=headers
        )
        found: dict[str, Any] = answer.json()
        return found


@pytest_asyncio.fixture(loop_scope="session")
async def member(site: Site) -> AsyncIterator[Callable[[str], Awaitable[Member]]]:
    everybody: list[Member] = []

    async def enter(name: str) -> Member:
        everybody.append(Member(site, name))
        return await everybody[-1].enters()

    yield enter
    for each in everybody:
        await each.wire.close()
        await each.http.aclose()


@pytest_asyncio.fixture(loop_scope="session")
async def page(browsers: Browsers) -> AsyncIterator[Page]:
    browser = await browsers.chromium()
    yield await browser.new_page()
    await browser.close()


Enter = Callable[[str], Awaitable[Member]]


@pytest.mark.browser
async def test_a_browser_asks_who_is_there_and_goes_in(site: Site, member: Enter, page: Page) -> None:
    """The statistics are read by a page of another origin; a stranger's page may not, and a stranger is sent to the site."""
    await page.goto(site.chat)
    await expect(page).to_have_url(site.url + "/", timeout=SOON_MS)
    await expect(page.locator("#online")).to_have_text("Nobody is in the chat.", timeout=SOON_MS)
    await page.goto(site.url.replace("127.0.0.1", "localhost"))
    await expect(page.locator("#online")).to_have_text("The chat does not answer.", timeout=SOON_MS)

    bob = await member("bob")
    await page.goto(site.url)
    await expect(page.locator("#online")).to_have_text("In the chat: 1 (bob)", timeout=SOON_MS)
    await page.get_by_role("button", name="alice").click()
    await page.get_by_label("Members whom I do not want to meet").fill("mallory")
    await page.get_by_role("button", name="Keep").click()
    await page.get_by_role("link", name="Back").click()
    await page.get_by_role("link", name="Enter the chat").click()

    await bob.hears("presence", lambda told: told["username"] == "alice" and "joined" in told["message"])
    constants = json.loads(await page.locator("#palaver-constants").inner_text())
    assert constants["blocklist"] == ["mallory"]
    assert "jwt" not in page.url
    await bob.says(action="message", channel="lobby", message="Hello, Alice.")
    await expect(page.get_by_text("Hello, Alice.", exact=True)).to_be_visible(timeout=SOON_MS)

    # The page comes back by itself after a restart, and knows what was said before.
    await bob.says(action="message", channel="@alice", message="just for you")
    rail = page.get_by_role("navigation", name="Rooms and conversations")
    await rail.get_by_role("button", name=re.compile("Bob.*unread")).click(timeout=SOON_MS)
    said = [page.get_by_text(text, exact=True) for text in ("just for you", "and again")]
    await expect(said[0]).to_be_visible(timeout=SOON_MS)
    mona = Member(site, "mona")
    await mona.logs_in()
    await mona.http.post("/care/restart")
    await mona.http.aclose()
    await site.ready_again()
    await bob.wire.wait_closed()
    again = await member("bob")
    await again.hears("who", lambda told: {"alice", "bob"} == {row["username"] for row in told["whoList"]})
    await again.says(action="message", channel="@alice", message="and again")
    for each in said:
        await expect(each).to_be_visible(timeout=SOON_MS)


async def test_the_site_hears_reports_and_answers_for_profiles(site: Site, member: Enter) -> None:
    alice, eve = await member("alice"), await member("eve")
    shown = await alice.asks("profile", Username="eve")
    assert shown == {"OK": True, "ProfileFields": [{"Name": "Age", "Value": "28"}, {"Name": "Town", "Value": "Oslo"}]}
    assert (await alice.asks("profile", Username="nobody"))["Error"] == "There is no such member."

    await eve.says(action="message", channel="lobby", message="Buy <b>my</b> shoes")
    said = await alice.hears("message")
    report = {"timestamp": "now", "reason": "It's spam", "message": said["message"], "comment": "Third time today"}
    await alice.says(action="report", channel="lobby", username="eve", **report)
    await alice.hears("error", lambda told: "delivered" in told["message"])
    mona = await member("mona")
    page = (await mona.http.get("/care")).text
    assert "<b>eve</b>: It&#x27;s spam, says alice:" in page
    assert "Third time today" in page
    assert (await eve.http.get("/care")).status_code == 403

    await mona.http.post("/care/away", data={"name": "eve"})
    await eve.hears(
        "error", lambda told: told["message"] == "Mona has asked you to leave. <b>Please read the rules.</b>"
    )
    await eve.hears("disconnect")


async def test_what_does_not_come_from_the_chat_is_not_heard(site: Site) -> None:
    body = json.dumps({"Action": "report", "APIKey": API_KEY, "Report": {}}).encode()
    async with httpx.AsyncClient(base_url=site.url) as stranger:
        for key, age in (("guess", 0), (API_KEY, 3600)):
            stamp = str(int(time.time()) - age)
            signed = hmac.new(key.encode(), f"1.{stamp}.".encode() + body, hashlib.sha256).digest()
            headers = {
                "webhook-id": "1",
                "webhook-timestamp": stamp,
                "webhook-signature": f"v1,{base64.b64encode(signed).decode()}",
            }
            assert (await stranger.post("/webhooks", content=body, headers=headers)).status_code == 401
        assert (await stranger.post("/webhooks", content=body)).status_code == 401


async def test_the_site_restarts_its_chat_and_no_message_is_lost(site: Site, member: Enter) -> None:
    alice, bob, mona = [await member(name) for name in ("alice", "bob", "mona")]
    await bob.says(action="message", channel="@alice", message="before")
    first = (await bob.hears("message"))["msgID"]
    shown = (await mona.http.post("/care/restart")).text
    assert "Done" in shown
    await bob.hears("error", lambda told: "restarting" in told["message"])

    # Whoever goes on writing until the end has either been shown their message, or knows that it did not arrive.
    number = 0
    with contextlib.suppress(ConnectionClosed):
        while True:
            number += 1
            await bob.says(action="message", channel="@alice", message=f"number {number}")
            await bob.hears("message")
    told = [each for each in bob.heard if each["action"] == "message"]
    assert told[0]["message"] == "<p>before</p>"
    with contextlib.suppress(ConnectionClosed):
        while True:
            await alice.hears("message")

    await site.ready_again()
    assert site.supervisor.poll() is None
    again = await member("alice")
    kept: list[dict[str, Any]] = []
    remaining = 1
    while remaining:
        before = kept[-1]["msgID"] if kept else 0
        found = await again.asks("message/history", Username="bob", BeforeID=before)
        kept, remaining = kept + found["Messages"], found["Remaining"]
    kept = [each for each in kept if each["msgID"] >= first]
    by_id = {each["msgID"]: each["message"] for each in kept}
    assert {each["msgID"]: each["message"] for each in told}.items() <= by_id.items()
    # The page of somebody who wrote may have missed the last word; nobody read what was not kept.
    heard = [each["msgID"] for each in alice.heard if each["action"] == "message"]
    assert set(heard) <= set(by_id)
    assert len(kept) - len(told) <= 1
    await again.hears("echo")
