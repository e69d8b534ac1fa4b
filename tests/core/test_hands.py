"""Raised hands as values: up in all windows of a person, and since when."""

from __future__ import annotations

from palaver.core.hands import lowered, raised, seats_of, with_hand
from palaver.core.ids import SessionId, UserId
from palaver.core.participants import Participant

ANA = UserId("site:ana")
DESK, PHONE = (Participant(SessionId(name), name, 1, user=ANA) for name in ("desk", "phone"))
GUEST = Participant(SessionId("guest"), "guest", 1)
OTHER = Participant(SessionId("other"), "other", 1)


def test_a_hand_goes_up_in_every_window_at_the_same_moment() -> None:
    assert raised([DESK, PHONE], now=7.5) == [with_hand(DESK, 7500), with_hand(PHONE, 7500)]


def test_a_hand_that_is_up_keeps_its_place() -> None:
    assert raised([with_hand(DESK, 5000)], now=7.5) == []
    assert raised([PHONE, with_hand(DESK, 5000)], now=7.5) == [with_hand(PHONE, 5000)]


def test_a_hand_goes_down_where_it_is_up() -> None:
    assert lowered([with_hand(DESK, 5000), PHONE]) == [DESK]


def test_a_user_sits_in_several_windows_and_a_guest_in_one() -> None:
    roster = [DESK, GUEST, PHONE, OTHER]
    assert seats_of(DESK, roster) == [DESK, PHONE]
    assert seats_of(GUEST, roster) == [GUEST]
