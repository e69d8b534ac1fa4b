"""What the settings say reaches the addresses, at the start and at a reload, and what the process opens it closes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from tests.fakes import FakeSink

from palaver.app import composition
from palaver.app.composition import DAY_S, Application
from palaver.config import Settings
from palaver.config.reading import LARGEST_NUMBER
from palaver.config.tables import ModerationRule, PublicChannel, Webhook
from palaver.core.errors import Unavailable
from palaver.core.ids import RoomId
from palaver.core.media import SetMedia
from palaver.core.moderation import Ban
from palaver.core.participants import Identity
from palaver.core.rooms import JoinRoom
from palaver.hub.outbox import Waiting
from palaver.integrations.attachments import SHOWN_DAYS
from palaver.storage.database import StorageProblem
from palaver.storage.stores import open_stores

START = Settings(admin_api_key="first", server_secret="secret")


def changed(settings: Settings, **changes: Any) -> Settings:
    return msgspec.structs.replace(settings, **changes)


@pytest.fixture
async def application(tmp_path: Path) -> AsyncIterator[Application]:
    stores = await open_stores("sqlite://")
    application = Application(START, tmp_path, stores)
    await application.begin()
    yield application
    await application.close()
    await stores.close()


async def asks(app: Any, method: str, path: str, key: str = "first", **options: Any) -> httpx.Response:
    transport = httpx.ASGITransport(app, client=("127.0.0.1", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://chat") as client:
        return await client.request(method, path, headers={"Authorization": f"Bearer {key}"}, **options)


async def test_a_reload_is_felt_by_the_next_request(application: Application) -> None:
    said = {"text": "hello"}
    first = await asks(application.asgi, "POST", "/v1/rooms/lobby/messages", json=said)
    assert first.json()["author"] == {"session": "0" * 32, "handle": "Palaver"}
    refusal = await asks(application.asgi, "POST", "/v1/tokens", json={"sub": "ana"})
    assert refusal.json()["code"] == "tokens_ignored"

    application.change_settings(
        changed(
            START,
            title="Elsewhere",
            admin_api_key="second",
            cors_hosts=("https://Site.example/",),
            jwt=changed(START.jwt, enabled=True, secret_key="k" * 32),
            limits=changed(START.limits, uploads_per_minute=7.0),
        )
    )

    assert (await asks(application.asgi, "GET", "/v1/rooms")).status_code == 401
    again = await asks(application.asgi, "POST", "/v1/rooms/lobby/messages", key="second", json=said)
    assert again.json()["author"]["display_name"] == "Elsewhere"
    assert (await asks(application.asgi, "POST", "/v1/tokens", key="second", json={"sub": "ana"})).status_code == 201
    access = application.surroundings().access()
    assert (access.origins, access.uploads_per_minute) == (frozenset({"https://site.example"}), 7.0)


async def test_rooms_of_the_site_are_there_again_after_a_restart(application: Application, tmp_path: Path) -> None:
    await asks(application.asgi, "POST", "/v1/rooms", json={"room": "den", "title": "The Den"})
    await asks(application.asgi, "POST", "/v1/bans", json={"user": "mallory"})
    again = Application(START, tmp_path, application.stores)
    await again.begin()
    assert (await asks(again.asgi, "GET", "/v1/rooms/den")).json()["title"] == "The Den"
    assert [ban["name"] for ban in (await asks(again.asgi, "GET", "/v1/bans")).json()["bans"]] == ["mallory"]


async def test_what_the_site_set_in_the_default_room_outlasts_reload_and_restart(
    application: Application, tmp_path: Path
) -> None:
    changes = {"guests": False, "listed": False, "capacity": 9, "locked": True, "title": "Hall", "waiting_room": True}
    lobby = (await asks(application.asgi, "GET", "/v1/rooms/lobby")).json()
    await asks(
        application.asgi,
        "PATCH",
        "/v1/rooms/lobby",
        json={**changes, "channels": [*lobby["channels"], {"id": "added"}]},
    )
    again = Application(START, tmp_path, application.stores)
    await again.begin()
    application.change_settings(START)
    for server in (application, again):
        details = (await asks(server.asgi, "GET", "/v1/rooms/lobby")).json()
        assert {name: details[name] for name in changes} == changes
        assert details["channels"][:-1] == lobby["channels"]
        assert details["channels"][-1]["id"] == "added"


async def test_the_rate_of_requests_changes_with_the_settings(application: Application) -> None:
    stranger = {"app": application.asgi, "client": ("198.51.100.7", 1)}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(**stranger), base_url="http://chat") as client:

        async def codes() -> list[int]:
            return [(await client.get("/healthz")).status_code for _ in range(4)]

        assert await codes() == [200] * 4
        for rate, expected in ((0.001, [200, 200, 429, 429]), (0.0, [200] * 4)):
            limits = changed(START.limits, requests_per_second=rate, requests_burst=2)
            application.change_settings(changed(START, limits=limits))
            assert await codes() == expected


async def test_what_waits_for_the_website_waits_for_the_next_process_too(
    application: Application, tmp_path: Path
) -> None:
    url = "https://site.test/hook"
    hooks = changed(START, webhook_urls=(Webhook("report", enabled=True, url=url),))
    assert not application.webhooks.wants("report")
    application.change_settings(hooks)
    assert application.webhooks.wants("report")
    due_ms = int(application.hub.clock.now() * 1000) + 3_600_000
    await application.stores.outbox.save(Waiting("c1", "report", "{}", 1, tries=1, due_ms=due_ms))
    again = Application(hooks, tmp_path, application.stores)
    await again.begin()
    assert again.webhooks.waiting == 1
    assert again.hub.guard.site_calls is again.webhooks
    assert (await asks(again.asgi, "GET", "/v1/webhooks")).json()["waiting"][0]["id"] == "c1"
    await again.close()


async def test_who_is_in_a_room_is_told_of_channels_that_a_reload_brings_and_takes_away(
    application: Application,
) -> None:
    hub, sink = application.hub, FakeSink()
    session, _ = hub.open(Identity("ana"), sink)
    await hub.handle(session, JoinRoom(RoomId("lobby")))
    application.change_settings(changed(START, title="Elsewhere"))
    hub.turn.flush()
    assert sink.words == [], "nothing is new in the room"
    application.change_settings(changed(START, public_channels=(*START.public_channels, PublicChannel("new"))))
    hub.turn.flush()
    updated, opened = sink.events
    assert (updated["type"], updated["room"]["channels"][-1]["id"]) == ("room_updated", "new")
    assert (opened["type"], opened["channel"]["id"]) == ("channel_opened", "new")
    sink.forget()
    application.change_settings(START)
    hub.turn.flush()
    (updated,) = sink.events
    assert [channel["id"] for channel in updated["room"]["channels"]] == [each.id for each in START.public_channels]


async def test_who_is_a_vip_is_known_at_once_to_those_for_whom_it_is_no_secret_any_more(
    application: Application,
) -> None:
    hub, sink, hidden = application.hub, FakeSink(), FakeSink()
    lobby = RoomId("lobby")
    for identity, each in (Identity("ana"), sink), (Identity("vera", vip=True), hidden):
        session, _ = hub.open(identity, each)
        await hub.handle(session, JoinRoom(lobby))
    hub.turn.flush()
    for secret in (True, False):
        sink.forget()
        application.change_settings(changed(START, vip=changed(START.vip, mutually_secret=secret)))
        hub.turn.flush()
        (told,) = sink.events
        assert (told["type"], told["participant"].get("vip", False)) == ("participant_updated", not secret)


async def test_a_rule_that_is_laid_on_somebody_ends_what_they_show_already(application: Application) -> None:
    hub, sink = application.hub, FakeSink()
    session, _ = hub.open(Identity("ana"), sink)
    lobby = RoomId("lobby")
    for command in (JoinRoom(lobby), SetMedia(camera=True)):
        await hub.handle(session, command)
    red = changed(START, moderation_rule=(ModerationRule("Ana", camera_always_nsfw=True),))
    application.change_settings(red)
    seat = hub.presence.roster(lobby)[session.session]
    assert (seat.media.camera, seat.media.rules.explicit) == (True, True)
    application.change_settings(changed(START, moderation_rule=(ModerationRule("ana", no_broadcast=True),)))
    await asyncio.sleep(0)
    assert hub.presence.roster(lobby)[session.session].media.camera is False
    hub.turn.flush()
    assert "camera_stopped" in sink.words


async def test_a_shutdown_stops_the_process_for_its_supervisor(application: Application) -> None:
    assert (await asks(application.asgi, "GET", "/readyz")).status_code == 200
    assert (await asks(application.asgi, "POST", "/v1/shutdown")).status_code == 202
    assert application.stopping.is_set()
    assert application.exit_code == 1
    assert (await asks(application.asgi, "GET", "/readyz")).status_code == 503


async def test_the_figures_count_what_the_transports_hold(application: Application) -> None:
    text = (await asks(application.asgi, "GET", "/metrics")).text
    assert "palaver_open_connections 0.0" in text
    assert "palaver_outbox_bytes 0.0" in text
    assert "palaver_store_latency_seconds NaN" not in text


async def test_pictures_and_bans_past_their_end_are_deleted_once_a_day(application: Application) -> None:
    moderation, now_ms = application.stores.moderation, int(application.hub.clock.now() * 1000)
    for name, until_ms in (("over", now_ms - 1), ("held", now_ms + 3_600_000)):
        await moderation.save_ban(Ban(name, (), until_ms))
    # So long that nothing is as old.
    kept = changed(START.direct_message_history, retention_days=LARGEST_NUMBER)
    application.change_settings(changed(START, direct_message_history=kept))
    await application.begin()
    assert [ban.name for ban in application.hub.bans] == ["held"]
    purged: asyncio.Queue[float] = asyncio.Queue()
    application.pictures.purge = purged.put  # type: ignore[assignment,method-assign]
    retaining = asyncio.create_task(application.retain())
    older_than = await asyncio.wait_for(purged.get(), 20)
    retaining.cancel()
    assert application.hub.clock.now() - older_than == pytest.approx((SHOWN_DAYS + 1) * DAY_S, abs=20)
    assert [ban.name for ban in await moderation.bans()] == ["held"]


async def test_what_could_not_be_deleted_is_tried_again_before_the_next_day(
    application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(composition, "HOUR_S", 0.0)
    tries: asyncio.Queue[float] = asyncio.Queue()
    problems = [OSError(), Unavailable()]

    async def purge(older_than: float) -> int:
        tries.put_nowait(older_than)
        if problems:
            raise problems.pop()
        return 0

    application.pictures.purge = purge  # type: ignore[method-assign]
    retaining = asyncio.create_task(application.retain())
    for _ in range(3):
        await asyncio.wait_for(tries.get(), 20)
    assert not retaining.done()
    retaining.cancel()


@pytest.mark.parametrize(
    ("spoilt", "sentence"),
    [
        ("INSERT INTO rooms (id, body) VALUES ('den', '{')", "What the database holds cannot be read"),
        ("DROP TABLE bans", "The database does not answer"),
    ],
)
async def test_a_database_that_cannot_be_read_is_told_in_a_sentence(spoilt: str, sentence: str, tmp_path: Path) -> None:
    stores = await open_stores("sqlite://")
    async with stores.database.engine.begin() as connection:
        await connection.exec_driver_sql(spoilt)
    broken = Application(START, tmp_path, stores)
    with pytest.raises(StorageProblem, match=sentence):
        await broken.begin()
    await broken.close()
    await stores.close()


async def test_it_answers_below_a_prefix_when_mounted_elsewhere(application: Application) -> None:
    outer = Starlette(routes=[Mount("/chat", app=application.asgi)])
    made = await asks(outer, "POST", "/chat/v1/rooms", json={"room": "a/b"})
    assert made.status_code == 201
    assert (await asks(outer, "GET", "/chat/v1/rooms/a%2Fb")).json()["room"] == "a/b"
    assert (await asks(outer, "GET", "/chat/v1/nothing")).json()["code"] == "no_such_address"
    assert (await asks(outer, "GET", "/chat/docs")).status_code == 200
