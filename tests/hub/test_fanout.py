"""Fan-out against a simple model: every sink gets what it is owed, in order, whatever membership does within a turn."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes import FakeClock

from palaver.core.ids import SessionId
from palaver.hub.fanout import Members, Turn, Write

ANA, BOB, CAS = SessionId("ana"), SessionId("bob"), SessionId("cas")


class Desk:
    """Three people, one turn, and what each was written."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.turn = Turn(self.clock.call_soon)
        self.written: dict[str, list[bytes]] = defaultdict(list)

    def write(self, who: str) -> Write:
        return self.written[who].append

    def room(self, *people: SessionId) -> Members:
        members = Members()
        for who in people:
            members.add(who, self.write(who))
        return members

    def got(self, who: str) -> bytes:
        self.clock.settle()
        return b"".join(self.written[who])


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_nothing_is_written_before_the_turn_ends(desk: Desk) -> None:
    desk.turn.send_all(desk.room(ANA), b"1")
    assert desk.written[ANA] == []
    assert desk.got(ANA) == b"1"


def test_what_one_turn_has_for_a_group_is_one_write(desk: Desk) -> None:
    room = desk.room(ANA, BOB)
    for frame in (b"1", b"2", b"3"):
        desk.turn.send_all(room, frame)
    desk.clock.settle()
    assert desk.written == {ANA: [b"123"], BOB: [b"123"]}
    assert desk.written[ANA][0] is desk.written[BOB][0]


def test_a_single_frame_is_handed_on_without_a_copy(desk: Desk) -> None:
    frame = b"frame"
    desk.turn.send_all(desk.room(ANA, BOB), frame)
    desk.clock.settle()
    assert desk.written[ANA][0] is frame
    assert desk.written[BOB][0] is frame


def test_ones_own_frames_keep_their_place_among_the_shared(desk: Desk) -> None:
    room = desk.room(ANA, BOB)
    desk.turn.send_all(room, b"1")
    desk.turn.send_one(ANA, desk.write(ANA), b"a")
    desk.turn.send_one(CAS, desk.write(CAS), b"c")
    desk.turn.send_all(room, b"2")
    desk.turn.send_one(ANA, desk.write(ANA), b"b")
    desk.clock.settle()
    assert desk.written == {ANA: [b"1a2b"], BOB: [b"12"], CAS: [b"c"]}


def test_several_rooms_keep_the_order_for_each_person(desk: Desk) -> None:
    one, other = desk.room(ANA, BOB), desk.room(BOB, CAS)
    desk.turn.send_all(one, b"1")
    desk.turn.send_all(other, b"2")
    desk.turn.send_one(BOB, desk.write(BOB), b"b")
    desk.turn.send_all(one, b"3")
    assert [desk.got(who) for who in (ANA, BOB, CAS)] == [b"13", b"12b3", b"2"]


def test_a_joiner_gets_nothing_from_before_and_a_leaver_nothing_from_after(desk: Desk) -> None:
    room = desk.room(ANA, BOB)
    desk.turn.send_all(room, b"1")
    room.add(CAS, desk.write(CAS))
    room.remove(ANA)
    desk.turn.send_all(room, b"2")
    assert [desk.got(who) for who in (ANA, BOB, CAS)] == [b"1", b"12", b"2"]


def test_members_that_change_between_turns_are_not_copied(desk: Desk) -> None:
    room = desk.room(ANA)
    held = room.writes
    desk.turn.send_all(room, b"1")
    desk.clock.settle()
    room.add(BOB, desk.write(BOB))
    assert room.writes is held


def test_removing_a_stranger_changes_nothing(desk: Desk) -> None:
    room = desk.room(ANA)
    room.remove(BOB)
    assert list(room.writes) == [ANA]


@pytest.mark.parametrize("in_a_room", [False, True])
def test_a_session_that_was_resumed_within_the_turn_is_told_on_its_new_connection(desk: Desk, in_a_room: bool) -> None:
    room = desk.room(ANA, BOB) if in_a_room else desk.room(BOB)
    desk.turn.send_all(room, b"1")
    desk.turn.send_one(ANA, desk.write("ana before"), b"old")
    desk.turn.send_one(ANA, desk.write("ana again"), b"new")
    desk.turn.send_all(room, b"2")
    assert desk.got("ana before") == b"old"
    assert desk.got("ana again") == b"new"
    assert desk.got(BOB) == b"12"


def test_a_flush_in_between_writes_at_once_and_nothing_twice(desk: Desk) -> None:
    desk.turn.send_all(desk.room(ANA), b"1")
    desk.turn.flush()
    assert desk.written[ANA] == [b"1"]
    desk.turn.send_one(ANA, desk.write(ANA), b"2")
    assert desk.got(ANA) == b"12"


People = st.sampled_from([ANA, BOB, CAS])
Step = st.one_of(
    st.tuples(st.just("all"), st.integers(0, 1)),
    st.tuples(st.just("some"), st.frozensets(People)),
    st.tuples(st.just("one"), People),
    st.tuples(st.just("join"), st.integers(0, 1), People),
    st.tuples(st.just("leave"), st.integers(0, 1), People),
    st.tuples(st.just("reconnect"), People),
    st.tuples(st.just("flush")),
    st.tuples(st.just("turn ends")),
)


@given(st.lists(Step, max_size=40))
def test_everybody_gets_exactly_what_they_are_owed_in_order(steps: list[tuple[object, ...]]) -> None:
    desk = Desk()
    rooms = [Members(), Members()]
    connection = dict.fromkeys((ANA, BOB, CAS), 0)
    owed: dict[str, bytes] = defaultdict(bytes)
    sinks: dict[str, Callable[[bytes], None]] = {}

    def sink(who: SessionId) -> tuple[str, Write]:
        name = f"{who} {connection[who]}"
        return name, sinks.setdefault(name, desk.write(name))

    seated: list[dict[SessionId, str]] = [{}, {}]
    for number, step in enumerate(steps):
        frame = b"%d," % number
        match step:
            case ("all", int(room)):
                desk.turn.send_all(rooms[room], frame)
                for name in seated[room].values():
                    owed[name] += frame
            case ("some", frozenset() as people):
                desk.turn.send_some({who: sink(who)[1] for who in people}, frame)
                for who in people:
                    owed[sink(who)[0]] += frame
            case ("one", who):
                name, write = sink(who)  # type: ignore[arg-type]
                desk.turn.send_one(who, write, frame)  # type: ignore[arg-type]
                owed[name] += frame
            case ("join", int(room), who):
                name, write = sink(who)  # type: ignore[arg-type]
                rooms[room].add(who, write)  # type: ignore[arg-type]
                seated[room][who] = name  # type: ignore[index]
            case ("leave", int(room), who):
                rooms[room].remove(who)  # type: ignore[arg-type]
                seated[room].pop(who, None)  # type: ignore[arg-type]
            case ("reconnect", who):
                for room, seats in enumerate(seated):
                    rooms[room].remove(who)  # type: ignore[arg-type]
                    seats.pop(who, None)  # type: ignore[arg-type]
                connection[who] += 1  # type: ignore[index]
            case ("flush",):
                desk.turn.flush()
            case _:
                desk.clock.settle()
    desk.clock.settle()
    assert {name: b"".join(frames) for name, frames in desk.written.items() if frames} == dict(owed)
