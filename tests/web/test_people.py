"""Kicks, bans, reports and sessions over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from tests.fakes import LOBBY, NOW, World
from tests.web.conftest import Desk, refused

from palaver.core.errors import Refusal
from palaver.core.ids import RoomId
from palaver.core.moderation import Ban, Report
from palaver.core.participants import Identity
from palaver.core.rooms import JoinRoom, Life, Room
from palaver.hub import entrance

DEN = RoomId("den")
HOUR_MS = 3_600_000


@pytest.fixture
def desk() -> Desk:
    return Desk(World(rooms=[Room(LOBBY, life=Life.PERMANENT), Room(DEN, life=Life.PERMANENT)]))


def barred(desk: Desk, identity: Identity, room: RoomId | None = None) -> str:
    try:
        entrance.refuse_barred(desk.world.hub, identity, room)
    except Refusal as refusal:
        return refusal.code
    return ""


@pytest.mark.parametrize("target", [{"user": "ana"}, {"name": "ANA"}, {"user": "ana", "room": "den"}])
async def test_every_session_of_a_person_is_removed_and_kept_out_for_a_minute(desk: Desk, target: Any) -> None:
    first = desk.world.open("ana", "den", verified=True)
    bob = desk.world.open("bob", "den")
    first.hears(), bob.hears()

    answer = await desk.asks("POST", "/v1/kicks", json={**target, "reason": "enough"})

    assert (answer.status_code, answer.json()) == (200, {"sessions": 1})
    assert first.sink.disconnect is not None
    assert first.sink.events[-1] == {"type": "session_ended", "reason": "kicked", "by": "Palaver", "text": "enough"}
    assert [(event["type"], event["reason"]) for event in bob.hears()] == [("participant_left", "kicked")]
    assert barred(desk, first.session.identity) == "kicked"
    desk.world.clock.advance(61)
    assert barred(desk, first.session.identity) == ""


async def test_a_user_is_removed_from_one_room_where_one_is_named(desk: Desk) -> None:
    here, there = (desk.world.open("ana", room, verified=True) for room in ("den", "lobby"))
    assert (await desk.asks("POST", "/v1/kicks", json={"user": "ana", "room": "den"})).json() == {"sessions": 1}
    assert (here.sink.disconnect is None, there.sink.disconnect is None) == (False, True)


async def test_one_session_of_several_is_removed(desk: Desk) -> None:
    first, second = (desk.world.open("ana", "lobby", verified=True) for _ in range(2))
    assert (await desk.asks("POST", "/v1/kicks", json={"session": first.id})).json() == {"sessions": 1}
    assert (first.sink.disconnect is None, second.sink.disconnect is None) == (False, True)


async def test_a_user_is_removed_from_everywhere_and_operators_are_no_exception(desk: Desk) -> None:
    both = [desk.world.open("boss", room, verified=True, operator=True) for room in ("lobby", "den")]
    assert (await desk.asks("POST", "/v1/kicks", json={"user": "boss"})).json() == {"sessions": 2}
    assert all(person.sink.disconnect is not None for person in both)


@pytest.mark.parametrize(
    "target", [{"user": "ana"}, {"name": "ana"}, {"session": "f" * 32}, {"name": "bob", "room": "den"}]
)
async def test_somebody_who_is_not_here_cannot_be_removed(desk: Desk, target: Any) -> None:
    desk.world.open("bob", "lobby")
    refused(await desk.asks("POST", "/v1/kicks", json=target), 404, "no_such_participant")


@pytest.mark.parametrize("path", ["/v1/kicks", "/v1/bans"])
@pytest.mark.parametrize("target", [{}, {"user": "ana", "name": "ana"}, {"reason": "none"}])
async def test_it_must_be_clear_who_is_meant(desk: Desk, path: str, target: Any) -> None:
    assert "exactly one" in refused(await desk.asks("POST", path, json=target), 400, "malformed")["detail"]


async def test_a_user_is_banned_by_the_id_present_or_not(desk: Desk) -> None:
    ana = desk.world.open("ana", "lobby", verified=True)
    answer = await desk.asks("POST", "/v1/bans", json={"user": "ana", "hours": 1, "reason": "spam"})

    until_ms = int(NOW * 1000) + HOUR_MS
    ban = {"name": "ana", "until_ms": until_ms, "by": "Palaver", "reason": "spam", "room": ""}
    assert (answer.status_code, answer.json()) == (201, ban)
    assert ana.sink.disconnect is not None
    assert barred(desk, ana.session.identity) == "banned"
    assert barred(desk, Identity("ana")) == ""
    assert (await desk.asks("GET", "/v1/bans")).json() == {"bans": [ban]}
    (stored,) = await desk.world.moderation.bans()
    assert stored.keys == ("user:site:ana",)


async def test_a_guest_is_banned_by_handle_and_address(desk: Desk) -> None:
    guest = desk.world.open("guest", "lobby", address="203.0.113.9")
    await desk.asks("POST", "/v1/bans", json={"name": "Guest"})

    assert guest.sink.disconnect is not None
    assert barred(desk, Identity("another", address="203.0.113.9")) == "banned"
    assert barred(desk, Identity("guest", address="203.0.113.10")) == "banned"


async def test_the_bearer_of_a_numbered_handle_is_banned(desk: Desk) -> None:
    first, second = (desk.world.open("guest", "lobby") for _ in range(2))
    await desk.asks("POST", "/v1/bans", json={"name": "guest 2"})
    assert (first.sink.disconnect is None, second.sink.disconnect is None) == (True, False)


async def test_a_name_that_nobody_bears_is_banned_for_guests_and_users_alike(desk: Desk) -> None:
    await desk.asks("POST", "/v1/bans", json={"name": "Mallory"})
    assert barred(desk, Identity("mallory")) == "banned"
    assert barred(desk, desk.world.open("mallory", verified=True).session.identity) == "banned"


async def test_a_ban_may_hold_in_one_room(desk: Desk) -> None:
    ana = desk.world.open("ana", "lobby", verified=True)
    refused(await desk.asks("POST", "/v1/bans", json={"user": "ana", "room": "nowhere"}), 404, "no_such_room")
    answer = await desk.asks("POST", "/v1/bans", json={"user": "ana", "room": "den"})

    assert answer.json()["room"] == "den"
    assert ana.sink.disconnect is None
    with pytest.raises(Refusal, match="banned"):
        ana.ask(JoinRoom(DEN))
    refused(await desk.asks("DELETE", "/v1/bans/ana"), 404, "no_such_ban")
    assert (await desk.asks("DELETE", "/v1/bans/ana?room=den")).status_code == 204
    ana.ask(JoinRoom(DEN))


@pytest.mark.parametrize("who", ["a\nb", "\u202ebob", " ", "x" * 129])
@pytest.mark.parametrize("meant", ["user", "name"])
async def test_whom_nobody_can_be_called_is_not_banned(desk: Desk, meant: str, who: str) -> None:
    refused(await desk.asks("POST", "/v1/bans", json={meant: who}), 400, "bad_name")
    assert (await desk.asks("GET", "/v1/bans")).json() == {"bans": []}


async def test_a_ban_is_lifted_by_name_in_any_case(desk: Desk) -> None:
    await desk.asks("POST", "/v1/bans", json={"name": "a/b c"})
    assert (await desk.asks("DELETE", "/v1/bans/A%2FB%20C")).status_code == 204
    assert (await desk.asks("GET", "/v1/bans")).json() == {"bans": []}
    assert await desk.world.moderation.bans() == ()
    refused(await desk.asks("DELETE", "/v1/bans/a%2Fb%20c"), 404, "no_such_ban")


async def test_a_ban_that_has_lapsed_is_not_listed(desk: Desk) -> None:
    clock = desk.world.clock
    desk.world.hub.bans.add(Ban("old", (), until_ms=int(clock.now() * 1000) + 1), now=clock.now())
    assert len((await desk.asks("GET", "/v1/bans")).json()["bans"]) == 1
    clock.advance(0.001)
    assert (await desk.asks("GET", "/v1/bans")).json() == {"bans": []}


@pytest.mark.parametrize("hours", [0, -1, 1e9])
async def test_a_ban_lasts_some_time_and_not_for_ever(desk: Desk, hours: float) -> None:
    refused(await desk.asks("POST", "/v1/bans", json={"name": "x", "hours": hours}), 400, "malformed")


async def test_reports_are_read_newest_first_in_pages(desk: Desk) -> None:
    ana = desk.world.open("ana", "lobby")
    for about in ("bob", "cleo", "dan"):
        ana.ask(Report(LOBBY, about, "rude", excerpt="…"))
        desk.world.clock.advance(1)

    newest = (await desk.asks("GET", "/v1/reports?limit=2")).json()["reports"]
    assert [entry["report"]["about"] for entry in newest] == ["dan", "cleo"]
    assert newest[0]["report"]["by"]["handle"] == "ana"
    rest = (await desk.asks("GET", f"/v1/reports?before_ms={newest[1]['at_ms']}")).json()["reports"]
    assert [entry["report"]["about"] for entry in rest] == ["bob"]


async def test_the_sessions_of_a_user_are_listed_with_their_rooms(desk: Desk) -> None:
    phone = desk.world.open("ana", "lobby", "den", verified=True, device="phone", operator=True, address="203.0.113.9")
    desk.world.open("ana")
    sessions = [
        {"session": phone.id, "name": "ana", "device": "phone", "operator": True, "rooms": ["lobby", "den"]},
    ]
    answer = await desk.asks("GET", "/v1/users/ana/sessions")
    assert answer.json() == {"sessions": sessions}
    assert "203.0.113.9" not in answer.text
    assert (await desk.asks("GET", "/v1/users/nobody/sessions")).json() == {"sessions": []}
