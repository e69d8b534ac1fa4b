"""One request of the HTTP message API: send, edit and delete, by participants who prove it with their key (§A7)."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any
from urllib.parse import quote

import msgspec

from palaver.core import errors
from palaver.core.base import Event, Outcome
from palaver.core.chat import EditMessage, FindMessage, InChannel, Posted, PostMessage, RetractMessage, ToPerson
from palaver.core.errors import Refusal
from palaver.core.ids import RoomId, SessionId
from palaver.core.participants import BySession, Identity
from palaver.core.room_names import FindRoom, FoundRoom
from palaver.core.sessions import ActFor, Position
from palaver.dialects.base import Answer, Call, Payload, Request, heard, wait_headers
from palaver.dialects.conference.identifiers import EVERYONE, is_key_of, message_id, message_of, session_of
from palaver.dialects.conference.shapes import message_posted
from palaver.dialects.conference.wire import BUSY, MAX_BODY_BYTES, NOT_YOURS, Options

JSON = ("Content-Type", "application/json; charset=utf-8")
ANALYTICS = "/api/analytics"
INVITATION = "/join/{room}"
"""Where the last era's front end took people in; links to it stand in old invitations (§B9)."""

Reading = Generator[Request, Outcome | None, None]


class NotJson(errors.Invalid):
    """The body is not said to be JSON, or there is none."""

    code = "not_json"
    sentence = "Request must be 'Content-Type: application/json'"


class NoAddressee(errors.Missing):
    """The one whom a message is for is not here."""

    code = "no_addressee"
    sentence = "Could not find to participant"


class Proof(msgspec.Struct, frozen=True):
    """`ParticipantAuthObj`: who asks, and the key that only they were told."""

    id: str
    key: str


class Body(msgspec.Struct, frozen=True, rename={"sender": "from"}):
    """The body of each of the three; what a route does not need is ignored there.

    Attributes:
        message: the id of a message, as the code calls it; the document says `messageId`.
    """

    sender: Proof
    to: str = ""
    content: str | None = None
    message: str = ""
    messageId: str = ""  # noqa: N815 - the wire's own word


_BODY = msgspec.json.Decoder(Body)
_ANY = msgspec.json.Decoder(Any)

_SENTENCES: tuple[tuple[type[Refusal], int, str], ...] = (
    (NotJson, 400, ""),
    (NoAddressee, 404, ""),
    (errors.NoSuchRoom, 404, "Could not find room"),
    (errors.NoSuchMessage, 404, "Could not find message"),
    (errors.NoSuchParticipant, 404, "Could not find from participant"),
    (errors.NotInRoom, 404, "Could not find from participant"),
    (errors.TokenInvalid, 403, "The key did not match"),
    (errors.TooLarge, 413, ""),
    (errors.Limited, 429, BUSY),
    (errors.Invalid, 400, ""),
    (errors.Denied, 403, ""),
    (errors.Missing, 404, ""),
    (errors.Unavailable, 503, ""),
    (errors.ServerFault, 500, ""),
)
_CHANGING: tuple[tuple[type[Refusal], int, str], ...] = (
    (errors.NoSuchParticipant, 403, NOT_YOURS),
    (errors.NotInRoom, 403, NOT_YOURS),
    (errors.TokenInvalid, 403, NOT_YOURS),
    (errors.NotAllowed, 403, NOT_YOURS),
    (errors.NoSuchMessage, 403, NOT_YOURS),
)
"""Of edit and delete, once there is such a message: whoever is not the author, proved by the key, may not."""


class ConferenceExchange:
    """Translates one HTTP request; see `docs/dialects/conference.md`, §A7 and §B9."""

    __slots__ = ("_elsewhere", "_found", "_options", "_sent", "_verb")

    def __init__(self, options: Options) -> None:
        self._options = options
        self._verb = ""
        self._sent: tuple[SessionId, str, str] | None = None
        self._found = False
        self._elsewhere = ""

    def interpret(self, call: Call) -> Reading:
        """Yield what a request asks for. What is wrong is found in the order of §A7."""
        if call.endpoint.path == ANALYTICS:
            return
        if call.endpoint.path == INVITATION:
            self._elsewhere = f"{call.prefix.removesuffix('/conference')}/r/{quote(call.segments['room'], safe='')}"
            return
        self._verb = call.endpoint.path.rpartition("/")[2]
        raw = _json(call)
        found = yield Request(FindRoom(digest=call.segments["hash"]))
        assert isinstance(found, FoundRoom)
        body = heard(_BODY, raw)
        if self._verb == "send":
            yield from self._send(body, found.room)
        else:
            yield from self._change(body, found.room)

    def _send(self, body: Body, room: RoomId) -> Reading:
        yield self._act_for(body.sender, room)
        if body.content is None:
            raise errors.Malformed(problem="content is missing")
        place = InChannel(room) if body.to == EVERYONE else ToPerson(BySession(_addressee(body.to)), room)
        self._sent = (session_of(body.sender.id), body.to, body.content)
        yield Request(PostMessage(place, body.content, echo=False))

    def _change(self, body: Body, room: RoomId) -> Reading:
        message = message_of(body.messageId or body.message)
        yield Request(FindMessage(room, message))
        self._found = True
        yield self._act_for(body.sender, room)
        if self._verb == "delete":
            yield Request(RetractMessage(message, echo=False, own=True))
        elif body.content is None:
            raise errors.Malformed(problem="content is missing")
        else:
            yield Request(EditMessage(message, body.content, echo=False))

    def _act_for(self, proof: Proof, room: RoomId) -> Request:
        session = session_of(proof.id)
        return Request(ActFor(session, room, is_key_of(self._options.secret, session, proof.key)))

    def admit(self, identity: Identity) -> None:
        """Nobody identifies here: a key proves a participant, not a person."""

    def answer(self, request: Request | None, outcome: Outcome | None) -> Answer:
        """Return the envelope, with the message for who sent one; `status` is left out of bodies (§A7)."""
        if self._elsewhere:
            return Answer(302, b"", (("Location", self._elsewhere),))
        if not self._verb:
            return _answer(200, {"logrocket": {}})
        answer: dict[str, Any] = {"success": True, "error": None}
        if isinstance(outcome, Posted) and self._sent is not None:
            author, to, content = self._sent
            answer["data"] = message_posted(message_id(outcome.message), author, to, content, outcome.sent_ms)
        return _answer(200, answer)

    def refuse(self, refusal: Refusal) -> Answer:
        """Return every failure as JSON, since clients read nothing else (§A7)."""
        rows = (*_CHANGING, *_SENTENCES) if self._found else _SENTENCES
        if self._sent is not None:  # the author was found: somebody else is missing
            rows = ((errors.NoSuchParticipant, 404, NoAddressee.sentence), *rows)
        status, sentence = next(((code, said) for kind, code, said in rows if isinstance(refusal, kind)), (400, ""))
        return _answer(status, {"success": False, "error": sentence or refusal.text}, wait_headers(refusal))

    def greet(self) -> list[Payload]:
        """Return nothing: there are no streams."""
        return []

    def introduce(self, event: Event, position: Position) -> list[Payload]:
        """Return nothing: there are no streams."""
        return []


def _json(call: Call) -> bytes:
    """Return a body that is JSON and says so. Raises what is wrong with it, in the order of §A7."""
    is_json = call.media_type == "application/json"
    if is_json and call.body:
        heard(_ANY, call.body)
    if call.body is None:
        raise errors.TooLarge(limit=MAX_BODY_BYTES, unit="bytes")
    if not is_json or not call.body:
        raise NotJson()
    return call.body


def _addressee(to: str) -> SessionId:
    try:
        return session_of(to)
    except errors.NoSuchParticipant:
        raise NoAddressee() from None


def _answer(status: int, body: dict[str, Any], headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    return Answer(status, msgspec.json.encode(body), (JSON, *headers))
