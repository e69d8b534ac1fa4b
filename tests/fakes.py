"""A clock that only moves when told, sinks that remember, a hub on memory adapters: tests that neither wait nor sleep."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from typing import Any, TypeVar

import msgspec

from palaver.cluster.memory import Fabric, MemoryBroker, MemoryPresence
from palaver.core.base import Command, Event, Outcome
from palaver.core.calls import IceServer, IceServers
from palaver.core.chat import Attachment
from palaver.core.disconnects import Disconnect
from palaver.core.errors import BadPicture
from palaver.core.ids import DeviceId, RoomId, SessionId, UserId
from palaver.core.moderation import NO_RELATIONS, Relations
from palaver.core.participants import Identity, Participant, Rule
from palaver.core.rooms import JoinRoom, Life, Room
from palaver.core.sessions import Position
from palaver.hub import eager, live_rooms
from palaver.hub.admission import Admission
from palaver.hub.hub import Hub, Ports
from palaver.hub.limits import Limits
from palaver.hub.ports.integrations import TokenRejected
from palaver.hub.sessions import Session
from palaver.storage.memory import MemoryMessageStore, MemoryModerationStore, MemoryRoomStore, Settled

NOW = 1_767_225_600.0
"""2026-01-01T00:00:00Z, when every test begins."""

LOBBY = RoomId("lobby")

T = TypeVar("T")


class FakeTimer:
    """Something that `FakeClock` will do."""

    def __init__(self, action: Callable[[], None]) -> None:
        self.action: Callable[[], None] | None = action

    def cancel(self) -> None:
        self.action = None


class FakeClock:
    """Time that stands still until `advance`. Turns of the loop end with `settle`, which `advance` also does."""

    def __init__(self, now: float = NOW) -> None:
        self._now = now
        self._order = itertools.count()
        self._timers: list[tuple[float, int, FakeTimer]] = []
        self._soon: list[Callable[[], None]] = []

    def now(self) -> float:
        return self._now

    def call_later(self, delay_s: float, action: Callable[[], None]) -> FakeTimer:
        timer = FakeTimer(action)
        heapq.heappush(self._timers, (self._now + delay_s, next(self._order), timer))
        return timer

    def call_soon(self, action: Callable[[], None]) -> None:
        self._soon.append(action)

    def settle(self) -> None:
        """End turns of the loop until there is nothing left to do at once."""
        while self._soon:
            due, self._soon = self._soon, []
            for action in due:
                action()

    def advance(self, seconds: float) -> None:
        """Let time pass, and do in order what falls due."""
        self.settle()
        until = self._now + seconds
        while self._timers and self._timers[0][0] <= until:
            self._now, _, timer = heapq.heappop(self._timers)
            if timer.action is not None:
                action, timer.action = timer.action, None
                action()
                self.settle()
        self._now = until

    @property
    def pending(self) -> int:
        """Return how many timers are neither due nor cancelled."""
        return sum(timer.action is not None for _, _, timer in self._timers)


class PlainView:
    """Renders an event as one line of JSON, so that joined bytes can be taken apart again."""

    roster = None
    hears_itself = True
    main_channel_alone = False
    hears_global_room = False

    def __init__(self, *, blind_to: tuple[type[Event], ...] = ()) -> None:
        self.blind_to = blind_to
        self.rendered = 0

    def render(self, event: Event, position: Position) -> bytes | None:
        if isinstance(event, self.blind_to):
            return None
        self.rendered += 1
        return msgspec.json.encode((position.seq, event)) + b"\n"


PLAIN = PlainView()


class FakeSink:
    """Remembers what it was handed: `writes` as they came, `lines` one by one."""

    def __init__(self, view: PlainView = PLAIN) -> None:
        self.view = view
        self.writes: list[bytes] = []
        self.unsent_bytes = 0
        self.disconnect: Disconnect | None = None

    def write(self, data: bytes) -> None:
        assert self.disconnect is None, "written to after its end"
        self.writes.append(data)

    def introduce(self, event: Event, position: Position) -> bytes:
        return self.view.render(event, position) or b""

    def keep_to(self, limits: Limits) -> None: ...

    def end(self, disconnect: Disconnect) -> None:
        self.disconnect = disconnect

    @property
    def lines(self) -> list[tuple[int, dict[str, Any]]]:
        """Return (seq, event) of everything that was written."""
        return [tuple(msgspec.json.decode(line)) for line in b"".join(self.writes).splitlines()]  # type: ignore[misc]

    @property
    def events(self) -> list[dict[str, Any]]:
        return [event for _, event in self.lines]

    @property
    def words(self) -> list[str]:
        """Return the types of the events that were written."""
        return [event["type"] for event in self.events]

    def forget(self) -> None:
        self.writes.clear()


class FakeTokens:
    """Takes the claims themselves, as JSON, for a token; `bad` is refused."""

    def identity(self, token: str, *, now: float) -> Identity:
        try:
            claims = msgspec.json.decode(token, type=dict[str, Any])
        except msgspec.DecodeError:
            raise TokenRejected("it is damaged.") from None
        subject = claims["sub"]
        return Identity(
            subject,
            user=UserId(f"site:{subject}"),
            display_name=claims.get("nick", ""),
            operator=claims.get("op", False),
            vip=claims.get("vip", False),
            rules=frozenset(Rule(rule) for rule in claims.get("rules", ())),
        )

    def renewed(self, identity: Identity, *, now: float) -> tuple[str, float]:
        return msgspec.json.encode({"sub": identity.name}).decode(), now + 300


class FakeIce:
    """Knows one server, whose credentials end after an hour."""

    def servers(self, session: SessionId, *, now: float) -> IceServers:
        server = IceServer(("turn:turn.example:3478",), f"{int(now) + 3600}:palaver", "secret")
        return IceServers((server,), (int(now) + 3600) * 1000, 3600)


class FakeSiteCalls:
    """A website that takes the calls it is said to take, and answers each with `problem`."""

    def __init__(self, *names: str, problem: str = "") -> None:
        self.names = set(names)
        self.problem = problem
        self.calls: list[tuple[str, Mapping[str, object]]] = []

    def wants(self, name: str) -> bool:
        return name in self.names

    def send(self, name: str, content: Mapping[str, object]) -> Settled[Settled[str]]:
        self.calls.append((name, content))
        return Settled(Settled(self.problem))


class FakePictures:
    """Takes whatever is not called bad for a JPEG of 720 by 400, and shows it as the last three letters of its address."""

    def keep(self, picture: bytes, name: str) -> Awaitable[Attachment]:
        async def kept() -> Attachment:
            if b"bad" in picture:
                raise BadPicture(problem="That file is not a picture.")
            return Attachment("/v1/pictures/abc", "image/jpeg", name, 10, 720, 400)

        return kept()

    @staticmethod
    def inline_url(url: str) -> str:
        return f"data:image/jpeg;base64,{url[-3:]}"


class FakeOperations:
    """Counts restarts, and finds fault with the settings where it is told to."""

    def __init__(self) -> None:
        self.problem = ""
        self.reloaded = self.restarted = 0

    def reload(self) -> str:
        self.reloaded += not self.problem
        return self.problem

    def restart(self) -> None:
        self.restarted += 1


def driven(work: Coroutine[Any, Any, T]) -> T:
    """Return the result of a coroutine that must not wait."""
    begun = eager.start(work)
    assert isinstance(begun, eager.Finished), "it waited"
    return begun.value


class World:
    """One hub with its adapters at hand, and shorthands for people in it."""

    def __init__(
        self,
        *,
        rooms: Iterable[Room] = (Room(LOBBY, life=Life.PERMANENT),),
        limits: Limits | None = None,
        admission: Admission | None = None,
        fabric: Fabric | None = None,
        clock: Any = None,
        epoch: str = "e1",
        node: int = 0,
        messages: Any = None,
        moderation: Any = None,
        presence: Any = None,
        room_store: Any = None,
        tokens: Any = None,
        site_calls: FakeSiteCalls | None = None,
    ) -> None:
        secrets = itertools.count(1)
        self.spreed_site: Any = None  # what that wire has around it, once it was asked for
        self.clock = clock or FakeClock()
        self.messages = messages or MemoryMessageStore()
        self.moderation = moderation or MemoryModerationStore()
        self.room_store = room_store or MemoryRoomStore()
        self.hub = Hub(
            Ports(
                clock=self.clock,
                messages=self.messages,
                rooms=self.room_store,
                moderation=self.moderation,
                broker=MemoryBroker(fabric),
                presence=presence or MemoryPresence(fabric),
                tokens=tokens or FakeTokens(),
                ice=FakeIce(),
                new_secret=lambda: f"{epoch}-secret-{next(secrets)}",
                pin_digest=lambda pin: f"digest of {pin}",
            ),
            limits=limits or Limits(),
            admission=admission or Admission(),
            epoch=epoch,
            node=node,
        )
        self.operations = self.hub.operations = FakeOperations()
        self.site_calls = self.hub.guard.site_calls = site_calls or FakeSiteCalls()
        for room in rooms:
            live_rooms.add(self.hub, room)

    def open(self, name: str, *rooms: str, sink: FakeSink | None = None, **identity: Any) -> Person:
        """Open a session and take seats; what was told about that is forgotten."""
        if identity.pop("verified", False):
            identity["user"] = UserId(f"site:{name}")
        if "device" in identity:
            identity["device"] = DeviceId(identity["device"])
        person = Person(self, Identity(name, **identity), sink or FakeSink())
        for room in rooms:
            person.ask(JoinRoom(RoomId(room)))
        self.clock.settle()
        return person


class Person:
    """Somebody with a session."""

    def __init__(self, world: World, identity: Identity, sink: FakeSink, relations: Relations = NO_RELATIONS) -> None:
        self.world = world
        self.sink = sink
        self.session: Session
        self.session, self.token = world.hub.open(identity, sink, relations)

    @property
    def id(self) -> SessionId:
        return self.session.session

    def seat(self, room: RoomId = LOBBY) -> Participant:
        return self.world.hub.presence.roster(room)[self.id]

    async def asks(self, command: Command) -> Outcome:
        """Ask for something that may have to wait."""
        done = self.world.hub.handle(self.session, command)
        return done if isinstance(done, Outcome) else await done

    def ask(self, command: Command) -> Outcome:
        """Ask for something that must not wait, and let the turn of the loop end."""
        try:
            return driven(self.asks(command))
        finally:
            self.world.clock.settle()

    def lose(self) -> None:
        self.world.hub.lost(self.session, self.sink)

    def hears(self) -> list[dict[str, Any]]:
        """Return what was told since the last call."""
        self.world.clock.settle()
        events = self.sink.events
        self.sink.forget()
        return events
