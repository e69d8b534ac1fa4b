"""Replays a transcript (see README.md) on a stage."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

import jwt
from tests.fakes import FakeClock
from tests.transcripts.calls import SECRET
from tests.transcripts.connections import Closed
from tests.transcripts.http import Answered, Asked, PureHttp, SocketHttp
from tests.transcripts.values import Mismatch, Values
from tests.transcripts.wires import WIRES, Wire

from palaver.integrations.jwt import mint

HERE = Path(__file__).parent

_LINE = re.compile(
    r"(?P<who>\w+) (?P<verb>sends|sends text|sends binary|receives|identifies|connects|is lost|closes|returns|is closed"
    r"|asks|is answered|reads|hangs up|hears the end)"
)
_MEETING = re.compile(r"(?P<who>\w+(?:, \w+)*(?: and \w+)?) (?:is|are) in")


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


def every_transcript() -> list[Transcript]:
    """Return the transcripts of all dialects; a folder with some is a dialect's."""
    return [found for folder in sorted(HERE.iterdir()) for found in transcripts(folder.name)]


class Stage(Protocol):
    """Where a transcript is played: somebody connects under a name, sends, and receives in order."""

    clock: FakeClock

    @property
    def http(self) -> PureHttp | SocketHttp:
        """Where requests are made."""

    async def connect(self, who: str, address: str, wire: Wire) -> None: ...

    async def stop(self) -> None: ...

    async def send(self, who: str, payload: str | bytes) -> None:
        """Send a frame and return when the server has read it."""

    async def receive(self, who: str) -> bytes | Closed:
        """Return the next frame. Raises Mismatch when none comes."""

    async def part(self, who: str, *, clean: bool) -> None:
        """End a connection from the client's side and return when the server knows."""


async def replay(transcript: Transcript, stage: Stage) -> None:
    """Play a transcript. Raises Mismatch, with the line, at the first difference."""
    play = Play(transcript, stage)
    for number, line in enumerate(transcript.lines, 2):
        ((key, value),) = line.items()
        try:
            await play.act(key, value)
        except Mismatch as mismatch:
            raise Mismatch(f"{transcript.name}, frame {number} ({key}): {mismatch}") from None
    try:
        await play.end()
    except Mismatch as mismatch:
        raise Mismatch(f"{transcript.name}, at the end: {mismatch}") from None


@dataclass
class Play:
    """How far somebody has got with a transcript: who is here, who has identified, what is bound."""

    transcript: Transcript
    stage: Stage
    values: Values = field(init=False)
    seqs: dict[str, int] = field(default_factory=dict)
    connected: set[str] = field(default_factory=set)
    wires: dict[str, Wire] = field(default_factory=dict)
    identified: set[str] = field(default_factory=set)
    answers: dict[str, Answered] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.values = Values(lambda label: self._token(self.transcript.given["tokens"][label]))

    async def act(self, key: str, value: Any) -> None:
        """Do what a line says. Raises Mismatch."""
        if key == "time passes":
            self.stage.clock.advance(value)
            self.values.moments.append(self.values.moments[-1] + value)
        elif key == "the server stops":
            await self.stage.stop()
        elif meeting := _MEETING.fullmatch(key):
            await self._meet(re.split(r", | and ", meeting["who"]), value)
        elif line := _LINE.fullmatch(key):
            await getattr(self, "_" + line["verb"].replace(" ", "_"))(line["who"], value)
        else:
            raise ValueError(f"{self.transcript.name} has a line that means nothing: {key}")

    async def end(self) -> None:
        """See that nobody was told what no line mentions. Raises Mismatch."""
        if self.answers:
            raise Mismatch(f"nobody looked at {self.answers}")
        await self.stage.http.check_all_read()
        for who in sorted(self.connected):
            await self._check_read(who)

    async def _sends(self, who: str, frame: Any) -> None:
        await self._here(who)
        await self._text(who, self.wires[who].write(self.values.filled(frame)))

    async def _sends_text(self, who: str, text: str) -> None:
        await self._text(who, self.values.filled(text))

    async def _sends_binary(self, who: str, text: str) -> None:
        await self._here(who)
        await self.stage.send(who, text.encode())

    async def _receives(self, who: str, expected: Any) -> None:
        received = await self.stage.receive(who)
        if isinstance(received, Closed):
            raise Mismatch(f"the connection was closed: {received}")
        actual = self.wires[who].read(received)
        self.values.compare(expected, actual, json.dumps(actual))
        self._check_order(who, actual)

    async def _asks(self, who: str, line: dict[str, Any]) -> None:
        if who in self.answers:
            raise Mismatch(f"nobody looked at {self.answers[who]}")
        path = self.values.in_address(line["path"])
        self.answers[who] = await self.stage.http.ask(who, Asked.of({**self.values.filled(line), "path": path}))

    async def _is_answered(self, who: str, expected: dict[str, Any]) -> None:
        answer = self.answers.pop(who, None)
        if answer is None:
            raise Mismatch(f"{who} asked nothing")
        if odd := expected.keys() - {"status", "headers", "json", "body"}:
            raise Mismatch(f"an answer has no {', '.join(sorted(odd))}")
        whole = f"{answer.status} {answer.headers} {answer.body!r}"
        self.values.compare(expected.get("status", 200), answer.status, whole, "status")
        for name, value in expected.get("headers", {}).items():
            self.values.compare(value, answer.headers.get(name), whole, name)
        if "json" in expected:
            self.values.compare(expected["json"], json.loads(answer.body), whole, "body")
        else:
            self.values.compare(expected.get("body", ""), answer.body.decode(errors="replace"), whole, "body")

    async def _reads(self, who: str, expected: str) -> None:
        read = (await self.stage.http.read(who)).decode()
        self.values.compare(self.values.in_stream(expected), read, repr(read), "stream")

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
        self.values.bound[f"session:{who}"] = answer["outcome"]["session"]
        self.values.bound[f"token:{who}"] = answer["outcome"]["resume_token"]
        self.identified.add(who)

    async def _connects(self, who: str, how: dict[str, str]) -> None:
        wire = self.wires[who] = WIRES[how.get("wire", self.transcript.given.get("wire", "native"))]
        query = f"?t={self.values.filled(how['token'])}" if "token" in how else ""
        await self.stage.connect(who, how.get("address", ""), replace(wire, path=wire.path + query))
        self.connected.add(who)
        self.seqs.pop(who, None)
        if wire is WIRES["spreed"] and not how.get("listens"):
            myself = json.loads(await self._frame(who))["Data"]
            self.values.bound[f"peer:{who}"], self.values.bound[f"token:{who}"] = myself["Id"], myself["Token"]
            self.values.bound[f"sid:{who}"] = myself["Sid"]
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
        self.values.compare(expected, {"code": received.code, "reason": received.reason}, str(received))
        self.connected.discard(who)

    async def _leave(self, who: str, *, clean: bool) -> None:
        await self._check_read(who)
        await self.stage.part(who, clean=clean)
        self.connected.discard(who)

    async def _meet(self, people: list[str], room: str) -> None:
        for who in sorted(self.connected):
            await self._check_read(who)
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
            self.values.moments.append(self.values.moments[-1] + 2)
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

    async def _check_read(self, who: str) -> None:
        if unread := await self._unread(who):
            raise Mismatch(f"{who} was also told {unread}")

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
