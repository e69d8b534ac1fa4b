"""What protects people is stored: bans, mutes, blocks, the site's lists and reports outlive a server that is killed."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import threading
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import pytest
from tests.bridges.visitor import PATIENCE_S, Frame, Visitor
from tests.bridges.visitors import VISITORS, OnNative
from tests.client.serving import serving

KEY = "the key of the site"


class OnNativeWithToken(OnNative):
    """A user of the site."""

    def __init__(self, name: str, token: str) -> None:
        super().__init__(name)
        self._token = token

    async def come(self, url: str) -> None:
        await super(OnNative, self).come(url)
        await self.ask(type="identify", name=self.name, token=self._token)
        await self.ask(type="join_room", room="lobby")


@contextlib.asynccontextmanager
async def present(url: str, *people: Visitor) -> AsyncIterator[None]:
    for each in people:
        await each.come(url)
    try:
        yield
    finally:
        for each in people:
            with contextlib.suppress(Exception):
                await each.leave()


class Website(HTTPServer):
    """Takes reports, but for the first; a second refusal would put the next try off for longer than anybody waits here."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Hook)
        self.heard: list[tuple[str, Frame]] = []
        self.taken = threading.Event()


class Hook(BaseHTTPRequestHandler):
    """One call of the chat."""

    server: Website

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.heard.append((self.headers["webhook-id"], body))
        well = len(self.server.heard) > 1
        self.send_response(200 if well else 503)
        self.end_headers()
        if well:
            self.server.taken.set()

    def log_message(self, *words: object) -> None:
        pass


@pytest.fixture
def website() -> Iterator[Website]:
    server = Website()
    serving = threading.Thread(target=server.serve_forever, daemon=True)
    serving.start()
    yield server
    server.shutdown()
    serving.join()
    server.server_close()


async def test_bans_mutes_blocks_lists_and_reports_outlive_a_server_that_is_killed(
    tmp_path: Path, website: Website
) -> None:
    hook = f"http://127.0.0.1:{website.server_port}/hook"
    webhook = f'\n[[WebhookURLs]]\nName = "report"\nEnabled = true\nURL = "{hook}"\n'
    with serving(tmp_path / "data", before=f'AdminAPIKey = "{KEY}"', after=webhook) as server:
        ana_token, olga_token = server.token("ana"), server.token("olga", op=True)

        def ana() -> OnNativeWithToken:
            return OnNativeWithToken("ana", ana_token)

        async with httpx.AsyncClient(base_url=server.url, trust_env=False) as site:
            body = {"APIKey": KEY, "Username": "ana", "Blocklist": ["listed"]}
            assert (await site.post("/api/blocklist", json=body)).json() == {"OK": True}
        before = ana()
        olga = OnNativeWithToken("olga", olga_token)
        async with present(server.url, before, olga):
            await before.ask(type="ignore", room="lobby", names=["muted"])
            await before.ask(type="block", room="lobby", names=["blocked"])
            await olga.ask(type="ban_person", room="lobby", target={"by": "handle", "handle": "banned"}, hours=1)

            await before.ask(type="report", room="lobby", about="olga", reason="rude", comment="please look")
            forwarded = await before.find("what became of it", lambda frame: "report_forwarded" in str(frame))
            assert forwarded["event"]["again"] is True

        server.stop(signal.SIGKILL)
        server.start()

        again = ana()
        wires = iter(VISITORS)
        others = [VISITORS[next(wires)](name) for name in ("listed", "muted", "blocked", "fifth")]
        async with present(server.url, again, *others):
            for each in others:
                await each.say(f"from {each.name}")
            await again.hears_said("from fifth", "fifth")
            heard = str(again.inbox)
            assert not any(f"from {name}" in heard for name in ("listed", "muted", "blocked"))
            seen = {
                frame["event"]["participant"]["handle"] for frame in again.inbox if "participant_joined" in str(frame)
            }
            assert seen.isdisjoint({"listed", "blocked"})
            # The list is the site's word: the user cannot take it back.
            await again.ask(type="block", room="lobby", names=["listed"], on=False)
            await others[0].say("once more")
            await others[3].say("and after that")
            await again.hears_said("and after that", "fifth")
            assert "once more" not in str(again.inbox)
        with pytest.raises(AssertionError, match="banned"):
            await VISITORS["native"]("banned").come(server.url)
        assert await asyncio.to_thread(website.taken.wait, PATIENCE_S)
        (first_id, told), *_, (last_id, again_told) = website.heard
        assert (first_id, told) == (last_id, again_told)
        assert (told["Action"], told["APIKey"]) == ("report", KEY)
        assert (told["Report"]["FromUsername"], told["Report"]["Comment"]) == ("ana", "please look")
