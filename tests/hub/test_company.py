"""What holds in any company: people of two nodes come, go, hide, block, moderate and get lost in any order.

Whoever reads a snapshot and the events after it knows what a newcomer's snapshot would show; nobody hears or sees somebody
with whom there is a block, nor is told what becomes of a message that they were not given, nor what such people gave to one;
who runs the site is seen by all; an invitation holds while its session does; no two bear one handle; and when all are gone
nothing is left of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import msgspec
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from tests.fakes import LOBBY, FakeSink, Person, World, driven
from tests.hub.scenes import DEN, say, settled

from palaver.cluster.memory import Fabric
from palaver.core import errors, policy
from palaver.core.base import Command
from palaver.core.calls import JoinCall, LeaveCall
from palaver.core.chat import (
    EditMessage,
    InChannel,
    Posted,
    PostMessage,
    React,
    RetractMessage,
    SetTyping,
    ToPerson,
)
from palaver.core.disconnects import LEFT
from palaver.core.ids import MessageId, PersonKey, RoomId, SessionId, UserId
from palaver.core.media import SetMedia
from palaver.core.moderation import Block, HearEverybody, Ignore, InviteToWatch, Kick, SetOperator, TurnAway, unheard_by
from palaver.core.names import fold
from palaver.core.participants import BySession, Identity, Rename, Role, SetStatus, keys_of
from palaver.core.presentation import Present
from palaver.core.rooms import JoinRoom, LeaveReason, LeaveRoom, Life, Room, SetRole
from palaver.core.sessions import Joined, LogIn, Position, Resume, Snapshot
from palaver.hub import entrance, seats

ROOMS = (Room(LOBBY, life=Life.PERMANENT), Room(DEN, life=Life.PERMANENT))
SMALL_CROWD = 3
"""So that presence waits for batches, too."""

PEOPLE: tuple[dict[str, Any], ...] = (
    {"name": "olga", "operator": True, "user": UserId("site:olga")},
    {"name": "ana", "user": UserId("site:ana")},
    {"name": "ana", "user": UserId("site:ana"), "node": 1},
    {"name": "bob", "node": 1},
    {"name": "Guest 1", "nameless": True},
)


class Client:
    """Somebody who comes back after every end, and what they know of their rooms by what they read."""

    def __init__(self, world: World, who: dict[str, Any], said: dict[MessageId, dict[str, Any]]) -> None:
        self.world, self.who = world, who
        self.all_said = said
        self.said: list[MessageId] = []
        self.opens()

    def opens(self) -> None:
        who = {key: value for key, value in self.who.items() if key != "node"}
        identity = Identity(**who)
        try:
            relations = driven(entrance.stored_relations(self.world.hub, identity))
        except errors.Refusal:  # who was kicked stays out for a while
            return
        self.person = Person(self.world, identity, FakeSink(), relations)
        self.rosters: dict[RoomId, dict[SessionId, Any]] = {}
        self.read: list[dict[str, Any]] = []
        self.given: set[MessageId] = set()
        self.whispered: set[MessageId] = set()
        self.invited: frozenset[PersonKey] = frozenset()
        self.user = identity.user
        self.is_reading = False
        self.position = self.world.hub.position

    @property
    def is_open(self) -> bool:
        return self.world.hub.sessions.get(self.person.id) is self.person.session

    @property
    def is_lost(self) -> bool:
        return self.is_open and self.person.session.sink is None

    def asks(self, command: Command) -> None:
        """Ask for something that may well be refused."""
        try:
            outcome = driven(self.person.asks(command))
        except errors.Refusal:
            return
        self.reads()
        if isinstance(outcome, Posted):
            self.said.append(outcome.message)
        elif isinstance(outcome, Joined):
            self.takes_over(outcome.snapshot)
        elif isinstance(command, LeaveRoom):
            self.rosters.pop(command.room, None)

    def takes_over(self, snapshot: Snapshot) -> None:
        room = snapshot.room.id
        self.rosters[room] = {seat.session: msgspec.to_builtins(seat) for seat in snapshot.participants}
        self.given.update(message.id for message in snapshot.messages)

    def returns(self) -> None:
        self.reads()
        hub, sink = self.world.hub, FakeSink()
        try:
            session, outcome, missed = driven(entrance.resume(hub, Resume(self.person.token, self.position), sink))
        except errors.Refusal:
            return
        if not outcome.complete:
            self.rosters.clear()
        for snapshot in outcome.rooms:
            self.takes_over(snapshot)
        for data in missed:
            sink.write(data)
        hub.deliver_again(session, sink)
        self.person.sink = sink
        self.reads()
        self.read.clear()  # what was said before a block is told after it

    def reads(self) -> None:
        self.world.clock.settle()
        lines = self.person.sink.lines
        self.person.sink.forget()
        for seq, event in lines:
            self.position = Position(self.position.epoch, seq)
            self.read.append(event)
            READ.get(event["type"], lambda client, event: None)(self, event)


def _came(client: Client, event: dict[str, Any]) -> None:
    if event["room"] in client.rosters:
        client.rosters[event["room"]][event["participant"]["session"]] = event["participant"]


def _left(client: Client, event: dict[str, Any]) -> None:
    if event["session"] == client.person.id:
        client.rosters.pop(event["room"], None)
    else:
        client.rosters.get(event["room"], {}).pop(event["session"], None)


def _posted(client: Client, event: dict[str, Any]) -> None:
    client.given.add(event["message"]["id"])
    client.all_said[event["message"]["id"]] = event["message"]


READ: dict[str, Callable[[Client, dict[str, Any]], None]] = {
    "participant_joined": _came,
    "participant_updated": _came,
    "participant_left": _left,
    "message_posted": _posted,
}

Act = Callable[[Client, Client, RoomId, int], Command]
"""What one does in a room, mostly to another."""


def _handle_of(client: Client, room: RoomId) -> str:
    seat = client.world.hub.presence.roster(room).get(client.person.id)
    return client.who["name"] if seat is None else seat.handle


def _said_by(client: Client, number: int) -> MessageId:
    """Return one of the latest messages of somebody."""
    return client.said[-1 - number % min(3, len(client.said))] if client.said else MessageId(1)


ACTS: dict[str, Act] = {
    "joins": lambda me, other, room, n: JoinRoom(room),
    "joins as": lambda me, other, room, n: JoinRoom(room, handle=("bob", "zed")[n % 2]),
    "leaves": lambda me, other, room, n: LeaveRoom(room),
    "says": lambda me, other, room, n: say("hello", room),
    "types": lambda me, other, room, n: SetTyping(InChannel(room), typing=True),
    "whispers": lambda me, other, room, n: PostMessage(ToPerson(BySession(other.person.id)), "psst"),
    "edits": lambda me, other, room, n: EditMessage(_said_by(me, n), f"hello {n}"),
    "takes back": lambda me, other, room, n: RetractMessage(_said_by(other if n % 2 else me, n)),
    "reacts": lambda me, other, room, n: React(_said_by(other, n), "👍", on=None),
    "blocks": lambda me, other, room, n: Block((_handle_of(other, room),), room, on=n % 3 > 0),
    "blocks by name": lambda me, other, room, n: Block((("bob", "zed", "ana")[n % 3],), room, on=n < 7),
    "ignores": lambda me, other, room, n: Ignore((_handle_of(other, room),), room, on=n % 3 > 0),
    "invites": lambda me, other, room, n: InviteToWatch((_handle_of(other, room),), room),
    "turns away": lambda me, other, room, n: TurnAway((_handle_of(other, room),), room, on=n % 2 > 0),
    "hears everybody": lambda me, other, room, n: HearEverybody(),
    "changes": lambda me, other, room, n: SetStatus(("away", "online")[n % 2]),
    "hides": lambda me, other, room, n: SetStatus("hidden"),
    "shows": lambda me, other, room, n: SetMedia(camera=n % 2 > 0),
    "calls": lambda me, other, room, n: JoinCall(room) if n % 2 else LeaveCall(room),
    "renames": lambda me, other, room, n: Rename(f"known as {n}"),
    "presents": lambda me, other, room, n: Present(display_name=("zed", "Zoe", "bob")[n % 3]),
    "logs in": lambda me, other, room, n: LogIn(UserId(("site:zed", "site:bob")[n % 2])),
    "kicks": lambda me, other, room, n: Kick(room, BySession(other.person.id)),
    "lets run the site": lambda me, other, room, n: SetOperator(room, BySession(other.person.id), on=n % 2 > 0),
    "lets run the room": lambda me, other, room, n: SetRole(
        room, other.person.id, (Role.MODERATOR, Role.MEMBER)[n % 2]
    ),
}

ABOUT_MESSAGES = ("blocks", "says", "takes back", "reacts", "edits", "takes back", "reacts", "invites")
"""Oftener than the rest, since it takes several of them to tell somebody of what they were not given."""

Step = tuple[str, int, int, int, bool]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            [*ACTS, *ABOUT_MESSAGES, "edits what was liked", "comes anew", "is lost", "returns", "ends", "waits"]
        ),
        st.integers(0, len(PEOPLE) - 1),
        st.integers(0, len(PEOPLE) - 1),
        st.integers(0, 9),
        st.booleans(),
    ),
    min_size=20,
    max_size=50,
)


class Company:
    """Two nodes, and everybody in the lobby."""

    def __init__(self) -> None:
        fabric = Fabric()
        here = World(fabric=fabric, rooms=ROOMS, epoch="e1")
        there = World(
            fabric=fabric,
            rooms=ROOMS,
            epoch="e2",
            node=1,
            clock=here.clock,
            moderation=here.moderation,
            messages=here.messages,
        )
        self.worlds = (here, there)
        self.fabric = fabric
        said: dict[MessageId, dict[str, Any]] = {}
        self.clients = [Client(self.worlds[who.get("node", 0)], who, said) for who in PEOPLE]

    async def goes_through(self, steps: list[Step]) -> None:
        for client in self.clients:
            client.asks(JoinRoom(LOBBY))
        await self._agrees()
        for step in steps:
            await self._does(*step)
            await self._agrees()
        for client in self.clients:
            self.worlds[client.who.get("node", 0)].hub.end(client.person.session, LEFT, LeaveReason.LEFT)
        await self._settles()
        self.worlds[0].clock.advance(200)
        self._is_empty()

    async def _does(self, word: str, who: int, whom: int, number: int, in_den: bool) -> None:
        me, other, room = self.clients[who], self.clients[whom], DEN if in_den else LOBBY
        if not me.is_open:
            me.opens()
        elif word == "returns" and me.is_lost:
            me.returns()
        elif word == "is lost" and not me.is_lost:
            me.person.lose()
        elif word == "ends":
            me.world.hub.end(me.person.session, LEFT, LeaveReason.LEFT)
        elif word == "waits":
            self.worlds[0].clock.advance(number)
        elif word == "comes anew":
            me.world.hub.end(me.person.session, LEFT, LeaveReason.LEFT)
            me.opens()
            if me.is_open:
                me.asks(JoinRoom(room, handle=("", "zed")[number % 2]))
        elif word == "edits what was liked" and not me.is_lost and other.is_open and not other.is_lost:
            me.asks(say("hello", room))
            other.asks(React(_said_by(me, 0), "👍"))
            me.asks(EditMessage(_said_by(me, 0), "hello you"))
        elif word in ACTS and not me.is_lost:
            me.asks(ACTS[word](me, other, room, number))

    async def _settles(self) -> None:
        await settled()
        self.worlds[0].clock.advance(0.1)
        await settled()
        self.worlds[0].clock.settle()

    async def _agrees(self) -> None:
        await self._settles()
        for room in (LOBBY, DEN):
            roster = self.worlds[0].hub.presence.roster(room).values()
            assert len({fold(seat.handle) for seat in roster}) == len(roster)
            assert {seat.session for seat in roster} <= {
                card.session for card in self.worlds[0].hub.presence.sessions()
            }
        for client in self.clients:
            if client.is_open and not client.is_lost:
                client.reads()
                self._agrees_with(client)
        self._sees_who_runs_the_site()
        self._agree_windows(*self.clients[1:3])

    def _agree_windows(self, one: Client, other: Client) -> None:
        """See that a user has the same direct messages in all windows that are open."""
        if one.is_reading and other.is_reading:
            assert one.whispered == other.whispered
        for client in (one, other):
            client.is_reading, client.whispered = client.is_open and not client.is_lost, set()

    def _sees_who_runs_the_site(self) -> None:
        """See that no block meets one under the name that is borne longest; a guest may have others in other rooms."""
        for one in self.clients:
            session = one.person.session
            if (
                one.is_open
                and session.identity.operator
                and session.rooms
                and not one.person.seat(session.rooms[0]).hidden
            ):
                for other in self.clients:
                    if other.is_open and not other.is_lost and session.rooms[0] in other.rosters:
                        assert one.person.id in other.rosters[session.rooms[0]]

    def _agrees_with(self, client: Client) -> None:
        hub, session = client.world.hub, client.person.session
        if session.identity.user == client.user:  # who logs in stands to others as that user
            assert client.invited <= session.relations.invited
        client.invited, client.user = session.relations.invited, session.identity.user
        assert set(client.rosters) == set(session.rooms) == set(hub.presence.rooms_of(session.session))
        for room in session.rooms:
            fresh = driven(entrance.snapshot(hub, session, room))
            shown = {seat.session: msgspec.to_builtins(seat) for seat in fresh.participants}
            assert client.rosters[room] == shown
        read, client.read = client.read, []
        client.whispered = {event["message"]["id"] for event in read if _is_direct(event)}
        for event in read:
            if event["type"] == "message_posted":
                self._may_hear(client, event["message"]["author"], event["message"]["place"].get("room"))
            elif event["type"] == "typing_changed":
                self._may_hear(client, event["by"], event["place"].get("room"))
            elif event["type"] in ("message_edited", "message_retracted", "reaction_changed"):
                self._may_know_of(client, event)

    def _may_hear(self, client: Client, by: dict[str, Any], room: RoomId | None) -> None:
        hub, session = client.world.hub, client.person.session
        card = hub.presence.card(by["session"])
        insists = room is None and card is not None and card.identity.operator
        assert insists or not unheard_by(session.relations, _keys(by), hub.presence.unblockable()) or _is_me(client, by)
        self._is_not_parted(client, by, room)

    def _is_not_parted(self, client: Client, by: dict[str, Any], room: RoomId | None) -> None:
        hub, session = client.world.hub, client.person.session
        me, theirs = seats.author_in(hub, session, room), seats.relations_of(hub, by["session"])
        shielded = hub.presence.unblockable()
        assert policy.sees(session.relations, keys_of(me.handle, me.user), theirs, _keys(by), shielded)

    def _may_know_of(self, client: Client, event: dict[str, Any]) -> None:
        message = event["message"]["id"] if event["type"] == "message_edited" else event["message"]
        author, room = client.all_said[message]["author"], client.all_said[message]["place"].get("room")
        by = event.get("by", author)
        self._is_not_parted(client, author, room)
        if message not in client.given:
            self._may_hear(client, author, room)
        if event["type"] == "message_edited":
            for reaction in event["message"].get("reactions", ()):
                self._may_hear_of(client, reaction, room)
        is_authors = by["session"] == author["session"] or _keys(by)[0] == _keys(author)[0]  # by now, who may log in
        if event["type"] != "message_retracted" or not is_authors:
            self._may_hear(client, by, room)

    def _may_hear_of(self, client: Client, reaction: dict[str, Any], room: RoomId | None) -> None:
        """See that one hears everybody who gave a reaction; who is a guest and has gone is known by the name alone."""
        users = reaction.get("users") or [None] * len(reaction["by"])
        for handle, session, user in zip(reaction["by"], reaction["sessions"], users, strict=True):
            card = client.world.hub.presence.card(session)
            by = {"handle": handle, "session": session, "user": user or (card and card.identity.user)}
            self._may_hear(client, by, room)

    def _is_empty(self) -> None:
        presence = self.worlds[0].hub.presence
        assert not presence.sessions()
        assert not presence.blockers()
        assert not presence.unblockable()
        assert presence.turnout() == (0, 0)
        assert presence.crowd_of_all().people == 0
        assert not any((self.fabric.rooms, self.fabric.rooms_of, self.fabric.devices))
        for world in self.worlds:
            assert not len(world.hub.sessions)
            assert not len(world.hub.batches)
            for local in world.hub.rooms.values():
                assert not local.connected
                assert not local.seated


def _is_direct(event: dict[str, Any]) -> bool:
    return event["type"] == "message_posted" and event["message"]["place"]["in"] == "direct"


def _keys(person: dict[str, Any]) -> tuple[PersonKey, ...]:
    return keys_of(person["handle"], person.get("user"))


def _is_me(client: Client, person: dict[str, Any]) -> bool:
    user = client.who.get("user")
    return person["session"] == client.person.id or (user is not None and person.get("user") == user)


# The same orders in every run, and no shorter one is looked for, which takes longer than a test may; to hunt, take more of
# them, and `derandomize` away.
@given(STEPS)
@settings(max_examples=150, deadline=None, derandomize=True, phases=(Phase.explicit, Phase.generate))
def test_everybody_knows_what_a_newcomer_would_be_shown(steps: list[Step]) -> None:
    with patch("palaver.hub.local_rooms.CROWD", SMALL_CROWD):
        asyncio.run(_company(steps))


async def _company(steps: list[Step]) -> None:
    await Company().goes_through(steps)
