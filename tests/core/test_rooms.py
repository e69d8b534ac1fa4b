"""Rooms and seats, as values."""

from __future__ import annotations

import msgspec
import pytest

from palaver.core import errors, rooms, waiting
from palaver.core.audience import ToRoom, ToSessions
from palaver.core.ids import ChannelId, RoomId, SessionId, UserId
from palaver.core.participants import HIDDEN, Identity, Participant, Role
from palaver.core.rooms import Channel, CreateRoom, JoinRoom, LeaveReason, Life, Room

LOBBY, ANA = RoomId("lobby"), SessionId("ana")
USER = UserId("site:ana")


def seat(name: str, joined_ms: int = 1, **more: object) -> Participant:
    return Participant(SessionId(name), name, joined_ms, **more)  # type: ignore[arg-type]


def take(command: JoinRoom, identity: Identity, *taken: str) -> Participant:
    return rooms.take_seat(command, identity, ANA, role=Role.GUEST, now=1.5, taken=taken.__contains__)


def test_what_others_may_know_of_a_room_holds_no_digest() -> None:
    info = rooms.info_of(Room(LOBBY, title="Lobby", pin_digest="secret", locked=True, capacity=3))
    assert info.pin is True
    assert "secret" not in repr(info)


@pytest.mark.parametrize("name", ["", "   ", "a\nb", "x" * 129, "a\u202eb", ".", " .. "])
def test_names_that_no_room_can_bear(name: str) -> None:
    with pytest.raises(errors.BadName):
        rooms.checked_room_name(name)


def test_a_room_keeps_its_name_as_given() -> None:
    assert rooms.checked_room_name(" 007 ") == "007"


def test_the_empty_channel_is_the_main_one() -> None:
    room = Room(LOBBY, channels=(Channel(ChannelId("first")), Channel(ChannelId("second"))))
    assert rooms.channel_of(room, ChannelId("")).id == "first"
    assert rooms.channel_of(room, ChannelId("second")).id == "second"
    with pytest.raises(errors.NoSuchChannel):
        rooms.channel_of(room, ChannelId("third"))


def test_a_made_room_is_as_it_was_asked_for() -> None:
    room = rooms.create_room(CreateRoom(LOBBY, " " + "t" * 200, "1", True, True, False), pin_digest="d")
    assert (room.life, room.title, room.pin_digest, room.waiting_room, room.listed) == (
        Life.HOSTED,
        "t" * 128,
        "d",
        True,
        False,
    )
    assert rooms.create_room(CreateRoom(LOBBY), pin_digest="").life is Life.EPHEMERAL


@pytest.mark.parametrize("title", ["a\u202eb", "a\nb", "a\0b", "\u200b"])
def test_a_title_can_neither_turn_the_writing_nor_break_the_line(title: str) -> None:
    with pytest.raises(errors.BadText):
        rooms.create_room(CreateRoom(LOBBY, title), pin_digest="")


@pytest.mark.parametrize(
    ("identity", "hosted", "expected"),
    [
        (Identity("ana"), False, Role.GUEST),
        (Identity("ana", user=USER), False, Role.MEMBER),
        (Identity("ana", user=USER, operator=True), False, Role.MODERATOR),
        (Identity("ana"), True, Role.HOST),
    ],
)
def test_the_role_on_joining(identity: Identity, hosted: bool, expected: Role) -> None:
    assert rooms.role_on_joining(Room(LOBBY), identity, hosted_by_asker=hosted) is expected


def test_a_seat_bears_the_wanted_handle_or_the_next_free_one() -> None:
    assert take(JoinRoom(LOBBY), Identity("Ana")).handle == "Ana"
    assert take(JoinRoom(LOBBY), Identity("Ana"), "ana").handle == "Ana 2"
    assert take(JoinRoom(LOBBY, "Bob"), Identity("Ana"), "bob", "bob 2").handle == "Bob 3"
    assert take(JoinRoom(LOBBY), Identity("Ana")).joined_ms == 1500


def test_a_guest_cannot_choose_what_a_site_can_give() -> None:
    with pytest.raises(errors.BadName):
        take(JoinRoom(LOBBY), Identity("system"))
    assert take(JoinRoom(LOBBY), Identity("system", user=UserId("site:system"))).handle == "system"
    with pytest.raises(errors.BadName):
        take(JoinRoom(LOBBY, "system"), Identity("ana", user=USER))


def test_when_every_number_is_taken_the_name_is_refused() -> None:
    with pytest.raises(errors.BadName):
        rooms.take_seat(JoinRoom(LOBBY), Identity("ana"), ANA, role=Role.GUEST, now=1, taken=lambda name: True)


def test_a_display_name_that_is_the_handle_is_not_repeated() -> None:
    assert take(JoinRoom(LOBBY), Identity("ana", display_name="ana")).display_name == ""
    assert take(JoinRoom(LOBBY), Identity("ana", display_name="Ana")).display_name == "Ana"


def test_coming_and_going_is_seen_not_heard_and_not_told_to_oneself() -> None:
    ana = seat("ana")
    for publication in (rooms.joined(LOBBY, ana, frozenset()), rooms.left(LOBBY, ana, LeaveReason.LEFT, frozenset())):
        audience = publication.audience
        assert isinstance(audience, ToRoom)
        assert (audience.seen, audience.besides, audience.about) == (True, "ana", ("name:ana",))


def test_the_earliest_joiner_inherits_a_room_that_passes_on() -> None:
    people = [seat("late", 3), seat("early", 1), seat("middle", 2)]
    heir = rooms.next_host(Room(LOBBY), people)
    assert heir is people[1]
    hides = msgspec.structs.replace(seat("first", 0), status=HIDDEN)
    assert rooms.next_host(Room(LOBBY), [hides, *people]) is heir, "a host who is not seen would be none"
    assert rooms.next_host(Room(LOBBY), [hides]) is hides
    assert rooms.next_host(Room(LOBBY), []) is None
    assert rooms.next_host(Room(LOBBY, transfer=False), people) is None


def test_the_end_of_waiting_is_told_to_the_one_who_waited_and_to_those_who_decide() -> None:
    one, others = waiting.waiting_ended(LOBBY, ANA, admitted=False)
    assert one.audience == ToSessions((ANA,))
    assert others.audience == ToRoom(LOBBY, moderators=True)
    assert one.event == others.event


@pytest.mark.parametrize("life", Life)
def test_others_know_whether_a_room_ends_with_its_host(life: Life) -> None:
    assert rooms.info_of(Room(LOBBY, life=life)).hosted is (life is Life.HOSTED)


def test_a_name_that_is_the_handle_is_not_shown_twice() -> None:
    for shown, kept in (("bob", ""), ("Bob B.", "Bob B.")):
        assert take(JoinRoom(LOBBY, display_name=shown), Identity("bob")).display_name == kept
