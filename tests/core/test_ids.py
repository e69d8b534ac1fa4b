"""Message ids: always rising, never repeated, small enough for JavaScript."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palaver.core.ids import EPOCH_MS, MAX_NODES, MessageIds, sent_at_ms, subject_of, user_id

BEGIN_S = EPOCH_MS / 1000
Clock = st.floats(min_value=BEGIN_S, max_value=BEGIN_S + 60 * 365 * 86_400)


@given(st.lists(Clock, min_size=2, max_size=50))
def test_ids_rise_whatever_the_clock_does(times: list[float]) -> None:
    ids = MessageIds()
    made = [ids.next(now) for now in times]
    assert made == sorted(set(made))


@given(Clock, st.integers(0, MAX_NODES - 1))
def test_ids_are_below_two_to_the_53(now: float, node: int) -> None:
    assert 0 <= MessageIds(node).next(now) < 2**53


@given(Clock, st.sets(st.integers(0, MAX_NODES - 1), min_size=2), st.integers(1, 300))
def test_nodes_never_make_the_same_id(now: float, nodes: set[int], count: int) -> None:
    made = [ids.next(now) for ids in map(MessageIds, nodes) for _ in range(count)]
    assert len(set(made)) == len(nodes) * count


@given(Clock)
def test_an_id_tells_when_it_was_made(now: float) -> None:
    assert sent_at_ms(MessageIds(3).next(now)) == max(int(now * 1000), EPOCH_MS)


def test_more_ids_than_a_millisecond_holds_borrow_from_the_next() -> None:
    ids = MessageIds()
    now = BEGIN_S + 1
    made = [ids.next(now) for _ in range(1000)]
    assert made == sorted(set(made))
    assert sent_at_ms(made[-1]) - sent_at_ms(made[0]) == 7
    assert ids.next(now + 1) > made[-1]


@given(Clock, Clock, st.integers(0, MAX_NODES - 1), st.integers(1, 300))
def test_ids_go_on_after_the_latest_that_was_stored_whatever_the_clock_says_then(
    before: float, after: float, node: int, count: int
) -> None:
    ids = MessageIds(node)
    latest = [ids.next(before) for _ in range(count)][-1]
    again = MessageIds(node)
    again.follow(latest)
    assert again.next(after) > latest


@pytest.mark.parametrize("node", [-1, MAX_NODES])
def test_there_are_so_many_nodes(node: int) -> None:
    with pytest.raises(ValueError, match="node must be"):
        MessageIds(node)


def test_a_subject_may_hold_a_colon() -> None:
    assert user_id("site", "a:b") == "site:a:b"
    assert subject_of(user_id("site", "a:b")) == "a:b"
