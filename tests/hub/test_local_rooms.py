"""A room on one node: crowds hear presence in batches, in order with all else, and a late joiner only what came after."""

from __future__ import annotations

from collections.abc import Callable

from tests.fakes import LOBBY, FakeClock, FakeSink, PlainView

from palaver.core.audience import Publication, ToRoom
from palaver.core.base import Event
from palaver.core.ids import SessionId
from palaver.core.rooms import ParticipantLeft, Room, RoomUpdated, info_of
from palaver.core.sessions import Position
from palaver.hub.fanout import Turn
from palaver.hub.local_rooms import CROWD, STREAM_EVENTS, LocalRoom


def left(name: str) -> Event:
    return ParticipantLeft(LOBBY, SessionId(name), name)


MESSAGE = RoomUpdated(info_of(Room(LOBBY)))


class Hall:
    """A room with people in it, whose names are their numbers."""

    def __init__(self, people: int, view: Callable[[int], PlainView] = lambda number: HALL_VIEW) -> None:
        self.clock = FakeClock()
        self.turn = Turn(self.clock.call_soon)
        self.room = LocalRoom(Room(LOBBY))
        self.seq = 0
        self.sinks: dict[str, FakeSink] = {}
        for number in range(people):
            self.enter(str(number), view(number))

    def enter(self, name: str, view: PlainView | None = None) -> FakeSink:
        sink = self.sinks[name] = FakeSink(view or HALL_VIEW)
        self.room.attach(SessionId(name), sink.view, sink.write)
        return sink

    def tell(self, event: Event, excluded: set[SessionId] | None = None) -> None:
        self.seq += 1
        self.room.deliver(event, Position("e", self.seq), excluded, self.turn)

    def heard(self, name: str) -> list[int]:
        self.clock.settle()
        return [seq for seq, _ in self.sinks[name].lines]


HALL_VIEW = PlainView()


def test_in_a_small_room_presence_is_told_at_once() -> None:
    hall = Hall(CROWD)
    hall.tell(left("x"))
    assert hall.heard("0") == [1]
    assert not hall.room.has_batch


def test_in_a_crowd_presence_waits_and_goes_out_as_one_write() -> None:
    hall = Hall(CROWD + 1)
    for name in "abc":
        hall.tell(left(name))
    assert hall.heard("0") == []
    hall.room.flush_batch(hall.turn)
    assert hall.heard("0") == [1, 2, 3]
    assert len(hall.sinks["0"].writes) == 1
    hall.room.flush_batch(hall.turn)
    assert hall.heard("0") == [1, 2, 3]


def test_whatever_else_is_told_comes_after_the_presence_before_it() -> None:
    hall = Hall(CROWD + 1)
    hall.tell(left("a"))
    hall.tell(MESSAGE)
    hall.tell(left("b"))
    hall.tell(MESSAGE, {SessionId("1")})
    assert hall.heard("0") == [1, 2, 3, 4]
    assert hall.heard("1") == [1, 2, 3]


def test_presence_that_not_all_may_hear_is_told_at_once_and_in_order() -> None:
    hall = Hall(CROWD + 1)
    hall.tell(left("a"))
    hall.tell(left("b"), {SessionId("0")})
    assert hall.heard("0") == [1]
    assert hall.heard("1") == [1, 2]


def test_an_exclusion_of_somebody_elsewhere_does_not_spoil_the_batch() -> None:
    hall = Hall(CROWD + 1)
    hall.tell(left("a"), {SessionId("not here")})
    assert hall.room.has_batch


def test_who_comes_late_hears_only_what_came_after() -> None:
    hall = Hall(CROWD + 1)
    hall.tell(left("a"))
    hall.enter("late")
    hall.tell(left("b"))
    hall.enter("later")
    hall.room.flush_batch(hall.turn)
    hall.tell(MESSAGE)
    assert hall.heard("0") == [1, 2, 3]
    assert hall.heard("late") == [2, 3]
    assert hall.heard("later") == [3]


def test_who_leaves_hears_nothing_of_the_batch_unless_it_was_told_before() -> None:
    hall = Hall(CROWD + 2)
    hall.tell(left("a"))
    hall.room.detach(SessionId("0"))
    hall.room.flush_batch(hall.turn)
    hall.tell(left("b"))
    assert hall.heard("0") == []
    hall.room.flush_batch(hall.turn)
    assert hall.heard("1") == [1, 2]


def test_who_comes_back_on_another_connection_within_a_batch_hears_nothing_twice() -> None:
    hall = Hall(CROWD + 2)
    hall.tell(left("a"))
    hall.room.detach(SessionId("0"))
    hall.enter("0")
    hall.tell(left("b"))
    hall.room.flush_batch(hall.turn)
    assert hall.heard("0") == [2]


def test_each_view_renders_once_and_a_view_without_a_word_is_left_out() -> None:
    seeing, blind = PlainView(), PlainView(blind_to=(ParticipantLeft,))
    hall = Hall(4, lambda number: blind if number % 2 else seeing)
    hall.tell(left("a"))
    hall.tell(MESSAGE)
    assert hall.heard("0") == [1, 2]
    assert hall.heard("1") == [2]
    assert (seeing.rendered, blind.rendered) == (2, 1)


def test_the_stream_gives_what_came_after_a_position() -> None:
    room = LocalRoom(Room(LOBBY))
    publications = {seq: Publication(left(str(seq)), ToRoom(LOBBY)) for seq in (2, 5, 9)}
    assert room.since(0) == []
    for seq, publication in publications.items():
        room.remember(seq, 10, publication)
    assert room.since(0) == list(publications.items())
    assert room.since(2) == [(5, publications[5]), (9, publications[9])]
    assert room.since(9) == []


def test_a_stream_that_forgot_says_so() -> None:
    room = LocalRoom(Room(LOBBY))
    publication = Publication(MESSAGE, ToRoom(LOBBY))
    for seq in range(1, STREAM_EVENTS + 2):
        room.remember(seq, 1, publication)
    assert room.since(0) is None
    kept = room.since(1)
    assert kept is not None
    assert len(kept) == STREAM_EVENTS


def test_a_stream_forgets_by_bytes_too() -> None:
    room = LocalRoom(Room(LOBBY))
    publication = Publication(MESSAGE, ToRoom(LOBBY))
    for seq in (1, 2, 3):
        room.remember(seq, 1 << 19, publication)
    assert room.since(0) is None
    assert room.since(1) == [(2, publication), (3, publication)]
