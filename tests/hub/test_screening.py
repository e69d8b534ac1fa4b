"""Filters on words and the rule against link spam, where they meet people: who is told what, and what is reported."""

from __future__ import annotations

from typing import Any

import pytest
from tests.fakes import LOBBY, FakeSiteCalls, Person, World

from palaver.core import errors
from palaver.core.chat import Attachment, EditMessage, InChannel, Posted, PostMessage, React, ToPerson
from palaver.core.disconnects import BANNED, KICKED
from palaver.core.filters import MessageFilter
from palaver.core.ids import RoomId
from palaver.core.participants import ByHandle, SetStatus
from palaver.core.presentation import Present
from palaver.core.rooms import JoinRoom, Life, Room
from palaver.core.sessions import Joined
from palaver.hub import live_rooms
from palaver.hub.admission import Admission
from palaver.hub.link_spam import LinkSpamLimits
from palaver.hub.site import speak
from palaver.integrations.patterns import compiled

LINK = "look: https://shop.test/offer"


def world_with(*filters: MessageFilter, calls: FakeSiteCalls | None = None, **spam: Any) -> World:
    return World(admission=Admission(filters=filters, link_spam=LinkSpamLimits(**spam)), site_calls=calls)


def rule(pattern: str, **options: Any) -> MessageFilter:
    return MessageFilter((compiled(pattern),), **options)


def say(text: str) -> PostMessage:
    return PostMessage(InChannel(LOBBY), text)


def write(name: str, text: str) -> PostMessage:
    return PostMessage(ToPerson(ByHandle(name)), text)


def texts(person: Person) -> list[str]:
    return [event["message"]["text"] for event in person.hears() if event["type"] == "message_posted"]


# -- filters -----------------------------------------------------------------------------------------------------------


def test_a_censored_message_is_censored_for_everybody_and_in_what_is_kept() -> None:
    world = world_with(rule("darn", censor=True))
    ana, bob = world.open("ana", "lobby"), world.open("bob", "lobby")
    ana.hears()
    ana.ask(say("that darn cat"))
    assert texts(ana) == texts(bob) == ["that **** cat"]
    late = world.open("cas")
    joined = late.ask(JoinRoom(LOBBY))
    assert isinstance(joined, Joined)
    assert [message.text for message in joined.snapshot.messages] == ["that **** cat"]


def test_the_name_of_an_attached_file_is_read_as_the_text_is() -> None:
    world = world_with(rule("darn", censor=True), rule("spam", forward=False))
    ana, bob = world.open("ana", "lobby"), world.open("bob", "lobby")
    for name in ("darn.png", "spam.png", "a.png"):
        ana.ask(PostMessage(InChannel(LOBBY), "look", attachments=(Attachment("https://site.test/a.png", name=name),)))
    posted = [event["message"] for event in bob.hears() if event["type"] == "message_posted"]
    assert [message["attachments"][0]["name"] for message in posted] == ["****.png", "a.png"]
    assert [message["text"] for message in posted] == ["look", "look"]


def test_what_is_not_forwarded_reaches_its_author_alone_and_is_not_kept() -> None:
    world = world_with(rule("darn", forward=False))
    ana, bob = world.open("ana", "lobby"), world.open("bob", "lobby")
    ana.hears()
    posted = ana.ask(say("darn"))
    assert isinstance(posted, Posted)
    assert (texts(ana), texts(bob)) == (["darn"], [])
    bob.ask(write("ana", "darn"))
    assert (texts(ana), texts(bob)) == ([], ["darn"])


def test_an_edit_goes_through_the_filters_too() -> None:
    world = world_with(rule("darn", censor=True), rule("spam", forward=False))
    ana, bob = world.open("ana", "lobby"), world.open("bob", "lobby")
    posted = ana.ask(say("hello"))
    assert isinstance(posted, Posted)
    bob.hears()
    ana.ask(EditMessage(posted.message, "darn"))
    assert [event["message"]["text"] for event in bob.hears()] == ["\u2060****"]
    with pytest.raises(errors.BadText):
        ana.ask(EditMessage(posted.message, "spam"))
    assert bob.hears() == []


def test_direct_messages_are_exempt_where_either_side_runs_the_site() -> None:
    world = world_with(rule("darn", censor=True))
    ana, bob, olga = world.open("ana", "lobby"), world.open("bob", "lobby"), world.open("olga", "lobby", operator=True)
    for one, other in ((ana, "olga"), (olga, "ana"), (ana, "bob")):
        one.ask(write(other, "oh darn"))
    assert texts(olga) == ["oh darn", "oh darn"]
    assert texts(bob) == ["oh ****"]
    olga.ask(say("oh darn"))
    assert texts(bob) == ["oh ****"]


def test_the_author_is_answered_after_the_message_and_where_it_stands() -> None:
    world = world_with(rule("darn", response="Mind your words."))
    ana = world.open("ana", "lobby")
    ana.hears()
    ana.ask(say("darn"))
    posted, notice = ana.hears()
    assert (posted["type"], notice["type"], notice["text"]) == ("message_posted", "notice", "Mind your words.")
    assert notice["place"]["channel"] == "main"


def test_a_report_of_a_filter_holds_what_was_said_before() -> None:
    calls = FakeSiteCalls("report")
    world = world_with(rule("darn", report=True), calls=calls)
    ana, olga = world.open("ana", "lobby"), world.open("olga", "lobby", operator=True)
    ana.ask(say("first line"))
    ana.ask(say("darn"))
    ((name, content),) = calls.calls
    report: Any = content["Report"]
    assert name == "report"
    assert (report["FromUsername"], report["AboutUsername"], report["Reason"]) == (
        "ana",
        "ana",
        "Server Side Message Filter",
    )
    assert report["Comment"] == "2026-01-01 00:00:00 [ana] first line\n2026-01-01 00:00:00 [ana] darn"
    assert report["Timestamp"] == "Thu, 01 Jan 2026 00:00:00 GMT"
    assert (report["Channel"], report["Message"]) == ("main", "darn")
    assert "report_filed" in [event["type"] for event in olga.hears()]


def test_nobody_but_the_site_reads_a_report_about_a_direct_message() -> None:
    calls = FakeSiteCalls("report")
    world = world_with(rule("darn", report=True), calls=calls)
    ana, olga = world.open("ana", "lobby"), world.open("olga", "lobby", operator=True)
    world.open("bob", "lobby")
    olga.hears()
    ana.ask(write("bob", "darn"))
    assert olga.hears() == []
    assert calls.calls[0][1]["Report"]["Channel"] == "@bob"  # type: ignore[index]


def test_one_who_runs_the_site_is_told_what_would_have_been_reported() -> None:
    calls = FakeSiteCalls("report")
    world = world_with(rule("darn", report=True), calls=calls)
    olga = world.open("olga", "lobby", operator=True)
    olga.ask(say("darn"))
    assert calls.calls == []
    assert "would have reported" in olga.hears()[-1]["text"]


def test_who_wants_to_be_found_again_and_again_does_not_fill_the_outbox() -> None:
    calls = FakeSiteCalls("report")
    world = world_with(rule("darn", report=True, censor=True), calls=calls)
    ana, bob = world.open("ana", "lobby"), world.open("bob", "lobby")
    for _ in range(20):
        ana.ask(say("oh darn"))
    assert len(calls.calls) == 5
    assert texts(bob) == ["oh ****"] * 20
    bob.ask(say("darn"))
    world.clock.advance(60)
    ana.ask(say("darn"))
    assert len(calls.calls) == 7


def test_without_a_webhook_no_lines_are_remembered() -> None:
    world = world_with()
    world.open("ana", "lobby").ask(say("between us"))
    assert world.hub.guard.context.lines((LOBBY, "main")) == ""


async def test_what_the_site_says_is_filtered_as_well() -> None:
    world = world_with(rule("darn", censor=True), rule("spam", forward=False))
    bob = world.open("bob", "lobby")
    await speak(world.hub, say("oh darn"), InChannel(LOBBY, "main"), "The Site")  # type: ignore[arg-type]
    assert texts(bob) == ["oh ****"]
    with pytest.raises(errors.BadText):
        await speak(world.hub, say("spam"), InChannel(LOBBY, "main"), "The Site")  # type: ignore[arg-type]


@pytest.mark.parametrize("options", [{"censor": True}, {"forward": False}])
def test_no_filter_is_walked_around_by_a_reaction_or_a_status(options: dict[str, bool]) -> None:
    world = world_with(rule("darn", **options))
    ana, bob = world.open("ana", "lobby"), world.open("bob", "lobby")
    posted = bob.ask(say("hello"))
    assert isinstance(posted, Posted)
    bob.hears()
    for command in (React(posted.message, "darn you"), SetStatus(text="oh d*a*rn"), Present(text="darn")):
        with pytest.raises(errors.BadText):
            ana.ask(command)
    assert bob.hears() == []
    ana.ask(React(posted.message, "👍"))
    ana.ask(SetStatus(text="fine"))
    assert [event["type"] for event in bob.hears()] == ["reaction_changed", "participant_updated"]


# -- link spam ---------------------------------------------------------------------------------------------------------


def spammed(world: World, sender: Person, *names: str) -> None:
    for name in names:
        sender.ask(write(name, LINK))


def crowd(world: World, people: int) -> list[str]:
    names = [f"reader {at}" for at in range(people)]
    for name in names:
        world.open(name, "lobby")
    return names


def test_one_link_to_too_many_people_ends_the_session_and_then_bans() -> None:
    calls = FakeSiteCalls("report")
    world = world_with(calls=calls, people=2, ban_hours=3)
    readers = crowd(world, 3)
    eve = world.open("eve", "lobby", verified=True)
    spammed(world, eve, *readers[:2], *readers[:2])
    with pytest.raises(errors.Kicked):
        eve.ask(write(readers[2], LINK))
    assert eve.sink.disconnect == KICKED
    world.clock.advance(61)
    again = world.open("eve", "lobby", verified=True)
    with pytest.raises(errors.Banned):
        again.ask(write(readers[0], LINK))
    assert again.sink.disconnect == BANNED
    (ban,) = world.hub.bans
    assert (ban.name, ban.until_ms) == ("eve", int((world.clock.now() + 3 * 3600) * 1000))
    assert [call[1]["Report"]["Reason"] for call in calls.calls] == ["Spam Detected"] * 2  # type: ignore[index]


def test_other_links_channels_and_time_do_not_count() -> None:
    world = world_with(people=1, forgotten_s=60)
    first, second = crowd(world, 2)
    eve = world.open("eve", "lobby")
    spammed(world, eve, first)
    eve.ask(write(second, "https://other.test/"))
    eve.ask(say(LINK))
    world.clock.advance(61)
    spammed(world, eve, second)
    assert eve.sink.disconnect is None


def test_a_link_that_is_put_in_later_counts_as_one_that_was_sent() -> None:
    world = world_with(people=1)
    first, second = crowd(world, 2)
    eve = world.open("eve", "lobby")
    posted = [eve.ask(write(name, "hello")) for name in (first, second)]
    eve.ask(EditMessage(posted[0].message, LINK))  # type: ignore[attr-defined]
    with pytest.raises(errors.Kicked):
        eve.ask(EditMessage(posted[1].message, LINK))  # type: ignore[attr-defined]


def test_who_runs_the_site_may_send_a_link_to_everybody() -> None:
    world = world_with(people=1)
    spammed(world, world.open("olga", "lobby", operator=True), *crowd(world, 3))


def test_guests_who_take_other_names_are_counted_by_their_address_more_patiently() -> None:
    world = world_with(people=1)
    readers = crowd(world, 5)
    for at, name in enumerate(readers[:4]):
        spammed(world, world.open(f"guest {at}", "lobby", address="203.0.113.7"), name)
    with pytest.raises(errors.Kicked):
        spammed(world, world.open("guest 5", "lobby", address="203.0.113.7"), readers[4])


def test_without_a_ban_who_goes_on_is_removed_again() -> None:
    world = world_with(people=1, ban_hours=0)
    first, second = crowd(world, 2)
    eve = world.open("eve", "lobby")
    spammed(world, eve, first)
    with pytest.raises(errors.Kicked):
        spammed(world, eve, second)
    world.clock.advance(61)
    with pytest.raises(errors.Kicked):
        spammed(world, world.open("eve", "lobby"), first)
    assert len(world.hub.bans) == 0


def test_who_was_removed_for_a_link_stays_out_for_a_while() -> None:
    world = world_with(people=1, ban_hours=0)
    first, second = crowd(world, 2)
    eve = world.open("eve", "lobby", verified=True)
    spammed(world, eve, first)
    with pytest.raises(errors.Kicked):
        spammed(world, eve, second)
    with pytest.raises(errors.Kicked):
        world.open("eve", "lobby", verified=True)
    world.clock.advance(61)
    world.open("eve", "lobby", verified=True)


def test_where_links_are_not_counted_nobody_is_removed() -> None:
    world = world_with(people=0)
    eve = world.open("eve", "lobby", address="203.0.113.7")
    spammed(world, eve, *crowd(world, 3))
    assert eve.sink.disconnect is None


def test_guests_whose_address_is_unknown_are_not_taken_for_one() -> None:
    world = world_with(people=1)
    for at, name in enumerate(crowd(world, 6)):
        spammed(world, world.open(f"guest {at}", "lobby"), name)


def test_a_note_to_oneself_reaches_nobody() -> None:
    world = world_with(people=1)
    eve = world.open("eve", "lobby")
    spammed(world, eve, "eve", *crowd(world, 1))
    assert eve.sink.disconnect is None


def test_who_wants_no_echo_is_told_nothing_of_what_reached_nobody() -> None:
    world = world_with(rule("darn", forward=False))
    ana = world.open("ana", "lobby")
    ana.ask(PostMessage(InChannel(LOBBY), "darn", echo=False))
    assert texts(ana) == []


async def test_a_report_names_the_room_and_points_at_nothing_direct() -> None:
    den = RoomId("den")
    world = world_with(rule("darn", report=True), calls=FakeSiteCalls("report"))
    live_rooms.add(world.hub, Room(den, life=Life.PERMANENT))
    ana, olga = world.open("ana", "lobby", "den"), world.open("olga", "den", operator=True)
    world.open("bob", "lobby")
    posted = ana.ask(PostMessage(InChannel(den), "darn"))
    assert isinstance(posted, Posted)
    (filed,) = [event for event in olga.hears() if event["type"] == "report_filed"]
    assert (filed["room"], filed["message"]) == ("den", posted.message)
    world.clock.advance(600)
    ana.ask(write("bob", "darn"))
    (_, latest), *_ = await world.moderation.filed_reports(before_ms=None, limit=1)
    assert (latest.channel, latest.message) == ("@bob", None)
