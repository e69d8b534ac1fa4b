"""One handler at a time per thing, in the order in which they came."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable

import pytest
from tests.fakes import driven

from palaver.hub.one_at_a_time import OneAtATime


def test_who_finds_a_thing_free_does_not_wait() -> None:
    changing = OneAtATime()

    async def change() -> int:
        async with changing.holding("a"), changing.holding("b"):
            return len(changing)

    assert driven(change()) == 2
    assert len(changing) == 0


async def test_the_others_follow_in_their_order_and_nothing_is_left() -> None:
    changing, gate, done = OneAtATime(), asyncio.Event(), []

    async def change(name: str, key: Hashable) -> None:
        async with changing.holding(key):
            done.append(f"{name} begins")
            await gate.wait()
            await asyncio.sleep(0)
            done.append(f"{name} ends")

    tasks = [
        asyncio.create_task(change(name, key)) for name, key in (("1", "a"), ("2", "a"), ("other", "b"), ("3", "a"))
    ]
    await asyncio.sleep(0)
    assert done == ["1 begins", "other begins"]
    gate.set()
    await asyncio.gather(*tasks)
    assert [entry for entry in done if "other" not in entry] == [
        "1 begins", "1 ends", "2 begins", "2 ends", "3 begins", "3 ends",
    ]  # fmt: skip
    assert len(changing) == 0


@pytest.mark.parametrize("already_its_turn", [False, True])
async def test_who_gives_up_waiting_holds_nobody_up(already_its_turn: bool) -> None:
    changing = OneAtATime()
    reached = []

    async def change(name: str) -> None:
        async with changing.holding("a"):
            reached.append(name)

    hold = changing.holding("a")
    await hold.__aenter__()
    waiting, last = asyncio.create_task(change("waiting")), asyncio.create_task(change("last"))
    await asyncio.sleep(0)
    if already_its_turn:
        await hold.__aexit__(None, None, None)
    waiting.cancel()
    if not already_its_turn:
        await asyncio.sleep(0)
        await hold.__aexit__(None, None, None)
    await last
    assert reached == ["last"]
    assert len(changing) == 0
