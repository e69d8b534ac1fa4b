"""One connection of a conference client: its era, who it is, where it sits; calls in, answers and events out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from palaver.codecs import socketio
from palaver.codecs.socketio import event as packet
from palaver.core import calls, chat, rooms
from palaver.core.base import Event, Outcome
from palaver.core.errors import InWaitingRoom, NotIdentified, Refusal
from palaver.core.media import WatchStopped
from palaver.core.moderation import SessionEnded
from palaver.core.room_settings import Settings
from palaver.core.rooms import LeaveReason, ParticipantLeft, RoomClosed
from palaver.core.sessions import Admitted, Identified, Identify, Joined, Position, Snapshot
from palaver.core.waiting import Waiting, WaitingEnded
from palaver.dialects.base import Payload, Request
from palaver.dialects.conference.answers import envelope, refused, settings_answer
from palaver.dialects.conference.call import FIRST, THEN
from palaver.dialects.conference.client import NO_ROOM, Asked, Client
from palaver.dialects.conference.directs import as_read_here
from palaver.dialects.conference.identifiers import key_of, message_id, notice_id
from palaver.dialects.conference.interpret import interpret
from palaver.dialects.conference.media_server import CAPABILITIES
from palaver.dialects.conference.render import Moment, ended, payload_of, say
from palaver.dialects.conference.shapes import (
    groups_of,
    information,
    joined_notice,
    message_posted,
    notice,
    object_summary,
    person_summary,
    seed_summary,
)
from palaver.dialects.conference.wire import CAMERA, Era, Options, Told


class ConferenceTranslator:
    """Translates between Socket.IO packets and the core; see `docs/dialects/conference.md`."""

    __slots__ = ("_client", "_label", "_now", "_options")

    def __init__(self, options: Options, new_label: Callable[[], str], now: Callable[[], float]) -> None:
        """`new_label` makes what nobody can guess, for names that mean nothing; `now` is the clock (Unix seconds)."""
        self._options = options
        self._label = new_label
        self._now = now
        self._client = Client()

    @property
    def era(self) -> Era:
        """Return in which era the client speaks; the seed's until it has called."""
        return self._client.era or Era.SEED

    def interpret(self, payload: Payload) -> list[Request]:
        """Return what a packet asks for. Raises a Refusal where it cannot be read."""
        return interpret(payload, self._client, self._options, self._label)

    # -- answers ----------------------------------------------------------------------------------------------------------

    def acknowledge(self, request: Request, outcome: Outcome) -> list[Payload]:
        """Return what answers a call, and before it what its caller must have heard first (§B6)."""
        assert isinstance(request, Asked)
        if isinstance(outcome, Identified):
            self._client.session, self._client.user = outcome.session, outcome.user
            return []
        if isinstance(outcome, Joined):
            return self._joined(request, outcome.snapshot)
        if isinstance(outcome, Waiting):
            return self._wait(request, outcome)
        if isinstance(outcome, rooms.Created):
            room: Any = {"id": outcome.room} if self.era is Era.OBJECT else outcome.room
            return [packet("join-room", room)]
        if request.shown == FIRST or self._answered(request):
            return []
        return self._answer(request, self._shown(request, outcome))

    def _answered(self, request: Asked) -> bool:
        """Tell of the second of two steps with one answer whether the first was refused, which answered both."""
        if request.shown != THEN:
            return False
        refused, self._client.refused_first = self._client.refused_first, False
        return refused

    def _shown(self, request: Asked, outcome: Outcome) -> dict[str, Any]:
        if isinstance(outcome, Settings):
            return settings_answer(outcome, self.era)
        if isinstance(outcome, calls.IceServers):
            return envelope({"iceServers": outcome.servers})
        if isinstance(outcome, chat.Posted) and request.shown is not None:
            to, content = request.shown
            uuid = message_id(outcome.message)
            return envelope(message_posted(uuid, self._client.session, to, content, outcome.sent_ms))
        return envelope(request.shown)

    def _answer(self, request: Asked, answer: dict[str, Any]) -> list[Payload]:
        return [] if request.ack is None else [socketio.answer(request.ack, answer)]

    def _joined(self, request: Asked, snapshot: Snapshot) -> list[Payload]:
        """Return what somebody is told who came in; the answer comes last (§B6)."""
        self._client.room, self._client.waiting = snapshot.room.id, NO_ROOM
        told, summary = self._arrival(snapshot)
        if self.era is not Era.SEED:
            data = {"summary": summary, "rtcCapabilities": CAPABILITIES}
            answer = envelope({**summary, **data} if request.shown else data)
            return [packet(*each) for each in told] + self._answer(request, answer) + self._who_waits(snapshot)
        return [packet("room-summary", summary)]

    def _arrival(self, snapshot: Snapshot) -> tuple[list[Told], dict[str, Any]]:
        if self.era is not Era.OBJECT:
            key = key_of(self._options.secret, snapshot.you.session) if self.era is Era.SEED else ""
            return [], seed_summary(snapshot, key)
        told: list[Told] = [("new-message", {"messageSummary": joined_notice(snapshot.you)})]
        told += [("added-to-group", {"groupSummary": group}) for group in groups_of(snapshot)]
        for channel in snapshot.room.channels[:1]:
            told += [("new-message", {"messageSummary": self._welcome(text)}) for text in channel.welcomes]
        return told, object_summary(snapshot)

    def _welcome(self, text: str) -> dict[str, Any]:
        return notice(text, notice_id("welcome", text), int(self._now() * 1000))

    def _who_waits(self, snapshot: Snapshot) -> list[Payload]:
        shown = person_summary if self.era is Era.OBJECT else information
        return [packet("new-waiting-room-participant", {"participant": shown(each)}) for each in snapshot.waiting]

    def _wait(self, request: Asked, outcome: Waiting) -> list[Payload]:
        self._client.waiting, self._client.title = outcome.room, outcome.title or outcome.room
        return [self._refused(InWaitingRoom(room=outcome.room), "join-room", request.ack)]

    def _refused(self, refusal: Refusal, event: str, ack: int | None) -> Payload:
        """Return a refusal; who waits, or asks once more while waiting, is told what the room is called."""
        data = {"name": self._client.title} if isinstance(refusal, InWaitingRoom) else None
        return refused(refusal, event, ack, self.era, data)

    def refuse(self, request: Request | None, refusal: Refusal) -> list[Payload]:
        """Return what answers a call that was refused, or could not be read."""
        if request is None:
            return [self._refused(refusal, *self._client.unread)]
        assert isinstance(request, Asked)
        if self._answered(request):
            return []
        self._client.refused_first = request.shown == FIRST
        if isinstance(request.command, Identify):
            self._client.refused = refusal
        elif isinstance(refusal, NotIdentified) and self._client.refused is not None:
            refusal = self._client.refused
        return [self._refused(refusal, request.event, request.ack)]

    # -- events for this client alone ---------------------------------------------------------------------------------------

    def introduce(self, event: Event, position: Position) -> list[Payload]:
        """Return the packets of an event; what ends this client's stay, or begins it, has words of its own."""
        told = self._own(event)
        if told is None:
            read = as_read_here(event, self._client.session, self._client.user)
            told = [] if read is None else say(self.era, read, Moment(position, int(self._now() * 1000)))
        payload = payload_of(told)
        return [] if payload is None else [payload]

    def _own(self, event: Event) -> list[Told] | None:
        """Return what an event means to this client, where that is another thing than to others."""
        client = self._client
        if isinstance(event, Admitted):
            return self._admitted(event.snapshot)
        if isinstance(event, WaitingEnded) and event.session == client.session:
            return self._waited(event)
        if isinstance(event, RoomClosed):
            client.leave()
        elif isinstance(event, ParticipantLeft) and event.session == client.session:
            client.leave()
            return self._removed() if event.reason is not LeaveReason.LEFT else []
        elif isinstance(event, SessionEnded):
            client.leave()
            return self._removed()
        elif isinstance(event, WatchStopped):
            # What was a camera to its viewer is a call here, and ends as calls do.
            return [ended(event.viewer.session, client.session, CAMERA)]
        return None

    def _admitted(self, snapshot: Snapshot) -> list[Told]:
        self._client.room, self._client.waiting = snapshot.room.id, NO_ROOM
        told, summary = self._arrival(snapshot)
        if self.era is Era.SEED:
            return [("room-summary", summary)]
        return [*told, ("waiting-room-accept", {"summary": summary, "rtcCapabilities": CAPABILITIES})]

    def _waited(self, event: WaitingEnded) -> list[Told]:
        waited, self._client.waiting = self._client.waiting, NO_ROOM
        if event.admitted or not waited:
            return []
        reason = "The host rejected you."
        if self.era is Era.SEED:
            arguments = ("join", reason, "J403")
            return [("error", *arguments), ("error-event", *arguments)]
        return [("waiting-room-rejection", {"reason": reason} if self.era is Era.OBJECT else reason)]

    def _removed(self) -> list[Told]:
        """Return what somebody is told who was removed; the seed's clients know only that a room may end."""
        return [("destroy",), ("destory",)] if self.era is Era.SEED else [("kicked",)]
