"""Whole rosters: when they are written, to whom, and that nobody is shown an older one after a newer one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from tests.fakes import LOBBY, FakeSink, Person, PlainView, World, driven

from palaver.core.media import SetMedia
from palaver.core.moderation import Block, Ignore, InviteToWatch, Kick, TurnAway
from palaver.core.participants import ByHandle, CameraRules, SetStatus
from palaver.core.rosters import Seen, ShowRoster
from palaver.hub import rosters
from palaver.hub.admission import Admission


class ListView(PlainView):
    """Reads whole rosters: a line `[name, …]` with an asterisk behind whose camera is on; and no events of rooms."""

    def __init__(self) -> None:
        super().__init__()
        self.rows = 0
        self.frames = 0

    @property
    def roster(self) -> Any:
        return self

    def roster_row(self, seen: Seen) -> bytes:
        self.rows += 1
        seat = seen.participant
        marks = "*" * seat.media.camera + "+" * seen.invited + "!" * seat.media.rules.mutual_open + "v" * seat.vip
        return msgspec.json.encode(f"{seat.handle}{marks}")

    def roster_frame(self, rows: Sequence[bytes]) -> bytes:
        self.frames += 1
        return b"[" + b",".join(rows) + b"]\n"

    def render(self, event: Any, position: Any) -> bytes | None:
        return None


class Room:
    """A world in which people read whole rosters."""

    def __init__(self, **admission: Any) -> None:
        self.world = World(admission=Admission(**admission))
        self.view = ListView()

    def enter(self, name: str, **identity: Any) -> Person:
        return self.world.open(name, "lobby", sink=FakeSink(self.view), **identity)

    def people(self, *names: str) -> list[Person]:
        """Let people in, and a quiet time pass after which they have read everything."""
        found = [self.enter(name) for name in names]
        self.quiet(*found)
        return found

    def quiet(self, *people: Person) -> None:
        self.world.clock.advance(10)
        for person in people:
            person.sink.forget()


def read(person: Person) -> list[list[str]]:
    """Return the rosters that somebody was given since the last call."""
    person.world.clock.settle()
    lists = [msgspec.json.decode(line) for line in b"".join(person.sink.writes).splitlines()]
    person.sink.forget()
    return lists


CAMERA = SetMedia(camera=True, microphone=True)


def test_a_change_after_a_quiet_time_is_shown_at_once_and_the_next_a_second_later() -> None:
    room = Room()
    ana, bob = room.people("ana", "bob")
    bob.ask(CAMERA)
    assert read(ana) == [["ana", "bob*"]]
    bob.ask(SetMedia(camera=False))
    assert read(ana) == []
    room.world.clock.advance(0.9)
    assert read(ana) == []
    room.world.clock.advance(0.1)
    assert read(ana) == [["ana", "bob"]]


def test_a_clock_that_is_set_back_makes_nobody_wait_longer() -> None:
    room = Room()
    ana, bob = room.people("ana", "bob")
    bob.ask(CAMERA)
    assert read(ana) == [["ana", "bob*"]]
    room.world.clock.advance(-3600)
    bob.ask(SetMedia(camera=False))
    room.world.clock.advance(1)
    assert read(ana) == [["ana", "bob"]]


def test_who_acts_reads_the_own_roster_at_once() -> None:
    room = Room()
    ana, bob = room.people("ana", "bob")
    bob.ask(CAMERA)
    assert read(bob) == [["ana", "bob*"]]
    bob.ask(SetMedia(camera=False))
    assert read(bob) == [["ana", "bob"]]
    room.world.clock.advance(1)
    assert read(bob) == []
    assert read(ana) == [["ana", "bob*"], ["ana", "bob"]]


def test_several_changes_within_a_turn_are_one_list() -> None:
    room = Room()
    ana, bob = room.people("ana", "bob")
    driven(bob.asks(CAMERA))
    driven(bob.asks(SetStatus(status="busy")))
    assert len(read(bob)) == 1
    assert len(read(ana)) == 1


def test_a_list_is_made_once_for_everybody_and_each_row_once() -> None:
    room = Room()
    people = room.people(*(f"person {number}" for number in range(40)))
    room.view.rows = room.view.frames = 0
    people[0].ask(CAMERA)
    assert all(read(person)[-1][0] == "person 0*" for person in people)
    assert room.view.frames == 1
    assert room.view.rows <= 41


def test_a_kick_is_shown_at_once() -> None:
    room = Room()
    op, _, _ = room.enter("op", operator=True), room.enter("ana"), room.enter("bob")
    room.quiet(op)
    op.ask(CAMERA)
    read(op)
    op.ask(Kick(LOBBY, ByHandle("ana", LOBBY)))
    assert read(op) == [["bob", "op*"]]


def test_a_block_is_shown_to_both_at_once_and_to_nobody_else() -> None:
    room = Room()
    ana, bob, cas = room.people("ana", "bob", "cas")
    ana.ask(Block(("bob",), LOBBY))
    assert read(ana)[-1] == ["ana", "cas"]
    assert read(bob)[-1] == ["bob", "cas"]
    assert read(cas) == []
    ana.ask(Block(("bob",), LOBBY, on=False))
    assert read(bob)[-1] == ["ana", "bob", "cas"]
    assert read(ana)[-1] == ["ana", "bob", "cas"]


def test_an_older_list_never_follows_a_newer_one() -> None:
    """Who blocked reads on with the block in every later list, whatever else happened in the same turn (§3.10)."""
    room = Room()
    ana, _, cas = room.people("ana", "bob", "cas")
    driven(cas.asks(CAMERA))
    driven(ana.asks(Block(("bob",), LOBBY)))
    driven(cas.asks(SetMedia(camera=False)))
    room.world.clock.settle()
    room.world.clock.advance(5)
    seen = read(ana)
    assert seen[-1] == ["ana", "cas"]
    assert all("bob" not in names for names in seen)


@pytest.mark.parametrize("command", [Ignore, TurnAway])
def test_a_camera_is_off_for_whom_its_owner_ignores_or_turned_away(command: Any) -> None:
    room = Room()
    ana, bob, cas = room.people("ana", "bob", "cas")
    ana.ask(CAMERA)
    room.quiet(ana, bob, cas)
    ana.ask(command(("bob",), LOBBY))
    assert read(bob) == [["ana", "bob", "cas"]]
    assert read(ana) == [["ana*", "bob", "cas"]]
    assert read(cas) == []
    cas.ask(CAMERA)
    assert read(bob) == [["ana", "bob", "cas*"]]


def test_an_ignore_is_not_betrayed_by_a_list_while_there_is_no_camera_to_hide() -> None:
    room = Room()
    ana, bob = room.people("ana", "bob")
    ana.ask(Ignore(("bob",), LOBBY))
    assert read(bob) == []
    assert read(ana) == [["ana", "bob"]]


def test_one_who_runs_the_room_sees_a_camera_that_turned_them_away_but_it_does_not_open_by_itself() -> None:
    """The original set the flag where it was to clear it (T9)."""
    room = Room()
    op, ana = room.enter("op", operator=True), room.enter("ana")
    ana.ask(SetMedia(camera=True, rules=CameraRules(mutual_open=True)))
    room.quiet(op, ana)
    ana.ask(TurnAway(("op",), LOBBY))
    assert read(op) == [["ana*", "op"]]


def test_a_camera_for_vips_is_off_for_the_others_but_for_who_is_invited() -> None:
    room = Room()
    vip, ana, bob = room.enter("vip", vip=True), room.enter("ana"), room.enter("bob")
    vip.ask(SetMedia(camera=True, rules=CameraRules(vip_only=True)))
    room.quiet(vip, ana, bob)
    vip.ask(InviteToWatch(("ana",), LOBBY))
    assert read(ana) == [["ana", "bob", "vip*+v"]]
    bob.ask(CAMERA)
    assert read(bob) == [["ana", "bob*", "vipv"]]
    assert read(vip)[-1] == ["ana", "bob*", "vip*v"]


def test_who_shows_a_camera_to_vips_only_sees_the_own_one_without_being_one() -> None:
    room = Room()
    ana, bob = room.people("ana", "bob")
    ana.ask(SetMedia(camera=True, rules=CameraRules(vip_only=True)))
    assert read(ana) == [["ana*", "bob"]]
    assert read(bob) == [["ana", "bob"]]


def test_rows_are_in_the_order_of_names_whatever_the_order_of_coming() -> None:
    room = Room()
    people = room.people("Zoe", "ana", "Émile", "bob")
    people[0].ask(CAMERA)
    assert read(people[1]) == [["Zoe*", "ana", "bob", "Émile"]]


def test_who_asks_is_shown_the_roster_before_the_answer_and_not_again() -> None:
    room = Room()
    (ana,) = room.people("ana")
    bob = room.enter("bob")
    bob.sink.forget()
    bob.ask(ShowRoster(LOBBY))
    assert read(bob) == [["ana", "bob"]]
    room.world.clock.advance(5)
    assert read(bob) == []
    assert read(ana) == [["ana", "bob"]]


def test_a_reader_who_is_behind_gets_the_latest_list_when_the_rest_was_read() -> None:
    room = Room()
    ana, bob = room.people("ana", "bob")
    ana.sink.unsent_bytes = rosters.STALE_BYTES + 1
    bob.ask(CAMERA)
    room.world.clock.advance(2)
    bob.ask(SetStatus(status="busy"))
    room.world.clock.advance(2)
    assert read(ana) == []
    ana.sink.unsent_bytes = 0
    room.world.clock.advance(2)
    assert read(ana) == [["ana", "bob*"]]


def test_rooms_whose_lists_are_large_are_told_less_often(monkeypatch: pytest.MonkeyPatch) -> None:
    room = Room()
    ana, bob = room.people("ana", "bob")
    monkeypatch.setattr(rosters, "READER_BYTES_PER_SECOND", 4)
    bob.ask(CAMERA)
    read(ana)
    bob.ask(SetMedia(camera=False))
    room.world.clock.advance(2)
    assert read(ana) == []
    room.world.clock.advance(20)
    assert read(ana) == [["ana", "bob"]]


def test_of_people_who_ignore_each_other_only_the_rows_are_made_that_this_is_about() -> None:
    room = Room()
    people = room.people(*(f"n{number}" for number in range(40)))
    for at, person in enumerate(people):
        for next_one in (1, 2):
            person.ask(Ignore((people[(at + next_one) % 40].seat().handle,), LOBBY))
    people[0].ask(CAMERA)
    room.quiet(*people)
    room.view.rows = 0
    people[0].ask(SetStatus(status="away"))
    room.world.clock.advance(2)
    # One row each for everybody, and one for each who is ignored; not one for each pair.
    assert room.view.rows <= 2 * (40 + 2 * 40)
    assert [name for name in read(people[1])[-1] if name.startswith("n0")] == ["n0"]
    assert [name for name in read(people[3])[-1] if name.startswith("n0")] == ["n0*"]


def test_a_crowd_that_comes_in_costs_a_reader_no_more_in_a_second_however_many_they_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rosters, "READER_BYTES_PER_SECOND", 200)
    room = Room()
    (ana,) = room.people("ana")
    for number in range(200):
        room.enter(f"somebody {number}")
        room.world.clock.advance(0.1)
    told = b"".join(ana.sink.writes)
    longest = max(map(len, told.splitlines()))
    assert len(told) <= 20 * 200 + longest
    room.world.clock.advance(longest / 200)
    assert len(read(ana)[-1]) == 201, "and the last list has them all"


def test_nothing_is_kept_of_a_room_in_which_nobody_reads_whole_rosters() -> None:
    room = Room()
    ana, bob = room.people("ana", "bob")
    plain = room.world.open("cas", "lobby")
    for person in (ana, bob):
        person.lose()
    room.world.clock.advance(60)
    plain.ask(CAMERA)
    room.world.clock.advance(60)
    assert room.world.clock.pending == 0
