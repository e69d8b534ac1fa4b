"""Somebody on each wire, over a real socket: comes in, speaks, writes to one other, calls. How wires differ is here."""

from __future__ import annotations

import contextlib
import itertools
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

from tests.bridges.conference_visitors import OnConference, OnLastConference
from tests.bridges.visitor import ROOM, Frame, OnWebSocket, Visitor
from tests.client.serving import Server
from websockets.exceptions import ConnectionClosed


class OnNative(OnWebSocket):
    """The wire that says the core's own words."""

    wire, path, subprotocol = "native", "/ws", "palaver.v1"

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._ids = itertools.count(1)
        self._sessions: dict[str, str] = {}
        self._abouts: dict[str, str] = {}

    async def ask(self, **words: Any) -> Frame:
        number = next(self._ids)
        await self.send({"id": number, "ask": words})
        reply = await self.find(f"the answer to {words}", lambda frame: frame.get("reply") == number)
        assert "outcome" in reply, reply
        outcome: Frame = reply["outcome"]
        return outcome

    async def come(self, url: str) -> None:
        await super().come(url)
        await self.ask(type="identify", name=self.name)
        joined = await self.ask(type="join_room", room=ROOM)
        for seat in joined["snapshot"]["participants"]:
            self._meet(seat)

    def _meet(self, seat: Frame) -> None:
        for name in (seat["handle"], seat.get("display_name")):
            if name:
                self._sessions[name] = seat["session"]

    def arrive(self, frame: Any) -> None:
        event = frame.get("event", {})
        if "participant" in event:
            self._meet(event["participant"])
        super().arrive(frame)

    async def sees(self, other: str) -> None:
        if other not in self._sessions:
            await self.find(f"{other} come", lambda _: other in self._sessions)

    async def misses(self, other: str) -> None:
        gone = self._sessions[other]
        await self._event("participant_left", lambda event: event["session"] == gone)

    async def say(self, text: str) -> None:
        await self.ask(type="post_message", place={"in": "channel", "room": ROOM}, text=text)

    async def hears_said(self, text: str, by: str) -> None:
        await self._told(text, by, "channel")

    async def write_to(self, other: str, text: str) -> None:
        person = {"by": "session", "session": self._sessions[other]}
        await self.ask(type="post_message", place={"in": "direct", "to": person}, text=text)

    async def hears_written(self, text: str, by: str) -> None:
        await self._told(text, by, "direct")

    async def _told(self, text: str, by: str, where: str) -> None:
        def fits(event: Frame) -> bool:
            message = event["message"]
            author = message["author"]
            names = (author["handle"], author.get("display_name"))
            return message["text"] == text and by in names and message["place"]["in"] == where

        await self._event("message_posted", fits)

    async def show_camera(self) -> None:
        await self.ask(type="set_media", camera=True)

    async def approach(self, other: str) -> None:
        await self.ask(type="open_camera", owner={"by": "session", "session": self._sessions[other]})

    async def signal(self, other: str, kind: str, text: str) -> None:
        body = (
            {"candidate": {"candidate": text}} if kind == "candidate" else {"description": {"type": kind, "sdp": text}}
        )
        to = {"by": "session", "session": self._sessions[other]}
        about = self._abouts.get(other, "camera")
        await self.ask(type="send_signal", to=to, about=about, signal={"kind": kind, **body})

    async def hears_signal(self, kind: str, text: str, by: str) -> None:
        def fits(event: Frame) -> bool:
            signal = event["signal"]
            return (
                signal["kind"] == kind
                and text in json.dumps(signal)
                and event["sender"]["session"] == self._sessions[by]
            )

        event = await self._event("signal_sent", fits)
        self._abouts[by] = event.get("about", "")

    async def _event(self, word: str, fits: Callable[[Frame], bool]) -> Frame:
        def is_it(frame: Frame) -> bool:
            event = frame.get("event", {})
            return event.get("type") == word and fits(event)

        event: Frame = (await self.find(word, is_it))["event"]
        return event


class OnBareRTC(OnWebSocket):
    """BareRTC's flat objects."""

    wire, path = "barertc", "/ws"

    async def come(self, url: str) -> None:
        await super().come(url)
        await self.send({"action": "login", "username": self.name})
        await self._hears("me", username=self.name)

    async def _hears(self, action: str, **fields: Any) -> Frame:
        wanted = {"action": action, **fields}
        found: Frame = await self.find(str(wanted), lambda frame: wanted.items() <= frame.items())
        return found

    async def sees(self, other: str) -> None:
        await self.find(
            f"{other} in a who list", lambda frame: other in {row["username"] for row in frame.get("whoList", ())}
        )

    async def misses(self, other: str) -> None:
        await self._hears("presence", username=other, message="has exited the room!")

    async def say(self, text: str) -> None:
        await self.send({"action": "message", "channel": ROOM, "message": text})

    async def hears_said(self, text: str, by: str) -> None:
        await self._hears("message", channel=ROOM, username=by, message=f"<p>{text}</p>")

    async def write_to(self, other: str, text: str) -> None:
        await self.send({"action": "message", "channel": f"@{other}", "message": text})

    async def hears_written(self, text: str, by: str) -> None:
        await self._hears("message", channel=f"@{by}", username=by, message=f"<p>{text}</p>")

    async def show_camera(self) -> None:
        await self.send({"action": "me", "video": 1, "status": "online"})
        await self.find("its camera in a who list", self._is_on)

    def _is_on(self, frame: Frame) -> bool:
        return any(row["username"] == self.name and row["video"] & 1 for row in frame.get("whoList", ()))

    async def approach(self, other: str) -> None:
        await self.send({"action": "open", "username": other})
        await self._hears("open", username=other)

    async def signal(self, other: str, kind: str, text: str) -> None:
        if kind == "candidate":
            await self.send({"action": "candidate", "username": other, "candidate": json.dumps({"candidate": text})})
        else:
            description = json.dumps({"type": kind, "sdp": text})
            await self.send({"action": "sdp", "username": other, "description": description})

    async def hears_signal(self, kind: str, text: str, by: str) -> None:
        word, field = ("candidate", "candidate") if kind == "candidate" else ("sdp", "description")

        def fits(frame: Frame) -> bool:
            return frame["action"] == word and frame.get("username") == by and text in frame[field]

        await self.find(f"{kind} {text}", fits)


class OnSpreed(OnWebSocket):
    """Spreed WebRTC's documents."""

    wire, path = "spreed", "/ws?t="

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._ids: dict[str, str] = {}

    async def come(self, url: str) -> None:
        await super().come(url)
        self._me = (await self.find("Self", lambda frame: frame["Data"]["Type"] == "Self"))["Data"]["Id"]
        await self.send({"Type": "Hello", "Hello": {"Version": "0.28.1", "Ua": "tests", "Name": ROOM, "Type": ""}})
        await self.find("Welcome", lambda frame: frame["Data"]["Type"] == "Welcome")
        await self.send({"Type": "Status", "Status": {"Type": "Status", "Status": {"displayName": self.name}}})

    def arrive(self, frame: Any) -> None:
        data = frame["Data"]
        for user in (data, *(data.get("Users") or ())):
            status = user.get("Status")
            if isinstance(status, dict) and status.get("displayName") and "Id" in user:
                self._ids[status["displayName"]] = user["Id"]
        super().arrive(frame)

    async def sees(self, other: str) -> None:
        if other not in self._ids:
            await self.find(f"{other} come", lambda _: other in self._ids)

    async def misses(self, other: str) -> None:
        gone = self._ids[other]
        await self.find(f"{other} leave", lambda frame: frame["Data"]["Type"] == "Left" and frame["From"] == gone)

    async def say(self, text: str) -> None:
        await self._chat("", text)

    async def write_to(self, other: str, text: str) -> None:
        await self._chat(self._ids[other], text)

    async def _chat(self, to: str, text: str) -> None:
        await self.send({"Type": "Chat", "Chat": {"To": to, "Type": "Chat", "Chat": {"Message": text, "NoEcho": True}}})

    async def hears_said(self, text: str, by: str) -> None:
        await self._heard(text, by, "")

    async def hears_written(self, text: str, by: str) -> None:
        await self._heard(text, by, self._me)

    async def _heard(self, text: str, by: str, to: str) -> None:
        def fits(frame: Frame) -> bool:
            data = frame["Data"]
            return (
                data["Type"] == "Chat"
                and data["Chat"]["Message"] == text
                and frame.get("From") == self._ids.get(by)
                and frame.get("To", "") == to
            )

        await self.find(f"“{text}” of {by}", fits)

    async def signal(self, other: str, kind: str, text: str) -> None:
        word = kind.capitalize()
        body = {"candidate": text} if kind == "candidate" else {"type": kind, "sdp": text}
        await self.send({"Type": word, word: {"Type": word, "To": self._ids[other], word: body}})

    async def hears_signal(self, kind: str, text: str, by: str) -> None:
        word = kind.capitalize()

        def fits(frame: Frame) -> bool:
            data = frame["Data"]
            return data["Type"] == word and text in json.dumps(data[word]) and frame["From"] == self._ids.get(by)

        await self.find(f"{kind} {text}", fits)


VISITORS: dict[str, type[Visitor]] = {
    each.wire: each for each in (OnNative, OnBareRTC, OnSpreed, OnConference, OnLastConference)
}
_numbers = itertools.count(1)


@contextlib.asynccontextmanager
async def met(server: Server, *wires: str) -> AsyncIterator[list[Visitor]]:
    """Let one person on each wire come, in this order, until each sees all the others; who is still there leaves."""
    people = [VISITORS[wire](f"{wire}-{next(_numbers)}") for wire in wires]
    for each in people:
        await each.come(server.url)
    try:
        for one, other in itertools.permutations(people, 2):
            await one.sees(other.name)
        yield people
    finally:
        for each in people:
            with contextlib.suppress(ConnectionClosed):
                await each.leave()
