"""The one of the company who speaks the core's own words."""

from __future__ import annotations

from typing import Any

from tests.bridges.company.people import OFFER, ROOM, Facts, Frame, Person


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

    def raises_hand(self) -> None:
        self.ask("raise_hand", room=ROOM)

    def lowers_hand(self) -> None:
        self.ask("lower_hand", room=ROOM)

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
        if before.get("hand_raised_ms") != now.get("hand_raised_ms"):
            yield f"{name} {'raises' if now.get('hand_raised_ms') else 'lowers'} a hand"
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
