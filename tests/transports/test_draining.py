"""How clients are sent away: the pace, and the wait of each before its return. Time and chance are passed in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from palaver.core.disconnects import wait_asked_ms, with_wait
from palaver.transports.draining import Drain, tell_in_close_frame


class Leaver:
    """Somebody who is sent away, and remembers how."""

    def __init__(self) -> None:
        self.told: list[tuple[int, str]] = []

    def close(self, code: int, reason: str) -> None:
        self.told.append((code, reason))


class Pauses:
    """Stands in for sleeping."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.slept.append(seconds)


def waits(clients: int, per_second: float = 0) -> tuple[int, int]:
    """Return the shortest and the longest wait that may be drawn."""
    return tuple(Drain(clients, per_second=per_second, chance=lambda x=x: x).wait_ms() for x in (0.0, 1.0))  # type: ignore


@pytest.mark.parametrize(
    ("clients", "spread"),
    [(0, (1000, 2000)), (1, (1000, 2000)), (200, (1000, 2000)), (5000, (1000, 26_000)), (1_000_000, (1000, 61_000))],
)
def test_returns_are_spread_over_what_another_process_needs(clients: int, spread: tuple[int, int]) -> None:
    assert waits(clients) == spread


def test_nobody_comes_back_before_the_last_is_gone() -> None:
    assert waits(4000, per_second=2000)[0] == 1000 + 2000


async def test_many_leave_at_a_pace_each_with_a_wait_of_its_own() -> None:
    drawn: Iterator[float] = iter(range(100))
    pauses, leavers = Pauses(), [Leaver() for _ in range(100)]
    drain = Drain(100, per_second=1000, chance=lambda: next(drawn) / 100, sleep=pauses)
    await drain.close(leavers, tell_in_close_frame)
    assert pauses.slept == [0.05, 0.05]
    assert [leaver.told for leaver in leavers] == [
        [(1012, f"restarting;wait_ms={1000 + 100 + 10 * at}")] for at in range(100)
    ]


async def test_without_a_pace_all_leave_at_once() -> None:
    pauses, leavers = Pauses(), [Leaver() for _ in range(100)]
    await Drain(100, sleep=pauses).close(leavers, tell_in_close_frame)
    assert (pauses.slept, {len(leaver.told) for leaver in leavers}) == ([], {1})


@pytest.mark.parametrize(
    ("reason", "wait_ms"),
    [
        (with_wait("restarting", 2345), 2345),
        ("restarting", 0),
        ("", 0),
        ("restarting;wait_ms=", 0),
        ("restarting;wait_ms=-5", 0),
        ("restarting;wait_ms=1e9", 0),
        ("restarting;wait_ms=99999999", 0),
        ("restarting;wait_ms=5;x", 0),
    ],
)
def test_a_reason_asks_for_a_wait_or_for_nothing(reason: str, wait_ms: int) -> None:
    assert wait_asked_ms(reason) == wait_ms
