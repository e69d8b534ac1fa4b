"""What several tests of the hub say and ask: short commands, what somebody read, and stores that answer when told to."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.fakes import LOBBY, Person

from palaver.core.chat import InChannel, Posted, PostMessage, ToPerson
from palaver.core.ids import ChannelId, MessageId, RoomId
from palaver.core.participants import ByHandle
from palaver.hub import seats

DEN = RoomId("den")


def say(text: str, room: RoomId = LOBBY, channel: str = "") -> PostMessage:
    return PostMessage(InChannel(room, ChannelId(channel)), text)


def posted(person: Person, text: str = "hello") -> MessageId:
    outcome = person.ask(say(text))
    assert isinstance(outcome, Posted)
    return outcome.message


def written(person: Person, to: str, text: str = "psst") -> MessageId:
    outcome = person.ask(PostMessage(ToPerson(ByHandle(to)), text))
    assert isinstance(outcome, Posted)
    return outcome.message


def words(person: Person) -> list[str]:
    return [event["type"] for event in person.hears()]


def shown_to(person: Person, room: RoomId = LOBBY) -> set[str]:
    found = seats.visible_roster(person.world.hub, person.session, person.seat(room), room)
    return {seat.handle for seat in found}


def texts(events: list[dict[str, Any]]) -> list[str]:
    return [event["message"]["text"] for event in events if event["type"] == "message_posted"]


async def settled() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def begin(tasks: list[asyncio.Task[Any]], work: Any) -> asyncio.Task[Any]:
    tasks.append(asyncio.ensure_future(work))
    return tasks[-1]


class Slow:
    """A store whose named methods do their work at once and answer only when `answer` is called."""

    def __init__(self, store: Any, *methods: str, late: bool = False) -> None:
        self.waiting: list[asyncio.Future[None]] = []
        self._store = store
        self._methods = set(methods)
        self._late = late

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._store, name)
        if name not in self._methods:
            return method

        def slow(*arguments: Any, **options: Any) -> asyncio.Task[Any]:
            gate = asyncio.get_running_loop().create_future()
            self.waiting.append(gate)
            done = None if self._late else method(*arguments, **options)

            async def answer() -> Any:
                await gate
                return await (done or method(*arguments, **options))

            return asyncio.create_task(answer())

        return slow

    async def answer(self, count: int = 1000) -> None:
        """Let the store answer its oldest questions, and what follows from them happen."""
        for gate in self.waiting[:count]:
            gate.set_result(None)
        del self.waiting[:count]
        await settled()
