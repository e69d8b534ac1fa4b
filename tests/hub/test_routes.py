"""What was concluded of signals between two people holds no longer than what it was concluded from."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from tests.fakes import LOBBY, Person, World

from palaver.cluster.memory import MemoryPresence
from palaver.core.calls import JoinCall, LeaveCall, Offer, SendSignal
from palaver.core.disconnects import LEFT
from palaver.core.errors import CameraClosed, NoSuchParticipant, NotAllowed, RuleForbids
from palaver.core.ids import RoomId
from palaver.core.media import OpenCamera, SetMedia
from palaver.core.moderation import Block, Ignore, TurnAway
from palaver.core.participants import HIDDEN, BySession, CameraRules, Participant, Rename, Rule, SetStatus
from palaver.core.rooms import JoinRoom, LeaveReason, LeaveRoom
from palaver.hub.admission import Admission

VIDEO = msgspec.Raw(
    msgspec.json.encode({"type": "offer", "sdp": "v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=sendrecv\r\n"})
)


def told(sender: Person, receiver: Person, about: str = "") -> dict[str, Any] | None:
    """Offer a call; return what the receiver is told of it, None for nothing."""
    receiver.hears()
    sender.ask(SendSignal(BySession(receiver.id), Offer(VIDEO), about))
    return next((event for event in receiver.hears() if event["type"] == "signal_sent"), None)


def two(world: World) -> tuple[Person, Person]:
    """Open two sessions between which a signal has passed."""
    ana, olga = world.open("ana", LOBBY), world.open("olga", LOBBY, operator=True)
    assert told(ana, olga) is not None
    return ana, olga


def test_what_was_concluded_is_used_again() -> None:
    ana, olga = two(World())
    held = ana.session.routes
    told(ana, olga)
    assert ana.session.routes is held
    assert held is not None
    assert list(held) == [olga.id]


def test_who_ignores_the_sender_meanwhile_is_not_told() -> None:
    ana, olga = two(World())
    olga.ask(Ignore(("ana",), LOBBY))
    assert told(ana, olga) is None
    olga.ask(Ignore(("ana",), LOBBY, on=False))
    assert told(ana, olga) is not None


GONE: dict[str, Callable[[Person, Person], object]] = {
    "blocked by the receiver": lambda ana, olga: olga.ask(Block(("ana",), LOBBY)),
    "hidden": lambda ana, olga: olga.ask(SetStatus(HIDDEN)),
    "ended": lambda ana, olga: olga.world.hub.end(olga.session, LEFT, LeaveReason.LEFT),
}


@pytest.mark.parametrize("why", GONE)
def test_who_is_out_of_reach_meanwhile_is_not_there(why: str) -> None:
    ana, olga = two(World(admission=Admission(blockable_operators=True)))
    GONE[why](ana, olga)
    with pytest.raises(NoSuchParticipant):
        told(ana, olga)


def test_the_sender_is_known_by_the_name_of_now() -> None:
    world = World()
    ana, olga = two(world)
    ana.ask(Rename("Anaïs"))
    assert told(ana, olga)["sender"]["display_name"] == "Anaïs"  # type: ignore[index]
    bob = world.open("ana")
    assert told(bob, olga)["sender"]["handle"] == "ana"  # type: ignore[index]
    bob.ask(JoinRoom(LOBBY))
    handle = bob.seat().handle
    assert handle != "ana"
    assert told(bob, olga)["sender"]["handle"] == handle  # type: ignore[index]
    bob.ask(LeaveRoom(LOBBY))
    assert told(bob, olga)["sender"]["handle"] == "ana"  # type: ignore[index]


def test_an_offer_is_marked_by_whose_camera_is_shown_now() -> None:
    ana, olga = two(World())
    olga.ask(SetMedia(camera=True, rules=CameraRules(vip_only=True)))
    assert told(ana, olga)["closed"]  # type: ignore[index]
    olga.ask(SetMedia(rules=CameraRules()))
    assert "closed" not in (told(ana, olga) or ["closed"])
    olga.ask(TurnAway(("ana",), LOBBY))
    assert told(ana, olga)["closed"]  # type: ignore[index]


def test_a_camera_that_was_opened_is_open_until_the_viewer_is_turned_away() -> None:
    ana, olga = two(World())
    olga.ask(SetMedia(camera=True))
    with pytest.raises(CameraClosed):
        told(ana, olga, "camera")
    ana.ask(OpenCamera(BySession(olga.id)))
    assert told(ana, olga, "camera") is not None
    olga.ask(TurnAway(("ana",), LOBBY))
    with pytest.raises(CameraClosed):
        told(ana, olga, "camera")


def test_who_left_the_call_is_not_called_in_it() -> None:
    ana, olga = two(World())
    for each in ana, olga:
        each.ask(JoinCall(LOBBY))
    assert told(ana, olga, "call") is not None
    olga.ask(LeaveCall(LOBBY))
    with pytest.raises(NotAllowed):
        told(ana, olga, "call")


def test_rules_that_the_site_lays_on_somebody_meanwhile_hold() -> None:
    world = World()
    ana, olga = two(world)
    world.hub.admission = Admission(user_rules={"ana": frozenset({Rule.NO_BROADCAST})})
    with pytest.raises(RuleForbids):
        told(ana, olga)


def test_who_has_no_seat_is_known_by_the_name_of_now_too() -> None:
    world = World()
    olga, bob = world.open("olga", LOBBY), world.open("bob")
    assert told(bob, olga)["sender"] == {"session": bob.id, "handle": "bob"}  # type: ignore[index]
    bob.ask(Rename("Bobby"))
    assert told(bob, olga)["sender"]["display_name"] == "Bobby"  # type: ignore[index]


async def test_a_signal_sent_while_a_seat_is_being_claimed_does_not_keep_the_former_name() -> None:
    claimed, go_on = asyncio.Event(), asyncio.Event()

    class Slow(MemoryPresence):
        async def take_seat(self, room: RoomId, make: Callable[[Callable[[str], bool]], Participant]) -> Participant:
            seat = await super().take_seat(room, make)
            if len(self.roster(room)) > 2:
                claimed.set()
                await go_on.wait()
            return seat

    world = World(presence=Slow())
    _, olga = two(world)
    late = world.open("ana")
    joining = asyncio.ensure_future(late.asks(JoinRoom(LOBBY)))
    await claimed.wait()
    assert told(late, olga)["sender"]["handle"] == "ana"  # type: ignore[index]
    go_on.set()
    await joining
    assert told(late, olga)["sender"]["handle"] == late.seat().handle != "ana"  # type: ignore[index]
