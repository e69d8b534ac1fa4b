"""Why a command is refused.

    Refusal                  answers one request; the session goes on
    ├── Invalid              malformed, unknown_word, bad_name, bad_text, too_large, bad_picture
    ├── Denied               not_allowed, banned, kicked, guests_not_admitted, token_required, token_invalid,
    │                        pin_required, wrong_pin, pin_not_asked, in_waiting_room, room_locked, room_full,
    │                        camera_closed, rule_forbids
    ├── Missing              no_such_room, no_such_channel, no_such_participant, no_such_message, no_such_device,
    │                        not_in_room, no_such_ban, no_such_session, no_such_call
    ├── Conflict             name_taken, already_joined, already_identified, not_identified, room_exists, camera_off,
    │                        already_explicit
    ├── Limited              too_many_requests (with the wait)
    ├── Unavailable          unavailable (a store or another node does not answer)
    └── ServerFault          server_fault (a bug of ours; it is in the log with its traceback)

A refusal is an expected answer. A frame that cannot be read is `Malformed`; a fault of ours is any other exception.
What ends a connection is a `Disconnect`, in `disconnects`.
"""

from __future__ import annotations


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not an error
    """Answers one command with no: a stable code, a sentence, and parameters that fill it."""

    code = "refused"
    sentence = "That is not possible."

    def __init__(self, **params: str | int | None) -> None:
        self.params = {key: value for key, value in params.items() if value is not None}
        super().__init__(self.code)

    @property
    def text(self) -> str:
        """Return the sentence, in English, as plain text."""
        return self.sentence.format_map(_Blank(self.params))


class _Blank(dict[str, str | int]):
    def __missing__(self, key: str) -> str:
        return ""


class Invalid(Refusal):
    """The request itself is wrong; sending it again cannot help."""

    code = "invalid"


class Malformed(Invalid):
    code = "malformed"
    sentence = "This could not be read: {problem}"


class UnknownWord(Invalid):
    code = "unknown_word"
    sentence = "{word} is not something that can be asked."


class BadName(Invalid):
    code = "bad_name"
    sentence = "This name cannot be used: {problem}"


class BadText(Invalid):
    code = "bad_text"
    sentence = "This text cannot be sent: {problem}"


class TooLarge(Invalid):
    code = "too_large"
    sentence = "This is too large: {limit} {unit} is the limit."


class BadPicture(Invalid):
    code = "bad_picture"
    sentence = "This picture cannot be shared: {problem}"


class Denied(Refusal):
    """The request is clear, but not for this session."""

    code = "denied"


class NotAllowed(Denied):
    code = "not_allowed"
    sentence = "You may not do that: {action}."


class Banned(Denied):
    """`reason`, where one was written about the asker, is no part of the sentence, but follows it."""

    code = "banned"
    sentence = "You are banned from here until {until}."

    @property
    def text(self) -> str:
        """Return the sentence, and the reason where there is one."""
        reason = self.params.get("reason")
        return f"{super().text} Reason: {reason}" if reason else super().text


class Kicked(Denied):
    code = "kicked"
    sentence = "You were removed from here; try again in {wait_s} seconds."


class GuestsNotAdmitted(Denied):
    code = "guests_not_admitted"
    sentence = "Guests are not admitted here."


class TokenRequired(Denied):
    code = "token_required"
    sentence = "A signed token is needed to enter."


class TokenInvalid(Denied):
    code = "token_invalid"
    sentence = "The token is not valid: {problem}"


class PinRequired(Denied):
    code = "pin_required"
    sentence = "This room asks for a PIN."


class WrongPin(Denied):
    code = "wrong_pin"
    sentence = "That is not the PIN of this room."


class PinNotAsked(Denied):
    code = "pin_not_asked"
    sentence = "This room asks for no PIN."


class InWaitingRoom(Denied):
    code = "in_waiting_room"
    sentence = "Somebody who runs {room} will let you in."


class RoomLocked(Denied):
    code = "room_locked"
    sentence = "This room takes nobody else in at the moment."


class RoomFull(Denied):
    code = "room_full"
    sentence = "This room is full."


class CameraClosed(Denied):
    """`why` is one word of `CAMERA_CLOSED`, for clients with words of their own; `reason` is its sentence."""

    code = "camera_closed"
    sentence = "You cannot watch this camera: {reason}"

    @classmethod
    def because(cls, why: str) -> CameraClosed:
        """Return the refusal with a word and its sentence."""
        return cls(reason=CAMERA_CLOSED[why], why=why)


CAMERA_CLOSED = {
    "off": "it is not on.",
    "mutual": "its owner asks viewers to turn their own camera on.",
    "vip": "it is for VIPs.",
    "unwanted": "its owner does not let you.",
    "explicit": "it is explicit, and you avoid that.",
    "yours_explicit": "yours is explicit, and its owner avoids that.",
    "no_video": "you may not watch video here.",
    "unopened": "it was not opened.",
}


class RuleForbids(Denied):
    """A rule that the site laid on this user; `text` is the site's own sentence about it."""

    code = "rule_forbids"
    sentence = "{text}"


class Missing(Refusal):
    """What the request points at is not there, or not for this asker to know of."""

    code = "missing"


class NoSuchRoom(Missing):
    code = "no_such_room"
    sentence = "There is no room {room}."


class NoSuchChannel(Missing):
    code = "no_such_channel"
    sentence = "There is no channel {channel} here."


class NoSuchParticipant(Missing):
    code = "no_such_participant"
    sentence = "{name} is not here."


class NoSuchMessage(Missing):
    code = "no_such_message"
    sentence = "There is no such message."


class NoSuchDevice(Missing):
    code = "no_such_device"
    sentence = "{user} has no device {device} here."


class NoSuchBan(Missing):
    code = "no_such_ban"
    sentence = "{name} is not banned."


class NoSuchSession(Missing):
    code = "no_such_session"
    sentence = "That session has ended; open a new one."


class NoSuchCall(Missing):
    code = "no_such_call"
    sentence = "No such call of the website waits or failed."


class NotInRoom(Missing):
    code = "not_in_room"
    sentence = "You are not in {room}."


class Conflict(Refusal):
    """The request does not fit what already holds."""

    code = "conflict"


class NameTaken(Conflict):
    code = "name_taken"
    sentence = "The name {name} is taken."


class AlreadyJoined(Conflict):
    code = "already_joined"
    sentence = "You are already in {room}."


class AlreadyIdentified(Conflict):
    code = "already_identified"
    sentence = "This connection has a session already."


class NotIdentified(Conflict):
    code = "not_identified"
    sentence = "Say who you are first."


class RoomExists(Conflict):
    code = "room_exists"
    sentence = "There is a room {room} already."


class CameraOff(Conflict):
    code = "camera_off"
    sentence = "{name} shows no camera at the moment."


class AlreadyExplicit(Conflict):
    code = "already_explicit"
    sentence = "The camera of {name} is marked explicit already."


class Limited(Refusal):
    """Too much at once; the same request may pass after `wait_ms` milliseconds."""

    code = "too_many_requests"
    sentence = "That was too much at once; wait {wait_ms} ms."


class Unavailable(Refusal):
    """Something this server depends on does not answer; nothing was done."""

    code = "unavailable"
    sentence = "That is not available at the moment; nothing was changed."


class ServerFault(Refusal):
    """Something went wrong here; the log has the traceback."""

    code = "server_fault"
    sentence = "Something went wrong on the server; it was noted."
