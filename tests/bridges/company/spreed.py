"""The one of the company who speaks Spreed WebRTC's documents."""

from __future__ import annotations

from typing import Any

from tests.bridges.company.people import OFFER, ROOM, Facts, Frame, Person


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
