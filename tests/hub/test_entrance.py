"""Coming in, by a name or a token, vouched for, or on a wire that knows by itself whose a session is."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.fakes import LOBBY, World
from tests.hub.test_returns import resume

from palaver.core import errors
from palaver.core.ids import DeviceId, PersonKey, SessionId, UserId
from palaver.core.moderation import Ban, Kick
from palaver.core.participants import BySession, Identity
from palaver.core.sessions import Enter, Identify, Vouch
from palaver.hub import entrance
from palaver.hub.admission import Admission
from palaver.hub.limits import Limits

HERE = "203.0.113.9"
ANA = UserId("site:ana")
ID = SessionId("0123456789abcdef")
Way = Callable[[World], Identity]
WAYS: dict[str, Way] = {
    "by name": lambda world: entrance.identify(world.hub, Identify(name="ana"), HERE, "native"),
    "vouched for": lambda world: entrance.vouched(world.hub, Vouch("ana"), HERE),
    "as a user": lambda world: entrance.entering(world.hub, Enter(user=ANA), ID, HERE),
    "as nobody yet": lambda world: entrance.entering(world.hub, Enter(), ID, HERE),
}
in_each_way = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)


def bar(world: World, *keys: str, address: str = "") -> None:
    until_ms = int(world.clock.now() * 1000) + 60_000
    world.hub.bans.add(Ban("troll", tuple(map(PersonKey, keys)), until_ms, address=address), now=world.clock.now())


def test_who_comes_in_is_who_was_shown() -> None:
    world = World()
    found = [way(world) for way in WAYS.values()]
    assert [(each.name, each.user, each.address) for each in found] == [
        ("ana", None, HERE),
        ("ana", ANA, HERE),
        ("ana", ANA, HERE),
        ("Guest 0123", None, HERE),
    ]
    assert [each.nameless for each in found] == [False, False, False, True]
    account = entrance.entering(world.hub, Enter(user=UserId("spreed:7")), ID, HERE)
    assert (account.name, account.user, account.nameless) == ("Guest 0123", "spreed:7", True), "it has told no name yet"


@in_each_way
def test_who_is_banned_comes_in_in_no_way(way: Way) -> None:
    world = World()
    bar(world, "name:ana", "user:site:ana", "name:guest 0123")
    with pytest.raises(errors.Banned):
        way(world)


def test_an_address_is_banned_for_guests() -> None:
    world = World()
    bar(world, address=HERE)
    for way in ("by name", "as nobody yet"):
        with pytest.raises(errors.Banned):
            WAYS[way](world)
    assert WAYS["as a user"](world).user == WAYS["vouched for"](world).user == ANA


def test_where_guests_are_not_admitted_nobody_is_in_before_they_show_who_they_are() -> None:
    world = World(admission=Admission(guests=False))
    with pytest.raises(errors.TokenRequired):
        WAYS["by name"](world)
    world.hub.tokens = None  # so that nothing is there to be shown
    with pytest.raises(errors.GuestsNotAdmitted):
        WAYS["by name"](world)
    assert WAYS["as nobody yet"](world).outside
    assert not WAYS["as a user"](world).outside
    assert not entrance.entering(world.hub, Enter(user=UserId("spreed:7")), ID, HERE).outside
    assert not WAYS["as nobody yet"](World()).outside


@pytest.mark.parametrize("way", ["by name", "as a user", "as nobody yet"])
def test_who_tries_too_often_waits(way: str) -> None:
    world = World(limits=Limits(logins_per_minute=2))
    for _ in range(2):
        WAYS[way](world)
    with pytest.raises(errors.Limited) as refused:
        WAYS[way](world)
    world.clock.advance(refused.value.params["wait_ms"] / 1000)
    assert WAYS[way](world)


def test_a_session_that_was_kicked_does_not_begin_again_within_a_minute() -> None:
    world = World()
    olga, bob = world.open("olga", "lobby", operator=True), world.open("bob", "lobby")
    olga.ask(Kick(LOBBY, BySession(bob.id)))
    with pytest.raises(errors.Kicked) as refused:
        entrance.entering(world.hub, Enter(session=bob.id), bob.id, HERE)
    assert refused.value.params["wait_s"] == 60
    assert entrance.entering(world.hub, Enter(), ID, HERE)
    world.clock.advance(60)
    assert entrance.entering(world.hub, Enter(session=bob.id), bob.id, HERE)


async def test_who_comes_back_too_often_waits() -> None:
    world = World(limits=Limits(asks_per_second=1, asks_burst=5))
    ana = world.open("ana", "lobby")
    for _ in range(2):  # each counts for itself and for the room
        await resume(ana, world.hub.position.seq)
    with pytest.raises(errors.Limited) as refused:
        await resume(ana, world.hub.position.seq)
    world.clock.advance(refused.value.params["wait_ms"] / 1000)
    await resume(ana, world.hub.position.seq)


@pytest.mark.parametrize(("device", "known"), [("phone", "phone"), ("x" * 128, "x" * 128), ("x" * 129, None)])
def test_a_device_is_known_by_a_label_that_is_not_too_long(device: str, known: str | None) -> None:
    command = Identify(name="ana", device=DeviceId(device))
    assert entrance.identify(World().hub, command, HERE, "native").device == known
