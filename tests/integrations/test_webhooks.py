"""Webhooks: what the website is sent, what counts as taken, and how what was not taken is kept and tried again."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import itertools
import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.fakes import NOW, FakeClock

from palaver.core.errors import Unavailable
from palaver.hub.outbox import Waiting
from palaver.integrations import webhooks as module
from palaver.integrations.webhooks import RETRY_AFTER_S, Webhooks
from palaver.storage.memory import Settled
from palaver.storage.outbox import MemoryOutbox

URL = "https://site.test/hook"
KEY = "the key of the API"
GUIDE = Path(__file__).parents[2] / "docs" / "howto" / "receive-webhooks.md"


class Website:
    """Answers with one status after the other, the last one for ever, and remembers what it was sent."""

    def __init__(self, *statuses: int | Exception) -> None:
        self.statuses = list(statuses) or [200]
        self.heard: list[httpx.Request] = []
        self.body = b""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.heard.append(request)
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        if isinstance(status, Exception):
            raise status
        return httpx.Response(status, content=self.body, headers={"Location": "https://elsewhere.test/"})


class Desk:
    """The webhooks of one process, and what it leaves behind."""

    def __init__(self, website: Callable[[httpx.Request], httpx.Response], outbox: Any = None) -> None:
        numbers = itertools.count(1)
        self.clock = FakeClock()
        self.outbox = outbox or MemoryOutbox()
        self.webhooks = Webhooks(
            self.outbox,
            self.clock,
            new_id=lambda: f"call-{next(numbers)}",
            transport=httpx.MockTransport(website),
        )
        self.webhooks.set_up({"report": URL}, KEY)

    async def send(self, **content: Any) -> str:
        return await (await self.webhooks.send("report", content or {"Report": {"Reason": "spam"}}))

    async def wait(self, seconds: float) -> None:
        """Let time pass, and what falls due be tried to its end."""
        self.clock.advance(seconds)
        while self.webhooks._tasks:
            await asyncio.wait(self.webhooks._tasks)
        await asyncio.sleep(0)


async def test_a_call_is_the_json_of_the_seed_with_name_and_key() -> None:
    website = Website()
    assert await Desk(website).send(Report={"Reason": "it's ünfair"}) == ""
    (request,) = website.heard
    assert (request.method, str(request.url)) == ("POST", URL)
    assert request.headers["content-type"] == "application/json"
    expected = {"Action": "report", "APIKey": KEY, "Report": {"Reason": "it's ünfair"}}
    assert request.content.decode() == json.dumps(expected, separators=(",", ":"), ensure_ascii=False)


async def test_a_call_is_signed_as_standard_webhooks_are() -> None:
    website = Website()
    await Desk(website).send()
    (request,) = website.heard
    name, stamp = request.headers["webhook-id"], request.headers["webhook-timestamp"]
    assert (name, stamp) == ("call-1", str(int(NOW)))
    signed = hmac.new(KEY.encode(), f"{name}.{stamp}.".encode() + request.content, hashlib.sha256).digest()
    assert request.headers["webhook-signature"] == f"v1,{base64.b64encode(signed).decode()}"


async def test_the_sample_of_the_guide_knows_a_call_from_a_forged_or_repeated_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (sample,) = re.findall(r"```python\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    names: dict[str, Any] = {}
    exec(sample, names)
    is_from_the_chat = names["is_from_the_chat"]
    website = Website()
    await Desk(website).send()
    (request,) = website.heard
    monkeypatch.setattr(time, "time", lambda: NOW + 299)
    assert is_from_the_chat(request.headers, request.content, KEY)
    assert not is_from_the_chat(request.headers, request.content + b" ", KEY)
    assert not is_from_the_chat(request.headers, request.content, KEY + "x")
    assert not is_from_the_chat({**request.headers, "webhook-id": "another"}, request.content, KEY)
    monkeypatch.setattr(time, "time", lambda: NOW + 301)
    assert not is_from_the_chat(request.headers, request.content, KEY)


@pytest.mark.parametrize("status", [201, 204, 301, 307, 400, 500])
async def test_only_200_is_success_and_no_redirect_is_followed(status: int) -> None:
    """A redirect would take the key in the body to somebody else (§10.3)."""
    website = Website(status)
    assert await Desk(website).send() == f"the website answered with status {status}"
    assert [str(request.url) for request in website.heard] == [URL]


async def test_what_failed_is_tried_again_after_longer_and_longer_times_with_the_same_id() -> None:
    website = Website(503)
    desk = Desk(website)
    await desk.send()
    for tries, wait_s in enumerate(RETRY_AFTER_S, 1):
        await desk.wait(wait_s - 1)
        assert len(website.heard) == tries
        await desk.wait(1)
        assert len(website.heard) == tries + 1
    assert {request.headers["webhook-id"] for request in website.heard} == {"call-1"}
    stamps = [int(request.headers["webhook-timestamp"]) for request in website.heard]
    assert stamps == sorted(set(stamps))
    await desk.wait(999_999)
    assert len(website.heard) == len(RETRY_AFTER_S) + 1
    waiting, failed = await desk.webhooks.listed(10)
    assert waiting == ()
    assert [(call.id, call.tries, call.problem) for call in failed] == [
        ("call-1", len(RETRY_AFTER_S) + 1, "the website answered with status 503")
    ]


async def test_once_it_is_taken_nothing_is_left() -> None:
    website = Website(httpx.ConnectError("no"), 200)
    desk = Desk(website)
    assert await desk.send() == "the website cannot be reached"
    assert len((await desk.webhooks.listed(10))[0]) == 1
    await desk.wait(RETRY_AFTER_S[0])
    assert await desk.webhooks.listed(10) == ((), ())
    assert desk.webhooks.waiting == 0


async def test_what_waits_outlives_the_process() -> None:
    broken, outbox = Website(503), MemoryOutbox()
    before = Desk(broken, outbox)
    await before.send()
    await before.webhooks.close()
    website = Website()
    after = Desk(website, outbox)
    await after.webhooks.begin()
    await after.wait(RETRY_AFTER_S[0])
    assert [request.headers["webhook-id"] for request in website.heard] == ["call-1"]
    assert await after.webhooks.listed(10) == ((), ())


async def test_a_process_that_ends_in_the_middle_leaves_its_call_behind() -> None:
    reached = asyncio.Event()

    async def never(request: httpx.Request) -> httpx.Response:
        reached.set()
        await asyncio.Event().wait()
        raise AssertionError

    desk = Desk(never)  # type: ignore[arg-type]
    first = await desk.webhooks.send("report", {})
    await reached.wait()
    await desk.webhooks.close()
    assert await first == "the server is about to restart"
    assert [call.id for call in (await desk.webhooks.listed(10))[0]] == ["call-1"]


async def test_what_failed_for_good_can_be_replayed() -> None:
    outbox = MemoryOutbox()
    await outbox.save(Waiting("old", "report", '{"Report":{}}', 1, tries=7, failed=True, problem="status 500"))
    website = Website(500, 200)
    desk = Desk(website, outbox)
    assert await desk.webhooks.again("old") == "the website answered with status 500"
    assert [call.id for call in (await desk.webhooks.listed(10))[1]] == ["old"]
    assert await desk.webhooks.again("old") == ""
    assert await desk.webhooks.listed(10) == ((), ())
    assert await desk.webhooks.again("old") is None


async def test_what_was_replayed_by_command_is_not_sent_again_by_the_timer() -> None:
    website = Website(503, 200)
    desk = Desk(website)
    await desk.send()
    await desk.outbox.forget("call-1")  # another process delivered it
    await desk.wait(RETRY_AFTER_S[0])
    assert len(website.heard) == 1


async def test_who_asks_twice_for_another_try_causes_one() -> None:
    """The second is told how the try went that is under way."""
    go, heard = asyncio.Event(), 0

    async def slow(request: httpx.Request) -> httpx.Response:
        nonlocal heard
        heard += 1
        await go.wait()
        return httpx.Response(200)

    desk = Desk(slow)  # type: ignore[arg-type]
    first = await desk.webhooks.send("report", {})
    others = [asyncio.ensure_future(desk.webhooks.again("call-1")) for _ in range(2)]
    await asyncio.sleep(0)
    others[0].cancel()  # whoever goes away takes nobody's answer along
    await asyncio.sleep(0)
    go.set()
    assert (await first, await others[1], heard) == ("", "", 1)


async def test_who_sends_while_the_server_stops_is_not_left_waiting() -> None:
    class Slow(MemoryOutbox):
        async def save(self, call: Waiting) -> None:  # type: ignore[override]
            super().save(call)
            await desk.webhooks.close()

    website = Website()
    desk = Desk(website, Slow())
    assert await asyncio.wait_for(desk.send(), 5) == "the server is about to restart"
    assert website.heard == []
    assert [call.id for call in (await desk.webhooks.listed(10))[0]] == ["call-1"]


async def test_no_more_calls_wait_than_can_be_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_WAITING", 2)
    desk = Desk(Website(503))
    for _ in range(2):
        await desk.send()
        await desk.wait(0)
    with pytest.raises(Unavailable):
        await desk.send()


async def test_a_store_that_does_not_answer_is_no_reason_to_say_that_a_report_was_kept() -> None:
    class Broken(MemoryOutbox):
        def save(self, call: Waiting) -> Settled[None]:
            raise Unavailable

    website = Website()
    with pytest.raises(Unavailable):
        await Desk(website, Broken()).send()
    assert website.heard == []


async def test_no_more_are_sent_at_once_than_a_site_can_bear() -> None:
    under_way, most, go = 0, 0, asyncio.Event()

    async def slow(request: httpx.Request) -> httpx.Response:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await go.wait()
        under_way -= 1
        return httpx.Response(200)

    desk = Desk(slow)  # type: ignore[arg-type]
    firsts = [await desk.webhooks.send("report", {}) for _ in range(9)]
    await asyncio.sleep(0)
    go.set()
    assert await asyncio.gather(*firsts) == [""] * 9
    assert most == module.AT_ONCE


async def test_a_site_that_never_ends_its_answer_is_not_read_for_ever() -> None:
    website = Website()
    website.body = b"x" * (module.ANSWER_BYTES + 1)
    assert await Desk(website).send() == "the website cannot be reached"


async def test_what_failed_long_ago_is_forgotten() -> None:
    desk = Desk(Website())
    for name, days in (("old", 31), ("new", 29)):
        made_ms = int((NOW - days * 86_400) * 1000)
        await desk.outbox.save(Waiting(name, "report", "{}", made_ms, failed=True))
    await desk.webhooks.forget_old()
    assert [call.id for call in (await desk.webhooks.listed(10))[1]] == ["new"]
