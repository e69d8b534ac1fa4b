"""What every Presence promises, on one node and between two."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import NamedTuple

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from palaver.cluster.memory import Fabric, MemoryPresence
from palaver.core import errors
from palaver.core.ids import DeviceId, PersonKey, RoomId, SessionId, UserId
from palaver.core.moderation import Relations
from palaver.core.names import fold, next_free
from palaver.core.participants import CameraRules, Identity, Media, Participant, address_key, name_key, user_key
from palaver.hub.crowds import Crowd
from palaver.hub.ports.nodes import Presence, SessionCard

LOBBY, STUDIO = RoomId("lobby"), RoomId("studio")
ANA = UserId("site:ana")
PHONE, LAPTOP = DeviceId("phone"), DeviceId("laptop")


class Nodes(NamedTuple):
    """Two nodes that share their presence; `settle` waits until each knows what the other knows."""

    one: Presence
    other: Presence
    settle: Callable[[], Awaitable[None]]


@pytest.fixture(params=["memory"])
def nodes() -> Nodes:
    async def settle() -> None:
        """One table: there is nothing to wait for."""

    fabric = Fabric()
    return Nodes(MemoryPresence(fabric), MemoryPresence(fabric), settle)


@pytest.fixture
def presence(nodes: Nodes) -> Presence:
    return nodes.one


def session(letter: str) -> SessionId:
    return SessionId(letter * 32)


def seated(letter: str, handle: str) -> Callable[[Callable[[str], bool]], Participant]:
    """Ask for a handle, and take the next free one."""

    def make(taken: Callable[[str], bool]) -> Participant:
        return Participant(session(letter), next_free(handle, lambda name: taken(fold(name))), 1)

    return make


def card(letter: str, user: UserId | None = None, device: DeviceId | None = None) -> SessionCard:
    return SessionCard(session(letter), Identity(letter, user, device=device))


async def test_nobody_is_anywhere_at_first(presence: Presence) -> None:
    assert dict(presence.roster(LOBBY)) == {}
    assert presence.named(LOBBY, "ana") is None
    assert list(presence.rooms_of(session("a"))) == []
    assert presence.card(session("a")) is None
    assert presence.on_device(ANA, PHONE) is None
    assert presence.devices(ANA) == ()
    assert list(presence.sessions()) == []


async def test_a_roster_lists_seats_in_the_order_in_which_they_were_taken(presence: Presence) -> None:
    for letter in "cab":
        await presence.take_seat(LOBBY, seated(letter, letter))
    await presence.take_seat(STUDIO, seated("d", "d"))

    assert [each.handle for each in presence.roster(LOBBY).values()] == ["c", "a", "b"]
    assert list(presence.roster(LOBBY)) == [session("c"), session("a"), session("b")]


async def test_the_roster_is_live(presence: Presence) -> None:
    await presence.take_seat(LOBBY, seated("a", "ana"))
    roster = presence.roster(LOBBY)
    await presence.take_seat(LOBBY, seated("b", "bob"))

    assert len(roster) == 2


async def test_who_bears_a_handle_is_found_in_any_case(presence: Presence) -> None:
    ana = await presence.take_seat(LOBBY, seated("a", "Ana"))

    assert presence.named(LOBBY, "ANA") == ana
    assert presence.named(LOBBY, "bob") is None
    assert presence.named(STUDIO, "ana") is None


async def test_a_taken_handle_is_told_folded_and_only_in_its_room(presence: Presence) -> None:
    await presence.take_seat(LOBBY, seated("a", "Ana"))
    second = await presence.take_seat(LOBBY, seated("b", "aNA"))
    elsewhere = await presence.take_seat(STUDIO, seated("c", "ana"))

    assert (second.handle, elsewhere.handle) == ("aNA 2", "ana")


async def test_no_two_seats_share_a_handle_even_when_claimed_at_once_on_two_nodes(nodes: Nodes) -> None:
    claims = [(nodes.one, "a"), (nodes.other, "b"), (nodes.one, "c"), (nodes.other, "d")]
    seats = await asyncio.gather(*(node.take_seat(LOBBY, seated(letter, "ana")) for node, letter in claims))
    await nodes.settle()

    assert len({fold(seat.handle) for seat in seats}) == 4
    assert dict(nodes.one.roster(LOBBY)) == dict(nodes.other.roster(LOBBY)) == {seat.session: seat for seat in seats}


async def test_a_handle_that_is_taken_all_the_same_is_refused(presence: Presence) -> None:
    await presence.take_seat(LOBBY, seated("a", "ana"))
    with pytest.raises(errors.NameTaken):
        await presence.take_seat(LOBBY, lambda _: Participant(session("b"), "ANA", 1))

    assert list(presence.roster(LOBBY)) == [session("a")]
    assert list(presence.rooms_of(session("b"))) == []


async def test_a_refusal_while_choosing_leaves_nothing_behind(presence: Presence) -> None:
    def refuse(_: Callable[[str], bool]) -> Participant:
        raise errors.RoomFull

    with pytest.raises(errors.RoomFull):
        await presence.take_seat(LOBBY, refuse)
    assert dict(presence.roster(LOBBY)) == {}


async def test_taking_a_seat_again_changes_its_handle(presence: Presence) -> None:
    await presence.take_seat(LOBBY, seated("a", "ana"))
    renamed = await presence.take_seat(LOBBY, seated("a", "anita"))

    assert dict(presence.roster(LOBBY)) == {session("a"): renamed}
    assert presence.named(LOBBY, "ana") is None
    assert list(presence.rooms_of(session("a"))) == [LOBBY]


async def test_a_former_handle_is_taken_until_it_is_given_up(presence: Presence) -> None:
    for handle in ("ana", "ana 2", "ana"):
        assert (await presence.take_seat(LOBBY, seated("a", "ana"))).handle == handle


async def test_a_session_sits_in_several_rooms_until_it_leaves_them(presence: Presence) -> None:
    await presence.take_seat(LOBBY, seated("a", "ana"))
    await presence.take_seat(STUDIO, seated("a", "ana"))
    assert list(presence.rooms_of(session("a"))) == [LOBBY, STUDIO]

    presence.leave_seat(LOBBY, session("a"))
    assert list(presence.rooms_of(session("a"))) == [STUDIO]
    presence.leave_seat(STUDIO, session("a"))
    assert list(presence.rooms_of(session("a"))) == []


async def test_rooms_may_be_left_while_going_through_them(presence: Presence) -> None:
    for room in (LOBBY, STUDIO):
        await presence.take_seat(room, seated("a", "ana"))
    for room in presence.rooms_of(session("a")):
        presence.leave_seat(room, session("a"))

    assert dict(presence.roster(LOBBY)) == dict(presence.roster(STUDIO)) == {}


async def test_leaving_frees_the_handle_and_tells_who_sat_there(presence: Presence) -> None:
    ana = await presence.take_seat(LOBBY, seated("a", "ana"))
    await presence.take_seat(LOBBY, seated("b", "bob"))

    assert presence.leave_seat(LOBBY, session("a")) == ana
    assert presence.leave_seat(LOBBY, session("a")) is None
    assert presence.leave_seat(STUDIO, session("b")) is None
    assert presence.named(LOBBY, "ana") is None
    assert (await presence.take_seat(LOBBY, seated("c", "ana"))).handle == "ana"


async def test_an_updated_seat_keeps_its_place(presence: Presence) -> None:
    ana = await presence.take_seat(LOBBY, seated("a", "ana"))
    bob = await presence.take_seat(LOBBY, seated("b", "bob"))
    away = msgspec.structs.replace(ana, status="away")
    presence.update_seat(LOBBY, away)

    assert list(presence.roster(LOBBY).values()) == [away, bob]
    assert presence.named(LOBBY, "ana") == away


async def test_updating_a_seat_that_was_left_does_not_bring_it_back(presence: Presence) -> None:
    ana = await presence.take_seat(LOBBY, seated("a", "ana"))
    presence.leave_seat(LOBBY, session("a"))
    presence.update_seat(LOBBY, ana)

    assert dict(presence.roster(LOBBY)) == {}
    assert presence.named(LOBBY, "ana") is None


async def test_a_session_is_known_from_announcement_to_withdrawal(presence: Presence) -> None:
    told = msgspec.structs.replace(card("a"), relations=Relations(blocks=frozenset({PersonKey("name:bob")})))
    presence.announce(card("a"))
    presence.announce(card("b"))
    presence.announce(told)

    assert presence.card(session("a")) == told
    assert list(presence.sessions()) == [told, card("b")]
    presence.withdraw(session("a"))
    presence.withdraw(session("a"))
    assert presence.card(session("a")) is None
    assert list(presence.sessions()) == [card("b")]


async def test_sessions_may_end_while_going_through_them(presence: Presence) -> None:
    for letter in "abc":
        presence.announce(card(letter))
    for each in presence.sessions():
        presence.withdraw(each.session)

    assert list(presence.sessions()) == []


async def test_devices_are_listed_in_the_order_in_which_they_came(presence: Presence) -> None:
    presence.announce(card("b", ANA, PHONE))
    presence.announce(card("a", ANA, LAPTOP))
    presence.announce(card("c", UserId("site:bob"), PHONE))
    presence.announce(card("d", ANA))
    presence.announce(card("e", None, PHONE))

    assert presence.devices(ANA) == (PHONE, LAPTOP)
    assert presence.on_device(ANA, PHONE) == session("b")
    assert presence.on_device(ANA, LAPTOP) == session("a")
    presence.withdraw(session("b"))
    assert presence.devices(ANA) == (LAPTOP,)
    assert presence.on_device(ANA, PHONE) is None


async def test_the_newest_session_on_a_device_has_it(presence: Presence) -> None:
    presence.announce(card("a", ANA, PHONE))
    presence.announce(card("b", ANA, PHONE))
    presence.announce(msgspec.structs.replace(card("a", ANA, PHONE), relations=Relations()))
    assert presence.on_device(ANA, PHONE) == session("b")

    presence.withdraw(session("a"))
    assert presence.on_device(ANA, PHONE) == session("b")
    presence.withdraw(session("b"))
    assert presence.devices(ANA) == ()


async def test_a_session_that_changes_its_device_leaves_the_old_one(presence: Presence) -> None:
    presence.announce(card("a", ANA, PHONE))
    presence.announce(card("a", ANA, LAPTOP))

    assert presence.devices(ANA) == (LAPTOP,)


async def test_both_nodes_know_the_same(nodes: Nodes) -> None:
    nodes.one.announce(card("a", ANA, PHONE))
    ana = await nodes.one.take_seat(LOBBY, seated("a", "ana"))
    await nodes.settle()
    assert nodes.other.card(session("a")) == card("a", ANA, PHONE)
    assert nodes.other.on_device(ANA, PHONE) == session("a")
    assert nodes.other.named(LOBBY, "ana") == ana
    assert list(nodes.other.rooms_of(session("a"))) == [LOBBY]

    nodes.one.leave_seat(LOBBY, session("a"))
    nodes.one.withdraw(session("a"))
    await nodes.settle()
    assert dict(nodes.other.roster(LOBBY)) == {}
    assert nodes.other.card(session("a")) is None


async def test_who_blocks_anybody_is_known_on_both_nodes_until_it_ends(nodes: Nodes) -> None:
    blocking = Relations(blocks=frozenset({PersonKey("name:eve")}))
    nodes.one.announce(SessionCard(session("a"), Identity("a"), blocking))
    nodes.one.announce(card("b"))
    await nodes.settle()
    assert set(nodes.other.blockers()) == {session("a")}
    nodes.one.announce(card("a"))
    await nodes.settle()
    assert not nodes.other.blockers()
    nodes.one.announce(SessionCard(session("a"), Identity("a"), blocking))
    nodes.one.withdraw(session("a"))
    await nodes.settle()
    assert not nodes.other.blockers()


def showing(presence: Presence, room: RoomId, letter: str, **changes: object) -> None:
    seat = presence.roster(room)[session(letter)]
    presence.update_seat(room, msgspec.structs.replace(seat, **changes))


def media(*, camera: bool = True, explicit: bool = False) -> Media:
    return Media(camera=camera, rules=CameraRules(explicit=explicit))


async def test_a_crowd_is_counted_as_it_comes_and_goes(nodes: Nodes) -> None:
    """Who hides is not counted, who is in two rooms is counted once in all, and a camera is explicit if it is anywhere."""
    presence = nodes.one
    for letter, handle in (("a", "zoe"), ("b", "Ana"), ("c", "cem")):
        await presence.take_seat(LOBBY, seated(letter, handle))
    await presence.take_seat(STUDIO, seated("b", "boss"))
    showing(presence, LOBBY, "a", media=media())
    showing(presence, LOBBY, "b", media=media())
    showing(presence, STUDIO, "b", media=media(explicit=True))
    await nodes.settle()
    for node in nodes[:2]:
        assert node.crowd(LOBBY) == Crowd(3, 2, 0, ("Ana", "cem", "zoe"))
        assert node.crowd(STUDIO) == Crowd(1, 0, 1, ("boss",))
        assert node.crowd_of_all() == Crowd(3, 1, 1, rooms=2)

    showing(presence, STUDIO, "b", media=media(explicit=True), status="hidden")
    await presence.take_seat(LOBBY, seated("c", "another"))
    assert presence.crowd(STUDIO) == Crowd()
    assert presence.crowd_of_all() == Crowd(3, 2, 0, rooms=1)
    assert presence.crowd(LOBBY).names == ("Ana", "another", "zoe")
    for letter in "abc":
        presence.leave_seat(LOBBY, session(letter))
    assert presence.crowd_of_all() == presence.crowd(LOBBY) == Crowd()
    presence.leave_seat(STUDIO, session("b"))
    assert presence.crowd_of_all() == Crowd()


def test_sessions_and_users_are_counted(presence: Presence) -> None:
    for letter, user in (("a", ANA), ("b", ANA), ("c", None), ("a", ANA)):
        presence.announce(card(letter, user))
    assert presence.turnout() == (3, 1)
    assert list(presence.bearing(user_key(ANA))) == [session("a"), session("b")]
    presence.announce(card("b"))
    presence.withdraw(session("a"))
    presence.withdraw(session("a"))
    assert presence.turnout() == (2, 0)
    assert not presence.bearing(user_key(ANA))
    assert list(presence.bearing(name_key("B"))) == [session("b")]


def test_guests_are_found_by_their_address(presence: Presence) -> None:
    here = address_key("192.0.2.1")
    for letter, identity in {"a": Identity("a"), "b": Identity("b"), "c": Identity("c", ANA)}.items():
        presence.announce(SessionCard(session(letter), msgspec.structs.replace(identity, address="192.0.2.1")))
    presence.announce(SessionCard(session("d"), Identity("d", address="192.0.2.2")))
    assert list(presence.bearing(here)) == [session("a"), session("b")]
    presence.announce(SessionCard(session("a"), Identity("a", ANA, address="192.0.2.1")))
    presence.withdraw(session("b"))
    assert not presence.bearing(here)
    presence.announce(SessionCard(session("e"), Identity("e")))
    assert not presence.bearing(address_key(""))


STEP = st.tuples(
    st.sampled_from("abcd"),
    st.sampled_from([LOBBY, STUDIO, RoomId("attic")]),
    st.sampled_from(["take", "leave", "online", "hidden"]),
    st.booleans(),
    st.booleans(),
)


@given(st.lists(STEP, max_size=40))
async def test_counting_along_comes_to_what_counting_anew_does(
    steps: list[tuple[str, RoomId, str, bool, bool]],
) -> None:
    presence = MemoryPresence()
    rooms = {room for _, room, *_ in steps}
    for letter, room, what, camera, explicit in steps:
        if what == "take":
            await presence.take_seat(room, seated(letter, letter.upper() + "!" * camera))
        elif what == "leave":
            presence.leave_seat(room, session(letter))
        elif session(letter) in presence.roster(room):
            showing(presence, room, letter, status=what, media=media(camera=camera, explicit=explicit))
    seen = [(room, seat) for room in rooms for seat in presence.roster(room).values() if not seat.hidden]
    cameras = {seat.session: False for _, seat in seen if seat.media.camera}
    for _, seat in seen:
        if seat.media.camera and seat.media.rules.explicit:
            cameras[seat.session] = True
    explicit_ones = sum(cameras.values())
    people = len({seat.session for _, seat in seen})
    expected = Crowd(people, len(cameras) - explicit_ones, explicit_ones, rooms=len({room for room, _ in seen}))
    assert presence.crowd_of_all() == expected
    for room in rooms:
        here = [seat for where, seat in seen if where == room]
        found = presence.crowd(room)
        assert found.names == tuple(sorted(seat.handle for seat in here))
        assert found.people == len(here)
        assert found.plain + found.explicit == sum(seat.media.camera for seat in here)
    for name in {letter + more for letter in "abcd" for more in ("", "!")}:
        bearing = {who for room in rooms for who, seat in presence.roster(room).items() if fold(seat.handle) == name}
        assert sorted(presence.bearing(name_key(name))) == sorted(bearing), "each once"


async def test_every_change_is_counted_on_both_nodes(nodes: Nodes) -> None:
    seen = [nodes.one.changes.count, nodes.other.changes.count]

    async def changed() -> bool:
        await nodes.settle()
        before, seen[:] = tuple(seen), [nodes.one.changes.count, nodes.other.changes.count]
        return all(now != then for now, then in zip(seen, before, strict=True))

    nodes.one.announce(card("a"))
    assert await changed()
    seat = await nodes.one.take_seat(LOBBY, seated("a", "ana"))
    assert await changed()
    nodes.one.update_seat(LOBBY, msgspec.structs.replace(seat, dnd=True))
    assert await changed()
    nodes.one.leave_seat(LOBBY, session("a"))
    assert await changed()
    nodes.one.withdraw(session("a"))
    assert await changed()
    nodes.one.roster(LOBBY)
    assert not await changed()
