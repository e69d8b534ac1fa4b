"""What Palaver's own options change, each seen at a server that is started, or set up anew, with it; none is left out."""

from __future__ import annotations

import inspect
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from tests.config import test_barertc_effects as barertc
from tests.config import test_conference_effects as conference
from tests.config.served import served
from tests.config.test_barertc_effects import (
    START,
    asks,
    constants,
    first_channel,
    key,
    one_channel,
    table,
)
from tests.fakes import FakeClock, FakeSink

from palaver.app import values
from palaver.app.composition import Application
from palaver.config import Settings
from palaver.config.options import Effect as OptionEffect
from palaver.config.options import entries
from palaver.core.chat import InChannel, PostMessage
from palaver.core.errors import Limited
from palaver.core.ids import ChannelId, RoomId
from palaver.core.participants import Identity, SetStatus
from palaver.core.rooms import History, JoinRoom
from palaver.hub.ports.integrations import TokenRejected
from palaver.hub.sessions import Session

Observe = Callable[[Application], Coroutine[Any, Any, Any]]
LOBBY = InChannel(RoomId("lobby"), ChannelId("lobby"))
MANY = 12


@dataclass
class Effect:
    """What shows that an option is felt.

    Attributes:
        settings: those that differ from the usual ones by the option.
        seen: what is seen with them, and not without.
        restart: felt by a server that starts with it, and not at SIGHUP.
    """

    settings: Callable[[], Settings]
    observe: Observe
    seen: Any
    restart: bool = False


def limit(**options: Any) -> Callable[[], Settings]:
    return table("limits", **options)


def beep(**options: Any) -> Callable[[], Settings]:
    return table("beep", **options)


async def guest(application: Application) -> Session:
    """Return a session that was there before whatever changes next, on a clock that stands still."""
    hub = application.hub
    hub.clock = FakeClock()
    session, _ = hub.open(Identity("ana"), FakeSink())
    joined: Any = hub.handle(session, JoinRoom(LOBBY.room))
    if inspect.isawaitable(joined):
        await joined
    return session


def until_refused(make: Callable[[], Any]) -> Observe:
    """Observe how often a session that is there already may ask for something at once, and how long it has to wait then."""

    async def observe(application: Application) -> Any:
        settings = application.settings
        application.change_settings(START)
        before = await guest(application)
        application.change_settings(settings)
        for count in range(MANY):
            try:
                answer: Any = application.hub.handle(before, make())
                if inspect.isawaitable(answer):
                    await answer
            except Limited as refusal:
                return count, refusal.params["wait_ms"] // 1000
        return MANY, 0

    return observe


POSTS, STATUS = until_refused(lambda: PostMessage(LOBBY, "hi")), until_refused(lambda: SetStatus())


def taken(name: str) -> Observe:
    """Observe how often an address may do something at once, and how long it has to wait then."""

    async def observe(application: Application) -> Any:
        waits = [getattr(application.hub, name).take("a", 100.0) for _ in range(MANY)]
        return waits.count(0.0), round(max(waits))

    return observe


def of(find: Callable[[Application], Any]) -> Observe:
    async def observe(application: Application) -> Any:
        return find(application)

    return observe


async def may_read_figures_by_a_proxy(application: Application) -> Any:
    forwarded = {"X-Forwarded-For": "203.0.113.9"}
    return (await asks(application, "/metrics", headers=forwarded)).status_code


async def default_room(application: Application) -> Any:
    return (await constants(application))["defaultRoom"], RoomId("hall") in application.hub.rooms


async def socket_path(application: Application) -> Any:
    return (await constants(application))["wsPath"]


async def frame_ancestors(application: Application) -> Any:
    policy = (await asks(application, "/")).headers["content-security-policy"]
    return next(part for part in policy.split("; ") if part.startswith("frame-ancestors"))


async def devices(application: Application) -> Any:
    return (await asks(application, "/user/ana/devices")).status_code


async def devices_by_claim(application: Application) -> Any:
    claim = {"X-User-Claim": '{"userid":"ana","clientid":"phone"}'}
    return (await asks(application, "/user/ana/devices", headers=claim)).status_code, await devices(application)


def status(path: str) -> Observe:
    async def observe(application: Application) -> Any:
        return (await asks(application, path)).status_code

    return observe


SIGNING = ec.generate_private_key(ec.SECP256R1())


FOLDER = tempfile.TemporaryDirectory()


def with_public_key(**options: Any) -> Settings:
    """Return settings that trust `SIGNING`."""
    file = Path(FOLDER.name, "site.pem")
    file.write_bytes(SIGNING.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return table("jwt", **barertc.ON, public_key=str(file), **options)()


async def believed(application: Application, **claims: str) -> Any:
    token = jwt.encode({"sub": "ana", "exp": time.time() + 60, **claims}, SIGNING, algorithm="ES256")
    try:
        return application.hub.tokens is not None and bool(application.hub.tokens.identity(token, now=time.time()))
    except TokenRejected:
        return False


async def believed_for_the_chat(application: Application) -> Any:
    return await believed(application, aud="chat"), await believed(application, aud="shop")


RELAY = {"urls": ("turn:t.example",), "secret": "s"}
EFFECTS: dict[str, Effect] = {
    "TrustedProxies": Effect(key(trusted_proxies=()), may_read_figures_by_a_proxy, 200),
    "FramedBy": Effect(
        key(framed_by=("https://www.example.org/",)), frame_ancestors, "frame-ancestors 'self' https://www.example.org"
    ),
    "PathPrefix": Effect(key(path_prefix="/chat"), socket_path, "/chat/native/ws", restart=True),
    "DefaultRoom": Effect(key(default_room="hall"), default_room, ("hall", True), restart=True),
    "ServerSecret": Effect(
        key(server_secret="another"),
        of(lambda one: one.pictures.url_token("00" * 32, expires_at=9)),
        None,
        restart=True,
    ),
    "[JWT] PublicKey": Effect(with_public_key, believed, True),
    "[JWT] Audience": Effect(lambda: with_public_key(audience="chat"), believed_for_the_chat, (True, False)),
    "[JWT] KeySetURL": Effect(
        table("jwt", **barertc.ON, key_set_url="http://localhost:1/keys"),
        of(lambda one: one.site_keys.fetching is not None),
        True,
    ),
    "[TURN] Secret": Effect(
        table("turn", **RELAY), of(lambda one: one.hub.ice.servers("s", now=0).expires_ms), 3_600_000
    ),
    "[TURN] TTL": Effect(
        table("turn", **RELAY, ttl=60), of(lambda one: one.hub.ice.servers("s", now=0).expires_ms), 60_000
    ),
    "[[PublicChannels]] History": Effect(one_channel(history="off"), first_channel("history"), History.OFF),
    "[Limits] FramesPerSecond": Effect(limit(frames_per_second=0.5, frames_burst=1), taken("visits"), (1, 2)),
    "[Limits] FramesBurst": Effect(limit(frames_burst=3), taken("visits"), (3, 0)),
    "[Limits] MessagesPerSecond": Effect(limit(messages_per_second=0.5, messages_burst=1), POSTS, (1, 2)),
    "[Limits] MessagesBurst": Effect(limit(messages_burst=3), POSTS, (3, 0)),
    "[Limits] AsksPerSecond": Effect(limit(asks_per_second=0.5, asks_burst=1), STATUS, (1, 2)),
    "[Limits] AsksBurst": Effect(limit(asks_burst=3), STATUS, (3, 0)),
    "[Limits] SignalBytesPerSecond": Effect(
        limit(signal_bytes_per_second=10), of(lambda one: one.hub.limits.signal_bytes_per_second), 10
    ),
    "[Limits] UploadsPerMinute": Effect(limit(uploads_per_minute=2), taken("uploads"), (2, 30)),
    "[Limits] LoginsPerMinute": Effect(limit(logins_per_minute=2), taken("logins"), (2, 30)),
    "[Limits] ConnectionsPerAddress": Effect(
        limit(connections_per_address=1), of(lambda one: one.hub.addresses.limit), 1
    ),
    "[Limits] RequestsPerSecond": Effect(limit(requests_per_second=0.5, requests_burst=1), taken("requests"), (1, 2)),
    "[Limits] RequestsBurst": Effect(limit(requests_burst=3), taken("requests"), (3, 0)),
    "[Limits] OutboxBytes": Effect(
        limit(outbox_bytes=9), of(lambda one: (one.websockets.settings.budget_bytes, one.streams.budget_bytes)), (9, 9)
    ),
    "[Limits] ResumeSeconds": Effect(limit(resume_seconds=7), of(lambda one: one.hub.admission.resume_s), 7),
    "[Limits] SilenceSeconds": Effect(limit(silence_seconds=0), of(lambda one: one.access().silence_s), 0),
    "[Spreed] Enabled": Effect(table("spreed", enabled=False), status("/api/v1/rooms"), 404, restart=True),
    "[Beep] Enabled": Effect(beep(enabled=False), devices, 404, restart=True),
    "[Beep] TrustClaimHeader": Effect(
        beep(trust_claim_header=True, authenticated_only=True), devices_by_claim, (200, 401)
    ),
    "[Beep] AuthenticatedOnly": Effect(beep(authenticated_only=True), devices, 401),
    "[Beep] ClaimlessSubscribe": Effect(
        beep(claimless_subscribe=True), of(lambda one: values.beep(one.settings).claimless), True
    ),
    "[Beep] DevicesPerUser": Effect(
        beep(devices_per_user=2), of(lambda one: values.beep(one.settings).devices_per_user), 2
    ),
}

BARERTC, CONFERENCE = Path(barertc.__file__), Path(conference.__file__)
TESTS = BARERTC.parents[1]
ELSEWHERE = {
    "[Storage] URL": (TESTS / "cli/test_owner.py", "[Storage]"),
    "[TLS] Certificate": (TESTS / "app/test_client_certificates.py", "[TLS]"),
    "[TLS] Key": (TESTS / "app/test_client_certificates.py", "[TLS]"),
    "[Limits] StallSeconds": (TESTS / "cli/test_serve.py", "test_the_watchdog_is_told_how_long_a_stall_may_last"),
    "[BareRTC] Enabled": (BARERTC, "test_barertc_can_be_switched_off"),
    "[BareRTC] Room": (BARERTC, "test_barertc_may_have_another_room_with_the_same_channels"),
    "[Conference] Enabled": (CONFERENCE, "test_the_wire_can_be_switched_off"),
    "[Conference] Transfer": (CONFERENCE, "test_transfer_is_what_rooms_of_the_last_era_begin_with"),
    "[Conference] WaitingRoom": (CONFERENCE, "test_waiting_room_is_what_every_room_begins_with"),
    "[Spreed] roomtypes": (TESTS / "dialects/spreed/test_real_server.py", "[Spreed.roomtypes]"),
}
"""Options whose effect another test shows: its file, and what stands there."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Application]:
    """One server for all options, since each is read anew."""
    async with served(START, tmp_path_factory.mktemp("running")) as application:
        yield application


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("name", EFFECTS)
async def test_an_option_is_felt_when_its_page_says_so(name: str, running: Application, tmp_path: Path) -> None:
    effect = EFFECTS[name]
    running.change_settings(START)
    usually = await effect.observe(running)
    if effect.restart:
        async with served(effect.settings(), tmp_path) as application:
            seen = await effect.observe(application)
    else:
        running.change_settings(effect.settings())
        seen = await effect.observe(running)
    assert seen != usually
    assert effect.seen is None or seen == effect.seen


def test_every_option_has_an_effect_that_is_shown_or_says_that_it_has_none() -> None:
    claimed = {
        entry.name
        for entry in entries(Settings)
        # Those of the original Spreed have a test each, made from their definitions.
        if not entry.option.effect.idle and not (entry.table[:1] == ("Spreed",) and len(entry.table) > 1)
    }
    assert claimed == {*EFFECTS, *ELSEWHERE, *barertc.EFFECTS, *barertc.ELSEWHERE}
    for file, words in ELSEWHERE.values():
        assert words in file.read_text()


def test_those_that_wait_for_a_restart_say_so() -> None:
    said = {entry.name: entry.option.effect for entry in entries(Settings)}
    assert {name for name, effect in EFFECTS.items() if effect.restart} == {
        name for name in EFFECTS if said[name] is OptionEffect.RESTART
    }
