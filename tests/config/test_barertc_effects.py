"""What BareRTC's options change, each seen at the server that was started, or reloaded, with it."""

from __future__ import annotations

import asyncio
import re
import tomllib
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from PIL import Image
from tests.config.barertc_observers import (
    START,
    Observe,
    Serve,
    asks,
    bad_token,
    changed,
    constants,
    first_channel,
    first_filter,
    heard,
    history,
    key,
    key_is_right,
    largest_frame,
    one_channel,
    one_filter,
    phrases,
    preview,
    reports_told,
    rules,
    rules_of_ana,
    sentence,
    servers,
    shared_origin,
    signed,
    stranger,
    table,
    told,
    webhook,
)
from tests.fakes import FakeSink

from palaver import config
from palaver.app.composition import Application
from palaver.config import Settings
from palaver.config.options import Effect, entries
from palaver.core.chat import EditMessage, InChannel, PostMessage, ToPerson
from palaver.core.ids import ChannelId, RoomId
from palaver.core.participants import ByHandle, Identity, Rule
from palaver.core.rooms import JoinRoom
from palaver.storage.stores import open_stores


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


HOOKED = (True, "https://site.example/hook")
ON = {"enabled": True, "strict": False, "secret_key": "k" * 32}
TURN_URL = "turn:turn.example"
RELAY = {"urls": (TURN_URL,), "username": "u", "credential": "c"}
EFFECTS: dict[str, tuple[Callable[[], Settings], Observe, Any]] = {
    "Title": (key(title="Ours"), told("title"), "Ours"),
    "Branding": (key(branding="<b>Be</b> kind &amp; <script>x</script>calm"), told("branding"), "Be kind & calm"),
    "WebsiteURL": (key(website_url="https://site.example"), told("websiteUrl"), "https://site.example"),
    "CORSHosts": (key(cors_hosts=("https://friend.example",)), shared_origin, "https://friend.example"),
    "AdminAPIKey": (key(admin_api_key="new key"), key_is_right, 200),
    "PermitNSFW": (key(permit_nsfw=True), told("features"), ["pictures", "explicit"]),
    "BlockableAdmins": (key(blockable_admins=True), heard("admission", "blockable_operators"), True),
    "WebSocketReadLimit": (key(websocket_read_limit=1000), largest_frame, 1000),
    "PreviewImageWidth": (key(preview_image_width=90), preview, 90),
    "[JWT] Enabled": (table("jwt", **ON), bad_token, 403),
    "[JWT] Strict": (table("jwt", **{**ON, "strict": True}), stranger, 403),
    "[JWT] SecretKey": (table("jwt", secret_key="k" * 32), signed, "ana"),
    "[JWT] LandingPageURL": (
        table("jwt", **{**ON, "strict": True, "landing_page_url": "https://site.example"}),
        stranger,
        302,
    ),
    "[TURN] URLs": (table("turn", urls=("stun:s.example",)), servers, [(["stun:s.example"], "", "")]),
    "[TURN] Username": (table("turn", **RELAY), servers, [([TURN_URL], "u", "c")]),
    "[TURN] Credential": (table("turn", **{**RELAY, "credential": "d"}), servers, [([TURN_URL], "u", "d")]),
    "[[PublicChannels]] ID": (one_channel(id="hall"), first_channel("id"), "hall"),
    "[[PublicChannels]] Name": (one_channel(name="Hall"), first_channel("title"), "Hall"),
    "[[PublicChannels]] Icon": (one_channel(icon="fa fa-key"), first_channel("icon"), "fa fa-key"),
    "[[PublicChannels]] WelcomeMessages": (one_channel(welcome_messages=("Hi",)), first_channel("welcomes"), ("Hi",)),
    "[[PublicChannels]] VIP": (one_channel(vip=True), first_channel("vip_only"), True),
    "[[PublicChannels]] PermitPhotos": (one_channel(permit_photos=False), first_channel("pictures"), False),
    "[[PublicChannels]] EchoMessagesOnJoin": (one_channel(echo_messages_on_join=3), first_channel("newcomers_see"), 3),
    "[VIP] Name": (table("vip", name="Patron"), told("vipName"), "Patron"),
    "[VIP] MutuallySecret": (table("vip", mutually_secret=True), heard("admission", "secret_vip"), True),
    "[[ModerationRule]] Username": (rules(no_image=True), rules_of_ana, {"noimage"}),
    "[[ModerationRule]] CameraAlwaysNSFW": (rules(camera_always_nsfw=True), rules_of_ana, {"redcam"}),
    "[[ModerationRule]] NoBroadcast": (rules(no_broadcast=True), rules_of_ana, {"nobroadcast"}),
    "[[ModerationRule]] NoVideo": (rules(no_video=True), rules_of_ana, {"novideo"}),
    "[[ModerationRule]] NoImage": (rules(no_image=True), rules_of_ana, {"noimage"}),
    "[[ModerationRule]] NoDarkVideo": (rules(no_dark_video=True), rules_of_ana, {"nodvd"}),
    "[[WebhookURLs]] Name": (webhook(), reports_told, HOOKED),
    "[[WebhookURLs]] Enabled": (webhook(enabled=True), reports_told, HOOKED),
    "[[WebhookURLs]] URL": (webhook(url="https://s.example"), reports_told, (True, "https://s.example")),
    "[[MessageFilters]] Enabled": (one_filter(), phrases, [True]),
    "[[MessageFilters]] KeywordPhrases": (one_filter(), phrases, [True]),
    "[[MessageFilters]] PublicChannels": (one_filter(public_channels=True), first_filter("channels"), True),
    "[[MessageFilters]] PrivateChannels": (one_filter(private_channels=True), first_filter("direct"), True),
    "[[MessageFilters]] CensorMessage": (one_filter(censor_message=True), first_filter("censor"), True),
    "[[MessageFilters]] ForwardMessage": (one_filter(forward_message=True), first_filter("forward"), True),
    "[[MessageFilters]] ReportMessage": (one_filter(report_message=True), first_filter("report"), True),
    "[[MessageFilters]] ChatServerResponse": (one_filter(chat_server_response="No!"), first_filter("response"), "No!"),
    "[DMLinkSpamProtection] Enabled": (
        table("dm_link_spam_protection", enabled=False),
        heard("admission", "link_spam", "people"),
        0,
    ),
    "[DMLinkSpamProtection] MaxThreads": (
        table("dm_link_spam_protection", max_threads=2),
        heard("admission", "link_spam", "people"),
        2,
    ),
    "[DMLinkSpamProtection] TimeLimit": (
        table("dm_link_spam_protection", time_limit=9),
        heard("admission", "link_spam", "forgotten_s"),
        9,
    ),
    "[DMLinkSpamProtection] BanHours": (
        table("dm_link_spam_protection", ban_hours=3),
        heard("admission", "link_spam", "ban_hours"),
        3,
    ),
    "[Strings] ModRuleErrorCameraAlwaysNSFW": (
        table("strings", mod_rule_error_camera_always_nsfw="Red!"),
        sentence(Rule.CAMERA_ALWAYS_EXPLICIT),
        "Red!",
    ),
    "[Strings] ModRuleErrorNoBroadcast": (
        table("strings", mod_rule_error_no_broadcast="No!"),
        sentence(Rule.NO_BROADCAST),
        "No!",
    ),
    "[Strings] ModRuleErrorNoVideo": (table("strings", mod_rule_error_no_video="No!"), sentence(Rule.NO_VIDEO), "No!"),
    "[Strings] ModRuleErrorNoImage": (table("strings", mod_rule_error_no_image="No!"), sentence(Rule.NO_IMAGE), "No!"),
    "[DirectMessageHistory] Enabled": (table("direct_message_history", enabled=True), history, None),
    "[DirectMessageHistory] DisclaimerMessage": (
        table("direct_message_history", enabled=True, disclaimer_message="<p>We <b>keep</b> it.</p>"),
        told("disclaimer"),
        "We keep it.",
    ),
}
"""Option of BareRTC's (§6) → settings, what is looked at, and what is seen then and not before."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Application]:
    """One server for all options, since each is read anew."""
    application = Application(START, tmp_path_factory.mktemp("shared"), await open_stores("sqlite://"))
    await application.begin()
    yield application
    await application.close()
    await application.stores.close()


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("name", EFFECTS)
async def test_an_option_of_an_old_file_is_felt_when_it_is_read_anew(shared: Application, name: str) -> None:
    settings, observe, expected = EFFECTS[name]
    shared.change_settings(START)
    assert await observe(shared) != expected
    shared.change_settings(settings())
    assert await observe(shared) == expected


async def test_an_old_file_is_felt_at_the_start(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_bytes((Path(__file__).parent / "barertc_v17.toml").read_bytes())
    application = await serve(config.load(tmp_path))
    hub = application.hub
    assert (await asks(application, "/")).headers["location"] == "https://www.example.com/chat"
    assert "About Old Chat" in (await asks(application, "/about")).text
    assert "kept for 30 days" in (await asks(application, "/about")).text
    assert [(each.id, each.newcomers_see) for each in hub.rooms[RoomId("lobby")].room.channels] == [
        ("lobby", 10),
        ("vip", 0),
    ]
    held = hub.admission
    assert (held.permit_explicit, held.blockable_operators, held.secret_vip, held.keep_direct) == (True,) * 4
    assert (len(held.filters), held.link_spam.people, held.rule_texts[Rule.NO_VIDEO]) == (1, 5, "No video.")
    assert held.rules_of(Identity("example")) == {Rule.CAMERA_ALWAYS_EXPLICIT}
    assert (application.webhooks.wants("report"), application.webhooks.wants("profile")) == (True, False)
    assert await preview(application) == 360
    assert (await servers(application))[0] == (["stun:stun.example.com:3478"], "", "")
    assert application.chat_files is not None


ELSEWHERE = {
    "MaxImageWidth": "test_pictures_are_made_as_small_as_the_settings_say",
    "[DirectMessageHistory] RetentionDays": "test_direct_messages_are_deleted_after_the_days_of_the_settings",
    **dict.fromkeys(
        (f"[Logging] {name}" for name in ("Enabled", "Directory", "Channels", "Usernames")),
        "test_what_is_said_in_listed_channels_and_by_listed_people_is_written_down",
    ),
}
"""Options whose effect another test of this file shows."""
NONE = {
    "Version": "any file is read",
    "UseXForwardedFor": "`TrustedProxies` says whose header counts",
    "WebSocketSendTimeout": "`[Limits] OutboxBytes` ends who reads too slowly",
    "[VIP] Branding": "HTML of the original's own page",
    "[VIP] Icon": "of the original's own page",
    "[DirectMessageHistory] SQLiteDatabase": "everything is in `[Storage] URL`",
}
"""Options that are read and do nothing, and why."""


def options_of(settings: dict[str, Any]) -> Iterator[str]:
    for name, value in settings.items():
        if isinstance(value, dict):
            yield from (f"[{name}] {inner}" for inner in value)
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            yield from (f"[[{name}]] {inner}" for inner in value[0])
        else:
            yield name


def test_every_option_of_an_old_file_has_an_effect_that_is_shown_or_a_reason() -> None:
    old = tomllib.loads((Path(__file__).parent / "barertc_v17.toml").read_text())
    assert set(options_of(old)) == {*EFFECTS, *ELSEWHERE, *NONE}
    assert {*ELSEWHERE.values()} <= {*globals()}
    idle = {entry.name for entry in entries(Settings) if entry.option.effect is Effect.NEVER}
    assert set(NONE) <= idle
    assert not idle & {*EFFECTS, *ELSEWHERE}


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
        posted: Any = await hub.handle(
            ana, PostMessage(InChannel(RoomId("lobby"), ChannelId(channel)), f"to {channel}")
        )
        await hub.handle(ana, EditMessage(posted.message, "otherwise"))
    await hub.handle(bob, PostMessage(ToPerson(ByHandle("ana")), "for you"))
    application.change_settings(changed(START, logging=changed(logging, enabled=False)))
    await hub.handle(ana, PostMessage(InChannel(RoomId("lobby"), ChannelId("lobby")), "off the record"))
    await application.close()

    lines = {str(path.relative_to(tmp_path / "kept")): path.read_text() for path in (tmp_path / "kept").rglob("*.txt")}
    assert set(lines) == {"lobby.txt", "@ana/bob.txt"}
    assert re.sub(r"(?m)^\S+ ", "", lines["lobby.txt"]) == "[ana] to lobby\n[ana] otherwise (edited)\n"
    assert lines["@ana/bob.txt"].endswith(" [bob] for you\n")


async def test_direct_messages_are_deleted_after_the_days_of_the_settings(serve: Serve) -> None:
    history = changed(START.direct_message_history, enabled=True, retention_days=7)
    application = await serve(changed(START, direct_message_history=history))
    forgotten: asyncio.Queue[int] = asyncio.Queue()
    application.stores.messages.forget_before = forgotten.put  # type: ignore[method-assign,assignment]
    retaining = asyncio.create_task(application.retain())
    before_ms = await asyncio.wait_for(forgotten.get(), 20)
    retaining.cancel()
    assert application.hub.clock.now() - before_ms / 1000 == pytest.approx(7 * 86_400, abs=20)


async def test_pictures_are_made_as_small_as_the_settings_say(serve: Serve) -> None:
    picture = BytesIO()
    Image.new("RGB", (40, 20)).save(picture, "PNG")
    spelled = b'"' + b64encode(picture.getvalue()) + b'"'
    small, whole = await serve(changed(START, max_image_width=10)), await serve(changed(START, max_image_width=0))
    shapes = [await each.attachments.keep(spelled, "a.png") for each in (small, whole)]
    assert [(shape.width, shape.height) for shape in shapes] == [(10, 5), (40, 20)]


async def test_an_old_file_is_read_as_it_is_and_never_rewritten(tmp_path: Path) -> None:
    old = (Path(__file__).parent / "barertc_v17.toml").read_bytes()
    (tmp_path / "settings.toml").write_bytes(old)
    config.load(tmp_path)
    config.load(tmp_path)
    assert (tmp_path / "settings.toml").read_bytes() == old
