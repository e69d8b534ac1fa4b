"""Hundreds of short lives at random, and nothing that stays behind them: no seat, room, timer, task or entry anywhere."""

from __future__ import annotations

import asyncio
import gc
import json
import random
from collections.abc import Callable
from typing import Any

import pytest
from tests.fakes import FakeClock, World
from tests.transcripts.connections import Closed, FakeConnection

from palaver.cluster.memory import Fabric
from palaver.core.ids import PersonKey, RoomId
from palaver.core.participants import keys_of
from palaver.core.rooms import Life, Room
from palaver.dialects.native.surface import DIALECT
from palaver.hub.limits import Limits
from palaver.hub.sessions import Session
from palaver.transports.access import Access
from palaver.transports.connection import PeerInfo
from palaver.transports.conversation import Conversation
from palaver.transports.reception import Reception

LIVES = 400
CROWD = 90
NAMES = [f"guest {number}" for number in range(40)]
USERS = [f"user{number}" for number in range(12)]
ADDRESSES = [f"203.0.113.{number}" for number in range(8)]
PERMANENT = {RoomId("lobby"), RoomId("club")}
ROOMS = ["lobby", "lobby", "lobby", "club", "den", "attic", "vault"]
FAULTS = ("server_fault", "unavailable", "malformed", "unknown_word")
ALL_KEYS: tuple[PersonKey, ...] = tuple(
    key
    for name in [*NAMES, *USERS, *(f"{name} {number}" for name in NAMES for number in range(2, 9))]
    for key in (*keys_of(name, None), PersonKey(f"user:site:{name}"))
)


class Site:
    """A hub with a reception, and what was ever said to whom."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.clock = FakeClock()
        self.fabric = Fabric()
        rooms = [
            Room(RoomId("lobby"), life=Life.PERMANENT),
            Room(RoomId("club"), life=Life.PERMANENT, waiting_room=True),
        ]
        limits = Limits(asks_per_second=0, connections_per_address=1000, logins_per_minute=0)
        self.world = World(rooms=rooms, fabric=self.fabric, clock=self.clock, limits=limits)
        self.reception = Reception(self.world.hub, [DIALECT], lambda: Access(trusted=()))
        self.sessions: list[str] = []
        self.messages: list[tuple[str, int]] = []
        self.faults: list[Any] = []


class Visitor:
    """One client: its connection, where it stands, and what it does next."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.connection: FakeConnection | None = None
        self.token = ""
        self.session = ""
        self.position = {"epoch": "", "seq": 0}
        self.rooms: set[str] = set()
        self.ended = False

    def step(self) -> None:
        """Do one thing at random, and read what came of it."""
        if self.connection is None:
            self.dial()
            if self.token:
                self.ask("resume", token=self.token, position=self.position)
            elif self.site.dice.random() < 0.9:
                self.identify()
        else:
            self.site.dice.choice(DOINGS)(self)
        self.read()

    def dial(self) -> None:
        peer = PeerInfo("/native/ws", b"", [], self.site.dice.choice(ADDRESSES))
        listener = self.site.reception.receive(peer)
        assert isinstance(listener, Conversation)
        self.connection = FakeConnection(peer)
        self.connection.listener = listener
        listener.opened(self.connection)

    def identify(self) -> None:
        dice = self.site.dice
        if dice.random() < 0.6:
            self.ask("identify", name=dice.choice(NAMES))
        else:
            claims = {"sub": dice.choice(USERS), "op": dice.random() < 0.2}
            device = {"device": dice.choice(["phone", "desk"])} if dice.random() < 0.5 else {}
            self.ask("identify", token=json.dumps(claims), **device)

    def ask(self, word: str, /, **fields: Any) -> None:
        if self.connection is not None:
            self.connection.take(json.dumps({"id": 1, "ask": {"type": word, **fields}}).encode(), False)

    def read(self) -> None:
        self.site.clock.settle()
        connection = self.connection
        while connection is not None and connection.inbox:
            received = connection.inbox.popleft()
            if isinstance(received, Closed):
                self.over(received.code, clean=True)
                return
            self.note(json.loads(received))

    def note(self, frame: dict[str, Any]) -> None:
        outcome, event = frame.get("outcome", {}), frame.get("event", {})
        nonsense = frame.get("reply", 0) is None
        if not nonsense and frame.get("refusal", {}).get("code") in FAULTS:
            self.site.faults.append(frame)
        if frame.get("refusal", {}).get("code") == "no_such_session":
            self.token = ""
        if outcome.get("type") == "identified":
            self.token, self.session = outcome["resume_token"], outcome["session"]
            self.site.sessions.append(self.session)
        if outcome.get("type") == "joined":
            self.rooms.add(outcome["snapshot"]["room"]["id"])
        if event:
            assert event["type"] == "admitted" or frame["seq"] > self.position["seq"] or self.position["epoch"] == ""
            self.position = {"epoch": frame["epoch"], "seq": frame["seq"]}
        if event.get("type") == "message_posted" and event["message"]["place"]["in"] == "channel":
            self.site.messages.append((event["message"]["place"]["room"], event["message"]["id"]))

    def over(self, code: int, *, clean: bool) -> None:
        """The connection is gone, whoever ended it."""
        connection, self.connection = self.connection, None
        if connection is not None:
            connection.inbox.clear()
            connection.over(code, clean=clean)
        if code != 1006 and code != 1013:
            self.token, self.rooms = "", set()

    # -- what one does ---------------------------------------------------------------------------------------------

    def room(self) -> str:
        return self.site.dice.choice(sorted(self.rooms) or ROOMS)

    def somebody(self) -> dict[str, Any]:
        sessions = self.site.sessions[-40:]
        if sessions and self.site.dice.random() < 0.5:
            return {"by": "session", "session": self.site.dice.choice(sessions)}
        return {"by": "handle", "handle": self.site.dice.choice(NAMES + USERS)}

    def join(self) -> None:
        self.ask("join_room", room=self.site.dice.choice(ROOMS), create=True, pin="1")

    def create(self) -> None:
        dice = self.site.dice
        room = dice.choice(ROOMS)
        self.ask("create_room", room=room, hosted=dice.random() < 0.5, waiting_room=dice.random() < 0.3)
        self.ask("join_room", room=room)

    def post(self) -> None:
        nonce = self.site.dice.choice(["", "a", "b"])
        self.ask("post_message", place={"in": "channel", "room": self.room()}, text="x" * 100, nonce=nonce)

    def whisper(self) -> None:
        self.ask("post_message", place={"in": "direct", "to": self.somebody()}, text="psst")

    def react(self) -> None:
        if self.site.messages:
            message = self.site.dice.choice(self.site.messages[-20:])[1]
            word = self.site.dice.choice(["react", "edit_message", "retract_message"])
            self.ask(word, message=message, **{"react": {"emoji": "👍"}, "edit_message": {"text": "y"}}.get(word, {}))

    def film(self) -> None:
        self.ask("set_media", camera=self.site.dice.random() < 0.8)

    def watch(self) -> None:
        owner = self.somebody()
        self.ask("open_camera", owner=owner)
        self.ask("watch", owner=owner)
        self.ask("send_signal", to=owner, about="camera", signal={"kind": "offer", "description": {"sdp": "v=0"}})

    def call(self) -> None:
        self.ask(self.site.dice.choice(["join_call", "leave_call"]), room=self.room())

    def shun(self) -> None:
        word = self.site.dice.choice(["ignore", "block", "turn_away"])
        names = self.site.dice.sample(NAMES + USERS, 3)
        self.ask(word, names=names, room=self.room(), on=self.site.dice.random() < 0.7)

    def moderate(self) -> None:
        word = self.site.dice.choice(["kick", "ban_person", "stop_camera"])
        more = {"hours": 0.05} if word == "ban_person" else {}
        self.ask(word, room=self.room(), target=self.somebody(), **more)

    def decide(self) -> None:
        if self.site.sessions:
            session = self.site.dice.choice(self.site.sessions[-40:])
            word = self.site.dice.choice(["decide_waiting", "transfer_host"])
            self.ask(word, room=self.room(), session=session, **({"admit": True} if word == "decide_waiting" else {}))

    def change(self) -> None:
        dice = self.site.dice
        self.ask("set_status", text=f"{dice.random():.3f}")
        self.ask("set_typing", place={"in": "channel", "room": self.room()}, typing=True)
        self.ask("rename", display_name=f"somebody {dice.randrange(9)}")

    def close_room(self) -> None:
        self.ask("close_room", room=self.room())

    def leave_room(self) -> None:
        room = self.room()
        self.ask("leave_room", room=room)
        self.rooms.discard(room)

    def send_to_device(self) -> None:
        user = f"site:{self.site.dice.choice(USERS)}"
        self.ask("post_to_device", user=user, device="phone", word="hi", payload=[1])

    def talk_nonsense(self) -> None:
        assert self.connection is not None
        self.connection.take(self.site.dice.choice([b"", b"\xff", b"[]", b'{"ask":{"type":"x"}}']), False)

    def steal(self) -> None:
        """Resume the same session from a second connection, which takes it over."""
        if not self.token:
            return
        former, self.connection = self.connection, None
        self.dial()
        self.ask("resume", token=self.token, position=self.position)
        self.read()
        if former is not None:
            former.inbox.clear()
            former.over(4001, clean=True)

    def lose(self) -> None:
        self.over(1006, clean=False)

    def be_slow(self) -> None:
        self.over(1013, clean=False)

    def go(self) -> None:
        self.over(self.site.dice.choice([1000, 1001]), clean=True)
        self.ended = True

    def sign_out(self) -> None:
        self.ask("sign_out")

    def vanish(self) -> None:
        self.over(1006, clean=False)
        self.ended = True


DOINGS: list[Callable[[Visitor], None]] = [
    *[Visitor.join] * 12,
    *[Visitor.post] * 8,
    *[Visitor.change] * 3,
    *[Visitor.watch] * 4,
    *[Visitor.lose] * 4,
    *[Visitor.be_slow] * 2,
    *[Visitor.film] * 3,
    *[Visitor.shun] * 3,
    *[Visitor.decide] * 3,
    *[Visitor.create] * 2,
    Visitor.identify,
    Visitor.whisper,
    Visitor.react,
    Visitor.call,
    Visitor.moderate,
    Visitor.close_room,
    Visitor.leave_room,
    Visitor.send_to_device,
    Visitor.talk_nonsense,
    Visitor.steal,
    Visitor.sign_out,
    Visitor.go,
    Visitor.vanish,
]


def lived(site: Site) -> list[Visitor]:
    """Let lives begin, overlap and end, and return those that were still there at last."""
    dice, alive = site.dice, []
    for begun in range(LIVES):
        if len(alive) >= CROWD:
            leaver = alive.pop(dice.randrange(len(alive)))
            dice.choice([Visitor.go, Visitor.vanish])(leaver)
        alive.append(Visitor(site))
        for _ in range(12):
            life = dice.choice(alive)
            life.step()
            if life.ended:
                alive = [each for each in alive if each is not life]
                alive.append(Visitor(site))
        if begun % 5 == 0:
            site.clock.advance(dice.choice([0.01, 0.2, 1, 8]))
            for life in alive:
                life.read()
    return alive


def holders() -> list[object]:
    """Return what would hold on to a visitor, if it lives."""
    gc.collect()
    return [each for each in gc.get_objects() if isinstance(each, Session | Conversation | FakeConnection)]


@pytest.mark.parametrize("seed", range(4))
async def test_nothing_is_left_of_anybody(seed: int) -> None:
    print(f"seed {seed}")  # shown when it fails
    others = {id(each) for each in holders()}
    site = Site(random.Random(seed))
    hub = site.world.hub
    alive = lived(site)
    assert len(site.sessions) > LIVES / 2
    assert hub.counts.posted > 100
    for life in alive:
        site.dice.choice([Visitor.go, Visitor.vanish])(life)
    # Whoever was lost may come back for a while, and an empty room waits; then there is nobody and nothing.
    for _ in range(10):
        site.clock.advance(60)
    await asyncio.sleep(0)
    assert site.faults == []
    assert len(hub.sessions) == 0
    assert set(hub.rooms) == PERMANENT
    for room in hub.rooms.values():
        assert (room.seated, room.waiting, room.connected, room.has_batch) == ({}, {}, 0, False)
        assert (room.empty_timer, room.batch_timer) == (None, None)
    fabric = site.fabric
    assert (fabric.rooms, fabric.rooms_of, fabric.cards, fabric.devices, fabric.blockers) == ({}, {}, {}, {}, set())
    assert hub.sessions.deaf_to(ALL_KEYS) == set()
    assert len(hub.changing) == 0
    assert not hub.untold
    assert site.clock.pending == 0
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert [each for each in hub.bans if each.room is not None and each.room not in PERMANENT] == []
    gone = {message for room, message in site.messages if RoomId(room) not in PERMANENT}
    assert gone
    assert [message for message in gone if message in site.world.messages] == []
    for address in ADDRESSES:
        assert all(hub.addresses.enter(address) for _ in range(hub.addresses.limit)), "connections are still counted"
        assert not hub.addresses.enter(address)
    del alive, life
    # What stays of past events must not hold on to those who heard them. What another test left is not ours.
    assert [each for each in holders() if id(each) not in others] == []
