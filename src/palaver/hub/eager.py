"""Runs a coroutine up to its first wait without a task; only what must wait becomes one.

Python 3.12 has eager tasks; 3.11 has not, and a task per frame costs twenty times a call. What runs before the first wait
runs outside any task, so a port that needs one (a timeout, a driver) starts its own (see `ports`).
"""

from __future__ import annotations

import asyncio
import types
from collections.abc import Coroutine, Generator
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Finished(Generic[T]):
    """The result of a coroutine that did not need to wait."""

    __slots__ = ("value",)

    def __init__(self, value: T) -> None:
        self.value = value


def start(coroutine: Coroutine[Any, Any, T]) -> Finished[T] | asyncio.Task[T]:
    """Run a coroutine until it ends or must wait; in the second case return the task that does the rest.

    What the coroutine raises before its first wait is raised here.
    """
    try:
        awaited = coroutine.send(None)
    except StopIteration as end:
        return Finished(end.value)
    return asyncio.get_running_loop().create_task(_finish(coroutine, awaited))


async def _finish(coroutine: Coroutine[Any, Any, T], awaited: object) -> T:
    return await _continue(coroutine, awaited)


@types.coroutine
def _continue(coroutine: Coroutine[Any, Any, T], awaited: object) -> Generator[Any, Any, T]:
    try:
        while True:
            try:
                sent = yield awaited
            except GeneratorExit:
                coroutine.close()
                raise
            except BaseException as error:
                awaited = coroutine.throw(error)
            else:
                awaited = coroutine.send(sent)
    except StopIteration as end:
        result: T = end.value
        return result
