"""The two of the company who speak Socket.IO: one of the era between, one of the last."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.bridges.company.people import OFFER, ROOM, Facts, Frame, Person


class OnConference(Person):
    """The era between: arguments in a row, and answers. It is its names that are read by `said` and `person`."""

    wire, path = "conference", "/socket.io/?EIO=4&transport=websocket&recovery=0"

    def comes(self) -> None:
        self.put("40" + json.dumps({"token": self.token} if self.token else {}))
        self.enters()

    def enters(self) -> None:
        self.call("join-room", ROOM, self.name, None)

    def call(self, *event: Any) -> None:
        self.put(f"42{next(self.numbers)}{json.dumps(event)}")

    def decode(self, frame: bytes) -> Frame:
        match = re.fullmatch(rb"4[23]\d*(\[.*\])", frame, re.DOTALL)
        return json.loads(match[1]) if match else []

    def says(self, text: str) -> None:
        self.call("send-message", "everyone", text)

    def writes(self, other: str, text: str) -> None:
        self.call("send-message", self.id_of(other), text)

    def changes(self, text: str) -> None:
        self.call("edit-message", self.said, text)

    def takes_back(self) -> None:
        self.call("delete-message", self.said)

    def reacts(self, emoji: str, on: bool = True) -> None:
        self.call("react-message", {"messageId": self.said, "emoji": emoji, "on": on})

    def shows(self, media: str, on: bool = True) -> None:
        self.call("update-mediaState", {media: on})

    def renames(self, name: str) -> None:
        self.call("change-name", name)

    def calls(self, other: str) -> None:
        self.signals(other, OFFER)

    def hangs_up(self, other: str) -> None:
        self.signals(other, {"kind": "hangup"})

    def signals(self, other: str, signal: Frame) -> None:
        self.call("signal", {"to": self.id_of(other), "signal": signal})

    def kicks(self, other: str) -> None:
        self.call("kick-participant", self.id_of(other))

    def hushes(self, other: str) -> None:
        self.call("request-mute", {"participantId": self.id_of(other)})

    def meet(self, *people: Frame) -> None:
        self.names.update((each["id"], each["name"]) for each in people)

    def facts_in(self, frame: Frame) -> Facts:
        if frame and isinstance(frame[0], str):
            word, *arguments = frame
            yield from getattr(self, "_" + word.replace("-", "_"), self._other(word))(*arguments)
        elif frame:
            self.answered(frame[0])

    def answered(self, answer: Frame) -> None:
        assert answer["success"], answer
        data = answer.get("data") or {}
        if "summary" in data:
            self.meet(*data["summary"]["participants"])
        elif "content" in data:
            self.said = data["id"]

    def _other(self, word: str) -> Any:
        return lambda *_: [word]

    def _new_participant(self, someone: Frame) -> Facts:
        self.meet(someone)
        yield f"{someone['name']} comes"

    def _participant_left(self, gone: str) -> Facts:
        yield f"{self.names[gone]} goes"

    def _participant_changed_name(self, who: str, name: str) -> Facts:
        was, self.names[who] = self.names[who], name
        yield f"{was} is {name} now"

    def _participant_updated_media_state(self, update: Frame) -> Facts:
        source = update.get("source") or {"video": "camera", "audio": "microphone"}[update["kind"]]
        yield f"{self.names[update['id']]} {'shows' if update['action'] == 'resume' else 'hides'} {source}"

    def _new_room_message(self, message: Frame) -> Facts:
        self.said = message["id"]
        yield f"{self.names[message['from']]} says {message['content']}"

    def _new_direct_message(self, message: Frame) -> Facts:
        self.said = message["id"]
        yield f"{self.names[message['from']]} writes {message['content']}"

    def _edit_room_message(self, message: Frame) -> Facts:
        yield f"{self.names[message['from']]} changes {message['content']}"

    def _delete_room_message(self, message: Frame) -> Facts:
        yield f"{self.names[message['from']]} takes back"

    _edit_direct_message, _delete_direct_message = _edit_room_message, _delete_room_message

    def _message_reaction(self, given: Frame) -> Facts:
        yield f"{self.names[given['participantId']]} {'reacts' if given['on'] else 'unreacts'} {given['emoji']}"

    def _signal(self, told: Frame) -> Facts:
        yield f"{self.names[told['from']]} sends {told['signal']['kind']}"


class OnLastConference(OnConference):
    """The last era: one object a call."""

    wire = "conference-object"

    def enters(self) -> None:
        self.call("join-room", {"roomId": ROOM, "name": self.name})

    def says(self, text: str) -> None:
        self.call("send-message", {"messageInput": {"type": 0, "group": "main", "content": text}})

    def writes(self, other: str, text: str) -> None:
        self.call("send-message", {"messageInput": {"type": 1, "to": self.id_of(other), "content": text}})

    def changes(self, text: str) -> None:
        self.call("edit-message", {"messageId": self.said, "newContent": text})

    def takes_back(self) -> None:
        self.call("delete-message", {"messageId": self.said})

    def renames(self, name: str) -> None:
        self.call("change-name", {"newName": name})

    def kicks(self, other: str) -> None:
        self.call("kick-participant", {"participantId": self.id_of(other)})

    def _added_to_group(self, told: Frame) -> Facts:
        yield from ()

    _participant_joined_group = _added_to_group

    def _new_participant(self, told: Frame) -> Facts:
        yield from super()._new_participant(told["participantSummary"])

    def _participant_left(self, told: Frame) -> Facts:
        yield from super()._participant_left(told["participantId"])

    def _participant_changed_name(self, told: Frame) -> Facts:
        yield from super()._participant_changed_name(told["participantId"], told["newName"])

    def _participant_updated_media_state(self, told: Frame) -> Facts:
        yield from super()._participant_updated_media_state(told["update"])

    def _new_message(self, told: Frame) -> Facts:
        message = told["messageSummary"]
        if message["type"] == 2:
            yield f"notice: {message['content']}"
        else:
            self.said = message["id"]
            yield f"{self.names[message['from']]} {'writes' if message['type'] else 'says'} {message['content']}"

    def _edit_message(self, told: Frame) -> Facts:
        yield from super()._edit_room_message(told["messageSummary"])

    def _delete_message(self, told: Frame) -> Facts:
        yield from super()._delete_room_message(told["messageSummary"])
