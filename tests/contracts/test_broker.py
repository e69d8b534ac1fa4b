"""What every Broker promises, between nodes."""

from __future__ import annotations

import asyncio

import pytest

from palaver.cluster.memory import Fabric, MemoryBroker
from palaver.core.audience import Publication, ToRoom
from palaver.core.ids import RoomId
from palaver.core.rooms import RoomClosed
from palaver.hub.ports.nodes import Broker

PATIENCE_S = 5


def publication(number: int) -> Publication:
    room = RoomId(f"room {number}")
    return Publication(RoomClosed(room), ToRoom(room))


class Listener:
    """Collects what a node hears."""

    def __init__(self, broker: Broker) -> None:
        self.heard: list[Publication] = []
        self._more = asyncio.Event()
        broker.listen(self._hear)

    def _hear(self, publication: Publication) -> None:
        self.heard.append(publication)
        self._more.set()

    async def hears(self, count: int) -> list[Publication]:
        """Wait until that many were heard, and return all."""
        async with asyncio.timeout(PATIENCE_S):
            while len(self.heard) < count:
                self._more.clear()
                await self._more.wait()
        return self.heard


@pytest.fixture(params=["memory"])
async def brokers() -> list[Broker]:
    fabric = Fabric()
    return [MemoryBroker(fabric) for _ in range(3)]


async def test_every_other_node_hears_it_as_it_was_published_and_the_publisher_does_not(brokers: list[Broker]) -> None:
    one, two, three = (Listener(broker) for broker in brokers)
    brokers[0].publish(publication(1))

    assert await two.hears(1) == [publication(1)]
    assert await three.hears(1) == [publication(1)]
    brokers[1].publish(publication(2))
    assert await one.hears(1) == [publication(2)]


async def test_what_one_node_publishes_arrives_in_order(brokers: list[Broker]) -> None:
    _, two, _ = (Listener(broker) for broker in brokers)
    sent = [publication(number) for number in range(500)]
    for each in sent:
        brokers[0].publish(each)

    assert await two.hears(500) == sent


async def test_publishing_does_not_deliver_before_it_returns(brokers: list[Broker]) -> None:
    two = Listener(brokers[1])
    brokers[0].publish(publication(1))

    assert two.heard == []
    assert await two.hears(1) == [publication(1)]


async def test_a_node_that_fails_to_deliver_harms_neither_the_publisher_nor_the_others(brokers: list[Broker]) -> None:
    def fail(_: Publication) -> None:
        raise RuntimeError("a fault of that node")

    reported: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context["exception"]))
    brokers[1].listen(fail)
    three = Listener(brokers[2])
    brokers[0].publish(publication(1))
    brokers[0].publish(publication(2))

    assert await three.hears(2) == [publication(1), publication(2)]
    assert len(reported) == 2


async def test_a_node_may_publish_while_it_hears(brokers: list[Broker]) -> None:
    brokers[1].listen(lambda heard: brokers[1].publish(publication(2)) if heard == publication(1) else None)
    one = Listener(brokers[0])
    brokers[0].publish(publication(1))

    assert await one.hears(1) == [publication(2)]


async def test_alone_a_node_tells_nobody_and_needs_no_loop() -> None:
    broker = MemoryBroker()
    listener = Listener(broker)
    await asyncio.to_thread(broker.publish, publication(1))

    assert listener.heard == []


async def test_a_node_that_left_hears_nothing_not_even_what_was_under_way() -> None:
    fabric = Fabric()
    one, two = MemoryBroker(fabric), MemoryBroker(fabric)
    three = Listener(MemoryBroker(fabric))
    gone = Listener(two)
    one.publish(publication(1))
    two.close()
    two.close()
    one.publish(publication(2))

    await three.hears(2)
    assert gone.heard == []
