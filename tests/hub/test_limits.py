"""Rates and counts, with the time passed in."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from tests.fakes import LOBBY, World

from palaver.core import errors
from palaver.core.base import Command
from palaver.core.channels import AddChannel
from palaver.core.chat import InChannel, PostMessage
from palaver.core.disconnects import LEFT
from palaver.core.ids import ChannelId, RoomId, UserId
from palaver.core.media import SetMedia
from palaver.core.moderation import Report
from palaver.core.participants import Identity, Rename, SetStatus
from palaver.core.presentation import Present
from palaver.core.room_names import FindRoom
from palaver.core.rooms import CreateRoom, JoinRoom, LeaveReason, ListRooms, Room
from palaver.hub.limits import AddressCount, Allowances, Bucket, Buckets, Guests, Limits


def test_a_bucket_gives_its_burst_and_then_its_rate() -> None:
    bucket = Bucket(2.0, 3)
    assert [bucket.take(100.0) for _ in range(4)] == [0, 0, 0, 0.5]
    assert bucket.take(100.25) == 0.25
    assert bucket.take(100.5) == 0
    assert bucket.take(100.5) == 0.5


def test_a_bucket_holds_no_more_than_its_burst() -> None:
    bucket = Bucket(1.0, 2)
    bucket.take(100.0)
    assert [bucket.take(9_999.0) for _ in range(3)] == [0, 0, 1.0]


def test_what_is_drawn_on_credit_must_be_waited_for() -> None:
    bucket = Bucket(2.0, 2)
    assert [bucket.draw(100.0) for _ in range(4)] == [0, 0, 0.5, 1.0]
    assert bucket.draw(101.0) == 0.5
    assert Bucket(0, 1).draw(100.0) == 0


def test_a_bucket_of_rate_zero_never_limits() -> None:
    bucket = Bucket(0.0, 1)
    assert {bucket.take(100.0) for _ in range(100)} == {0.0}


def test_who_shares_an_address_shares_a_bucket_of_four_times_as_much() -> None:
    shared = Guests(1.0, 2, 4)
    guests = [shared.bucket("203.0.113.7") for _ in range(6)]
    assert [guest.take(100.0) for guest in guests + guests] == [0] * 8 + [0.25] * 4
    assert shared.bucket("203.0.113.8").take(100.0) == 0
    assert shared.bucket("").take(100.0) == 0
    assert guests[5].take(101.0) == 0, "what was refused by one was not taken from the other"
    shared.change(2.0, 4)
    for guest in guests:
        guest.change(2.0, 4)
    assert [guest.take(200.0) for guest in guests * 4] == [0] * 16 + [0.125] * 8


def test_the_bucket_of_an_address_outlives_its_guests_until_others_were_there_since() -> None:
    shared = Guests(1.0, 2, 1, addresses=2)
    taken = [shared.bucket("a").take(100.0) for _ in range(3)]
    assert taken == [0, 0, 1.0]
    shared.bucket("b")
    assert shared.bucket("a").take(100.0) == 1.0
    shared.bucket("c")
    shared.bucket("d")
    assert shared.bucket("a").take(100.0) == 0


def test_a_clock_that_is_set_back_costs_nobody_anything() -> None:
    bucket = Bucket(1.0, 2)
    bucket.take(10_000.0)
    assert bucket.take(100.0) == 0
    assert bucket.take(100.0) == 1.0
    assert bucket.take(101.0) == 0


def test_what_is_given_back_can_be_taken_again_but_never_more() -> None:
    bucket = Bucket(1.0, 1)
    bucket.give_back()
    assert bucket.take(100.0) == 0
    bucket.give_back()
    assert bucket.take(100.0) == 0
    assert bucket.take(100.0) == 1.0


def test_buckets_are_one_per_key_and_the_least_used_is_forgotten() -> None:
    buckets = Buckets(1.0, 1, keys=2)
    assert buckets.take("ana", 100.0) == 0
    assert buckets.take("bob", 100.0) == 0
    assert buckets.take("ana", 100.0) == 1.0
    assert buckets.take("cas", 100.0) == 0
    assert buckets.take("ana", 100.0) == 1.0
    assert buckets.take("bob", 100.0) == 0


def test_a_user_who_comes_anew_has_said_as_much_as_before() -> None:
    allowances = Allowances(Limits(messages_per_second=1, messages_burst=1), users=2)
    ana, bob, cas = (Identity(name, user=UserId(f"site:{name}")) for name in ("ana", "bob", "cas"))
    assert [allowances.messages(ana).take(100.0) for _ in range(2)] == [0, 1]
    allowances.change(Limits(messages_per_second=0.5, messages_burst=1))
    assert allowances.messages(ana).take(100.0) == 2
    allowances.messages(bob)
    assert allowances.messages(ana).take(100.0) == 2
    allowances.messages(cas)
    assert allowances.messages(ana).take(100.0) == 2, "bob was seen less recently"
    allowances.messages(bob), allowances.messages(cas)
    assert allowances.messages(ana).take(100.0) == 0


def test_those_who_came_while_nothing_was_limited_are_counted_once_it_is() -> None:
    count = AddressCount(0)
    assert all(count.enter("192.0.2.1") for _ in range(2))
    count.limit = 2
    assert not count.enter("192.0.2.1")
    count.leave("192.0.2.1")
    assert count.enter("192.0.2.1")


@pytest.mark.parametrize(("limit", "address"), [(0, "192.0.2.1"), (1, "")])
def test_addresses_that_are_not_counted_enter_always(limit: int, address: str) -> None:
    count = AddressCount(limit)
    assert all(count.enter(address) for _ in range(10))


def test_an_address_enters_as_often_as_it_may_and_again_after_leaving() -> None:
    count = AddressCount(2)
    assert [count.enter("192.0.2.1") for _ in range(3)] == [True, True, False]
    assert count.enter("192.0.2.2")
    count.leave("192.0.2.1")
    assert [count.enter("192.0.2.1") for _ in range(2)] == [True, False]
    count.leave("never entered")


def test_what_is_large_takes_several_tokens() -> None:
    bucket = Bucket(2.0, 10)
    assert bucket.take(100.0, 8) == 0
    assert bucket.take(100.0, 4) == 1.0
    assert bucket.take(100.0, 2) == 0
    assert bucket.draw(100.0, 6) == 3.0


def test_what_is_larger_than_the_burst_takes_all_of_it() -> None:
    bucket = Bucket(1.0, 3)
    assert bucket.take(100.0, 1000) == 0
    assert bucket.take(100.0) == 1.0


def test_a_changed_bucket_goes_on_at_its_new_rate() -> None:
    bucket = Bucket(1.0, 9)
    bucket.take(100.0)
    bucket.change(0.5, 2)
    assert [bucket.take(100.0) for _ in range(3)] == [0, 0, 2.0]
    bucket.change(0, 1)
    assert bucket.take(100.0) == 0


def test_guests_of_one_address_post_no_more_together_than_four_users() -> None:
    world = World(limits=Limits(messages_per_second=1, messages_burst=10))

    def posted(name: str, **identity: Any) -> int:
        person = world.open(name, LOBBY, **identity)
        for _ in range(12):
            with contextlib.suppress(errors.Limited):
                person.ask(PostMessage(InChannel(LOBBY), "x"))
        return sum(event["type"] == "message_posted" for event in person.sink.events)

    told = [posted(f"guest {number}", address="203.0.113.7") for number in range(6)]
    assert told == [10, 10, 10, 10, 0, 0]
    assert posted("elsewhere", address="203.0.113.8") == 10
    assert posted("user", address="203.0.113.7", verified=True) == 10


@pytest.mark.parametrize(
    ("command", "limits", "done"),
    [
        (ListRooms(), Limits(asks_per_second=1, asks_burst=10), [10] * 10 + [0, 0]),
        (
            PostMessage(InChannel(LOBBY), "x"),
            Limits(messages_per_second=1, messages_burst=10, asks_per_second=0),
            [10] * 4 + [0] * 8,
        ),
    ],
    ids=["asks", "messages"],
)
def test_who_comes_in_anew_may_do_no_more_than_who_stays(command: Command, limits: Limits, done: list[int]) -> None:
    """Guests of one address, of whom none is there while another is, and not a user."""
    world = World(limits=limits)

    def does(name: str, **identity: Any) -> int:
        person = world.open(name, **identity)
        if isinstance(command, PostMessage):
            person.ask(JoinRoom(LOBBY))
        times = 0
        with contextlib.suppress(errors.Limited):
            while times < 100:
                person.ask(command)
                times += 1
        world.hub.end(person.session, LEFT, LeaveReason.LEFT)
        return times

    assert [does(f"guest {number}", address="203.0.113.7") for number in range(12)] == done
    assert does("user", address="203.0.113.7", verified=True) == 10
    world.clock.advance(1)
    assert does("guest", address="203.0.113.7") == done.count(10), "a second's worth of an address"


@pytest.mark.parametrize(
    "command",
    [SetStatus("away"), Rename("Eve"), SetMedia(microphone=True), Present(text="here")],
    ids=lambda each: type(each).__name__,
)
def test_what_many_rooms_are_told_counts_for_each(command: Command) -> None:
    world = World(
        rooms=[Room(RoomId(f"room {at}")) for at in range(10)], limits=Limits(asks_per_second=1, asks_burst=20)
    )
    eve = world.open("eve", *(f"room {at}" for at in range(10)))
    eve.ask(command)
    with pytest.raises(errors.Limited):
        eve.ask(command)
    world.clock.advance(10)
    eve.ask(command)


def test_a_bound_of_zero_is_none() -> None:
    world = World(limits=Limits(rooms_per_session=0, rooms_per_server=0, channels_per_room=0))
    ana = world.open("ana")
    ana.ask(CreateRoom(RoomId("den"), hosted=True))
    ana.ask(JoinRoom(RoomId("den")))
    ana.ask(AddChannel(RoomId("den"), ChannelId("more")))
    assert len(world.hub.rooms[RoomId("den")].room.channels) == 2


def test_to_look_for_rooms_that_are_there_is_not_to_guess() -> None:
    world = World(limits=Limits(asks_per_second=0))
    ana = world.open("ana", address="203.0.113.7")
    for _ in range(40):
        ana.ask(FindRoom(LOBBY))
    for _ in range(30):
        with pytest.raises(errors.NoSuchRoom):
            ana.ask(FindRoom(RoomId("nowhere")))
    with pytest.raises(errors.Limited):
        ana.ask(FindRoom(LOBBY))


def test_reports_are_few_from_one_address_and_from_one_user() -> None:
    world = World(limits=Limits(messages_per_second=0))

    def reports(name: str, **identity: Any) -> int:
        person = world.open(name, LOBBY, **identity)
        with contextlib.suppress(errors.Limited):
            for _ in range(100):
                person.ask(Report(LOBBY, "bob", "rude"))
        return sum(event["type"] == "report_filed" for event in olga.hears())

    olga = world.open("olga", LOBBY, operator=True)
    assert [reports(f"guest {number}", address="203.0.113.7") for number in range(2)] == [30, 0]
    assert [reports("ana", address="203.0.113.7", verified=True) for _ in range(2)] == [30, 0]
    assert reports("elsewhere", address="203.0.113.8") == 30
