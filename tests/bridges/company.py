"""People of every wire in one room of one hub, without sockets: what each does, and what each is told of it, as plain facts.

A fact is a line such as `nat says hello`. Whoever reads it, on whichever wire, reads the same line, or the wire's nearest.
"""

from __future__ import annotations

import html
import itertools
import json
import re
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


class OnNative(Person):
    wire, path = "native", "/native/ws"

    def ask(self, kind: str, **fields: Any) -> None:
        self.put({"id": next(self.numbers), "ask": {"type": kind, **fields}})

    def comes(self) -> None:
        self.seats: dict[str, Frame] = {}
        self.ask("identify", **({"token": self.token} if self.token else {"name": self.name}))
        self.ask("join_room", room=ROOM)

    def person(self, other: str) -> Frame:
        return {"by": "session", "session": self.id_of(other)}

    def says(self, text: str) -> None:
        self.ask("post_message", place={"in": "channel", "room": ROOM}, text=text)

    def writes(self, other: str, text: str) -> None:
        self.ask("post_message", place={"in": "direct", "to": self.person(other)}, text=text)

    def changes(self, text: str) -> None:
        self.ask("edit_message", message=self.said, text=text)

    def takes_back(self) -> None:
        self.ask("retract_message", message=self.said)

    def reacts(self, emoji: str, on: bool = True) -> None:
        self.ask("react", message=self.said, emoji=emoji, on=on)

    def types(self) -> None:
        self.ask("set_typing", place={"in": "channel", "room": ROOM}, typing=True)

    def shows(self, media: str, on: bool = True) -> None:
        self.ask("set_media", **{media: on})

    def renames(self, name: str) -> None:
        self.ask("rename", display_name=name)

    def is_doing(self, text: str) -> None:
        self.ask("set_status", text=text)

    def is_word(self, status: str) -> None:
        self.ask("set_status", status=status)

    def calls(self, other: str) -> None:
        self.signals(other, **OFFER)

    def hangs_up(self, other: str) -> None:
        self.signals(other, "hangup")

    def watches(self, other: str) -> None:
        self.ask("open_camera", owner=self.person(other))
        self.ask("send_signal", to=self.person(other), about="camera", signal=OFFER)

    def looks_away(self, other: str) -> None:
        self.ask("unwatch", owner=self.person(other))

    def signals(self, other: str, kind: str, **body: Any) -> None:
        self.ask("send_signal", to=self.person(other), signal={"kind": kind, **body})

    def reports(self, other: str) -> None:
        self.ask("report", room=ROOM, about=other, reason="spam", comment="please look")

    def kicks(self, other: str) -> None:
        self.ask("kick", room=ROOM, target=self.person(other))

    def hushes(self, other: str) -> None:
        self.ask("request_mute", room=ROOM, target=self.person(other))

    def stops_camera(self, other: str) -> None:
        self.ask("stop_camera", room=ROOM, target=self.person(other))

    def facts_in(self, frame: Frame) -> Facts:
        for seat in frame.get("outcome", {}).get("snapshot", {}).get("participants", ()):
            self.meet(seat)
        if "event" in frame:
            event = frame["event"]
            yield from getattr(self, "_" + event["type"], self._other)(event)

    def meet(self, seat: Frame) -> None:
        self.seats[seat["session"]] = seat
        self.names[seat["session"]] = seat.get("display_name") or seat["handle"]

    def _other(self, event: Frame) -> Facts:
        yield event["type"]

    def _participant_joined(self, event: Frame) -> Facts:
        self.meet(event["participant"])
        yield f"{self.names[event['participant']['session']]} comes"

    def _participant_left(self, event: Frame) -> Facts:
        yield f"{self.names[event['session']]} {'is kicked' if event.get('reason') == 'kicked' else 'goes'}"

    def _participant_updated(self, event: Frame) -> Facts:
        now = event["participant"]
        before, was = self.seats[now["session"]], self.names[now["session"]]
        self.meet(now)
        name = self.names[now["session"]]
        if name != was:
            yield f"{was} is {name} now"
        for status in ("status", "status_text"):
            if before.get(status) != now.get(status):
                yield f"{name} is {now.get(status, '')}"
        for media in ("camera", "microphone", "screen"):
            after = now.get("media", {}).get(media)
            if before.get("media", {}).get(media) != after:
                yield f"{name} {'shows' if after else 'hides'} {media}"

    def _message_posted(self, event: Frame) -> Facts:
        message = event["message"]
        self.said = message["id"]
        verb = "says" if message["place"]["in"] == "channel" else "writes"
        yield f"{self.names[message['author']['session']]} {verb} {message['text']}"

    def _message_edited(self, event: Frame) -> Facts:
        yield f"{self.names[event['message']['author']['session']]} changes {event['message']['text']}"

    def _message_retracted(self, event: Frame) -> Facts:
        yield f"{self.names[event['by']['session']]} takes back"

    def _reaction_changed(self, event: Frame) -> Facts:
        yield f"{self.names[event['by']['session']]} {'reacts' if event['on'] else 'unreacts'} {event['emoji']}"

    def _typing_changed(self, event: Frame) -> Facts:
        yield f"{self.names[event['by']['session']]} types"

    def _signal_sent(self, event: Frame) -> Facts:
        yield f"{self.names[event['sender']['session']]} sends {event['signal']['kind']}"


class OnBareRTC(Person):
    wire, path = "barertc", "/barertc/ws"

    def comes(self) -> None:
        self.rows: dict[str, Frame] = {}
        self.put({"action": "login", "username": self.name, "jwt": self.token})

    def id_of(self, other: str) -> str:
        return other

    def says(self, text: str) -> None:
        self.put({"action": "message", "channel": "main", "message": text})

    def writes(self, other: str, text: str) -> None:
        self.put({"action": "message", "channel": f"@{other}", "message": text})

    def takes_back(self) -> None:
        self.put({"action": "takeback", "msgID": self.said})

    def reacts(self, emoji: str, on: bool = True) -> None:
        # Said again, it is taken back.
        self.put({"action": "react", "msgID": self.said, "message": emoji})

    def shows(self, media: str, on: bool = True) -> None:
        assert media == "camera"
        self.put({"action": "me", "video": 5 if on else 0, "status": "online"})

    def watches(self, other: str) -> None:
        self.put({"action": "open", "username": other})
        self.put({"action": "sdp", "username": other, "description": json.dumps(OFFER["description"])})

    def looks_away(self, other: str) -> None:
        self.put({"action": "unwatch", "username": other})

    def is_word(self, status: str) -> None:
        self.put({"action": "me", "video": 0, "status": status})

    def kicks(self, other: str) -> None:
        self.put({"action": "message", "message": f"/kick {other}"})

    def stops_camera(self, other: str) -> None:
        self.put({"action": "message", "message": f"/cut {other}"})

    def facts_in(self, frame: Frame) -> Facts:
        yield from getattr(self, "_" + frame["action"], self._other)(frame)

    def _other(self, frame: Frame) -> Facts:
        yield frame["action"]

    def _me(self, frame: Frame) -> Facts:
        yield from ()

    _echo = _open = _ping = _me

    def _who(self, frame: Frame) -> Facts:
        rows = {row["username"]: row for row in frame["whoList"]}
        for name, row in rows.items():
            before = self.rows.get(name, row)
            was, now = (each.get("nickname", name) for each in (before, row))
            if was != now:
                yield f"{was} is {now} now"
            if before["status"] != row["status"] and name != self.name:
                yield f"{now} is {row['status']}"
            if name != self.name and before["video"] & 1 != row["video"] & 1:
                yield f"{now} {'shows' if row['video'] & 1 else 'hides'} camera"
        self.rows = rows

    def _presence(self, frame: Frame) -> Facts:
        words = {"joined": "comes", "exited": "goes", "been": "is kicked"}
        if frame["username"] != self.name:
            yield f"{frame['username']} {words[frame['message'].split()[1]]}"

    def _message(self, frame: Frame) -> Facts:
        self.said = frame["msgID"]
        lines = html.unescape(re.sub("<[^>]*>", "", frame["message"])).split("\n")
        verb = "changes" if lines[-1] == "(edited)" else "says" if frame["channel"] == "main" else "writes"
        yield f"{frame['username']} {verb} {lines[0]}"

    def _takeback(self, frame: Frame) -> Facts:
        yield "somebody takes back"

    def _react(self, frame: Frame) -> Facts:
        yield f"{frame['username']} reacts {frame['message']}"

    def _ring(self, frame: Frame) -> Facts:
        yield f"{frame['username']} rings"

    def _sdp(self, frame: Frame) -> Facts:
        yield f"{frame['username']} sends {json.loads(frame['description'])['type']}"

    def _error(self, frame: Frame) -> Facts:
        yield f"notice: {html.unescape(frame['message'])}"


class OnSpreed(Person):
    wire, path = "spreed", "/spreed/ws"

    def comes(self) -> None:
        self.put({"Type": "Hello", "Hello": {"Version": "1", "Ua": "tests", "Name": ROOM, "Type": ""}})
        self.renames(self.name)

    def document(self, word: str, body: Any, **more: Any) -> None:
        self.put({"Type": word, word: {"Type": word, word: body, **more}})

    def says(self, text: str) -> None:
        self.document("Chat", {"Message": text, "NoEcho": True}, To="")

    def writes(self, other: str, text: str) -> None:
        self.document("Chat", {"Message": text, "NoEcho": True}, To=self.id_of(other))

    def types(self) -> None:
        self.document("Chat", {"Message": None, "NoEcho": True, "Status": {"Typing": "start"}}, To="")

    def renames(self, name: str) -> None:
        self.document("Status", {"displayName": name})
        self.name = name

    def is_doing(self, text: str) -> None:
        self.document("Status", {"displayName": self.name, "message": text})

    def calls(self, other: str) -> None:
        self.document("Offer", OFFER["description"], To=self.id_of(other))

    def hangs_up(self, other: str) -> None:
        self.document("Bye", {}, To=self.id_of(other))

    def facts_in(self, frame: Frame) -> Facts:
        data = frame["Data"]
        yield from getattr(self, "_" + data["Type"], self._other)(data, frame.get("From", ""))

    def _other(self, data: Frame, sender: str) -> Facts:
        yield data["Type"]

    def _Self(self, data: Frame, sender: str) -> Facts:
        yield from ()

    def _Welcome(self, data: Frame, sender: str) -> Facts:
        self.status: dict[str, Frame] = {}
        for each in data["Users"]:
            self._meet(each)
        yield from ()

    def _meet(self, someone: Frame) -> None:
        self.status[someone["Id"]] = someone.get("Status") or {}
        self.names[someone["Id"]] = self.status[someone["Id"]].get("displayName") or "?"

    def _Joined(self, data: Frame, sender: str) -> Facts:
        self._meet(data)
        yield f"{self.names[data['Id']]} comes"

    def _Left(self, data: Frame, sender: str) -> Facts:
        yield f"{self.names[data['Id']]} goes"

    def _Status(self, data: Frame, sender: str) -> Facts:
        before, was = self.status[data["Id"]], self.names[data["Id"]]
        self._meet(data)
        name = self.names[data["Id"]]
        if name != was:
            yield f"{was} is {name} now"
        if before.get("message") != self.status[data["Id"]].get("message"):
            yield f"{name} is {self.status[data['Id']]['message']}"

    def _Chat(self, data: Frame, sender: str) -> Facts:
        name, chat = self.names.get(sender, "nobody"), data["Chat"]
        if (chat.get("Status") or {}).get("Typing"):
            yield f"{name} types"
        else:
            yield f"{name} {'writes' if data['To'] else 'says'} {chat['Message']}"

    def _signal(self, data: Frame, sender: str) -> Facts:
        yield f"{self.names[sender]} sends {'hangup' if data['Type'] == 'Bye' else data['Type'].lower()}"

    _Offer = _Answer = _Candidate = _Bye = _signal


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
