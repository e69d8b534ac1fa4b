"""One connection of Spreed's channelling wire: what it is answered, and what is told to it alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from palaver.core import errors
from palaver.core.base import Event, Outcome
from palaver.core.calls import CallGathered, IceServers, SendSignal, SignalSent
from palaver.core.chat import (
    Direct,
    MessageEdited,
    MessagePosted,
    MessageRetracted,
    MessagesMarked,
    Posted,
    ReactionChanged,
    TypingChanged,
)
from palaver.core.ids import RoomId, SessionId, UserId
from palaver.core.media import CameraOpened, ViewerTurnedAway, WatchStopped
from palaver.core.moderation import SessionEnded
from palaver.core.one_room import Roster
from palaver.core.participants import Author, is_person
from palaver.core.presentation import Found, SessionGone
from palaver.core.rooms import ParticipantLeft, RoomClosed
from palaver.core.sessions import Admitted, Enter, Identified, Joined, Position, Snapshot
from palaver.core.waiting import Waiting, WaitingEnded
from palaver.dialects.base import Call, Payload, Request
from palaver.dialects.spreed import contacts, signals, wire
from palaver.dialects.spreed.agents import Agents
from palaver.dialects.spreed.chats import survivors
from palaver.dialects.spreed.documents import Chat, Said, Voice, encoded
from palaver.dialects.spreed.interpret import Asked, Reader, framed, interpret
from palaver.dialects.spreed.memory import Memory
from palaver.dialects.spreed.notices import NOTICES, notice
from palaver.dialects.spreed.refusals import NoSuchSession, code_of
from palaver.dialects.spreed.render import Renderer, left, room, typing_status
from palaver.dialects.spreed.seals import NotProved
from palaver.dialects.spreed.wire import UNSET

_SILENT = frozenset({"Leave", "Status", "Offer", "Answer", "Candidate", "Bye", "Conference", "call"})
"""Words whose refusal nobody is told: the original had no answer to them either (§3.5)."""


class SpreedTranslator:
    """Translates between Spreed's documents and the core; see `docs/dialects/spreed.md`."""

    __slots__ = (
        "__weakref__",
        "_agents",
        "_iid",
        "_memory",
        "_pending",
        "_reader",
        "_reading",
        "_renderer",
        "_voice",
    )

    def __init__(self, voice: Voice, renderer: Renderer, picture: wire.Picture, agents: Agents | None = None) -> None:
        self._voice = voice
        self._renderer = renderer
        self._agents = agents
        self._memory = Memory()
        self._reader = Reader(voice, self._memory, picture)
        self._pending: Asked | None = None
        self._iid = ""
        self._reading = False

    def enter(self, call: Call, user: UserId | None) -> Request:
        """Return the first request of a connection: a session for the bearer of a token, or a new one (§2.3).

        `user` is whom the request itself shows; it counts for more than the token.
        """
        found = None
        if token := call.query.get("t"):
            try:
                found = self._voice.proofs.tokens.returning(token, now=self._voice.now())
            except NotProved:
                found = None
        if found is None:
            return Asked(Enter(user=user), "", "enter")
        self._memory.continued = True
        held = (found.user or None) if self._voice.options.users else None
        return Asked(Enter(found.session, user or held), "", "enter")

    @property
    def session(self) -> SessionId:
        """Return the session of this connection; empty before it has one."""
        return self._memory.session

    def parted(self) -> None:
        """Tell programs beside the server that this connection is over."""
        if self._agents is not None and self._memory.session:
            self._agents.disconnected(self)

    def interpret(self, payload: Payload) -> list[Request]:
        """Return what a frame asks for. Raises a Refusal for a request that the wire refuses by itself."""
        frame = framed(payload)
        if frame is None:
            return []
        self._iid, self._reading = frame.iid, True
        found = interpret(self._reader, frame)
        self._reading = False
        return found

    # -- answers --------------------------------------------------------------------------------------------------

    def acknowledge(self, request: Request, outcome: Outcome) -> list[Payload]:
        """Return the answer to a request, under its Iid; most have none."""
        assert isinstance(request, Asked)
        if request.refusal is not None:
            return self.refuse(request, request.refusal)
        answer = _ANSWERS.get(request.word)
        return [] if answer is None else answer(self, request, outcome)

    def refuse(self, request: Request | None, refusal: errors.Refusal) -> list[Payload]:
        """Return an Error, unless the wire says nothing there."""
        if request is None:
            if not self._reading:
                return []  # a frame of bytes, which is none of this wire
            self._reading = False
            return self._error(refusal, self._iid)
        assert isinstance(request, Asked)
        if request.refusal is not None:
            self._go(None)
            return self._error(request.refusal, str(request.reply_to or ""))
        if request.word in _SILENT:
            return self._signalled(request, None) if isinstance(refusal, errors.NoSuchParticipant) else []
        if request.word == "Chat":
            return self._chat_refused(request, refusal)
        entering = request.word == "Hello"
        if entering:
            self._go(None)
        return self._error(refusal, str(request.reply_to or ""), doc=request.doc, entering=entering)

    def _error(self, refusal: errors.Refusal, iid: str, doc: Any = None, *, entering: bool = False) -> list[Payload]:
        code = code_of(refusal, entering=entering)
        if entering and doc.Credentials is not None and refusal.code in ("pin_required", "too_many_requests"):
            code = "invalid_credentials"
        return [self._own({"Type": "Error", "Code": code, "Message": refusal.text}, iid)]

    def _own(self, data: Any, iid: str = "") -> Payload:
        session = self._memory.session
        return encoded(data, sender=self._voice.id_of(session) if session else "", iid=iid)

    def _entered(self, request: Asked, outcome: Outcome) -> list[Payload]:
        assert isinstance(outcome, Identified)
        memory = self._memory
        memory.session, memory.user = outcome.session, outcome.user
        memory.mids = self._voice.mids.get(outcome.session) or memory.mids
        memory.default_room = outcome.default_room
        for where in outcome.rooms:
            memory.room, memory.name = where, where
        if self._agents is not None:
            self._agents.connected(self)
        return [self._self(outcome.ice)]

    def _self(self, ice: IceServers, iid: str = "") -> Payload:
        memory = self._memory
        if self._agents is not None:
            self._agents.described(memory.session, self._voice.userid(memory.user))
        return self._voice.myself(memory.session, memory.user, ice, iid)

    def _logged_in(self, request: Asked, outcome: Outcome) -> list[Payload]:
        self._memory.user = request.doc
        return []

    def _myself(self, request: Asked, outcome: Outcome) -> list[Payload]:
        assert isinstance(outcome, IceServers)
        memory = self._memory
        if request.word == "Authentication" and memory.user != request.doc:
            return []  # the login was refused, and answered
        return [self._self(outcome, str(request.reply_to or ""))]

    def _welcome(self, request: Asked, outcome: Outcome) -> list[Payload]:
        if isinstance(outcome, Waiting):
            # The wire has no word for waiting: the client waits for its answer.
            self._pending = request
            return []
        assert isinstance(outcome, Joined)
        return self._in(request, outcome.snapshot)

    def _in(self, request: Asked, snapshot: Snapshot) -> list[Payload]:
        memory, voice = self._memory, self._voice
        self._go(snapshot.room.id)
        memory.name = request.doc.Name or request.doc.Id or ""
        data = {
            "Type": "Welcome",
            "Room": room(voice.type_of(memory.name), memory.name, None),
            "Users": voice.online(snapshot.participants),
        }
        return [self._own(data, str(request.reply_to or "")), *self._history(snapshot)]

    def _go(self, room: RoomId | None) -> None:
        self._memory.go(room, int(self._voice.now() * 1000))

    def _history(self, snapshot: Snapshot) -> list[Payload]:
        """Return what was said in the default room while one was not there."""
        memory, continued = self._memory, self._memory.continued
        memory.continued = False
        if continued or snapshot.room.id != memory.default_room:
            return []
        main = snapshot.room.channels[0].id if snapshot.room.channels else None
        unheard = (each for each in snapshot.messages if each.sent_ms > memory.heard_ms)
        return [self._voice.chat(each) for each in unheard if getattr(each.place, "channel", None) == main]

    def _left(self, request: Asked, outcome: Outcome) -> list[Payload]:
        self._go(None)
        return []

    def _set_up(self, request: Asked, outcome: Outcome) -> list[Payload]:
        memory, doc = self._memory, request.doc
        pin = None if doc.Credentials is None else doc.Credentials.PIN or ""
        kind = self._voice.type_of(memory.name)
        return [self._own(room(kind, doc.Name or "", pin), str(request.reply_to or ""))]

    def _users(self, request: Asked, outcome: Outcome) -> list[Payload]:
        assert isinstance(outcome, Roster)
        data = {"Type": "Users", "Users": self._voice.online(outcome.participants)}
        return [self._own(data, str(request.reply_to or ""))]

    def _shown(self, request: Asked, outcome: Outcome) -> list[Payload]:
        self._memory.status = request.doc
        return []

    def _alive(self, request: Asked, outcome: Outcome) -> list[Payload]:
        return [self._own({"Type": "Alive", "Alive": request.doc}, str(request.reply_to or ""))]

    def _sessions(self, request: Asked, outcome: Outcome) -> list[Payload]:
        assert isinstance(outcome, Found)
        wanted, contact = request.doc
        if not outcome.people and contact is None:
            return self._error(NoSuchSession(), str(request.reply_to or ""))
        people: list[Any] = [self._voice.person("", each) for each in outcome.people]
        data = {
            "Type": "Sessions",
            "Sessions": {"Token": wanted.Token or "", "Type": wanted.Type},
            "Users": people or [contacts.absent(self._voice, contact)],
        }
        return [self._own(data, str(request.reply_to or ""))]

    def _signalled(self, request: Asked, outcome: Outcome | None) -> list[Payload]:
        """Tell programs beside the server of a part of a call; without an outcome, its receiver is not there."""
        if self._agents is not None and isinstance(request.command, SendSignal):
            self._agents.signalled(
                self._voice, self.session, request.word, request.command, reached=outcome is not None
            )
        return []

    # -- chat -----------------------------------------------------------------------------------------------------

    def _said(self, request: Asked, outcome: Outcome | None) -> list[Payload]:
        """Return the copy for its author, and the receipt of a private message (§3.9)."""
        body, memory, to = request.doc.Chat, self._memory, request.doc.To or ""
        frames, own = self._copied(), self._voice.id_of(memory.session)
        if to and body.Mid:
            receipt = Said("", "", UNSET, body.Mid, {"State": "sent"})
            frames.append(self._voice.from_session(Chat(to, receipt), memory.session, to=own))
            if isinstance(outcome, Posted):
                memory.mids.sent.put(outcome.message, body.Mid)
                self._voice.mids.put(memory.session, memory.mids)
        return frames

    def _copied(self) -> list[Payload]:
        """Return the copy that is still due to the author of a Chat: it comes before everything else (§3.13)."""
        memory, doc = self._memory, self._memory.uncopied
        memory.uncopied = None
        if doc is None or doc.Chat.NoEcho:
            return []
        body = doc.Chat
        copy = Said(body.Message or "", body.Time or "", UNSET, body.Mid or UNSET, survivors(body.Status))
        own = self._voice.id_of(memory.session)
        return [self._voice.from_session(Chat(doc.To or "", copy), memory.session, to=own)]

    def _chat_refused(self, request: Asked, refusal: errors.Refusal) -> list[Payload]:
        if isinstance(refusal, errors.NoSuchParticipant | errors.NotInRoom):
            return self._said(request, None)
        self._memory.uncopied = None
        return self._error(refusal, str(request.reply_to or ""))

    # -- what is told to this session alone -------------------------------------------------------------------------

    def introduce(self, event: Event, position: Position) -> list[Payload]:
        """Return the frames of an event for this one session."""
        told = _TOLD.get(type(event))
        if told is not None:
            return told(self, event)
        if type(event) in NOTICES:
            return [notice(self._voice, event)]
        frame = self._renderer.render(event, position)
        return [] if frame is None else [frame]

    def _posted(self, event: MessagePosted) -> list[Payload]:
        message, memory = event.message, self._memory
        own = message.author.session == memory.session
        if own and not self._to_self(message.place):
            return []
        if not isinstance(message.place, Direct):
            return [self._voice.chat(message)]
        if self._is_mine(message.author) and not self._is_mine(message.place.to):
            return [self._voice.copied(message, message.place.to.session, memory.session)]
        read = contacts.for_addressee(self._voice, message)
        if read is None:
            return []
        if mid := wire.chat_details(message.details).Mid:
            memory.mids.received.put((message.author.session, mid), message.id)
            self._voice.mids.put(memory.session, memory.mids)
        copy = self._copied() if own else []
        return [*copy, self._voice.chat(read, self._voice.id_of(memory.session))]

    def _is_mine(self, person: Author) -> bool:
        """Whether somebody is this session's person, in this window or another."""
        return is_person(person, self._memory.session, self._memory.user)

    def _to_self(self, place: Any) -> bool:
        return isinstance(place, Direct) and place.to.session == self._memory.session

    def _changed(self, event: MessageEdited | MessageRetracted | ReactionChanged) -> list[Payload]:
        by = event.message.author if isinstance(event, MessageEdited) else event.by
        place = event.message.place if isinstance(event, MessageEdited) else event.place
        if by.session == self._memory.session or (isinstance(place, Direct) and self._is_mine(by)):
            return []
        own = self._voice.id_of(self._memory.session)
        to, now_ms = own if isinstance(place, Direct) else "", int(self._voice.now() * 1000)
        if isinstance(event, MessageEdited):
            return [self._voice.line(by, f"(changed) {event.message.text}", event.message.edited_ms, to)]
        if isinstance(event, MessageRetracted):
            return [self._voice.line(by, "(took a message back)", now_ms, to)]
        return [self._voice.line(by, event.emoji, now_ms, to)] if event.on else []

    def _marked(self, event: MessagesMarked) -> list[Payload]:
        own = self._voice.id_of(self._memory.session)
        mids = [mid for message in event.messages if (mid := self._memory.mids.sent.get(message)) is not None]
        if event.state == "seen":
            return [self._voice.state(event.by.session, own, {"SeenMids": mids})] if mids else []
        return [self._voice.state(event.by.session, own, {"State": "delivered", "Mid": mid}) for mid in mids]

    def _typing(self, event: TypingChanged) -> list[Payload]:
        if event.by.session == self._memory.session:
            return []
        to = self._voice.id_of(self._memory.session) if isinstance(event.place, Direct) else ""
        return [self._voice.state(event.by.session, to, typing_status(event.typing))]

    def _signal(self, event: SignalSent) -> list[Payload]:
        return signals.sent(self._voice, self._memory, event)

    def _gathered(self, event: CallGathered) -> list[Payload]:
        return signals.gathered(self._voice, self._memory, event)

    def _camera_opened(self, event: CameraOpened) -> list[Payload]:
        other = event.viewer if event.owner.session == self._memory.session else event.owner
        self._memory.abouts.put(other.session, signals.CAMERA)
        return []

    def _turned_away(self, event: ViewerTurnedAway) -> list[Payload]:
        self._memory.abouts.drop(event.owner.session)
        return []

    def _unwatched(self, event: WatchStopped) -> list[Payload]:
        return signals.unwatched(self._voice, self._memory, event)

    def _gone(self, event: SessionGone) -> list[Payload]:
        # Known by the session alone, whichever room it sat in.
        where = ParticipantLeft(self._memory.default_room, event.session, event.handle, gone=True)
        return [left(self._voice, where)]

    def _put_out(self, event: ParticipantLeft) -> list[Payload]:
        if event.session != self._memory.session:
            return [left(self._voice, event)]
        self._go(None)
        text = f"You were removed from this room. {event.text}".strip()
        return [self._own({"Type": "Error", "Code": str(event.reason), "Message": text})]

    def _closed(self, event: RoomClosed) -> list[Payload]:
        self._go(None)
        return [self._own({"Type": "Error", "Code": "not_in_room", "Message": "This room was closed."})]

    def _ended(self, event: SessionEnded) -> list[Payload]:
        text = f"Your session was ended. {event.text}".strip()
        return [self._own({"Type": "Error", "Code": event.reason, "Message": text})]

    def _admitted(self, event: Admitted) -> list[Payload]:
        request, self._pending = self._pending, None
        return [] if request is None else self._in(request, event.snapshot)

    def _not_admitted(self, event: WaitingEnded) -> list[Payload]:
        if event.admitted or self._pending is None or event.session != self._memory.session:
            return []
        request, self._pending = self._pending, None
        return self._error(errors.NotAllowed(action="enter this room"), str(request.reply_to or ""))


Answering = Callable[[SpreedTranslator, Asked, Outcome], list[Payload]]
Telling = Callable[[SpreedTranslator, Any], list[Payload]]

_ANSWERS: dict[str, Answering] = {
    "enter": SpreedTranslator._entered,
    "Self": SpreedTranslator._myself,
    "login": SpreedTranslator._logged_in,
    "Authentication": SpreedTranslator._myself,
    "Hello": SpreedTranslator._welcome,
    "Leave": SpreedTranslator._left,
    "Room": SpreedTranslator._set_up,
    "Users": SpreedTranslator._users,
    "Status": SpreedTranslator._shown,
    "Chat": SpreedTranslator._said,
    "Alive": SpreedTranslator._alive,
    "Sessions": SpreedTranslator._sessions,
    "Offer": SpreedTranslator._signalled,
    "Answer": SpreedTranslator._signalled,
    "Candidate": SpreedTranslator._signalled,
    "Bye": SpreedTranslator._signalled,
}

_TOLD: dict[type[Event], Telling] = {
    MessagePosted: SpreedTranslator._posted,
    MessageEdited: SpreedTranslator._changed,
    MessageRetracted: SpreedTranslator._changed,
    ReactionChanged: SpreedTranslator._changed,
    MessagesMarked: SpreedTranslator._marked,
    TypingChanged: SpreedTranslator._typing,
    SignalSent: SpreedTranslator._signal,
    CallGathered: SpreedTranslator._gathered,
    CameraOpened: SpreedTranslator._camera_opened,
    ViewerTurnedAway: SpreedTranslator._turned_away,
    WatchStopped: SpreedTranslator._unwatched,
    SessionGone: SpreedTranslator._gone,
    ParticipantLeft: SpreedTranslator._put_out,
    RoomClosed: SpreedTranslator._closed,
    SessionEnded: SpreedTranslator._ended,
    Admitted: SpreedTranslator._admitted,
    WaitingEnded: SpreedTranslator._not_admitted,
}
