"""Reports: what the website is told of them, and what their reporter is told of that."""

from __future__ import annotations

from typing import Any

import pytest
from tests.fakes import LOBBY, FakeSiteCalls, Person, World

from palaver.core import errors
from palaver.core.chat import InChannel, Posted, PostMessage, ToPerson
from palaver.core.media import MarkExplicit, SetMedia
from palaver.core.moderation import Report
from palaver.core.participants import ByHandle
from palaver.core.rooms import Channel, Life, Room
from palaver.storage.memory import Settled


@pytest.fixture
def calls() -> FakeSiteCalls:
    return FakeSiteCalls("report")


@pytest.fixture
def world(calls: FakeSiteCalls) -> World:
    channels = (Channel("main"), Channel("vips", vip_only=True))  # type: ignore[arg-type]
    return World(site_calls=calls, rooms=(Room(LOBBY, life=Life.PERMANENT, channels=channels),))


def told(calls: FakeSiteCalls) -> dict[str, Any]:
    ((name, content),) = calls.calls
    assert name == "report"
    report: Any = content["Report"]
    return dict(report)


def last(person: Person) -> dict[str, Any]:
    return person.hears()[-1]


def test_the_website_is_told_in_the_keys_that_it_expects(world: World, calls: FakeSiteCalls) -> None:
    ana, _ = world.open("ana", "lobby"), world.open("bob", "lobby")
    said = "<p>Buy!</p>"
    ana.ask(Report(LOBBY, "bob", "It's spam", "again", excerpt=said, channel="main", timestamp="Sat Nov 21 2026"))
    assert told(calls) == {
        "FromUsername": "ana",
        "AboutUsername": "bob",
        "Channel": "main",
        "Timestamp": "Sat Nov 21 2026",
        "Reason": "It's spam",
        "Comment": "again",
        "Message": said,
    }
    forwarded = last(ana)
    assert (forwarded["type"], forwarded["delivered"]) == ("report_forwarded", True)


def test_of_a_direct_message_the_lines_before_it_are_told_to_the_website_alone(
    world: World, calls: FakeSiteCalls
) -> None:
    ana, bob, olga = world.open("ana", "lobby"), world.open("bob", "lobby"), world.open("olga", "lobby", operator=True)
    ana.ask(PostMessage(ToPerson(ByHandle("bob")), "please stop"))
    bob.ask(PostMessage(ToPerson(ByHandle("ana")), "never"))
    olga.hears()
    ana.ask(Report(LOBBY, "bob", "It's abusive", excerpt="never", channel="@bob"))
    stamp = "2026-01-01 00:00:00"
    lines = f"{stamp} [ana] please stop\n{stamp} [bob] never"
    assert told(calls)["Message"] == f"never\n\nRecent messages:\n{lines}"
    assert "please stop" not in str(olga.hears())


def test_nobody_learns_of_a_thread_that_is_not_theirs(world: World, calls: FakeSiteCalls) -> None:
    ana, bob, eve = world.open("ana", "lobby"), world.open("bob", "lobby"), world.open("eve", "lobby")
    posted = ana.ask(PostMessage(ToPerson(ByHandle("bob")), "our secret"))
    assert isinstance(posted, Posted)
    bob.hears()
    eve.ask(Report(LOBBY, "ana", "rude", message=posted.message, channel="@bob", excerpt="guessed"))
    assert "our secret" not in str(calls.calls)


def test_a_message_is_put_in_only_for_who_may_read_its_channel(world: World, calls: FakeSiteCalls) -> None:
    vip, eve = world.open("vip", "lobby", vip=True), world.open("eve", "lobby")
    posted = vip.ask(PostMessage(InChannel(LOBBY, "vips"), "among us"))  # type: ignore[arg-type]
    assert isinstance(posted, Posted)
    eve.ask(Report(LOBBY, "vip", "rude", message=posted.message, excerpt="guessed"))
    assert told(calls)["Message"] == "guessed"


@pytest.mark.parametrize("works", [True, False])
def test_a_webhook_that_fails_is_told_to_the_reporter(world: World, calls: FakeSiteCalls, works: bool) -> None:
    calls.problem = "" if works else "the website cannot be reached"
    ana, _ = world.open("ana", "lobby"), world.open("bob", "lobby")
    ana.ask(Report(LOBBY, "bob", "rude"))
    event = last(ana)
    expected = (works, calls.problem, not works)
    assert (event["delivered"], event.get("problem", ""), event.get("again", False)) == expected


def test_where_too_much_waits_already_the_reporter_is_told_that_it_is_not_tried_again(world: World) -> None:
    class Full(FakeSiteCalls):
        def send(self, name: str, content: Any) -> Settled[Settled[str]]:
            raise errors.Unavailable

    world.hub.guard.site_calls = Full("report")
    ana, _ = world.open("ana", "lobby"), world.open("bob", "lobby")
    ana.ask(Report(LOBBY, "bob", "rude"))
    event = last(ana)
    assert (event["delivered"], event.get("again", False)) == (False, False)
    assert event["problem"]


def test_a_mark_of_an_operator_on_a_camera_is_reported(world: World, calls: FakeSiteCalls) -> None:
    ana, olga = world.open("ana", "lobby"), world.open("olga", "lobby", operator=True)
    ana.ask(SetMedia(camera=True))
    olga.ask(MarkExplicit(LOBBY, ByHandle("ana")))
    report = told(calls)
    assert (report["FromUsername"], report["AboutUsername"]) == ("olga", "ana")
    assert (report["Reason"], report["Channel"]) == ("NSFW Command Issued", "n/a")
    assert "report_filed" not in [event["type"] for event in olga.hears()]


def test_without_a_webhook_reports_stay_here(world: World, calls: FakeSiteCalls) -> None:
    calls.names.clear()
    ana, olga = world.open("ana", "lobby"), world.open("olga", "lobby", operator=True)
    ana.ask(Report(LOBBY, "bob", "rude"))
    assert calls.calls == []
    assert last(olga)["type"] == "report_filed"
    assert "report_forwarded" not in [event["type"] for event in ana.hears()]
