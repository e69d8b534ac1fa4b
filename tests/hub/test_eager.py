"""Coroutines that need not wait run without a loop; the others become tasks."""

from __future__ import annotations

import asyncio

import pytest

from palaver.hub import eager


async def answer(value: int) -> int:
    return value


def test_what_never_waits_needs_no_loop() -> None:
    begun = eager.start(answer(7))
    assert isinstance(begun, eager.Finished)
    assert begun.value == 7


def test_what_fails_before_it_waits_fails_at_once() -> None:
    async def fail() -> None:
        raise LookupError("early")

    with pytest.raises(LookupError, match="early"):
        eager.start(fail())


async def test_what_waits_goes_on_as_a_task_with_its_value() -> None:
    gate = asyncio.get_running_loop().create_future()

    async def wait() -> list[object]:
        return [await gate, await answer(2), await asyncio.sleep(0, 3)]

    begun = eager.start(wait())
    assert isinstance(begun, asyncio.Task)
    gate.set_result(1)
    assert await begun == [1, 2, 3]


async def test_what_is_raised_into_a_wait_reaches_the_coroutine() -> None:
    gate = asyncio.get_running_loop().create_future()

    async def wait() -> str:
        try:
            await gate
        except LookupError:
            return "caught"
        return "missed"

    begun = eager.start(wait())
    assert isinstance(begun, asyncio.Task)
    gate.set_exception(LookupError())
    assert await begun == "caught"


async def test_cancelling_the_task_cancels_the_coroutine_and_lets_it_clean_up() -> None:
    cleaned = []

    async def wait() -> None:
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            await asyncio.sleep(0)
            cleaned.append(True)

    begun = eager.start(wait())
    assert isinstance(begun, asyncio.Task)
    await asyncio.sleep(0)
    begun.cancel()
    with pytest.raises(asyncio.CancelledError):
        await begun
    assert cleaned


async def test_what_fails_after_it_waited_fails_in_the_task() -> None:
    async def fail() -> None:
        await asyncio.sleep(0)
        raise LookupError("late")

    begun = eager.start(fail())
    assert isinstance(begun, asyncio.Task)
    with pytest.raises(LookupError, match="late"):
        await begun
