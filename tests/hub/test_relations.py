"""Ignoring and blocking: what two people still see of each other."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest
from tests.fakes import LOBBY, Person, World
from tests.hub.scenes import DEN, Slow, begin, say, settled, words

from palaver.cluster.memory import MemoryPresence
from palaver.core import chat, errors
from palaver.core.base import DONE
from palaver.core.calls import Offer, Ring, SendSignal
from palaver.core.chat import InChannel, PostMessage, ToPerson
from palaver.core.ids import RoomId, UserId
from palaver.core.media import OpenCamera, SetMedia
from palaver.core.moderation import MAX_RELATIONS, Block, Ignore, InviteToWatch, TakeBlocklist, TurnAway
from palaver.core.participants import ByHandle, BySession, Participant, SetStatus
from palaver.core.rooms import JoinRoom, LeaveRoom, Life, Room
from palaver.core.sessions import Joined
from palaver.hub import entrance, site_people
from palaver.hub.limits import Limits
from palaver.storage.memory import MemoryModerationStore

V0 = msgspec.Raw(b'{"type":"offer","sdp":"v=0"}')


def test_an_ignored_person_is_still_seen_to_come_and_go() -> None:
    world = World()
    ana, bob = world.open("ana", "lobby"), world.open("bob", "lobby")
    ana.ask(Ignore(("bob",), LOBBY))
    ana.hears()
    bob.ask(say("hello"))
    bob.ask(SetStatus(status="away"))
    bob.ask(LeaveRoom(LOBBY))
    bob.ask(JoinRoom(LOBBY))
    assert words(ana) == ["participant_updated", "participant_left", "participant_joined"]


def test_nobody_can_ignore_or_block_themselves() -> None:
    world = World()
    ana = world.open("ana", "lobby")
    ana.ask(Ignore(("ANA", "bob"), LOBBY))
    ana.ask(Block(("ana",), LOBBY))
    assert ana.session.relations.ignores == {"name:bob"}
    assert not ana.session.relations.blocks
    ana.hears()
    ana.ask(say("hello"))
    assert words(ana) == ["message_posted"]


def test_a_block_between_two_hides_nobody_else_from_a_newcomer() -> None:
    world = World()
    ana, _ = world.open("ana", "lobby"), world.open("bob", "lobby")
    ana.ask(Block(("bob",), LOBBY))
    joined = world.open("cas").ask(JoinRoom(LOBBY))
    assert isinstance(joined, Joined)
    assert [seat.handle for seat in joined.snapshot.participants] == ["ana", "bob", "cas"]


def test_a_block_holds_for_every_seat_of_a_person() -> None:
    world = World()
    phone, desk = (world.open("ana", "lobby", verified=True, device=device) for device in ("phone", "desk"))
    bob = world.open("bob", "lobby")
    phone.ask(Block(("bob",), LOBBY))
    gone = [event["session"] for event in bob.hears() if event["type"] == "participant_left"]
    assert sorted(gone) == sorted([phone.id, desk.id])
    assert "participant_left" in words(desk)
    desk.ask(say("unseen"))
    assert bob.hears() == []


def test_a_blocked_person_reads_nothing_of_the_other_in_history_either() -> None:
    world = World()
    ana, bob = world.open("ana", "lobby"), world.open("bob", "lobby")
    ana.ask(say("before"))
    ana.ask(Block(("bob",), LOBBY))
    ana.ask(say("after"))
    page = bob.ask(chat.FetchHistory(InChannel(LOBBY)))
    assert isinstance(page, chat.HistoryPage)
    assert page.messages == ()
    bob.ask(LeaveRoom(LOBBY))
    joined = bob.ask(JoinRoom(LOBBY))
    assert isinstance(joined, Joined)
    assert [seat.handle for seat in joined.snapshot.participants] == ["bob"]
    assert joined.snapshot.messages == ()


def test_names_of_strangers_are_not_looked_up_in_rooms_one_is_not_in() -> None:
    world = World()
    world.open("ana", "lobby", verified=True)
    eve = world.open("eve")
    eve.ask(Ignore(("ana",), LOBBY))
    assert eve.session.relations.ignores == {"name:ana"}


def test_seen_receipts_do_not_reach_somebody_who_was_blocked() -> None:
    world = World()
    ana, bob = world.open("ana", "lobby"), world.open("bob", "lobby")
    posted = ana.ask(PostMessage(ToPerson(BySession(bob.id)), "hello"))
    assert isinstance(posted, chat.Posted)
    bob.ask(Block(("ana",), LOBBY))
    ana.hears()
    bob.ask(chat.MarkMessages((posted.message,), chat.ReceiptState.SEEN))
    assert ana.hears() == []


@pytest.mark.parametrize("command", [Ignore, Block, TurnAway])
def test_relations_are_bounded_in_number_and_length(command: Any) -> None:
    world = World()
    guest, ana = world.open("guest", "lobby"), world.open("ana", "lobby", verified=True)
    for names in (("x" * 129,), tuple(f"name{number}" for number in range(5001))):
        with pytest.raises(errors.TooLarge):
            ana.ask(command(names, LOBBY))
    for person, most in ((guest, 500), (ana, 5000)):
        person.ask(command(tuple(f"name{number}" for number in range(most)), LOBBY))
        with pytest.raises(errors.TooLarge):
            person.ask(command(("one more",), LOBBY))


@pytest.mark.parametrize("command", [Ignore, Block, TurnAway, InviteToWatch, TakeBlocklist])
def test_many_names_count_as_many_asks_before_any_is_looked_at(command: Any) -> None:
    class Counting(MemoryPresence):
        asked = 0

        def named(self, room: RoomId, handle: str) -> Participant | None:
            self.asked += 1
            return super().named(room, handle)

    presence = Counting()
    world = World(limits=Limits(asks_burst=30), presence=presence)
    ana = world.open("ana", "lobby", verified=True)
    for start in (0, 1000):
        ana.ask(command(tuple(f"name{number}" for number in range(start, start + 1000)), LOBBY))
    presence.asked = 0
    with pytest.raises(errors.Limited):
        ana.ask(command(tuple(f"name{number}" for number in range(2000, 3000)), LOBBY))
    assert presence.asked == 0


async def test_whose_list_is_full_keeps_nobody_else_from_being_kept_apart() -> None:
    world = World()
    eve, bob = world.open("eve", "lobby"), world.open("bob", "lobby")
    eve.ask(Block(tuple(f"name{number}" for number in range(500)), LOBBY))
    await site_people.keep_apart(world.hub, ("eve", "bob"), room=LOBBY)
    assert bob.session.relations.blocks == {"name:eve"}
    eve.ask(say("to you"))
    assert "message_posted" not in words(bob)


# -- what is stopped, and who hears of it ------------------------------------------------------------------------------


def watched(world: World) -> tuple[Person, Person]:
    """Return somebody with a camera, and somebody for whom it was opened."""
    ana, bob = world.open("ana", "lobby"), world.open("bob", "lobby")
    ana.ask(SetMedia(camera=True))
    bob.ask(OpenCamera(ByHandle("ana")))
    bob.hears()
    return ana, bob


@pytest.mark.parametrize("command", [Block(("bob",), LOBBY), TakeBlocklist(("bob",), LOBBY)], ids=["block", "list"])
def test_whoever_is_blocked_stops_watching(command: Any) -> None:
    ana, bob = watched(World())
    ana.ask(command)
    assert "viewer_turned_away" in words(bob)
    with pytest.raises(errors.Refusal):
        bob.ask(SendSignal(BySession(ana.id), Offer(V0), about="camera"))


def test_a_camera_is_opened_anew_for_who_was_turned_away_and_forgiven() -> None:
    ana, bob = watched(World())
    bob.ask(SendSignal(BySession(ana.id), Offer(V0), about="camera"))
    ana.ask(TurnAway(("bob",), LOBBY))
    ana.ask(TurnAway(("bob",), LOBBY, on=False))
    assert words(bob) == ["viewer_turned_away"], "told once, and not of being forgiven"
    with pytest.raises(errors.Refusal):
        bob.ask(SendSignal(BySession(ana.id), Offer(V0), about="camera"))


@pytest.mark.parametrize(("command", "told"), [(Ignore, "ignore_changed"), (TurnAway, "viewer_turned_away")])
def test_one_who_runs_the_site_hears_of_a_change_once(command: type, told: str) -> None:
    world = World()
    ana, olga = world.open("ana", "lobby"), world.open("olga", "lobby", operator=True)
    olga.hears()
    for _ in range(2):
        ana.ask(command(("olga",), LOBBY))
    assert words(olga) == [told]


@pytest.mark.parametrize("command", [Ignore, TurnAway, Block])
def test_nobody_learns_by_asking_who_runs_the_site_in_another_room_or_unseen(command: type) -> None:
    world = World(rooms=[Room(LOBBY, life=Life.PERMANENT), Room(DEN, life=Life.PERMANENT)])
    ana = world.open("ana", "lobby")
    olga, hidden = world.open("olga", "den", operator=True), world.open("omar", "lobby", operator=True)
    hidden.ask(SetStatus("hidden"))
    olga.hears(), hidden.hears()
    ana.ask(command(("olga",), DEN))
    ana.ask(command(("omar",), LOBBY))
    assert words(olga) == words(hidden) == []


def test_an_operator_may_be_unblocked_though_nobody_may_block_one() -> None:
    world = World()
    ana = world.open("ana", "lobby")
    ana.ask(Block(("olga",), LOBBY))
    world.open("olga", "lobby", operator=True)
    with pytest.raises(errors.NotAllowed):
        ana.ask(Block(("olga",), LOBBY))
    ana.ask(Block(("olga",), LOBBY, on=False))
    assert not ana.session.relations.blocks


def invited_by(person: Person) -> frozenset[str]:
    return person.session.relations.invited


def test_an_invitation_stays_whatever_is_done_in_a_window_that_does_not_know_of_it() -> None:
    world = World()
    one = world.open("ana", "lobby", verified=True)
    one.ask(InviteToWatch(("bob",), LOBBY))
    other = world.open("ana", "lobby", verified=True)
    other.ask(Ignore(("cem",), LOBBY))
    assert invited_by(one) == invited_by(other) == {"name:bob"}
    assert [event["relations"] for event in one.hears() if event["type"] == "relations_changed"] == [
        {"invited": ["name:bob"]},
        {"ignores": ["name:cem"], "invited": ["name:bob"]},
    ]
    late = world.open("ana", "lobby", verified=True)
    late.ask(InviteToWatch(("dan",), LOBBY))
    assert invited_by(one) == invited_by(late) == {"name:bob", "name:dan"}


def test_an_invitation_stays_when_a_window_that_does_not_know_of_it_runs_the_site() -> None:
    world = World()
    one = world.open("ana", "lobby", verified=True)
    one.ask(InviteToWatch(("bob",), LOBBY))
    world.open("ana", "lobby", verified=True, operator=True)
    assert invited_by(one) == {"name:bob"}


def test_invitations_are_bounded_over_all_windows() -> None:
    world = World()
    one = world.open("ana", "lobby", verified=True)
    one.ask(InviteToWatch(tuple(f"guest {at}" for at in range(MAX_RELATIONS)), LOBBY))
    with pytest.raises(errors.TooLarge):
        world.open("ana", "lobby", verified=True).ask(InviteToWatch(("bob",), LOBBY))


async def test_whoever_leaves_while_people_are_kept_apart_is_kept_apart_too(tasks: list[asyncio.Task[Any]]) -> None:
    store = Slow(MemoryModerationStore(), "save_relations")
    world = World(moderation=store)
    ana, bob = world.open("ana", "lobby", verified=True), world.open("bob", "lobby", verified=True)
    begin(tasks, site_people.keep_apart(world.hub, ("ana", "bob"), room=LOBBY))
    await settled()
    ana.ask(LeaveRoom(LOBBY))
    await store.answer()
    await store.answer()
    assert bob.session.relations.blocks == {"user:site:ana"}


async def test_who_comes_in_while_a_block_is_stored_in_another_window_has_it(tasks: list[asyncio.Task[Any]]) -> None:
    world = World()
    one = world.open("ana", "lobby", verified=True)
    store = world.hub.moderation = Slow(world.hub.moderation, "save_relations", late=True)
    blocks = begin(tasks, one.asks(Block(("bob",), LOBBY)))
    await settled()
    coming = begin(tasks, entrance.stored_relations(world.hub, one.session.identity))
    await settled()
    await store.answer()
    await blocks
    assert (await coming).blocks == {"name:bob"}


async def test_what_a_user_says_of_others_is_kept_without_invitations_and_a_guests_is_not() -> None:
    world = World()
    ana, eve = world.open("ana", "lobby", verified=True), world.open("eve", "lobby")
    for person in (ana, eve):
        person.ask(Ignore(("bob",), LOBBY))
        person.ask(InviteToWatch(("cem",), LOBBY))
    kept = await world.moderation.relations(UserId("site:ana"))
    assert (kept.ignores, kept.invited) == ({"name:bob"}, frozenset())


def is_limited(person: Person, commands: list[Ignore]) -> bool:
    """Return whether somebody who asks for all of this is told to wait."""
    try:
        for command in commands:
            person.ask(command)
    except errors.Limited:
        return True
    return False


def test_saying_again_how_one_stands_to_somebody_is_free_and_changes_are_counted() -> None:
    world = World(limits=Limits(messages_per_second=1, messages_burst=2))
    ana = world.open("ana", "lobby")
    for _ in range(20):
        ana.ask(Ignore(("bob",), LOBBY))
    assert is_limited(ana, [Ignore((f"person {at}",), LOBBY) for at in range(200)])
    world.clock.advance(60)
    assert is_limited(ana, [Ignore(("bob", "bob"), LOBBY)] * 200)


def test_a_list_that_changes_nothing_tells_nothing() -> None:
    world = World()
    ana = world.open("ana", "lobby", verified=True)
    ana.ask(TakeBlocklist(("bob",), LOBBY))
    ana.hears()
    ana.ask(TakeBlocklist(("bob",), LOBBY))
    assert words(ana) == []


def test_of_what_somebody_ignored_does_with_an_old_direct_message_only_that_it_is_gone_is_told() -> None:
    world = World()
    ana, bob = world.open("ana", "lobby"), world.open("bob", "lobby")
    posted = bob.ask(PostMessage(ToPerson(ByHandle("ana")), "hello"))
    assert isinstance(posted, chat.Posted)
    ana.ask(Ignore(("bob",), LOBBY))
    ana.hears(), bob.hears()
    bob.ask(chat.EditMessage(posted.message, "hello again"))
    bob.ask(chat.React(posted.message, "👍"))
    bob.ask(chat.SetTyping(ToPerson(ByHandle("ana")), typing=True))
    bob.ask(chat.RetractMessage(posted.message))
    assert words(ana) == ["message_retracted"]
    assert words(bob) == ["message_edited", "reaction_changed", "message_retracted"]


def test_signals_of_somebody_ignored_do_not_arrive_and_they_do_not_learn_of_it() -> None:
    world = World()
    ana, bob = world.open("ana", "lobby"), world.open("bob", "lobby")
    bob.ask(SendSignal(BySession(ana.id), Ring()))
    assert words(ana)[-1] == "signal_sent"
    ana.ask(Ignore(("bob",), LOBBY))
    ana.hears()
    for signal in (Ring(), Offer(V0)):
        assert bob.ask(SendSignal(BySession(ana.id), signal)) == DONE
    assert words(ana) == []
    ana.ask(SendSignal(BySession(bob.id), Ring()))
    assert words(bob) == ["signal_sent"]
