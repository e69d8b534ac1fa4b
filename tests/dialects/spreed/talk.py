"""People who speak Spreed's wire with the real hub, over connections that are pretended."""

from __future__ import annotations

import itertools
from dataclasses import replace
from ipaddress import ip_network
from typing import Any

from tests.fakes import World
from tests.transcripts.connections import PretendedClient
from tests.transcripts.http import spreed_site

from palaver.dialects.spreed import surface
from palaver.transports.access import Access
from palaver.transports.connection import PeerInfo
from palaver.transports.reception import Reception

Frame = dict[str, Any]

PROXY = "198.51.100.7"
"""A proxy of ours, which may say of its clients who they are."""

_SINGLE = ("Hello", "Room", "Leave")


class Talk:
    """One server."""

    def __init__(self, world: World | None = None, options: dict[str, Any] | None = None, **around: Any) -> None:
        self.world = world or World()
        self.site = replace(spreed_site(self.world, {"spreed": options or {}}), **around)
        access = Access(trusted=[ip_network(PROXY)])
        self.reception = Reception(self.world.hub, [surface.dialect(self.site)], lambda: access)

    def connect(self, token: str = "", address: str = "192.0.2.1", **headers: str) -> Caller:
        """Return a client that was told who it is."""
        return Caller(self, token, address, headers)

    def enter(self, room: str, **more: Any) -> Caller:
        """Return a client that sits in a room."""
        caller = self.connect()
        assert caller.enters(room, **more)["Type"] == "Welcome"
        return caller


class Caller(PretendedClient):
    """One client and what it was told."""

    def __init__(self, talk: Talk, token: str, address: str, headers: dict[str, str]) -> None:
        raw_headers = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        peer = PeerInfo("/spreed/ws", f"t={token}".encode() if token else b"", raw_headers, address)
        super().__init__(talk.reception, talk.world.clock, peer)
        self._iids = map(str, itertools.count())
        first, *self.early = self.hears()
        self.me: Frame = first["Data"]

    @property
    def id(self) -> str:
        found: str = self.me["Id"]
        return found

    def says(self, word: str, document: Any, **more: Any) -> list[Frame]:
        """Send a document as the original client wraps it."""
        return self.sends({"Type": word, word: document if word in _SINGLE else {"Type": word, word: document, **more}})

    def asks(self, word: str, document: Any) -> Frame:
        """Send a request and return the document that answers it."""
        iid = next(self._iids)
        payload = document if word in _SINGLE else {"Type": word, word: document}
        told = self.sends({"Type": word, word: payload, "Iid": iid})
        (answer,) = [each for each in told if each.get("Iid") == iid]
        found: Frame = answer["Data"]
        return found

    def enters(self, room: str, **more: Any) -> Frame:
        """Return the answer to a Hello."""
        return self.asks("Hello", {"Name": room, "Ua": "a test", **more})

    def chats(self, text: str, to: str = "", **more: Any) -> list[Frame]:
        """Say something."""
        return self.says("Chat", {"Message": text, "NoEcho": True, **more}, To=to)

    def sees(self) -> list[str]:
        """Return the Ids of who is in the room."""
        return [each["Id"] for each in self.asks("Users", {})["Users"]]


def of(frames: list[Frame], word: str) -> list[Frame]:
    """Return the documents of one type."""
    return [frame["Data"] for frame in frames if frame.get("Data", {}).get("Type") == word]
