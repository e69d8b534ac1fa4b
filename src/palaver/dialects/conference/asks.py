"""What each call of the conference wire asks for: a table for arguments in a row, and one for the one object.

Which table a call belongs to is found out in `interpret`; what the arguments may be stands in `wire`.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from palaver.core import channels, chat, media, moderation, participants, rooms, waiting
from palaver.core.calls import FetchIceServers, JoinCall, LeaveCall, SendSignal
from palaver.core.errors import BadText, Malformed, Refusal
from palaver.core.ids import ChannelId, RoomId
from palaver.core.names import NameProblem, display_name, handle
from palaver.core.participants import BySession
from palaver.core.room_names import FindRoom
from palaver.core.room_settings import FetchSettings
from palaver.core.rooms import MAX_TITLE_CHARS
from palaver.core.sessions import Keepalive
from palaver.dialects.conference import media_server, wire
from palaver.dialects.conference.call import FIRST, THEN, Call, Step
from palaver.dialects.conference.identifiers import EVERYONE, REACTIONS, message_of, session_of
from palaver.dialects.conference.media_server import CAPABILITIES
from palaver.dialects.conference.wire import NAMELESS, UNTITLED


class BadDecision(Refusal):
    """Neither accept nor reject; the one who waits goes on waiting (§D 17)."""

    code = "bad_decision"
    sentence = "Bad decision. Please decide better."


# -- rooms ----------------------------------------------------------------------------------------------------------------


def _create(call: Call) -> list[Step]:
    name = call.value(0)
    if name is not None and not isinstance(name, str):
        raise Malformed(problem="a room's name must be a text")
    return [(_new_room(call, name or UNTITLED, transfer=False), None)]


def _create_object(call: Call) -> list[Step]:
    asked = call.object(wire.CreateRoomInput)
    return [(_new_room(call, asked.name.strip() or UNTITLED, transfer=call.options.transfer, pin=asked.pin), None)]


def _new_room(call: Call, title: str, *, transfer: bool, pin: str = "") -> rooms.CreateRoom:
    return rooms.CreateRoom(
        title=_clean(title) or UNTITLED,
        pin=pin,
        hosted=True,
        transfer=transfer,
        listed=False,
        digits=True,
        waiting_room=call.options.waiting_room,
    )


def _join(call: Call) -> list[Step]:
    call.client.check_free()
    room, name = _room_id(call), call.value(1)
    # A PIN stands behind the capabilities, which the seed has not, nor the first days of answers (§B2).
    pins = (each for each in (call.value(2), call.value(3)) if isinstance(each, str))
    asked = _joining(call, room, name if isinstance(name, str) else "", next(pins, ""))
    return [(asked, len(call.arguments) < 3)]


def _room_id(call: Call) -> str:
    """Return the first argument; a number is taken for its digits, as an object's key was (§A1)."""
    room = call.value(0)
    if isinstance(room, bool) or not isinstance(room, str | int):
        raise Malformed(problem="a room's id must be a text")
    return str(room)


def _join_object(call: Call) -> list[Step]:
    call.client.check_free()
    asked = call.object(wire.JoinRoomInput)
    return [(_joining(call, asked.room_id, asked.name, asked.pin), None)]


def _joining(call: Call, room: str, name: str, pin: str) -> rooms.JoinRoom:
    """Join under a name that may be anything: it is shown as far as it can be, and a handle is made of it (§D 8)."""
    shown = _shown(name)
    taken = "" if call.client.user is not None else _handle(shown)
    return rooms.JoinRoom(RoomId(room), handle=taken, pin=pin, display_name=shown)


def _shown(name: str) -> str:
    try:
        return display_name(_clean(name))
    except NameProblem:
        return NAMELESS


def _handle(shown: str) -> str:
    plain = shown.replace("<", "").replace(">", "").lstrip("@＠ ")[:32]
    try:
        return handle(plain)
    except NameProblem:
        return NAMELESS


def _clean(text: str) -> str:
    return "".join(char for char in text[: 4 * MAX_TITLE_CHARS] if char.isprintable())[:MAX_TITLE_CHARS].strip()


def _find(call: Call) -> list[Step]:
    pin = call.value(1)
    return _finding(_room_id(call), pin if isinstance(pin, str) else "")


def _find_object(call: Call) -> list[Step]:
    asked = call.object(wire.CapabilitiesInput)
    return _finding(asked.room_id, asked.pin)


def _finding(room: str, pin: str) -> list[Step]:
    """Refuse whoever could not join: the clients show this refusal, and wait for ever after that of the join (§D 18)."""
    return [(FindRoom(RoomId(room), entering=True, pin=pin), CAPABILITIES)]


def _leave(call: Call) -> list[Step]:
    room = call.client.room or call.client.waiting
    call.client.leave()
    return [(rooms.LeaveRoom(room) if room else Keepalive(), None)]


def _end(call: Call) -> list[Step]:
    return [(rooms.CloseRoom(call.client.seat()), None)]


def _transfer(call: Call) -> list[Step]:
    heir = session_of(call.object(wire.ParticipantOnly).participant_id)
    return [(rooms.TransferHost(call.client.seat(), heir), None)]


def _kick(call: Call) -> list[Step]:
    return _kicking(call, call.text(0))


def _kick_object(call: Call) -> list[Step]:
    return _kicking(call, call.object(wire.ParticipantOnly).participant_id)


def _kicking(call: Call, participant: str) -> list[Step]:
    return [(moderation.Kick(call.client.seat(), BySession(session_of(participant))), None)]


def _settings(call: Call) -> list[Step]:
    return [(FetchSettings(call.client.seat()), None)]


def _update(call: Call) -> list[Step]:
    # The answer holds what came of it.
    return [(_updating(call, call.object(wire.Settings)), FIRST), (FetchSettings(call.client.seat()), THEN)]


def _update_object(call: Call) -> list[Step]:
    return [(_updating(call, call.object(wire.NewSettings).new_settings), None)]


def _updating(call: Call, asked: wire.Settings) -> rooms.UpdateRoom:
    action = asked.host_disconnect_action
    return rooms.UpdateRoom(
        call.client.seat(),
        title=asked.name,
        waiting_room=asked.waiting_room,
        transfer=msgspec.UNSET if action is msgspec.UNSET else action == 1,
    )


def _decide(call: Call) -> list[Step]:
    return _deciding(call, call.text(0), call.text(1))


def _decide_object(call: Call) -> list[Step]:
    asked = call.object(wire.Decision)
    return _deciding(call, asked.id, asked.decision)


def _deciding(call: Call, participant: str, decision: str) -> list[Step]:
    if decision not in ("accept", "reject"):
        raise BadDecision()
    return [(waiting.DecideWaiting(call.client.seat(), session_of(participant), decision == "accept"), None)]


# -- people ---------------------------------------------------------------------------------------------------------------


def _update_name(call: Call) -> list[Step]:
    return [(participants.Rename(_named(call.text(0)), echo=False), None)]


def _change_name(call: Call) -> list[Step]:
    return [(participants.Rename(_named(call.object(wire.NewName).new_name)), None)]


def _named(name: str) -> str:
    if not name.strip():
        raise Malformed(problem="a name needs at least one visible character")
    return name


def _media(call: Call) -> list[Step]:
    asked = call.object(wire.MediaInput)
    camera = asked.camera if asked.camera_enabled is msgspec.UNSET else asked.camera_enabled
    microphone = asked.microphone if asked.microphone_enabled is msgspec.UNSET else asked.microphone_enabled
    return [(media.SetMedia(camera=camera, microphone=microphone, screen=asked.screen, echo=False), None)]


# -- messages -------------------------------------------------------------------------------------------------------------


def _send(call: Call) -> list[Step]:
    to, content = call.text(0), call.text(1)
    return [(chat.PostMessage(_place(call, to), content, echo=False), (to, content))]


def _place(call: Call, to: str) -> chat.Destination:
    room = call.client.seat()
    return chat.InChannel(room) if to == EVERYONE else _participant(room, to)


def _participant(room: RoomId, participant: str) -> chat.ToPerson:
    """Return somebody of the room as an addressee: who left is none, and may be connected (§B7)."""
    return chat.ToPerson(BySession(session_of(participant)), within=room)


def _send_object(call: Call) -> list[Step]:
    asked = call.object(wire.MessageInput).message_input
    room = call.client.seat()
    if isinstance(asked, wire.DirectInput):
        return [(chat.PostMessage(_participant(room, asked.to), asked.content), None)]
    if not asked.group:
        raise BadText(problem="it is for no group")
    return [(chat.PostMessage(chat.InChannel(room, ChannelId(asked.group)), asked.content), None)]


def _edit(call: Call) -> list[Step]:
    return [(chat.EditMessage(message_of(call.text(0)), call.text(1), echo=False), None)]


def _edit_object(call: Call) -> list[Step]:
    asked = call.object(wire.EditInput)
    return [(chat.EditMessage(message_of(asked.message_id), asked.new_content), None)]


def _delete(call: Call) -> list[Step]:
    return [(chat.RetractMessage(message_of(call.text(0)), echo=False, own=True), None)]


def _delete_object(call: Call) -> list[Step]:
    return [(chat.RetractMessage(message_of(call.object(wire.MessageOnly).message_id), own=True), None)]


# -- ours (§E3) -----------------------------------------------------------------------------------------------------------


def _signal(call: Call) -> list[Step]:
    asked = call.object(wire.SignalInput)
    return [(SendSignal(BySession(session_of(asked.to)), asked.signal, asked.about), None)]


def _react(call: Call) -> list[Step]:
    asked = call.object(wire.ReactionInput)
    if asked.type is not None and not 0 <= asked.type < len(REACTIONS):
        raise Malformed(problem=f"a reaction's type is 0 to {len(REACTIONS) - 1}")
    emoji = asked.emoji if asked.type is None else REACTIONS[asked.type]
    return [(chat.React(message_of(asked.message_id), emoji, asked.on), None)]


def _join_call(call: Call) -> list[Step]:
    return [(JoinCall(call.client.seat()), None)]


def _leave_call(call: Call) -> list[Step]:
    return [(LeaveCall(call.client.seat()), None)]


def _ice(call: Call) -> list[Step]:
    return [(FetchIceServers(), None)]


def _mute(call: Call) -> list[Step]:
    target = BySession(session_of(call.object(wire.ParticipantOnly).participant_id))
    return [(media.RequestMute(call.client.seat(), target), None)]


def _rename_other(call: Call) -> list[Step]:
    asked = call.object(wire.NameFor)
    target = BySession(session_of(asked.participant_id))
    return [(participants.RenameParticipant(call.client.seat(), target, _named(asked.new_name)), None)]


def _new_group(call: Call) -> list[Step]:
    asked = call.object(wire.NewGroup)
    members = None if asked.members is None else tuple(map(session_of, asked.members))
    room = call.client.seat()
    return [(channels.AddChannel(room, ChannelId(asked.name), members=members), {"group": asked.name})]


_OURS: dict[str, Callable[[Call], list[Step]]] = {
    "update-mediaState": _media,
    "update-settings": _media,
    "leave": _leave,
    "transports-ready": media_server.ready,
    "connect-transport": media_server.no_transport,
    "create-producer": media_server.no_transport,
    "producer-action": media_server.no_producer,
    "end-room": _end,
    "transfer-host": _transfer,
    "get-room-settings": _settings,
    "signal": _signal,
    "react-message": _react,
    "join-call": _join_call,
    "leave-call": _leave_call,
    "get-ice-servers": _ice,
    "request-mute": _mute,
    "rename-participant": _rename_other,
    "create-group": _new_group,
}

POSITIONAL: dict[str, Callable[[Call], list[Step]]] = {
    **_OURS,
    "create-room": _create,
    "join-room": _join,
    "get-rtp-capabilities": _find,
    "update-name": _update_name,
    "change-name": _update_name,
    "send-message": _send,
    "edit-message": _edit,
    "delete-message": _delete,
    "update-room-settings": _update,
    "kick-participant": _kick,
    "waiting-room-decision": _decide,
    "create-transport": media_server.create_transport,
}
"""§A2, §B2: arguments in a row."""

OBJECT: dict[str, Callable[[Call], list[Step]]] = {
    **_OURS,
    "create-room": _create_object,
    "join-room": _join_object,
    "get-rtp-capabilities": _find_object,
    "change-name": _change_name,
    "send-message": _send_object,
    "edit-message": _edit_object,
    "delete-message": _delete_object,
    "update-room-settings": _update_object,
    "kick-participant": _kick_object,
    "waiting-room-decision": _decide_object,
    "create-transport": media_server.create_transport_object,
}
"""§B4: one object."""
