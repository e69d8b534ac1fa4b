"""What is asked of a media server, which is not here: clients load, and can neither send nor receive media (§E2)."""

from __future__ import annotations

from typing import Any

from palaver.core.errors import Malformed, Refusal
from palaver.core.sessions import Keepalive
from palaver.dialects.conference import wire
from palaver.dialects.conference.call import Call, Step

CAPABILITIES: dict[str, Any] = {"codecs": [], "headerExtensions": []}
"""No codec: the clients load, can neither send nor receive media, and chat (§E2)."""

_FINGERPRINT = ":".join(("00",) * 32)
"""Of no certificate; without any the clients would throw."""


class UnknownType(Refusal):
    """A media transport that there is not."""

    code = "unknown_type"
    sentence = "Unknown type"


class NoTransport(Refusal):
    """There is no server for media here, so there is no transport of that id."""

    code = "no_transport"
    sentence = "Could not find a transport with that id"


class NoProducer(Refusal):
    """As NoTransport."""

    code = "no_producer"
    sentence = "Could not find producer"


def create_transport(call: Call) -> list[Step]:
    """Open a transport, by arguments in a row."""
    if call.text(0) != "webrtc":
        raise UnknownType()
    if call.text(1) not in ("sending", "receiving"):
        raise Malformed(problem="kind must be sending or receiving")
    return [(Keepalive(), _transport_of(call.label()))]


def create_transport_object(call: Call) -> list[Step]:
    """Open a transport, by one object."""
    if call.object(wire.TransportInput).type != "webrtc":
        raise UnknownType()
    return [(Keepalive(), _transport_of(call.label()))]


def no_transport(call: Call) -> list[Step]:
    """Refuse what needs a transport."""
    raise NoTransport()


def no_producer(call: Call) -> list[Step]:
    """Refuse what needs a producer."""
    raise NoProducer()


def ready(call: Call) -> list[Step]:
    """Take note of nothing: the clients say so of every transport they opened."""
    return []


def _transport_of(label: str) -> dict[str, Any]:
    """Return the answer to `create-transport`: what keeps a client content that will never connect to it (§E2)."""
    return {
        "transportType": "webrtc",
        "transportInfo": {
            "id": label,
            "iceParameters": {"usernameFragment": label[:8], "password": label, "iceLite": True},
            "iceCandidates": [],
            "dtlsParameters": {"role": "auto", "fingerprints": [{"algorithm": "sha-256", "value": _FINGERPRINT}]},
        },
    }
