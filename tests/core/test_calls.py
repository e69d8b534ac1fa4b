"""Signals are passed on as they came."""

from __future__ import annotations

import itertools

import msgspec

from palaver.core import calls
from palaver.core.audience import ToSessions
from palaver.core.calls import Offer, SendSignal, SignalSent
from palaver.core.ids import SessionId
from palaver.core.participants import Author, BySession

ANA, BOB = SessionId("0a"), SessionId("0b")


def test_both_sides_name_the_same_one_who_yields() -> None:
    for one, other in itertools.permutations(map(SessionId, ("a", "b", "c")), 2):
        assert calls.yields(one, other) == calls.yields(other, one)
        assert calls.yields(one, other) == max(one, other)


def test_a_description_is_passed_on_in_its_own_bytes() -> None:
    sdp = b'{"type" : "offer","sdp":"v=0\\r\\n","odd":1.0e3}'
    command = SendSignal(BySession(BOB), Offer(msgspec.Raw(sdp)), "call")
    publication = calls.signal_sent(command, calls.route(Author(ANA, "ana"), BOB))
    assert publication.audience == ToSessions((BOB,))
    assert isinstance(publication.event, SignalSent)
    assert sdp in msgspec.json.encode(publication.event)
    assert publication.event.yields == BOB
