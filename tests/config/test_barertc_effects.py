"""What BareRTC's options change, each seen at the server that was started, or reloaded, with it."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from tests.fakes import FakeSink

from palaver.app.composition import Application
from palaver.config import Settings
from palaver.core.chat import Direct, InChannel, PostMessage, ToPerson
from palaver.core.ids import ChannelId, RoomId, SessionId
from palaver.core.participants import Author, ByHandle, Identity
from palaver.core.rooms import JoinRoom
from palaver.storage.stores import open_stores

START = Settings(admin_api_key="key", server_secret="secret")
Serve = Callable[[Settings], Coroutine[Any, Any, Application]]


def changed(settings: Any, **changes: Any) -> Any:
    return msgspec.structs.replace(settings, **changes)


@pytest.fixture
async def serve(tmp_path: Path) -> AsyncIterator[Serve]:
    running: list[Application] = []

    async def start(settings: Settings) -> Application:
        running.append(Application(settings, tmp_path, await open_stores("sqlite://")))
        await running[-1].begin()
        return running[-1]

    yield start
    for each in running:
        await each.close()
        await each.stores.close()


async def asks(application: Application, path: str, method: str = "GET", **options: Any) -> httpx.Response:
    transport = httpx.ASGITransport(application.asgi, client=("127.0.0.1", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://chat") as client:
        return await client.request(method, path, **options)


async def constants(application: Application) -> dict[str, Any]:
    found = re.search(r'id="palaver-constants">(.*?)</script>', (await asks(application, "/")).text, re.DOTALL)
    assert found
    told: dict[str, Any] = json.loads(found[1])
    return told


async def test_title_and_branding_are_told_as_text(serve: Serve) -> None:
    application = await serve(
        changed(START, title="Our <Chat>", branding="<b>Be</b> kind &amp; <script>x</script>calm")
    )
    assert (await constants(application))["branding"] == "Be kind & calm"
    assert "About Our &lt;Chat&gt;" in (await asks(application, "/about")).text
    application.change_settings(changed(START, branding="other"))
    assert (await constants(application))["branding"] == "other"


async def test_history_shows_its_disclaimer_and_its_days(serve: Serve) -> None:
    history = changed(START.direct_message_history, disclaimer_message="<p>We <b>keep</b> it.</p>", retention_days=7)
    application = await serve(changed(START, direct_message_history=history))
    assert (await constants(application))["disclaimer"] == ""
    assert "are not kept" in (await asks(application, "/about")).text
    on = changed(history, enabled=True)
    application.change_settings(changed(START, direct_message_history=on))
    assert (await constants(application))["disclaimer"] == "We keep it."
    assert "kept for 7 days" in (await asks(application, "/about")).text


async def test_vips_have_the_name_of_the_site(serve: Serve) -> None:
    application = await serve(changed(START, vip=changed(START.vip, name="Patron")))
    assert (await constants(application))["vipName"] == "Patron"


async def test_strict_visitors_are_sent_to_the_landing_page(serve: Serve) -> None:
    jwt = changed(START.jwt, enabled=True, secret_key="k" * 32, landing_page_url="https://www.example.com/login")
    application = await serve(changed(START, jwt=jwt))
    answer = await asks(application, "/")
    assert (answer.status_code, answer.headers["location"]) == (302, "https://www.example.com/login")
    application.change_settings(changed(START, jwt=changed(jwt, strict=False)))
    assert (await asks(application, "/")).status_code == 200


async def test_channels_have_icons(serve: Serve) -> None:
    application = await serve(START)
    assert application.hub.rooms[RoomId("lobby")].room.channels[0].icon == "fa fa-gavel"


async def test_barertc_may_have_another_room_with_the_same_channels(serve: Serve) -> None:
    application = await serve(changed(START, barertc=changed(START.barertc, room="den")))
    den, lobby = (application.hub.rooms[RoomId(name)].room for name in ("den", "lobby"))
    assert den.channels == lobby.channels
    assert den.life == lobby.life
    application.change_settings(changed(START, barertc=changed(START.barertc, room="cave")))
    assert RoomId("cave") in application.hub.rooms


async def test_barertc_can_be_switched_off(serve: Serve) -> None:
    on, off = await serve(START), await serve(changed(START, barertc=changed(START.barertc, enabled=False)))
    assert (await asks(on, "/api/statistics")).status_code == 200
    assert (await asks(on, "/poll", "POST")).status_code == 400
    assert (await asks(off, "/api/statistics")).status_code == 404
    assert (await asks(off, "/poll", "POST")).status_code in (404, 405)


async def test_what_is_said_in_listed_channels_and_by_listed_people_is_written_down(
    serve: Serve, tmp_path: Path
) -> None:
    logging = changed(START.logging, enabled=True, directory="./kept", channels=("lobby",), usernames=("ana",))
    application = await serve(changed(START, logging=logging))
    hub = application.hub
    ana, bob = (hub.open(Identity(name), FakeSink())[0] for name in ("ana", "bob"))
    for session in (ana, bob):
        await hub.handle(session, JoinRoom(RoomId("lobby")))
    for channel in ("lobby", "offtopic"):
        await hub.handle(ana, PostMessage(InChannel(RoomId("lobby"), ChannelId(channel)), f"to {channel}"))
    await hub.handle(bob, PostMessage(ToPerson(ByHandle("ana")), "for you"))
    application.change_settings(changed(START, logging=changed(logging, enabled=False)))
    await hub.handle(ana, PostMessage(InChannel(RoomId("lobby"), ChannelId("lobby")), "off the record"))
    await application.close()

    lines = {str(path.relative_to(tmp_path / "kept")): path.read_text() for path in (tmp_path / "kept").rglob("*.txt")}
    assert set(lines) == {"lobby.txt", "@ana/bob.txt"}
    assert lines["lobby.txt"].endswith(" [ana] to lobby\n")
    assert lines["@ana/bob.txt"].endswith(" [bob] for you\n")
    assert Direct(Author(SessionId("x"), "x"))


async def test_an_old_file_is_read_as_it_is_and_never_rewritten(tmp_path: Path) -> None:
    from palaver import config

    old = (Path(__file__).parent / "barertc_v17.toml").read_bytes()
    (tmp_path / "settings.toml").write_bytes(old)
    config.load(tmp_path)
    config.load(tmp_path)
    assert (tmp_path / "settings.toml").read_bytes() == old
