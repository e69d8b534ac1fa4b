"""What an option of an old BareRTC file changes, as somebody outside can see it."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Coroutine
from typing import Any

import httpx
import msgspec

from palaver.app import values
from palaver.app.composition import Application
from palaver.config import Settings
from palaver.config.tables import MessageFilter, ModerationRule, Webhook
from palaver.core.ids import RoomId, SessionId
from palaver.core.participants import Identity, Rule
from palaver.integrations.jwt import TokenInvalid, TokenVerifier, shared_key

START = Settings(admin_api_key="key", server_secret="secret")
Serve = Callable[[Settings], Coroutine[Any, Any, Application]]


def changed(settings: Any, **changes: Any) -> Any:
    return msgspec.structs.replace(settings, **changes)


async def asks(application: Application, path: str, method: str = "GET", **options: Any) -> httpx.Response:
    transport = httpx.ASGITransport(application.asgi, client=("127.0.0.1", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://chat") as client:
        return await client.request(method, path, **options)


async def constants(application: Application) -> dict[str, Any]:
    found = re.search(r'id="palaver-constants">(.*?)</script>', (await asks(application, "/")).text, re.DOTALL)
    assert found
    told: dict[str, Any] = json.loads(found[1])
    return told


Observe = Callable[[Application], Coroutine[Any, Any, Any]]


def table(name: str, /, **options: Any) -> Callable[[], Settings]:
    """Return settings of which one table says something else."""
    return lambda: changed(START, **{name: changed(getattr(START, name), **options)})


def key(**options: Any) -> Callable[[], Settings]:
    return lambda: changed(START, **options)


def told(name: str) -> Observe:
    async def observe(application: Application) -> Any:
        return (await constants(application))[name]

    return observe


def heard(*path: str) -> Observe:
    """Observe what the hub was set up with."""

    async def observe(application: Application) -> Any:
        found: Any = application.hub
        for name in path:
            found = getattr(found, name)
        return found

    return observe


def first_channel(name: str) -> Observe:
    async def observe(application: Application) -> Any:
        return getattr(application.hub.rooms[RoomId("lobby")].room.channels[0], name)

    return observe


async def shared_origin(application: Application) -> Any:
    answer = await asks(application, "/api/statistics", headers={"Origin": "https://friend.example"})
    return answer.headers.get("access-control-allow-origin")


async def key_is_right(application: Application) -> Any:
    return (
        await asks(application, "/api/blocklist", "POST", json={"APIKey": "new key", "Username": "ana"})
    ).status_code


async def largest_frame(application: Application) -> Any:
    return application.access().session_frame_bytes


async def preview(application: Application) -> Any:
    return values.barertc(application.settings, application.attachments).preview_px


async def stranger(application: Application) -> Any:
    return (await asks(application, "/")).status_code


async def bad_token(application: Application) -> Any:
    return (await asks(application, "/?jwt=bad")).status_code


async def signed(application: Application) -> Any:
    asked = {"APIKey": "key", "Claims": {"sub": "ana"}}
    token = (await asks(application, "/api/authenticate", "POST", json=asked)).json().get("JWT", "")
    try:
        return TokenVerifier([shared_key("k" * 32)]).verify(token, now=time.time()).sub
    except TokenInvalid:
        return ""


async def servers(application: Application) -> Any:
    found = application.hub.ice.servers(SessionId("s"), now=0).servers
    return [(list(each.urls), each.username, each.credential) for each in found]


async def rules_of_ana(application: Application) -> Any:
    return {rule.value for rule in application.hub.admission.rules_of(Identity("Ana"))}


async def history(application: Application) -> Any:
    answer = await asks(application, "/api/message/clear", "POST", json={"APIKey": "key", "Username": "ana"})
    return answer.json().get("Error")


def sentence(rule: Rule) -> Observe:
    async def observe(application: Application) -> Any:
        return application.hub.admission.rule_texts[rule]

    return observe


def one_channel(**options: Any) -> Callable[[], Settings]:
    return key(public_channels=(changed(START.public_channels[0], **options),))


def rules(**options: bool) -> Callable[[], Settings]:
    return key(moderation_rule=(ModerationRule(username="ana", **options),))


def first_filter(name: str) -> Observe:
    async def observe(application: Application) -> Any:
        return getattr(next(iter(application.hub.admission.filters), None), name, None)

    return observe


async def phrases(application: Application) -> Any:
    return [bool(each.search("axa")) for held in application.hub.admission.filters for each in held.patterns]


def one_filter(**options: Any) -> Callable[[], Settings]:
    return key(message_filters=(MessageFilter(enabled=True, keyword_phrases=("x",), **options),))


async def reports_told(application: Application) -> Any:
    return application.webhooks.wants("report"), values.webhook_addresses(application.settings).get("report")


HOOK = Webhook(name="report", enabled=True, url="https://site.example/hook")


def webhook(**options: Any) -> Callable[[], Settings]:
    return key(webhook_urls=(changed(HOOK, **options),))
