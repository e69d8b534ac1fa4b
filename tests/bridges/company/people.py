"""People of every wire in one room of one hub, without sockets: what each does, and what each is told of it, as plain facts.

A fact is a line such as `nat says hello`. Whoever reads it, on whichever wire, reads the same line, or the wire's nearest.
What the person of a wire says and reads is in the module of the wire.
"""

from __future__ import annotations

import itertools
import json
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any

from tests.fakes import FakeClock
from tests.transcripts.calls import SECRET
from tests.transcripts.connections import Closed, FakeConnection
from tests.transcripts.replay import Transcript
from tests.transcripts.stages import reception_of, world_of

from palaver.integrations.jwt import mint
from palaver.transports.connection import HttpRefusal, PeerInfo

ROOM = "lobby"
OFFER = {"kind": "offer", "description": {"type": "offer", "sdp": "v=0"}}

Frame = Any
Facts = Iterator[str]


class Company:
    """One hub, and who is in its default room."""

    def __init__(self) -> None:
        transcript = Transcript("here", {"given": {}}, [])
        self.world = world_of(transcript, FakeClock())
        self._reception = reception_of(self.world, transcript)
        self.people: dict[str, Person] = {}

    def come(self, kind: type[Person], name: str, **claims: Any) -> None:
        """Let somebody in; with claims by a token of the site."""
        token = mint({"sub": name, **claims}, SECRET, ttl_s=3600, now=self.world.clock.now()) if claims else ""
        self.people[name] = person = kind(self, name, token)
        person.comes()
        self.rest()

    def rest(self) -> None:
        """Let a time pass in which everybody is told what is held back for a while."""
        self.world.clock.settle()
        self.world.clock.advance(3)

    def connect(self, path: str) -> FakeConnection:
        """Return a connection to an address."""
        made = FakeConnection(PeerInfo.from_request(path.encode(), [], "192.0.2.1", secure=False))
        listener = self._reception.receive(made.peer)
        assert not isinstance(listener, HttpRefusal)
        made.listener = listener
        listener.opened(made)
        return made

    def facts(self) -> dict[str, list[str]]:
        """Return what each was told since the last call."""
        self.rest()
        return {name: person.reads() for name, person in self.people.items()}


class Person(ABC):
    """Somebody on one wire. `names` has others by the wire's ids of them, `said` the wire's id of the last message."""

    wire: str
    path: str

    def __init__(self, company: Company, name: str, token: str) -> None:
        self.company, self.name, self.token = company, name, token
        self.names: dict[str, str] = {}
        self.said: Any = None
        self.connection = company.connect(self.path)
        self.numbers = itertools.count(1)

    def put(self, frame: Frame) -> None:
        """Send a frame."""
        self.connection.take((frame if isinstance(frame, str) else json.dumps(frame)).encode(), False)
        self.company.world.clock.settle()

    def reads(self) -> list[str]:
        """Return what one was told since the last call, but for what answers oneself."""
        told, found = list(self.connection.inbox), list[str]()
        self.connection.inbox.clear()
        for each in told:
            found += ["the end"] if isinstance(each, Closed) else self.facts_in(self.decode(each))
        return found

    def decode(self, frame: bytes) -> Frame:
        return json.loads(frame)

    def id_of(self, other: str) -> str:
        """Return the wire's id of somebody."""
        return next(known for known, name in self.names.items() if name == other)

    @abstractmethod
    def comes(self) -> None: ...

    @abstractmethod
    def facts_in(self, frame: Frame) -> Facts | list[str]: ...

    def goes(self) -> None:
        self.connection.over(1000, clean=True)
        del self.company.people[self.name]
