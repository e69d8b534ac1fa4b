"""Somebody on the conference wire, in each of its two later eras, over a real socket."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import httpx
from tests.bridges.visitor import ROOM, Frame, OnWebSocket


class OnConference(OnWebSocket):
    """The seed of the conference wire: events of Socket.IO, and messages over HTTP, by a key."""

    wire, path = "conference", "/socket.io/?EIO=4&transport=websocket"

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._ids: dict[str, str] = {}
        self.people: list[Frame] = []

    async def come(self, url: str) -> None:
        await super().come(url)
        await self._socket.send("40{}")
        self._http = httpx.AsyncClient(
            base_url=url,
            trust_env=False,
            verify=False,  # there is no TLS here, and reading all the authorities of the world takes 35 ms
        )
        await self._join()

    async def _join(self) -> None:
        await self.emit("join-room", ROOM, self.name)
        _, summary = await self.event("room-summary")
        self._hash = summary["idHash"]
        self.people = summary["participants"]
        self._me = next(each for each in self.people if each["isMe"])
        self._meet(*self.people)

    def _meet(self, *people: Frame) -> None:
        self._ids.update((each["name"], each["id"]) for each in people)

    async def leave(self) -> None:
        await self._http.aclose()
        await super().leave()

    async def _listen(self) -> None:
        async for payload in self._socket:
            if payload == "2":
                await self._socket.send("3")
            elif match := re.fullmatch(r"4[23]\d*(\[.*\])", str(payload), re.DOTALL):
                self.arrive(json.loads(match[1]))

    async def emit(self, *event: Any, ack: str = "") -> None:
        await self._socket.send(f"42{ack}{json.dumps(event)}")

    async def event(self, name: str, fits: Callable[..., Any] = lambda *_: True) -> Any:
        return await self.find(name, lambda event: event[0] == name and fits(*event[1:]))

    def arrive(self, frame: Any) -> None:
        if frame[0] == "new-participant":
            self._meet(frame[1])
        elif frame[0] == "participant-changed-name":
            self._ids[frame[2]] = frame[1]
        super().arrive(frame)

    async def sees(self, other: str) -> None:
        if other not in self._ids:
            await self.find(f"{other} come", lambda _: other in self._ids)

    async def misses(self, other: str) -> None:
        await self.event("participant-left", lambda gone: gone == self._ids[other])

    async def say(self, text: str) -> None:
        await self._post(to="everyone", content=text)

    async def write_to(self, other: str, text: str) -> None:
        await self._post(to=self._ids[other], content=text)

    async def _post(self, **body: str) -> None:
        sender = {"id": self._me["id"], "key": self._me["key"]}
        answer = await self._http.post(f"/api/{self._hash}/send", json={"from": sender, **body})
        assert answer.json()["success"], answer.text

    async def hears_said(self, text: str, by: str) -> None:
        await self.event("new-room-message", lambda told: (told["content"], told["from"]) == (text, self._ids[by]))

    async def hears_written(self, text: str, by: str) -> None:
        await self.event("new-direct-message", lambda told: (told["content"], told["from"]) == (text, self._ids[by]))

    async def show_camera(self) -> None:
        await self.emit("update-mediaState", {"cameraEnabled": True})

    async def signal(self, other: str, kind: str, text: str) -> None:
        body = (
            {"candidate": {"candidate": text}} if kind == "candidate" else {"description": {"type": kind, "sdp": text}}
        )
        await self.emit("signal", {"to": self._ids[other], "signal": {"kind": kind, **body}})

    async def hears_signal(self, kind: str, text: str, by: str) -> None:
        def fits(told: Frame) -> bool:
            signal = told["signal"]
            return signal["kind"] == kind and text in json.dumps(signal) and told["from"] == self._ids[by]

        await self.event("signal", fits)


class OnLastConference(OnConference):
    """The last era of the conference wire: one object for each call, and an answer."""

    wire = "conference-object"

    async def _join(self) -> None:
        await self.emit("join-room", {"roomId": ROOM, "name": self.name}, ack="1")
        (answer,) = await self.find("the answer", lambda event: isinstance(event[0], dict))
        summary = answer["data"]["summary"]
        self.people = summary["participants"]
        self._me = {"id": summary["myId"]}
        self._meet(*self.people)

    def arrive(self, frame: Any) -> None:
        if frame[0] == "new-participant":
            self._meet(frame[1]["participantSummary"])
        elif frame[0] == "participant-changed-name":
            self._ids[frame[1]["newName"]] = frame[1]["participantId"]
        OnWebSocket.arrive(self, frame)

    async def misses(self, other: str) -> None:
        await self.event("participant-left", lambda gone: gone["participantId"] == self._ids[other])

    async def say(self, text: str) -> None:
        _, told = await self.event("added-to-group")
        group = told["groupSummary"]["id"]
        await self.emit("send-message", {"messageInput": {"type": 0, "group": group, "content": text}})

    async def write_to(self, other: str, text: str) -> None:
        await self.emit("send-message", {"messageInput": {"type": 1, "to": self._ids[other], "content": text}})

    async def hears_said(self, text: str, by: str) -> None:
        await self._heard(0, text, by)

    async def hears_written(self, text: str, by: str) -> None:
        await self._heard(1, text, by)

    async def _heard(self, kind: int, text: str, by: str) -> None:
        def fits(told: Frame) -> bool:
            said = told["messageSummary"]
            return (said["type"], said["content"], said.get("from")) == (kind, text, self._ids[by])

        await self.event("new-message", fits)
