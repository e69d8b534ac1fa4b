"""People who speak BareRTC's wire with the real hub, over connections that are pretended."""

from __future__ import annotations

from typing import Any

from tests.fakes import World
from tests.transcripts.calls import SECRET
from tests.transcripts.connections import PretendedClient

from palaver.dialects.barertc import surface
from palaver.dialects.barertc.wire import Options
from palaver.dialects.native.surface import DIALECT as NATIVE
from palaver.integrations.jwt import TokenVerifier, mint, shared_key
from palaver.integrations.site_tokens import SiteTokens, renewed
from palaver.transports.access import Access
from palaver.transports.connection import PeerInfo
from palaver.transports.reception import Reception

Frame = dict[str, Any]


class Talk:
    """One server in which everybody meets in the room `lobby`."""

    def __init__(self, world: World | None = None, **options: Any) -> None:
        self.world = world or World(tokens=SiteTokens(TokenVerifier([shared_key(SECRET)])))
        options.setdefault("token_for", lambda identity: renewed(identity, SECRET, now=self.world.clock.now()))
        hub = self.world.hub
        options.setdefault("message_id", lambda: hub.message_ids.next(hub.clock.now()))
        held = Options(**options)
        dialects = [NATIVE, surface.dialect(lambda: held)]
        self.reception = Reception(self.world.hub, dialects, lambda: Access(trusted=()))

    def connect(self, path: str = "/barertc/ws", *, limit: int = 1 << 20) -> Caller:
        """Return a client that has said nothing yet, of whom the transport takes frames of `limit` bytes."""
        return Caller(self.reception, self.world.clock, PeerInfo(path, b"", [], "192.0.2.1"), limit)

    def enter(self, name: str, **claims: Any) -> Caller:
        """Return a client that has logged in, by a token where there are claims, and has read what that brought."""
        caller = self.connect()
        token = mint({"sub": name, **claims}, SECRET, ttl_s=3600, now=self.world.clock.now()) if claims else ""
        told = caller.says({"action": "login", "username": name, "jwt": token})
        assert [frame["action"] for frame in told][:2] == ["me", "who"], told
        return caller

    def quiet(self, *callers: Caller) -> None:
        """Let a time pass after which everybody has read the whole roster, and forget what was told."""
        self.world.clock.advance(5)
        for caller in callers:
            caller.hears()


class Caller(PretendedClient):
    """One client and what it was told."""

    says = PretendedClient.sends

    def posts(self, text: str, channel: str = "main") -> list[Frame]:
        """Say something."""
        return self.says({"action": "message", "channel": channel, "message": text})


def of(frames: list[Frame], action: str) -> list[Frame]:
    """Return the frames of one action."""
    return [frame for frame in frames if frame.get("action") == action]


def notices(frames: list[Frame]) -> list[str]:
    """Return the texts of the server's notices."""
    return [frame["message"] for frame in of(frames, "error")]


def names(frames: list[Frame]) -> list[str]:
    """Return who is in the last roster."""
    return [row["username"] for row in of(frames, "who")[-1].get("whoList", [])]
