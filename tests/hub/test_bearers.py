"""Who bears which name: once and more often, in the order of coming, and forgotten when nobody does."""

from __future__ import annotations

from palaver.core.ids import PersonKey, SessionId
from palaver.hub.bearers import Bearers

ANA, BOB = PersonKey("name:ana"), PersonKey("name:bob")
ONE, TWO = SessionId("one"), SessionId("two")


def test_who_bears_a_name_twice_is_found_once_in_the_place_of_the_first_time() -> None:
    bearers = Bearers()
    for session in (ONE, TWO, ONE):
        bearers.add(ANA, session)
    bearers.add(BOB, TWO)
    assert bearers.of(ANA) == (ONE, TWO)
    bearers.drop(ANA, ONE)
    assert bearers.of(ANA) == (ONE, TWO)
    bearers.drop(ANA, ONE)
    assert (bearers.of(ANA), bearers.of(BOB)) == ((TWO,), (TWO,))
    bearers.drop(ANA, TWO)
    assert (bearers.of(ANA), len(bearers)) == ((), 1)
