"""Who may connect where, and which dialect they meet."""

from __future__ import annotations

import dataclasses
from ipaddress import ip_network

import pytest
from tests.fakes import World

from palaver.codecs.websocket_handshake import HandshakeError
from palaver.dialects.base import Dialect, Endpoint
from palaver.dialects.native.surface import DIALECT as NATIVE
from palaver.dialects.native.wire import SUBPROTOCOL
from palaver.hub.limits import Limits
from palaver.transports.access import Access
from palaver.transports.connection import HttpRefusal, PeerInfo
from palaver.transports.conversation import Conversation
from palaver.transports.reception import Reception

PROXY = "10.0.0.1"
ACCESS = Access(trusted=(ip_network("10.0.0.0/8"), ip_network("127.0.0.0/8")), origins=("https://site.example",))
ANOTHER = Dialect("another", (Endpoint("/ws"), Endpoint("/another/ws")), NATIVE.translator, NATIVE.render)


def peer(path: str = "/native/ws", remote: str = "203.0.113.7", **headers: str) -> PeerInfo:
    given = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return PeerInfo(path, b"", given, remote)


def receive(wanted: PeerInfo, *dialects: Dialect, world: World | None = None) -> Conversation | HttpRefusal:
    answer = Reception((world or World()).hub, dialects or (NATIVE,), lambda: ACCESS).receive(wanted)
    assert isinstance(answer, Conversation | HttpRefusal)
    return answer


def status(answer: Conversation | HttpRefusal) -> int:
    return answer.status if isinstance(answer, HttpRefusal) else 101


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, 101),
        ({"origin": "https://chat.example", "host": "chat.example"}, 101),
        ({"origin": "https://site.example", "host": "chat.example"}, 101),
        ({"origin": "https://evil.example", "host": "chat.example"}, 403),
        ({"origin": "null", "host": "chat.example"}, 403),
    ],
)
def test_only_pages_of_known_origins_connect(headers: dict[str, str], expected: int) -> None:
    assert status(receive(peer(**headers))) == expected


def test_at_an_unknown_address_there_is_nothing() -> None:
    assert status(receive(peer("/elsewhere"))) == 404


def test_the_addresses_are_those_of_the_dialects() -> None:
    assert Reception(World().hub, (NATIVE,), lambda: ACCESS).paths == ("/native/ws", "/ws")


@pytest.mark.parametrize("path", ["/native/ws", "/ws"])
def test_the_subprotocol_is_chosen_when_it_is_offered(path: str) -> None:
    answer = receive(peer(path, sec_websocket_protocol=f"other, {SUBPROTOCOL}"))
    assert isinstance(answer, Conversation)
    assert answer.subprotocol == SUBPROTOCOL


def test_a_path_of_one_dialect_needs_no_offer() -> None:
    answer = receive(peer("/native/ws"))
    assert isinstance(answer, Conversation)
    assert answer.subprotocol is None


def test_an_offer_that_nobody_knows_is_refused() -> None:
    assert status(receive(peer(sec_websocket_protocol="graphql-ws"))) == 400


def test_at_a_shared_path_the_offer_decides() -> None:
    shared = (NATIVE, ANOTHER)
    answer = receive(peer("/ws", sec_websocket_protocol=SUBPROTOCOL), *shared)
    assert isinstance(answer, Conversation)
    assert answer.view.dialect is NATIVE


def test_an_address_holds_as_many_connections_as_it_may() -> None:
    world = World(limits=Limits(connections_per_address=2))
    answers = [receive(peer(), world=world) for _ in range(3)]
    assert [status(answer) for answer in answers] == [101, 101, 429]
    assert status(receive(peer(remote="203.0.113.8"), world=world)) == 101
    assert isinstance(answers[0], Conversation)
    answers[0].closed(1006, "", False)
    assert status(receive(peer(), world=world)) == 101


def test_an_address_asks_for_connections_at_a_rate() -> None:
    """Whatever becomes of them, since a request that is refused costs as much; how long to wait is said."""
    world = World(limits=Limits(requests_per_second=0.5, requests_burst=2))
    assert [status(receive(peer("/elsewhere"), world=world)) for _ in range(2)] == [404, 404]
    refused = receive(peer(), world=world)
    assert isinstance(refused, HttpRefusal)
    assert (refused.status, dict(refused.headers)["Retry-After"]) == (429, "3")
    assert status(receive(peer(remote="203.0.113.8"), world=world)) == 101
    world.clock.advance(2)
    assert status(receive(peer(), world=world)) == 101


def test_a_refused_connection_is_not_counted() -> None:
    world = World(limits=Limits(connections_per_address=1))
    assert status(receive(peer(sec_websocket_protocol="unknown"), world=world)) == 400
    assert status(receive(peer("/elsewhere"), world=world)) == 404
    with pytest.raises(HandshakeError):
        receive(peer(sec_websocket_protocol="not a token"), world=world)
    assert status(receive(peer(), world=world)) == 101


def test_behind_a_proxy_its_clients_are_counted_one_by_one() -> None:
    world = World(limits=Limits(connections_per_address=1))
    for client in ("203.0.113.1", "203.0.113.2"):
        answer = receive(peer(remote=PROXY, x_forwarded_for=client), world=world)
        assert isinstance(answer, Conversation)
        assert answer.address == client
    assert status(receive(peer(remote=PROXY, x_forwarded_for="203.0.113.1"), world=world)) == 429


def test_a_stranger_cannot_name_another_address() -> None:
    answer = receive(peer(x_forwarded_for="192.0.2.99"))
    assert isinstance(answer, Conversation)
    assert answer.address == "203.0.113.7"


@pytest.mark.parametrize("remote", ["127.0.0.1", PROXY])
def test_loopback_and_proxies_themselves_are_not_counted(remote: str) -> None:
    world = World(limits=Limits(connections_per_address=1))
    assert {status(receive(peer(remote=remote), world=world)) for _ in range(3)} == {101}


def test_changed_access_counts_from_the_next_connection() -> None:
    held = [ACCESS]
    reception = Reception(World().hub, (NATIVE,), lambda: held[0])
    foreign = peer(origin="https://new.example", host="chat.example")
    assert isinstance(reception.receive(foreign), HttpRefusal)
    held[0] = dataclasses.replace(ACCESS, origins=("https://new.example",))
    assert isinstance(reception.receive(foreign), Conversation)
