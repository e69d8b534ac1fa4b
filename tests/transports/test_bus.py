"""Sessions that programs open on a bus: like connections, and as bounded."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from tests.fakes import World

from palaver.core.disconnects import KICKED
from palaver.core.ids import SessionId
from palaver.core.rooms import LeaveReason
from palaver.dialects.base import Call, Endpoint
from palaver.dialects.spreed.site import plain_site
from palaver.dialects.spreed.surface import dialect
from palaver.transports import bus
from palaver.transports.bus import BusConnection, BusSessions

HELLO = b'{"Type":"Hello","Hello":{"Name":"garden"}}'
ALIVE = b'{"Type":"Alive","Alive":{"Type":"Alive","Alive":1}}'


class FakeBus:
    """Remembers who listens."""

    def __init__(self) -> None:
        self.ears: dict[str, Callable[[bytes], bytes | None]] = {}

    def tell(self, subject: str, payload: bytes) -> None: ...

    def listen(self, subject: str, hear: Callable[[bytes], bytes | None]) -> None:
        self.ears[subject] = hear

    def ignore(self, subject: str) -> None:
        self.ears.pop(subject, None)


class Programs:
    """A server with nobody on it but programs."""

    def __init__(self) -> None:
        self.world = World()
        self.bus = FakeBus()
        self.site = plain_site(now=self.world.clock.now)
        self.sessions = BusSessions(self.world.hub, dialect(self.site), self.bus)
        self.heard: list[str] = []

    def open(self, name: str, *first: bytes) -> BusConnection | None:
        """Open a session that speaks on a subject of its own name."""
        session = SessionId(name.encode().hex().rjust(32, "0"))
        token = self.site.proofs.tokens.session_token(session, None, now=self.world.clock.now())

        def hear(frame: bytes) -> None:
            self.heard.append(json.loads(frame)["Data"]["Type"])

        call = Call(Endpoint("/spreed/ws"), query={"t": token})
        opened = self.sessions.open(name, call, hear, speaks=name, first=first)
        self.world.clock.settle()
        return opened

    def say(self, name: str, frame: bytes) -> None:
        self.bus.ears[name](frame)
        self.world.clock.settle()


def test_a_program_hears_and_speaks_as_a_client_does() -> None:
    programs = Programs()
    programs.open("robot", HELLO)
    assert programs.heard == ["Self", "Welcome"]
    programs.say("robot", ALIVE)
    assert programs.heard[2:] == ["Alive"]
    programs.sessions.close("robot")
    programs.sessions.close("robot")
    assert (programs.bus.ears, len(programs.world.hub.sessions)) == ({}, 0)


def test_another_session_of_the_same_name_takes_its_place() -> None:
    programs = Programs()
    first = programs.open("robot")
    assert programs.open("robot") is not first
    assert (len(programs.sessions), len(programs.world.hub.sessions)) == (1, 1)
    programs.say("robot", ALIVE)
    assert programs.heard == ["Self", "Self", "Alive"]


def test_there_are_only_so_many_sessions_on_the_bus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bus, "MAX_SESSIONS", 2)
    programs = Programs()
    assert [programs.open(name) is not None for name in ("a", "b", "c", "b")] == [True, True, False, True]
    assert len(list(programs.sessions)) == 2


def test_frames_wait_in_their_order_while_a_session_rests_and_a_flood_ends_it() -> None:
    programs = Programs()
    connection = programs.open("robot")
    assert connection is not None
    connection.pause_reading()
    for _ in range(3):
        programs.say("robot", ALIVE)
    assert programs.heard == ["Self"]
    connection.resume_reading()
    programs.world.clock.settle()
    assert programs.heard == ["Self", "Alive", "Alive", "Alive"]
    connection.pause_reading()
    for _ in range(bus.WAITING_FRAMES + 1):
        connection.receive(ALIVE)
    programs.world.clock.settle()
    assert (connection.is_open, len(programs.sessions), programs.bus.ears) == (False, 0, {})


def test_all_sessions_end_with_the_server() -> None:
    programs = Programs()
    for name in ("a", "b"):
        programs.open(name)
    programs.sessions.close_all()
    assert (len(programs.sessions), len(programs.world.hub.sessions), programs.bus.ears) == (0, 0, {})


def test_a_frame_that_is_too_large_is_not_read() -> None:
    programs = Programs()
    programs.open("robot")
    programs.say("robot", b" " * (1 << 20) + ALIVE)
    assert programs.heard == ["Self"]


def test_a_session_that_the_server_ends_is_gone_from_the_bus() -> None:
    programs = Programs()
    connection = programs.open("robot", HELLO)
    (session,) = programs.world.hub.sessions
    programs.world.hub.end(session, KICKED, LeaveReason.KICKED)
    programs.world.clock.settle()
    assert connection is not None
    assert (connection.is_open, len(programs.sessions), programs.bus.ears) == (False, 0, {})
