"""The page of a site that takes webhooks: profiles, reports, whom its users do not want to meet, kept conversations."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import expect
from tests.browser.test_shapes import judged
from tests.browser.visitor import Open, Visitor, until
from tests.client.serving import Server, serving

from palaver.integrations.jwt import mint

KEY = "for tests: the chat and its site"
SECRET = "for tests: a site and its chat share this"
CARD = {"OK": True, "Headline": "Hi <b>there</b>", "ProfileFields": [{"Name": "Age", "Value": "30yo"}]}


class Website(ThreadingHTTPServer):
    """Takes the webhooks of a chat."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Receiver)
        self.reports: list[dict[str, Any]] = []


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert isinstance(self.server, Website)
        if told["Action"] == "report":
            self.server.reports.append(told["Report"])
        body = json.dumps({"StatusCode": 200, "Data": CARD}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture(scope="module")
def website() -> Iterator[Website]:
    with Website() as running:
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        yield running
        running.shutdown()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, website: Website) -> Iterator[Server]:
    url = f"http://127.0.0.1:{website.server_port}/"
    hooks = "".join(
        f'[[WebhookURLs]]\nName = "{name}"\nEnabled = true\nURL = "{url}"\n' for name in ("report", "profile")
    )
    home: Path = tmp_path_factory.mktemp("site") / "data"
    after = f"[DirectMessageHistory]\nEnabled = true\n{hooks}"
    with serving(home, before=f'AdminAPIKey = "{KEY}"', after=after) as running:
        yield running


async def signed_in(visitor: Open, server: Server, name: str) -> Visitor:
    one = await visitor(alone=False)
    one.name = name
    await one.page.goto(
        f"{server.url}/?jwt={mint({'sub': name, 'nick': name.title()}, SECRET, ttl_s=600, now=time.time())}"
    )
    await one.is_in()
    return one


async def test_a_site_and_its_users(visitor: Open, server: Server, website: Website) -> None:
    """The card asks the site, the flag reaches it, its list holds, and what was said directly can be found and erased."""
    ana = await signed_in(visitor, server, "ana")
    bob = await signed_in(visitor, server, "bob")
    await bob.say("something rude")
    await ana.button("More about Bob").click()
    await ana.page.get_by_role("menuitem", name="Show profile").click()
    card = ana.page.get_by_role("region", name="From the site")
    await ana.sees(card.get_by_text("Hi <b>there</b>"))
    await ana.sees(card.get_by_text("30yo"))
    await judged(ana, "profile from the site")
    await ana.picture("site-profile")
    await ana.page.keyboard.press("Escape")

    await ana.choose(ana.message("something rude"), "Report")
    dialog = ana.page.get_by_role("dialog", name="Report bob")
    await dialog.get_by_label("What is wrong").select_option(label="Insults or harassment")
    await dialog.get_by_label("More about it").fill("as ever")
    await dialog.get_by_role("button", name="Report").click()

    async def reported() -> dict[str, Any]:
        return website.reports[-1] if website.reports else {}

    report = await until(reported, "the site hears of it")
    assert (report["FromUsername"], report["AboutUsername"], report["Comment"]) == ("ana", "bob", "as ever")
    assert (report["Reason"], report["Channel"]) == ("Insults or harassment", "lobby")
    assert "something rude" in report["Message"]

    await ana.button("Message Bob").click()
    await ana.say("a word in private")
    await bob.button("Message Ana").click()
    await bob.sees(bob.message("a word in private"))
    await bob.say("an answer in private")
    await ana.page.reload()
    await ana.sees(ana.message("an answer in private"))
    await ana.button("Past conversations").click()
    past = ana.page.get_by_role("dialog", name="Past conversations")
    await ana.sees(past.get_by_role("button", name="bob"))
    await judged(ana, "past conversations")
    await ana.picture("past-conversations")
    await past.get_by_role("button", name="Erase all of it…").click()
    await past.get_by_role("button", name="Erase it now").click()
    await ana.sees(ana.toasts.filter(has_text="2 messages were erased."))


async def test_the_sites_blocklist_holds(visitor: Open, server: Server) -> None:
    """Who stands on it is neither seen nor heard by its user."""
    listed = {"APIKey": KEY, "Username": "carl", "Blocklist": ["dora"]}
    async with httpx.AsyncClient() as site:
        assert (await site.post(f"{server.url}/api/blocklist", json=listed)).status_code == 200
    dora = await signed_in(visitor, server, "dora")
    carl = await signed_in(visitor, server, "carl")
    await carl.misses(carl.person("Dora"))
    await dora.say("can you hear me?")
    await expect(carl.message("can you hear me?")).to_have_count(0)
