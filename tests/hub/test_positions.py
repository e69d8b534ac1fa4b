"""What a position promises: who comes back to it reads exactly what came after it, whatever was read and unread before."""

from __future__ import annotations

import asyncio
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.fakes import LOBBY, FakeSink, Person, World, driven
from tests.hub.scenes import DEN, say, settled

from palaver.cluster.memory import Fabric
from palaver.core.chat import PostMessage, ToPerson
from palaver.core.participants import BySession, SetStatus
from palaver.core.rooms import JoinRoom, LeaveRoom, Life, Room
from palaver.core.sessions import Joined, Position, Resume
from palaver.hub import entrance

ROOMS = (Room(LOBBY, life=Life.PERMANENT), Room(DEN, life=Life.PERMANENT))
SMALL_CROWD = 3

Step = tuple[str, int]


class Reader:
    """A client that reads line by line, and knows the position of the last line, or snapshot, that it has read."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self.position = person.world.hub.position
        self.read: list[int] = []
        person.sink.forget()

    def reads(self, unread: int = 0) -> None:
        """Read what was written but for the latest lines, which never arrive."""
        lines = self.person.sink.lines
        self.person.sink.forget()
        for seq, _ in lines[: max(0, len(lines) - unread)]:
            self.read.append(seq)
            self.position = Position(self.position.epoch, seq)

    def is_lost(self, unread: int) -> None:
        self.person.lose()
        self.person.world.clock.settle()
        self.reads(unread)

    def returns(self) -> None:
        hub, sink = self.person.world.hub, FakeSink()
        session, outcome, missed = driven(entrance.resume(hub, Resume(self.person.token, self.position), sink))
        assert outcome.complete
        for data in missed:
            sink.write(data)
        hub.deliver_again(session, sink)
        self.person.sink = sink


class Story:
    """Two nodes, a crowd that spans them and two rooms, and two readers: one is lost now and then, one never is."""

    def __init__(self) -> None:
        fabric = Fabric()
        self.here = World(fabric=fabric, rooms=ROOMS, epoch="e1")
        self.there = World(fabric=fabric, rooms=ROOMS, epoch="e2", node=1, clock=self.here.clock)
        self.others = [world.open(f"other {n}", "lobby", "den") for n, world in enumerate([self.here, self.there] * 2)]
        self.people = [self.here.open(name, "lobby", "den") for name in ("bob", "eve")]
        self.said = 0
        self.whispers: list[int] = []

    async def told(self, steps: list[Step]) -> tuple[list[int], list[int]]:
        """Go through the steps; return the positions that bob has read, and those that he should have."""
        await settled()
        self.here.clock.advance(1)
        bob, eve = map(Reader, self.people)
        lost = False
        for word, number in steps:
            if word == "is lost" and not lost:
                bob.is_lost(unread=number)
                lost = True
            elif word == "returns" and lost:
                bob.returns()
                lost = False
            else:
                await self._does(word, number)
        if lost:
            bob.returns()
        self.here.clock.advance(1)
        bob.reads()
        eve.reads()
        return bob.read, sorted(eve.read + self.whispers)

    async def _does(self, word: str, number: int) -> None:
        self.said += 1
        person, room = self.others[number % 4], (LOBBY, DEN)[number % 2]
        if word == "says" and room in person.session.rooms:
            person.ask(say(f"line {self.said}", room))
        elif word == "moves":
            present = room in person.session.rooms
            person.ask(LeaveRoom(room) if present else JoinRoom(room))
        elif word == "whispers":
            person.ask(PostMessage(ToPerson(BySession(self.people[0].id)), f"line {self.said}"))
            await settled()
            self.whispers.append(self.here.hub.position.seq)
        elif word == "changes":
            person.ask(SetStatus("away", f"mood {self.said}"))
        elif word == "waits":
            self.here.clock.advance(number / 100)
        await settled()
        self.here.clock.settle()


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["says", "whispers", "moves", "changes", "waits", "is lost", "returns"]), st.integers(0, 9)
    ),
    max_size=25,
)


@given(STEPS)
@settings(max_examples=60, deadline=None)
def test_who_comes_back_reads_what_others_read_once_and_in_order(steps: list[Step]) -> None:
    """Also where presence of one room waits for a batch while another room is told at once."""
    with patch("palaver.hub.local_rooms.CROWD", SMALL_CROWD):
        read, told = asyncio.run(_story(steps))
    assert read == told


async def _story(steps: list[Step]) -> tuple[list[int], list[int]]:
    return await Story().told(steps)


def test_nothing_that_a_snapshot_counts_as_told_is_still_waiting() -> None:
    """Else whoever comes back to the position of the snapshot would never read it."""
    world = World(rooms=ROOMS)
    with patch("palaver.hub.local_rooms.CROWD", SMALL_CROWD):
        crowd = [world.open(f"other {n}", "lobby") for n in range(SMALL_CROWD)]
        bob = world.open("bob", "lobby")
        world.clock.advance(1)
        bob.hears()
        crowd[0].ask(SetStatus("away"))
        assert bob.hears() == []
        joined = bob.ask(JoinRoom(DEN))
        assert isinstance(joined, Joined)
        assert [event["type"] for event in bob.hears()] == ["participant_updated"]


def test_those_who_come_in_do_not_hurry_the_batch_of_the_room_they_enter() -> None:
    """Each has the room as it is; if each made it told at once, a crowd would cost the square of what it costs."""
    world = World(rooms=ROOMS)
    with patch("palaver.hub.local_rooms.CROWD", SMALL_CROWD):
        bob, *_ = [world.open(f"other {n}", "lobby") for n in range(SMALL_CROWD + 1)]
        world.clock.advance(1)
        bob.hears()
        for n in range(5):
            world.open(f"late {n}", "lobby")
        assert bob.hears() == []
        world.clock.advance(1)
        assert [event["type"] for event in bob.hears()] == ["participant_joined"] * 5
