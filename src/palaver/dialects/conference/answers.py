"""How a call is answered: the envelope of the later eras, the error events of the seed, and which sentence says what."""

from __future__ import annotations

from typing import Any

from palaver.codecs import socketio
from palaver.core import errors
from palaver.core.errors import Refusal
from palaver.core.room_settings import Settings
from palaver.dialects.base import Payload, http_status
from palaver.dialects.conference.asks import BadDecision
from palaver.dialects.conference.media_server import NoProducer, NoTransport, UnknownType
from palaver.dialects.conference.shapes import settings_of
from palaver.dialects.conference.wire import BUSY, NOT_YOURS, Era

_STATUS: dict[type[Refusal], int] = {BadDecision: 400, UnknownType: 400, NoTransport: 404, NoProducer: 404}
"""The statuses of this wire's own refusals."""

Sentences = tuple[tuple[type[Refusal], int, str], ...]

_ROOM: Sentences = ((errors.NoSuchRoom, 404, "The room doesn't exist"),)
_MESSAGE: Sentences = (
    (errors.NoSuchMessage, 404, "Could not find message"),
    (errors.NotAllowed, 403, NOT_YOURS),
)
_HOST: Sentences = ((errors.NotAllowed, 403, "You are not a host"),)
_PARTICIPANT: Sentences = ((errors.NoSuchParticipant, 404, "Could not find that participant"),)
_ENDING: Sentences = ((errors.NotAllowed, 401, "You must be a host to end the room."),)

_SENTENCES: dict[str, Sentences] = {
    "join-room": (*_ROOM, (errors.InWaitingRoom, 403, "In waiting room")),
    "get-rtp-capabilities": _ROOM,
    "edit-message": _MESSAGE,
    "delete-message": _MESSAGE,
    "get-room-settings": _HOST,
    "update-room-settings": _HOST,
    "kick-participant": (*_HOST, *_PARTICIPANT),
    "end-room": _ENDING,
    "transfer-host": (*_ENDING, *_PARTICIPANT),
    "waiting-room-decision": (
        (errors.NotAllowed, 403, "You aren't important enough. You aren't a host."),
        (errors.NoSuchParticipant, 404, "Could not find participant in the waiting room with that id."),
    ),
}
"""What each call is refused with (§B2, §B4)."""

_OF_ERA: dict[tuple[Era, str], Sentences] = {
    (Era.ACKED, "kick-participant"): ((errors.NotAllowed, 401, "You must be a host to kick people."),),
    (Era.ACKED, "send-message"): ((errors.NoSuchParticipant, 404, "Could not find to participant"),),
    (Era.SEED, "send-message"): ((errors.NoSuchParticipant, 404, "Could not find to participant"),),
    (Era.OBJECT, "send-message"): ((errors.Missing, 400, "Bad input"),),
    (Era.ACKED, "update-room-settings"): ((errors.Invalid, 400, "Bad input."),),
}
"""Where an era says otherwise."""

_OTHERWISE: Sentences = (
    (errors.Limited, 429, BUSY),
    (errors.Malformed, 400, "Bad input"),
)


def envelope(data: Any = None) -> dict[str, Any]:
    """Return the answer to what succeeded (§B1)."""
    answer = {"success": True, "error": None, "status": 200}
    return answer if data is None else {**answer, "data": data}


def settings_answer(outcome: Settings, era: Era) -> dict[str, Any]:
    """Return the answer to `get-room-settings`."""
    return envelope({"settings": settings_of(outcome.room, disconnect=era is Era.OBJECT)})


def reason(refusal: Refusal, event: str, era: Era) -> tuple[int, str]:
    """Return the status and the sentence with which a call is refused."""
    for kind, status, sentence in (*_OF_ERA.get((era, event), ()), *_SENTENCES.get(event, ()), *_OTHERWISE):
        if isinstance(refusal, kind):
            return status, sentence
    return http_status(refusal, _STATUS), refusal.text


def refused(refusal: Refusal, event: str, ack: int | None, era: Era, data: Any = None) -> Payload:
    """Return the answer to what was refused: where none is wanted, events that say why (§A3).

    The seed's document calls the event `error`, its code `error-event`; its clients are sent both. Later ones, to whom the
    first would mean that their connection failed, the second.
    """
    status, sentence = reason(refusal, event, era)
    if ack is not None:
        answer = {"success": False, "error": sentence, "status": status}
        return socketio.answer(ack, answer if data is None else {**answer, "data": data})
    kind = "join" if event == "join-room" else event or "event"
    arguments = (kind, sentence, f"{kind[0].upper()}{status}")
    if era is Era.SEED:
        return socketio.together(socketio.event("error", *arguments), socketio.event("error-event", *arguments))
    return socketio.event("error-event", *arguments)
