"""What keeps people apart is stored: bans, mutes, blocks and the site's lists outlive the server, on every wire."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from tests.bridges.visitors import VISITORS, OnNative, Visitor
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


async def test_bans_mutes_blocks_and_lists_of_the_site_outlive_the_server(tmp_path: Path) -> None:
    with serving(tmp_path / "data", before=f'AdminAPIKey = "{KEY}"') as server:
        ana_token, olga_token = server.token("ana"), server.token("olga", "--op")

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

        server.stop()
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
