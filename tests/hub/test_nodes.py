"""Two nodes behind one set of ports: their people share rooms, messages and bans."""

from __future__ import annotations

from typing import Any

import pytest
from tests.fakes import LOBBY, Person, World
from tests.hub.scenes import DEN, say, settled

from palaver.cluster.memory import Fabric
from palaver.core import chat, media, rooms
from palaver.core.chat import PostMessage, ToPerson
from palaver.core.disconnects import KICKED
from palaver.core.hands import RaiseHand
from palaver.core.moderation import Block, Ignore, Kick
from palaver.core.participants import ByHandle, SetStatus
from palaver.core.rooms import JoinRoom, LeaveRoom, Room
from palaver.core.sessions import Joined
from palaver.hub import live_rooms, site_people
from palaver.hub.admission import Admission


class Nodes:
    """Two hubs on one fabric, with the same rooms, and somebody on each."""

    def __init__(self) -> None:
        fabric = Fabric()
        first = World(fabric=fabric, epoch="e1", node=0)
        second = World(fabric=fabric, epoch="e2", node=1, clock=first.clock, messages=first.messages)
        self.worlds = (first, second)
        self.ana = first.open("ana", "lobby", operator=True)
        self.bob = second.open("bob", "lobby")

    async def hear(self, person: Person) -> list[dict[str, Any]]:
        await settled()
        return person.hears()


@pytest.fixture
async def nodes() -> Nodes:
    made = Nodes()
    await made.hear(made.ana)
    await made.hear(made.bob)
    return made


async def test_people_on_two_nodes_share_a_room(nodes: Nodes) -> None:
    assert [seat.handle for seat in nodes.worlds[1].hub.presence.roster(LOBBY).values()] == ["ana", "bob"]
    nodes.ana.ask(say("from the first"))
    nodes.bob.ask(say("from the second"))
    for person in (nodes.ana, nodes.bob):
        heard = [event["message"]["text"] for event in await nodes.hear(person)]
        assert sorted(heard) == ["from the first", "from the second"]


async def test_message_ids_of_two_nodes_differ(nodes: Nodes) -> None:
    one, other = nodes.ana.ask(say("1")), nodes.bob.ask(say("2"))
    assert isinstance(one, chat.Posted)
    assert isinstance(other, chat.Posted)
    assert one.message != other.message


async def test_a_direct_message_finds_its_way(nodes: Nodes) -> None:
    nodes.ana.ask(PostMessage(ToPerson(ByHandle("bob")), "psst"))
    assert [event["type"] for event in await nodes.hear(nodes.bob)] == ["message_posted"]


async def test_a_kick_ends_a_session_of_another_node(nodes: Nodes) -> None:
    nodes.ana.ask(Kick(LOBBY, ByHandle("bob")))
    assert [event["type"] for event in await nodes.hear(nodes.bob)] == ["session_ended"]
    assert nodes.bob.sink.disconnect == KICKED
    assert nodes.worlds[1].hub.sessions.get(nodes.bob.id) is None
    assert not nodes.worlds[1].hub.rooms[LOBBY].seated
    assert [event["type"] for event in await nodes.hear(nodes.ana)] == ["participant_left"]


async def test_cameras_open_across_nodes(nodes: Nodes) -> None:
    nodes.ana.ask(media.SetMedia(camera=True))
    nodes.bob.ask(media.OpenCamera(ByHandle("ana")))
    await settled()
    assert nodes.ana.session.is_open_to(nodes.bob.id)
    nodes.bob.ask(media.Watch(ByHandle("ana")))
    assert "watch_started" in [event["type"] for event in await nodes.hear(nodes.ana)]


async def test_a_block_holds_across_nodes(nodes: Nodes) -> None:
    for world in nodes.worlds:  # ana runs the site
        world.hub.admission = Admission(blockable_operators=True)
        site_people.judge_operators_anew(world.hub)
    nodes.ana.ask(Block(("bob",), LOBBY))
    assert [event["type"] for event in await nodes.hear(nodes.bob)] == ["participant_left"]
    nodes.ana.ask(say("unseen"))
    assert await nodes.hear(nodes.bob) == []
    nodes.bob.ask(LeaveRoom(LOBBY))
    joined = nodes.bob.ask(JoinRoom(LOBBY))
    assert isinstance(joined, Joined)
    assert [seat.handle for seat in joined.snapshot.participants] == ["bob"]


async def test_relations_of_a_user_reach_their_session_on_another_node(nodes: Nodes) -> None:
    here, there = (world.open("cas", "lobby", verified=True) for world in nodes.worlds)
    here.ask(Ignore(("ana",), LOBBY))
    await settled()
    assert there.session.relations.ignores
    await nodes.hear(there)
    nodes.ana.ask(say("unheard"))
    assert await nodes.hear(there) == []


async def test_a_room_that_closes_is_gone_for_sessions_of_other_nodes(nodes: Nodes) -> None:
    for world in nodes.worlds:
        live_rooms.add(world.hub, Room(DEN))
    nodes.ana.ask(JoinRoom(DEN))
    nodes.bob.ask(JoinRoom(DEN))
    nodes.ana.ask(rooms.CloseRoom(DEN))
    assert "room_closed" in [event["type"] for event in await nodes.hear(nodes.bob)]
    assert nodes.bob.session.rooms == (LOBBY,)
    nodes.bob.ask(SetStatus(status="away"))


async def test_who_reacted_on_another_node_is_parted_from_whom_they_block(nodes: Nodes) -> None:
    cas, dan = (nodes.worlds[0].open(name, "lobby") for name in ("cas", "dan"))
    posted = nodes.ana.ask(say("hello"))
    assert isinstance(posted, chat.Posted)
    nodes.bob.ask(chat.React(posted.message, "👍"))
    nodes.bob.ask(Block(("cas",), LOBBY))
    await nodes.hear(cas), await nodes.hear(dan)
    nodes.ana.ask(chat.EditMessage(posted.message, "hello again"))
    told = [(await nodes.hear(person))[-1]["message"] for person in (cas, dan)]
    assert [len(message.get("reactions", ())) for message in told] == [0, 1]


async def test_a_hand_is_up_in_the_windows_of_every_node(nodes: Nodes) -> None:
    here, there = (world.open("cas", verified=True) for world in nodes.worlds)
    here.ask(JoinRoom(LOBBY))
    here.ask(RaiseHand(LOBBY))
    there.ask(JoinRoom(LOBBY))
    assert here.seat().hand_raised_ms == there.seat().hand_raised_ms > 0
