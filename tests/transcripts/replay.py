"""Replays a transcript (see README.md) on a stage: the translators and the hub alone, or a server with real sockets."""

from __future__ import annotations

import asyncio
import json
import re
import secrets
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

import jwt
import msgspec
import uvicorn
from starlette.applications import Starlette
from tests.fakes import LOBBY, NOW, FakeClock, FakePictures, FakeSiteCalls, World
from tests.transcripts.calls import SECRET
from tests.transcripts.http import CONFERENCE, Answered, Asked, PureHttp, SocketHttp, Wrong, spreed_site
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from palaver.core.filters import MessageFilter
from palaver.core.rooms import Life, Room
from palaver.dialects.barertc import surface as barertc
from palaver.dialects.barertc.wire import Options as BareRTCOptions
from palaver.dialects.base import Dialect
from palaver.dialects.conference import surface as conference
from palaver.dialects.native.surface import DIALECT as NATIVE
from palaver.dialects.native.wire import SUBPROTOCOL
from palaver.dialects.spreed import surface as spreed
from palaver.hub.ports import Admission, Limits
from palaver.integrations.jwt import TokenVerifier, mint, shared_key
from palaver.integrations.patterns import compiled
from palaver.integrations.site_tokens import SiteTokens, renewed
from palaver.transports.connection import Connection, HttpRefusal, Listener, PeerInfo
from palaver.transports.http import uvicorn_options
from palaver.transports.reception import Access, Reception
from palaver.transports.socketio import SocketIo
from palaver.transports.websocket import WebSocketServer, WebSocketSettings

HERE = Path(__file__).parent
LIMIT_BEFORE_SESSION = 64 * 1024
PATIENCE_S = 10.0

_LINE = re.compile(
    r"(?P<who>\w+) (?P<verb>sends|sends text|sends binary|receives|identifies|connects|is lost|closes|returns|is closed"
    r"|asks|is answered|reads|hangs up|hears the end)"
)
_MEETING = re.compile(r"(?P<who>\w+(?:, \w+)*(?: and \w+)?) (?:is|are) in")
_VALUE = re.compile(r"\$(?P<kind>[a-z]+)(?::(?P<label>[\w -]+))?")
_REPEAT = re.compile(r"\$repeat:(?P<unit>.+):(?P<times>\d+)", re.DOTALL)

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")

_KINDS: dict[str, Any] = {
    "session": lambda value: isinstance(value, str) and re.fullmatch(r"[0-9a-f]{32}", value),
    "token": lambda value: isinstance(value, str) and len(value) >= 8,
    "id": lambda value: isinstance(value, int) and 0 < value < 2**53,
    "seq": lambda value: isinstance(value, int) and value >= 0,
    "peer": lambda value: isinstance(value, str) and re.fullmatch(r"[\w-]{32}", value),
    "sid": lambda value: isinstance(value, str) and re.fullmatch(r"[\w-]{32}", value),
    "a": lambda value: isinstance(value, str) and re.fullmatch(r"[\w-]{44}", value),
    "text": lambda value: isinstance(value, str) and value,
    "img": lambda value: isinstance(value, str) and re.fullmatch(r"img:[\w-]{20}/[\w-]{12}/picture\.png", value),
    "integer": lambda value: isinstance(value, int),
    "figures": lambda value: isinstance(value, dict) and all(isinstance(each, int) for each in value.values()),
    "png": lambda value: isinstance(value, str) and "PNG" in value,
    "epoch": lambda value: isinstance(value, str) and value,
    "room": lambda value: isinstance(value, str) and re.fullmatch(r"[a-z]{4}-[a-z]{4}-[a-z]{4}|[0-9]{9}", value),
    "uuid": lambda value: isinstance(value, str) and _UUID.fullmatch(value),
    "hex": lambda value: isinstance(value, str) and re.fullmatch(r"[0-9a-f]+", value),
    "letters": lambda value: isinstance(value, str) and re.fullmatch(r"[a-z]{16}", value),
    "time": lambda value: isinstance(value, str) and re.fullmatch(r"2026-\d\d-\d\dT\d\d:\d\d:\d\dZ", value),
    "s": lambda value: isinstance(value, int) and NOW <= value < NOW + 10_000_000,
    "ms": lambda value: isinstance(value, int) and value >= NOW * 1000,
}


Mismatch = Wrong


def dialects_of(world: World, transcript: Transcript) -> list[Dialect]:
    """Return the dialects with WebSockets, as the site of the transcripts sets them up."""
    hub = world.hub
    options = BareRTCOptions(
        token_for=lambda identity: renewed(identity, SECRET, now=world.clock.now()),
        inline_url=FakePictures.inline_url,
        message_id=lambda: hub.message_ids.next(hub.clock.now()),
    )
    return [NATIVE, barertc.dialect(lambda: options), spreed.dialect(spreed_site(world, transcript.given))]


@dataclass(frozen=True)
class Wire:
    """How a client of a dialect connects, and how it learns that nothing more is on its way to it.

    Attributes:
        probe: a frame that is always answered, and only with `answer` in the answer.
        hello: what a client says before anything else; the server has spoken before, and answers each.
        read: a frame as it stands in a transcript.
        write: the other way round.
    """

    path: str
    probe: str
    answer: str
    subprotocol: str | None = None
    hello: tuple[str, ...] = ()
    read: Callable[[bytes], Any] = json.loads
    write: Callable[[Any], str] = json.dumps


def _read_packet(frame: bytes) -> Any:
    """Return an event as its name and arguments, an answer as `{"answers": id, "with": […]}`."""
    match = re.fullmatch(rb"4([23])(\d*)(\[.*\])", frame, re.DOTALL)
    if match is None:
        return frame.decode()
    values = json.loads(match[3])
    return values if match[1] == b"2" else {"answers": int(match[2]), "with": values}


def _write_packet(frame: Any) -> str:
    """Return the packet of an event: its name and arguments, or `{"asks": id, "event": […]}`."""
    if isinstance(frame, dict):
        return f"42{frame['asks']}{json.dumps(frame['event'], separators=(',', ':'))}"
    return f"42{json.dumps(frame, separators=(',', ':'))}"


WIRES = {
    "conference": Wire(
        "/socket.io/?EIO=4&transport=websocket",
        '42999["anything more?"]',
        "43999",
        hello=("40{}",),
        read=_read_packet,
        write=_write_packet,
    ),
    "native": Wire("/native/ws", '{"id":-1,"ask":{"type":"keepalive"}}', '"reply":-1', SUBPROTOCOL),
    "spreed": Wire("/spreed/ws", '{"Type":"Alive","Alive":{"Type":"Alive","Alive":0}}', '"Alive":0}'),
    "barertc": Wire("/barertc/ws", '{"action":"anything more?"}', ": anything more?"),
}


@dataclass
class Transcript:
    """One conversation on disk."""

    name: str
    head: dict[str, Any]
    lines: list[dict[str, Any]]

    @classmethod
    def load(cls, path: Path) -> Transcript:
        """Read a file; a blank line separates scenes and means nothing."""
        head, *lines = [json.loads(line) for line in path.read_text().splitlines() if line.strip()]
        return cls(str(path.relative_to(HERE)), head, lines)

    @property
    def given(self) -> dict[str, Any]:
        """Return what the first line says of the server."""
        found: dict[str, Any] = self.head.get("given", {})
        return found

    def frames(self, verb: str) -> Iterator[Any]:
        """Go through the frames that somebody `sends` or `receives`."""
        for line in self.lines:
            ((key, value),) = line.items()
            if key.endswith(f" {verb}"):
                yield value


def transcripts(dialect: str) -> list[Transcript]:
    """Return every transcript of a dialect, by name."""
    return [Transcript.load(path) for path in sorted((HERE / dialect).glob("*.jsonl"))]


@dataclass(frozen=True)
class Closed:
    """The server ended a connection."""

    code: int
    reason: str


class Stage(Protocol):
    """Where a transcript is played: somebody connects under a name, sends, and receives in order."""

    clock: FakeClock

    @property
    def http(self) -> PureHttp | SocketHttp:
        """Where requests are made."""

    async def connect(self, who: str, address: str, wire: Wire) -> None: ...

    async def send(self, who: str, payload: str | bytes) -> None:
        """Send a frame and return when the server has read it."""

    async def receive(self, who: str) -> bytes | Closed:
        """Return the next frame. Raises Mismatch when none comes."""

    async def part(self, who: str, *, clean: bool) -> None:
        """End a connection from the client's side and return when the server knows."""


async def replay(transcript: Transcript, stage: Stage) -> None:
    """Play a transcript. Raises Mismatch, with the line, at the first difference."""
    play = _Play(transcript, stage)
    for number, line in enumerate(transcript.lines, 2):
        ((key, value),) = line.items()
        try:
            await play.act(key, value)
        except Mismatch as mismatch:
            raise Mismatch(f"{transcript.name}, frame {number} ({key}): {mismatch}") from None
    await play.end()


@dataclass
class _Play:
    transcript: Transcript
    stage: Stage
    bound: dict[str, Any] = field(default_factory=dict)
    seqs: dict[str, int] = field(default_factory=dict)
    connected: set[str] = field(default_factory=set)
    wires: dict[str, Wire] = field(default_factory=dict)
    identified: set[str] = field(default_factory=set)
    answers: dict[str, Answered] = field(default_factory=dict)

    async def act(self, key: str, value: Any) -> None:
        if key == "time passes":
            self.stage.clock.advance(value)
        elif meeting := _MEETING.fullmatch(key):
            await self._meet(re.split(r", | and ", meeting["who"]), value)
        elif line := _LINE.fullmatch(key):
            await getattr(self, "_" + line["verb"].replace(" ", "_"))(line["who"], value)
        else:
            raise ValueError(f"{self.transcript.name} has a line that means nothing: {key}")

    async def end(self) -> None:
        if self.answers:
            raise Mismatch(f"{self.transcript.name}: nobody looked at {self.answers}")
        await self.stage.http.check_all_read()
        for who in sorted(self.connected):
            unread = await self._unread(who)
            if unread:
                raise Mismatch(f"{self.transcript.name}: {who} was also told {unread}")

    async def _sends(self, who: str, frame: Any) -> None:
        await self._here(who)
        await self._text(who, self.wires[who].write(self._filled(frame)))

    async def _sends_text(self, who: str, text: str) -> None:
        await self._text(who, self._filled(text))

    async def _sends_binary(self, who: str, text: str) -> None:
        await self._here(who)
        await self.stage.send(who, text.encode())

    async def _receives(self, who: str, expected: Any) -> None:
        received = await self.stage.receive(who)
        if isinstance(received, Closed):
            raise Mismatch(f"the connection was closed: {received}")
        actual = self.wires[who].read(received)
        self._compare(expected, actual, "$", json.dumps(actual))
        self._check_order(who, actual)

    async def _asks(self, who: str, line: dict[str, Any]) -> None:
        if who in self.answers:
            raise Mismatch(f"nobody looked at {self.answers[who]}")
        # What is bound may stand anywhere in an address.
        path = _VALUE.sub(lambda found: str(self.bound.get(found[0][1:], found[0])).removeprefix("img:"), line["path"])
        self.answers[who] = await self.stage.http.ask(who, Asked.of({**self._filled(line), "path": path}))

    async def _is_answered(self, who: str, expected: dict[str, Any]) -> None:
        answer = self.answers.pop(who)
        whole = f"{answer.status} {answer.headers} {answer.body!r}"
        self._compare(expected.get("status", 200), answer.status, "status", whole)
        for name, value in expected.get("headers", {}).items():
            self._compare(value, answer.headers.get(name), name, whole)
        if "json" in expected:
            self._compare(expected["json"], json.loads(answer.body), "body", whole)
        else:
            self._compare(expected.get("body", ""), answer.body.decode(errors="replace"), "body", whole)

    async def _reads(self, who: str, expected: str) -> None:
        read = (await self.stage.http.read(who)).decode()
        # What differs from run to run may stand anywhere in a line.
        for value in list(_VALUE.finditer(expected)):
            expected = expected.replace(value[0], str(self.bound[value[0][1:]]))
        self._compare(expected, read, "stream", repr(read))

    async def _hangs_up(self, who: str, _: Any) -> None:
        await self.stage.http.hang_up(who)

    async def _hears_the_end(self, who: str, _: Any) -> None:
        await self.stage.http.ended(who)

    async def _identifies(self, who: str, claims: dict[str, Any]) -> None:
        by_token = {"token": self._token(claims)} if "sub" in claims else claims
        await self._sends(who, {"id": 0, "ask": {"type": "identify", **by_token}})
        answer = json.loads(await self._frame(who))
        if "outcome" not in answer:
            raise Mismatch(f"refused: {answer}")
        self.bound[f"session:{who}"] = answer["outcome"]["session"]
        self.bound[f"token:{who}"] = answer["outcome"]["resume_token"]
        self.identified.add(who)

    async def _connects(self, who: str, how: dict[str, str]) -> None:
        wire = self.wires[who] = WIRES[how.get("wire", self.transcript.given.get("wire", "native"))]
        query = f"?t={self._filled(how['token'])}" if "token" in how else ""
        await self.stage.connect(who, how.get("address", ""), replace(wire, path=wire.path + query))
        self.connected.add(who)
        self.seqs.pop(who, None)
        if wire is WIRES["spreed"] and not how.get("listens"):
            myself = json.loads(await self._frame(who))["Data"]
            self.bound[f"peer:{who}"], self.bound[f"token:{who}"] = myself["Id"], myself["Token"]
            self.bound[f"sid:{who}"] = myself["Sid"]
        for hello in wire.hello:
            await self._frame(who)
            proof = {"token": self._jwt(who)["jwt"]} if self._jwt(who) else {}
            await self.stage.send(who, hello.replace("{}", json.dumps(proof)))
        if wire.hello:
            await self._frame(who)

    async def _returns(self, who: str, how: dict[str, str]) -> None:
        if who in self.connected:
            raise Mismatch(f"the connection of {who} has not ended")
        await self._connects(who, how)

    async def _is_lost(self, who: str, _: Any) -> None:
        await self._leave(who, clean=False)

    async def _closes(self, who: str, _: Any) -> None:
        await self._leave(who, clean=True)

    async def _is_closed(self, who: str, expected: dict[str, Any]) -> None:
        received = await self.stage.receive(who)
        if not isinstance(received, Closed):
            raise Mismatch(f"received {received!r} instead")
        self._compare(expected, {"code": received.code, "reason": received.reason}, "$", str(received))
        self.connected.discard(who)

    async def _leave(self, who: str, *, clean: bool) -> None:
        unread = await self._unread(who)
        if unread:
            raise Mismatch(f"{who} was also told {unread}")
        await self.stage.part(who, clean=clean)
        self.connected.discard(who)

    async def _meet(self, people: list[str], room: str) -> None:
        for who in people:
            await self._here(who)
            if self.wires[who] is WIRES["barertc"]:
                await self._sends(who, {"action": "login", "username": who, **self._jwt(who)})
                continue
            if self.wires[who] is WIRES["spreed"]:
                await self._sends(who, {"Type": "Hello", "Hello": {"Name": room}})
                continue
            if who not in self.identified:
                await self._identifies(who, {"name": who})
            await self._sends(who, {"id": 0, "ask": {"type": "join_room", "room": room}})
        if WIRES["barertc"] in self.wires.values():
            self.stage.clock.advance(2)  # until everybody has read the whole roster, and the next is not held back
        for who in sorted(self.connected):
            for frame in await self._unread(who):
                if "refusal" in frame:
                    raise Mismatch(f"{who} did not get in: {frame}")

    def _jwt(self, who: str) -> dict[str, str]:
        claims = self.transcript.given.get("tokens", {}).get(who)
        return {} if claims is None else {"jwt": self._token(claims)}

    async def _text(self, who: str, text: str) -> None:
        await self._here(who)
        await self.stage.send(who, text)

    async def _here(self, who: str) -> None:
        if who not in self.connected:
            await self._connects(who, {})

    async def _frame(self, who: str) -> bytes:
        received = await self.stage.receive(who)
        if isinstance(received, Closed):
            raise Mismatch(f"the connection of {who} was closed: {received}")
        return received

    async def _unread(self, who: str) -> list[Any]:
        """Return what somebody was told and no line mentioned, by asking for one answer more."""
        wire = self.wires[who]
        await self.stage.send(who, wire.probe)
        unread = []
        while wire.answer not in (text := (await self._frame(who)).decode()):
            frame = wire.read(text.encode())
            unread.append(frame)
            self._check_order(who, frame)
        return unread

    def _check_order(self, who: str, frame: Any) -> None:
        if isinstance(frame, dict) and "seq" in frame:
            if frame["seq"] <= self.seqs.get(who, -1):
                raise Mismatch(f"the seq of {who} does not rise: {frame}")
            self.seqs[who] = frame["seq"]

    def _token(self, claims: dict[str, Any]) -> str:
        if "sub" in claims:
            return mint(claims, SECRET, ttl_s=3600, now=self.stage.clock.now())
        return jwt.encode({"exp": int(self.stage.clock.now()) + 3600, **claims}, SECRET, algorithm="HS256")

    def _filled(self, value: Any) -> Any:
        """Return a value to send, with what is bound and what is long in its places."""
        if isinstance(value, dict):
            return {key: self._filled(each) for key, each in value.items()}
        if isinstance(value, list):
            return [self._filled(each) for each in value]
        if not isinstance(value, str) or not value.startswith("$"):
            return value
        if repeat := _REPEAT.fullmatch(value):
            return repeat["unit"] * int(repeat["times"])
        name = value[1:]
        if name.startswith("jwt:"):
            return self._token(self.transcript.given["tokens"][name[4:]])
        return self.bound[name]

    def _compare(self, expected: Any, actual: Any, path: str, whole: str) -> None:
        if isinstance(expected, dict) and isinstance(actual, dict):
            if expected.keys() != actual.keys():
                odd = sorted(expected.keys() ^ actual.keys())
                raise Mismatch(f"{path} differs in {', '.join(odd)}; received {whole}")
            for key, each in expected.items():
                self._compare(each, actual[key], f"{path}.{key}", whole)
        elif isinstance(expected, list) and isinstance(actual, list):
            if len(expected) != len(actual):
                raise Mismatch(f"{path} has {len(actual)} entries; received {whole}")
            for at, (one, other) in enumerate(zip(expected, actual, strict=True)):
                self._compare(one, other, f"{path}[{at}]", whole)
        elif isinstance(expected, str) and (value := _VALUE.fullmatch(expected)):
            self._compare_value(value["kind"], value["label"], actual, path, whole)
        elif type(expected) is not type(actual) or expected != actual:
            raise Mismatch(f"{path} is {actual!r}, not {expected!r}; received {whole}")

    def _compare_value(self, kind: str, label: str | None, actual: Any, path: str, whole: str) -> None:
        if kind == "greater":
            expected = max(self.bound[f"session:{who}"] for who in str(label).split())
            if actual != expected:
                raise Mismatch(f"{path} is not the greater session of {label}; received {whole}")
            return
        if not _KINDS[kind](actual):
            raise Mismatch(f"{path} is no {kind}: {actual!r}; received {whole}")
        if label is None:
            return
        if self.bound.setdefault(f"{kind}:{label}", actual) != actual:
            raise Mismatch(f"{path} is {actual!r}, not {kind}:{label}; received {whole}")


def _filter(patterns: list[str], **options: Any) -> MessageFilter:
    return MessageFilter(tuple(map(compiled, patterns)), **options)


def world_of(transcript: Transcript, clock: FakeClock) -> World:
    """Return the server that a transcript asks for."""
    given = transcript.given
    rooms = msgspec.convert(given.get("rooms", []), list[Room])
    if all(room.id != LOBBY for room in rooms):
        rooms.insert(0, Room(LOBBY, life=Life.PERMANENT))
    admission = msgspec.convert(given.get("admission", {}), Admission)
    filters = tuple(_filter(**each) for each in given.get("filters", ()))
    world = World(
        rooms=rooms,
        limits=msgspec.convert(given.get("limits", {}), Limits),
        admission=msgspec.structs.replace(admission, filters=filters),
        site_calls=FakeSiteCalls(*given.get("webhooks", ()), problem=given.get("webhook problem", "")),
        clock=clock,
        tokens=SiteTokens(TokenVerifier([shared_key(SECRET)]), SECRET),
    )
    if given.get("pictures"):
        world.hub.pictures = FakePictures()
    return world


def reception_of(world: World, transcript: Transcript) -> Reception:
    """Return who receives WebSockets of every dialect."""
    access = Access(trusted=())
    spoken = conference.dialect(lambda: CONFERENCE, now=world.clock.now, new_label=lambda: secrets.token_hex(12))
    socketio = SocketIo(world.hub, spoken, lambda: access)
    return Reception(world.hub, [*dialects_of(world, transcript), spoken], lambda: access, (socketio,))


class FakeConnection:
    """One end of a pretended WebSocket: reads the server's frames, keeps its limit and its pauses."""

    framing = "websocket"
    unsent_bytes = 0

    def __init__(self, peer: PeerInfo, max_message_bytes: int = LIMIT_BEFORE_SESSION) -> None:
        self.peer = peer
        self.max_message_bytes = max_message_bytes
        self.inbox: deque[bytes | Closed] = deque()
        self.paused = False
        self.listener: Listener
        self._open = True
        self._unread: deque[tuple[bytes, bool]] = deque()

    def write(self, data: bytes) -> None:
        if self._open:
            self.inbox.extend(_payloads(data))

    def close(self, code: int = 1000, reason: str = "") -> None:
        if self._open:
            self._open = False
            self.inbox.append(Closed(code, reason))

    def abort(self) -> None:
        self.close(1006)

    def pause_reading(self) -> None:
        self.paused = True

    def resume_reading(self) -> None:
        self.paused = False
        while self._unread and not self.paused and self._open:
            self.listener.received(*self._unread.popleft())

    def take(self, payload: bytes, binary: bool) -> None:
        """Do what a transport does with a message from the peer."""
        if self.max_message_bytes and len(payload) > self.max_message_bytes:
            self.close(1009, f"message is larger than {self.max_message_bytes} bytes")
            return
        self._unread.append((payload, binary))
        if not self.paused:
            self.resume_reading()

    def over(self, code: int, *, clean: bool) -> None:
        """Tell the listener that the connection is over."""
        self._open = False
        self.listener.closed(code, "", clean)


def _payloads(data: bytes) -> Iterator[bytes]:
    """Take unmasked text frames apart (RFC 6455 §5.2)."""
    while data:
        assert data[0] == 0x81, "not a whole text frame"
        size, head = data[1], 2
        if size > 125:
            head = 4 if size == 126 else 10
            size = int.from_bytes(data[2:head])
        yield data[head : head + size]
        data = data[head + size :]


class PureStage:
    """Plays on the conversation, its translator and the hub; no socket, no loop, and every turn ends at once."""

    def __init__(self, transcript: Transcript) -> None:
        self.clock = FakeClock()
        self.world = world_of(transcript, self.clock)
        self._reception = reception_of(self.world, transcript)
        self._connections: dict[str, FakeConnection] = {}
        self.http = PureHttp(self.world, transcript.given)

    async def connect(self, who: str, address: str, wire: Wire) -> None:
        connection = self._connections[who] = FakeConnection(
            PeerInfo.from_request(wire.path.encode(), [], address, secure=False)
        )
        listener = self._reception.receive(connection.peer)
        assert not isinstance(listener, HttpRefusal)
        connection.listener = listener
        listener.opened(connection)

    async def send(self, who: str, payload: str | bytes) -> None:
        data = payload if isinstance(payload, bytes) else payload.encode()
        self._connections[who].take(data, isinstance(payload, bytes))
        self.clock.settle()

    async def receive(self, who: str) -> bytes | Closed:
        self.clock.settle()
        connection = self._connections[who]
        if not connection.inbox:
            raise Mismatch(f"{who} is told nothing")
        received = connection.inbox.popleft()
        if isinstance(received, Closed):
            connection.over(received.code, clean=True)
        return received

    async def part(self, who: str, *, clean: bool) -> None:
        self._connections[who].over(1000 if clean else 1006, clean=clean)
        self.clock.settle()


class _LoopedClock(FakeClock):
    """Time stands still, but turns are those of the running loop."""

    def call_soon(self, action: Any) -> None:
        asyncio.get_running_loop().call_soon(action)


class _Overheard:
    """Passes everything on to a listener, and tells when it was done."""

    def __init__(self, listener: Listener) -> None:
        self.subprotocol = listener.subprotocol
        self.changed = asyncio.Event()
        self.received_count = 0
        self.over = False
        self._listener = listener

    def opened(self, connection: Connection) -> None:
        self._listener.opened(connection)

    def received(self, payload: bytes, binary: bool = False) -> None:
        self._listener.received(payload, binary)
        self.received_count += 1
        self.changed.set()

    def closed(self, code: int, reason: str, clean: bool) -> None:
        self._listener.closed(code, reason, clean)
        self.over = True
        self.changed.set()


class SocketStage:
    """Plays over WebSockets of a real server in this loop. The hub's clock alone stands still."""

    def __init__(self, transcript: Transcript) -> None:
        self.clock: FakeClock = _LoopedClock()
        self.world = world_of(transcript, self.clock)
        self._reception = reception_of(self.world, transcript)
        self._address = ""
        self._listeners: list[_Overheard] = []
        self._clients: dict[str, tuple[ClientConnection, _Overheard]] = {}
        self._sent: dict[str, int] = {}
        self.http = SocketHttp(self.world, transcript.given, lambda: self._port)
        websockets = WebSocketServer(self._receive, WebSocketSettings(max_message_bytes=LIMIT_BEFORE_SESSION))
        config = uvicorn.Config(
            Starlette(routes=self.http.routes),
            port=0,
            lifespan="off",
            log_config=None,
            access_log=False,
            **uvicorn_options(websockets),
        )
        self._server = uvicorn.Server(config)

    async def __aenter__(self) -> SocketStage:
        self._server.config.load()
        self._server.lifespan = self._server.config.lifespan_class(self._server.config)
        await self._server.startup()
        self._port = self._server.servers[0].sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.close()
        for client, _listener in self._clients.values():
            client.transport.abort()
        for listener in self._listeners:
            await self._until(listener, lambda listener=listener: listener.over)
        await self._server.shutdown()

    def _receive(self, peer: PeerInfo) -> Listener | HttpRefusal:
        # The transcript's address in place of loopback's.
        peer.remote = self._address
        answer = self._reception.receive(peer)
        if isinstance(answer, HttpRefusal):
            return answer
        self._listeners.append(_Overheard(answer))
        return self._listeners[-1]

    async def connect(self, who: str, address: str, wire: Wire) -> None:
        self._address = address
        offered = [wire.subprotocol] if wire.subprotocol is not None else None
        client = await connect(
            f"ws://127.0.0.1:{self._port}{wire.path}", subprotocols=offered, compression=None, proxy=None
        )
        if who in self._clients:
            self._clients[f"{who} before {len(self._clients)}"] = self._clients[who]
        self._clients[who] = (client, self._listeners[-1])
        self._sent[who] = 0

    async def send(self, who: str, payload: str | bytes) -> None:
        client, listener = self._clients[who]
        await client.send(payload)
        self._sent[who] += 1
        await self._until(listener, lambda: listener.over or listener.received_count == self._sent[who])

    async def receive(self, who: str) -> bytes | Closed:
        client, _ = self._clients[who]
        try:
            async with asyncio.timeout(PATIENCE_S):
                received = await client.recv(decode=False)
        except TimeoutError:
            raise Mismatch(f"{who} is told nothing") from None
        except ConnectionClosed:
            return Closed(client.close_code or 1006, client.close_reason or "")
        assert isinstance(received, bytes)
        return received

    async def part(self, who: str, *, clean: bool) -> None:
        client, listener = self._clients[who]
        if clean:
            await client.close()
        else:
            client.transport.abort()
        await self._until(listener, lambda: listener.over)

    async def _until(self, listener: _Overheard, holds: Any) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not holds():
                listener.changed.clear()
                await listener.changed.wait()
