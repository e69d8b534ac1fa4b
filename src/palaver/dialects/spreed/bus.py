"""The words that programs beside the server say on the bus, and hear there (§3.16).

A program may open a session without a connection: what the session is told goes out on one subject, what it says comes in
on another, in the frames of the channelling API.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from palaver.core.errors import Refusal
from palaver.core.ids import SessionId, UserId
from palaver.dialects.base import Call, Endpoint, Payload, decoded
from palaver.dialects.spreed.agents import Agents
from palaver.dialects.spreed.seals import NotProved
from palaver.dialects.spreed.site import Site
from palaver.dialects.spreed.users import user_of, userid_of
from palaver.dialects.spreed.wire import CONFERENCE_ROOM, MAX_TEXT_CHARS, NULL, PLAIN_ROOM, Credentials, Text

ROOM_TYPE = "channelling.config.roomtype"
CREATE = "channelling.session.create"
CLOSE = "channelling.session.close"

MAX_ROOM_TYPES = 10_000
_SIGNALS = frozenset({"Offer", "Answer", "Candidate", "Bye"})
_BUS = Endpoint("/spreed/ws")


class _Typed(msgspec.Struct):
    path: str
    type: Text = None


class _Described(msgspec.Struct):
    Userid: Text = None
    Ua: Text = None
    Status: msgspec.Raw = NULL


class _Room(msgspec.Struct):
    Name: Text = None
    Credentials: Credentials | None = None


class _Creation(msgspec.Struct):
    Id: str
    Session: _Described | None = None
    Room: _Room | None = None
    SetAsDefault: bool | None = None


class _Outgoing(msgspec.Struct, omit_defaults=True):
    Outgoing: msgspec.Raw
    ToUserid: str = ""
    FromUserid: str = ""
    Pipe: str = ""


class _Head(msgspec.Struct):
    Type: str = ""


class _Envelope(msgspec.Struct):
    Data: _Head
    From: str = ""
    To: str = ""


class Subjects(msgspec.Struct, frozen=True):
    """Where a session on the bus hears and speaks, as its program is told; `Id` is the one that others see."""

    SubjectOut: str
    SubjectIn: str
    Id: str = ""


class Opening(msgspec.Struct, frozen=True):
    """A session that a program asks for.

    Attributes:
        id: what the program calls it.
        call: what it comes in with, as a connection would.
        frames: what it says first.
        rest: it takes whatever was sent to somebody who is not connected.
    """

    id: str
    session: SessionId
    userid: str
    subjects: Subjects
    call: Call
    frames: tuple[Payload, ...]
    rest: bool


_TYPED = msgspec.json.Decoder(_Typed)
_CREATION = msgspec.json.Decoder(_Creation)
_TEXT = msgspec.json.Decoder(str)
_ENVELOPE = msgspec.json.Decoder(_Envelope)
_encoder = msgspec.json.Encoder()


def room_type(payload: Payload, types: dict[str, str]) -> None:
    """Set or clear the type of the rooms of one name, for those who join from now on. Raises a Refusal.

    What is no type is none here, and where there are too many no more are taken.
    """
    given = decoded(_TYPED, payload)
    if not given.type:
        types.pop(given.path, None)
    elif given.type in (PLAIN_ROOM, CONFERENCE_ROOM) and (given.path in types or len(types) < MAX_ROOM_TYPES):
        types[given.path] = given.type


def opening(payload: Payload, site: Site, agents: Agents) -> Opening:
    """Return what a program asks for. Raises a Refusal for what cannot be read.

    The same name is the same session, also after a restart, and never one that somebody has who came over a connection.
    """
    given = decoded(_CREATION, payload)
    if not 0 < len(given.Id) <= MAX_TEXT_CHARS:
        raise NotProved()
    options, tokens, ids = site.options(), site.proofs.tokens, site.proofs.ids
    shown, room = given.Session or _Described(), given.Room
    user = user_of(shown.Userid, options.mode) if options.users and shown.Userid else None
    id = ids.stand_in(UserId(f"bus:{given.Id}"))  # noqa: A001 - the wire's word
    session = ids.session_of(id)
    token = tokens.session_token(session, user, now=site.now())
    sink = f"{agents.prefix}.sink.{id}"
    return Opening(
        given.Id,
        session,
        userid_of(user, options.mode),
        Subjects(f"{sink}.out", f"{sink}.in", id),
        Call(_BUS, query={"t": token}),
        tuple(_first_words(shown, room)),
        bool(given.SetAsDefault),
    )


def _first_words(shown: _Described, room: _Room | None) -> Iterable[Payload]:
    if shown.Status != NULL:
        yield _encoder.encode({"Type": "Status", "Status": {"Type": "Status", "Status": shown.Status}})
    if room is not None:
        hello = {"Name": room.Name or "", "Ua": shown.Ua or "", "Credentials": room.Credentials}
        yield _encoder.encode({"Type": "Hello", "Hello": hello})


def closing(payload: Payload) -> str:
    """Return what a program called the session that it wants to end. Raises a Refusal."""
    return decoded(_TEXT, payload)


def outgoing(
    frame: Payload, opened: Opening, site: Site, agents: Agents, user_by: Callable[[SessionId], UserId | None]
) -> Payload | None:
    """Return a frame as a program on the bus hears it, with the users at its two ends; `user_by` knows a session's.

    Nobody there needs what a session alone may know of itself, and others may listen: None stands for that.
    """
    sent_by, pipe = "", ""
    try:
        envelope = decoded(_ENVELOPE, frame)
        if envelope.Data.Type == "Self":
            return None
        sender = site.proofs.ids.session_of(envelope.From)
        receiver = site.proofs.ids.session_of(envelope.To) if envelope.To else None
        if envelope.Data.Type in _SIGNALS and receiver is not None:
            pipe = agents.pipeline_id(sender, receiver)
        sent_by = userid_of(user_by(sender), site.options().mode)
    except Refusal:
        pass
    return _encoder.encode(_Outgoing(msgspec.Raw(frame), opened.userid, sent_by, pipe))
