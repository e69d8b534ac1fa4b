"""The one of the company who speaks BareRTC's flat objects, and whose room is one list of names."""

from __future__ import annotations

import html
import json
import re

from tests.bridges.company.people import OFFER, Facts, Frame, Person


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
