"""What the site sees of its webhooks that failed, and how it has them called again."""

from __future__ import annotations

import httpx
from tests.fakes import FakeClock
from tests.integrations.test_webhooks import KEY as API_KEY
from tests.integrations.test_webhooks import URL, Website
from tests.web.conftest import NewDesk, refused

from palaver.hub.outbox import Waiting
from palaver.integrations.webhooks import Webhooks
from palaver.storage.outbox import MemoryOutbox

FAILED = Waiting("c1", "report", '{"Report":{}}', 7, tries=7, due_ms=8, failed=True, problem="status 500")
LATER = Waiting("c2", "report", '{"Report":{}}', 9, tries=1, due_ms=5_009, problem="status 503")


async def webhooks(website: Website) -> Webhooks:
    outbox = MemoryOutbox()
    for call in (FAILED, LATER):
        await outbox.save(call)
    found = Webhooks(outbox, FakeClock(), transport=httpx.MockTransport(website))
    found.set_up({"report": URL}, API_KEY)
    return found


async def test_what_waits_and_what_failed_is_listed_without_what_was_said(new_desk: NewDesk) -> None:
    desk = new_desk(webhooks=await webhooks(Website()))
    listed = (await desk.asks("GET", "/v1/webhooks")).json()
    common = {"webhook": "report"}
    assert listed == {
        "waiting": [
            {**common, "id": "c2", "made_ms": 9, "tries": 1, "due_ms": 5009, "problem": "status 503"},
        ],
        "failed": [{**common, "id": "c1", "made_ms": 7, "tries": 7, "due_ms": 0, "problem": "status 500"}],
    }
    assert len((await desk.asks("GET", "/v1/webhooks?limit=1")).json()["failed"]) == 1


async def test_a_call_is_replayed_and_gone_once_it_is_taken(new_desk: NewDesk) -> None:
    website = Website(503, 200)
    desk = new_desk(webhooks=await webhooks(website))
    answer = (await desk.asks("POST", "/v1/webhooks/c1/replay")).json()
    assert answer == {"delivered": False, "problem": "the website answered with status 503"}
    assert (await desk.asks("POST", "/v1/webhooks/c1/replay")).json() == {"delivered": True, "problem": ""}
    refused(await desk.asks("POST", "/v1/webhooks/c1/replay"), 404, "no_such_call")
    assert {request.headers["webhook-id"] for request in website.heard} == {"c1"}


async def test_the_figures_say_that_something_fails(new_desk: NewDesk) -> None:
    desk = new_desk(webhooks=await webhooks(Website(503)))
    await desk.asks("POST", "/v1/webhooks/c2/replay")
    text = (await desk.asks("GET", "/metrics", address="127.0.0.1")).text
    assert "palaver_webhooks_waiting 1.0" in text
    assert "palaver_webhook_failures_total 1.0" in text


async def test_only_the_site_may_look(new_desk: NewDesk) -> None:
    desk = new_desk(webhooks=await webhooks(Website()))
    assert (await desk.asks("GET", "/v1/webhooks", bearer="wrong")).status_code == 401
    assert (await desk.asks("POST", "/v1/webhooks/c1/replay", bearer="")).status_code == 401


async def test_without_webhooks_there_is_nothing(new_desk: NewDesk) -> None:
    desk = new_desk()
    assert (await desk.asks("GET", "/v1/webhooks")).json() == {"waiting": [], "failed": []}
    refused(await desk.asks("POST", "/v1/webhooks/c1/replay"), 404, "no_such_call")
