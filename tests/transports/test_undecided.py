"""Clients of several wires at one address, told apart by query, first frame and silence."""

from __future__ import annotations

import dataclasses

import pytest
from tests.fakes import World
from tests.transcripts.connections import Closed, FakeConnection

from palaver.core.base import Event, Outcome
from palaver.core.disconnects import UNIDENTIFIED
from palaver.core.errors import Refusal
from palaver.core.sessions import Identified, Identify, Position
from palaver.dialects.base import Call, Dialect, Endpoint, Payload, Request
from palaver.dialects.native.surface import DIALECT as NATIVE
from palaver.dialects.native.wire import SUBPROTOCOL
from palaver.transports.access import Access
from palaver.transports.connection import HttpRefusal, PeerInfo
from palaver.transports.conversation import IDENTIFY_WITHIN_S, Conversation
from palaver.transports.reception import Reception

SILENCE_S = 1.0
ACCESS = Access(trusted=(), silence_s=SILENCE_S)


class Lines:
    """A wire of lines: each names somebody, who is welcomed; `no` is refused."""

    def __init__(self, wire: str) -> None:
        self.wire = wire

    def interpret(self, payload: Payload) -> list[Request]:
        return [Request(Identify(name=payload.decode().partition(":")[2]))]

    def introduce(self, event: Event, position: Position) -> list[Payload]:
        return []

    def acknowledge(self, request: Request, outcome: Outcome) -> list[Payload]:
        assert isinstance(outcome, Identified)
        return [f"{self.wire} welcomes {outcome.name}".encode()]

    def refuse(self, request: Request | None, refusal: Refusal) -> list[Payload]:
        return [f"{self.wire}: {refusal.code}".encode()]


def render(event: Event, position: Position) -> Payload | None:
    return None


def greeting(call: Call) -> tuple[Lines, list[Request]]:
    return Lines("waiting"), [Request(Identify(name=call.query.get("t", "somebody")))]


def begins(mark: bytes) -> Endpoint:
    return Endpoint("/ws", first=lambda payload: payload.startswith(mark))


ASKING = Dialect("asking", (begins(b"ask:"),), lambda: Lines("asking"), render)
WAITING = Dialect(
    "waiting",
    (Endpoint("/ws", query="t"), begins(b"wait:"), Endpoint("/ws", silence=True)),
    None,
    render,
    opening=greeting,
)


class Arrival:
    """One client at the shared address."""

    def __init__(self, *dialects: Dialect, query: bytes = b"", offer: str = "", world: World | None = None) -> None:
        self.world = world or World()
        headers = [(b"sec-websocket-protocol", offer.encode())] if offer else []
        peer = PeerInfo("/ws", query, headers, "203.0.113.7")
        self.answer = Reception(self.world.hub, dialects, lambda: ACCESS).receive(peer)
        self.connection = FakeConnection(peer)
        if not isinstance(self.answer, HttpRefusal):
            self.connection.listener = self.answer
            self.answer.opened(self.connection)

    def says(self, line: bytes) -> list[bytes]:
        self.connection.take(line, binary=False)
        return self.hears()

    def hears(self) -> list[bytes]:
        self.world.clock.settle()
        told = [each for each in self.connection.inbox if isinstance(each, bytes)]
        self.connection.inbox.clear()
        return told


ALL = (NATIVE, ASKING, WAITING)


def test_the_first_frame_shows_the_wire() -> None:
    assert Arrival(*ALL).says(b"ask:ana") == [b"asking welcomes ana"]


def test_a_query_parameter_shows_it_before() -> None:
    assert Arrival(*ALL, query=b"t=bob").hears() == [b"waiting welcomes bob"]
    assert Arrival(*ALL, query=b"t=").hears() == [b"waiting: bad_name"]


def test_the_subprotocol_shows_it_first_of_all() -> None:
    native = Arrival(*ALL, query=b"t=bob", offer=SUBPROTOCOL)
    assert isinstance(native.answer, Conversation)
    assert native.answer.view.dialect is NATIVE
    assert native.hears() == []


def test_a_client_that_says_nothing_is_waited_for() -> None:
    silent = Arrival(*ALL)
    silent.world.clock.advance(SILENCE_S - 0.01)
    assert silent.hears() == []
    silent.world.clock.advance(0.01)
    assert silent.hears() == [b"waiting welcomes somebody"]


def test_after_its_first_frame_nobody_waits_any_more() -> None:
    client = Arrival(*ALL)
    client.says(b"ask:ana")
    client.world.clock.advance(SILENCE_S)
    assert client.hears() == []


def test_a_frame_of_nobody_is_answered_by_the_wire_of_silence() -> None:
    assert Arrival(*ALL).says(b"nonsense:x")[0] == b"waiting welcomes somebody"


def test_a_late_first_frame_of_another_wire_still_decides() -> None:
    client = Arrival(*ALL)
    client.world.clock.advance(SILENCE_S)
    client.hears()
    assert client.says(b"ask:ana") == [b"asking welcomes ana"]
    assert [session.identity.name for session in client.world.hub.sessions] == ["ana"], "the guess has no session left"
    assert not any(isinstance(each, Closed) for each in client.connection.inbox)


def test_the_guess_goes_on_where_it_was_right() -> None:
    client = Arrival(*ALL)
    client.world.clock.advance(SILENCE_S)
    client.hears()
    assert client.says(b"wait:again") == [b"waiting: already_identified"]
    assert isinstance(client.connection.listener, Conversation)


def test_where_one_wire_alone_is_possible_nobody_waits() -> None:
    assert Arrival(NATIVE, WAITING).hears() == [b"waiting welcomes somebody"]
    assert Arrival(NATIVE, ASKING).says(b"other:ana") == [b"asking welcomes ana"]


def test_an_unknown_subprotocol_is_nobodys() -> None:
    answer = Arrival(*ALL, offer="graphql-ws").answer
    assert isinstance(answer, HttpRefusal)
    assert answer.status == 400


@pytest.mark.parametrize("waited_s", [0.0, SILENCE_S])
def test_who_leaves_undecided_leaves_nothing_behind(waited_s: float) -> None:
    world = World()
    world.hub.addresses.limit = 1
    client = Arrival(*ALL, world=world)
    world.clock.advance(waited_s)
    assert isinstance(Arrival(*ALL, world=world).answer, HttpRefusal)
    client.connection.over(1000, clean=True)
    assert world.clock.pending == 0
    assert not list(world.hub.sessions)
    assert not isinstance(Arrival(*ALL, world=world).answer, HttpRefusal)


def test_a_wire_that_changed_hands_is_counted_once() -> None:
    world = World()
    world.hub.addresses.limit = 1
    client = Arrival(*ALL, world=world)
    world.clock.advance(SILENCE_S)
    client.says(b"ask:ana")
    client.connection.over(1000, clean=True)
    again = Arrival(*ALL, world=world)
    assert not isinstance(again.answer, HttpRefusal)
    assert isinstance(Arrival(*ALL, world=world).answer, HttpRefusal)


def test_a_proxy_may_vouch_for_what_the_request_says() -> None:
    heard: list[bool] = []

    def opening(call: Call) -> tuple[Lines, list[Request]]:
        heard.append(call.vouched)
        return greeting(call)

    Arrival(dataclasses.replace(WAITING, opening=opening))
    assert heard == [False]


def test_who_never_says_anything_is_closed_where_silence_means_nobody() -> None:
    other = Dialect("other", (begins(b"other:"),), lambda: Lines("other"), render)
    client = Arrival(ASKING, other)
    client.world.clock.advance(IDENTIFY_WITHIN_S)
    assert list(client.connection.inbox) == [Closed(UNIDENTIFIED.code, UNIDENTIFIED.reason)]
