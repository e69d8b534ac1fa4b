"""Documents that the server sends, and their envelopes (§3.3, §3.4); which of them an event becomes is known elsewhere."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import msgspec

from palaver.core.calls import IceServers
from palaver.core.chat import Message
from palaver.core.ids import SessionId, UserId
from palaver.core.participants import Author, Participant
from palaver.dialects.base import Payload
from palaver.dialects.spreed.chats import kept_status
from palaver.dialects.spreed.memory import SESSIONS_WITH_MIDS, KeptMids, Recent
from palaver.dialects.spreed.options import Options
from palaver.dialects.spreed.proofs import Proofs
from palaver.dialects.spreed.users import suserid_of, userid_of
from palaver.dialects.spreed.wire import (
    API_VERSION,
    MAX_USERS,
    PRIO,
    UNSET,
    SeatDetails,
    chat_details,
    seat_details,
    type_of,
)

_encoder = msgspec.json.Encoder()
_KEPT = 65_536


class Envelope(msgspec.Struct, omit_defaults=True):
    """What stands around a document."""

    Data: Any
    From: str = ""
    To: str = ""
    Iid: str = ""
    A: str = ""


class Session(msgspec.Struct, omit_defaults=True):
    """A session as others see it, under any of the types that say so: Joined, Left, Status, Online or none."""

    Type: str
    Id: str
    Userid: str = ""
    Ua: str = ""
    Rev: int = 0
    Prio: int = 0
    Status: msgspec.Raw | str | msgspec.UnsetType = UNSET


class Said(msgspec.Struct):
    """The inner part of a Chat; `Status` is always there."""

    Message: str
    Time: str
    NoEcho: bool | msgspec.UnsetType = UNSET
    Mid: str | msgspec.UnsetType = UNSET
    Status: Any = None


class Chat(msgspec.Struct):
    """A message, or a fact about one."""

    To: str
    Chat: Said
    Type: str = "Chat"


class Turn(msgspec.Struct):
    """Relays and the credentials for them (§3.14); always an object, since clients read it without a look."""

    username: str = ""
    password: str = ""
    ttl: int = 0
    urls: tuple[str, ...] = ()


def encoded(data: Any, *, sender: str = "", to: str = "", iid: str = "", a: str = "") -> Payload:
    """Return a document in its envelope."""
    return _encoder.encode(Envelope(data, sender, to, iid, a))


def time_of(ms: int) -> str:
    """Return a time as Chats have it: RFC 3339, whole seconds (§3.9)."""
    return datetime.fromtimestamp(ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Voice:
    """How this server speaks the wire: under which ids people are known, and how they and their words are written."""

    def __init__(
        self,
        proofs: Proofs,
        options: Callable[[], Options],
        now: Callable[[], float],
        types: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """`types` are those of single rooms, before the patterns of the options."""
        self.proofs = proofs
        self.now = now
        self.id_of = proofs.ids.id_of
        self._options = options
        self._types = types
        self.mids: KeptMids = Recent(SESSIONS_WITH_MIDS)
        # Every newcomer is told everybody: an entry is written once while its seat does not change.
        self._online: dict[SessionId, tuple[Participant, bytes]] = {}

    @property
    def options(self) -> Options:
        """Return what the site decides, as it stands."""
        return self._options()

    def type_of(self, name: str) -> str:
        """Return the type of the rooms of a name."""
        return self._types.get(name) or type_of(name, self.options.room_types)

    def attestation(self, session: SessionId) -> str:
        """Return what shows that a document comes from a session (§2.5)."""
        return self.proofs.attestations.of(session, now=self.now())

    def userid(self, user: UserId | None) -> str:
        """Return the Userid of a user; empty for a guest."""
        return userid_of(user, self.options.mode) if user is not None else ""

    def from_session(self, data: Any, session: SessionId, *, to: str = "") -> Payload:
        """Return a document that a session caused."""
        return encoded(data, sender=self.id_of(session), to=to, a=self.attestation(session))

    def person(self, kind: str, participant: Participant, *, rev: int | None = None) -> Session:
        """Return a participant as a document of a type. `rev` stands for a Rev that the seat does not have; 0 for none."""
        held = seat_details(participant.details)
        return Session(
            kind,
            self.id_of(participant.session),
            self.userid(participant.user),
            held.Ua if kind != "Status" else "",
            (held.Rev or rev or 0) if rev != 0 else 0,
            PRIO,
            shown(participant, held),
        )

    def online(self, participants: Iterable[Participant]) -> msgspec.Raw:
        """Return the entries of a list of users, the first of them where there are too many."""
        return msgspec.Raw(b"[" + b",".join(map(self._entry, itertools.islice(participants, MAX_USERS))) + b"]")

    def _entry(self, participant: Participant) -> bytes:
        found = self._online.get(participant.session)
        if found is not None and found[0] is participant:
            return found[1]
        entry = _encoder.encode(self.person("Online", participant))
        if len(self._online) >= _KEPT:
            self._online.clear()
        self._online[participant.session] = (participant, entry)
        return entry

    def chat(self, message: Message, to: str = "") -> Payload:
        """Return a message as others read it."""
        held = chat_details(message.details)
        body = Said(
            with_attachments(message.text if held.Message is UNSET else "", message),
            time_of(message.sent_ms),
            held.NoEcho or UNSET,
            held.Mid or UNSET,
            kept_status(held, in_room=not to),
        )
        return self.from_session(Chat(to, body), message.author.session, to=to)

    def copied(self, message: Message, to: SessionId, own: SessionId) -> Payload:
        """Return what one wrote in another window as a copy of one's own (§3.9), which the chat with the addressee shows."""
        body = Said(with_attachments(message.text, message), time_of(message.sent_ms))
        return self.from_session(Chat(self.id_of(to), body), own, to=self.id_of(own))

    def line(self, author: Author, text: str, at_ms: int, to: str = "") -> Payload:
        """Return a line of talk that says what this wire has no word for."""
        return self.from_session(Chat(to, Said(text, time_of(at_ms))), author.session, to=to)

    def state(self, author: SessionId, to: str, status: dict[str, Any]) -> Payload:
        """Return a Chat without a text, which says something about others."""
        body = Said("", time_of(int(self.now() * 1000)), True, UNSET, status)
        return self.from_session(Chat(to, body), author, to=to)

    def myself(self, session: SessionId, user: UserId | None, ice: IceServers, iid: str = "") -> Payload:
        """Return Self: everything that a session alone may know of itself (§3.4)."""
        proofs, now, userid = self.proofs, self.now(), self.userid(user)
        data = {
            "Type": "Self",
            "Id": self.id_of(session),
            "Sid": proofs.ids.sid_of(session),
            "Userid": userid,
            "Suserid": suserid_of(userid, proofs.secrets.encryption),
            "Token": proofs.tokens.session_token(session, user, now=now),
            "Version": self.options.version,
            "ApiVersion": API_VERSION,
            "Turn": turn(ice, now),
            "Stun": [url for server in ice.servers for url in server.urls if url.startswith("stun")],
        }
        return encoded(data, sender=self.id_of(session), iid=iid)


def shown(participant: Participant, held: SeatDetails) -> msgspec.Raw | msgspec.UnsetType:
    """Return the Status of a seat: its own words where it is of this wire, else what others see of it (§3.8)."""
    if held.Status is not UNSET:
        return held.Status
    if held.Rev:
        return UNSET
    avatar = participant.profile.avatar
    status = {
        "displayName": participant.display_name or participant.handle,
        "buddyPicture": avatar if avatar.startswith(("https://", "http://", "/")) else None,
        "message": participant.status_text or None,
    }
    return msgspec.Raw(_encoder.encode(status))


def with_attachments(text: str, message: Message) -> str:
    """Return a text with the addresses of what is attached."""
    return "\n".join(filter(None, (text, *(each.url for each in message.attachments))))


def turn(ice: IceServers, now: float) -> Turn:
    """Return the relays among ICE servers; empty where there are none (§3.14)."""
    for server in ice.servers:
        if server.urls[0].startswith("turn"):
            ttl = max(0, ice.expires_ms // 1000 - int(now)) if ice.expires_ms else 0
            return Turn(server.username, server.credential, ttl, server.urls)
    return Turn()
